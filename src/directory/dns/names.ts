// Paths as domain names (RFC 2782): /services/time in example.org is _time._tcp.services.example.org and, over UDP,
// _time._udp.services.example.org. DNS ignores case.
import { DirectoryError } from "../errors.js";
import { checkPath } from "../path.js";

export type Protocol = "tcp" | "udp";

/** The most octets of a label, and of a name with its dots (RFC 1035 section 2.3.4). */
const longestLabel = 63;
const longestName = 253;

/** @throws DirectoryError DIRECTORY_BAD_PATH, for a path that cannot be a domain name. */
export function serviceName(path: string, protocol: Protocol, domain: string): string {
  const components = labelsOf(path);
  const last = components.pop() as string;
  return nameOf(path, [`_${last}`, `_${protocol}`, ...components.reverse(), domain]);
}

/**
 * The name under which a folder's services are listed (RFC 6763 section 9).
 * @throws DirectoryError DIRECTORY_BAD_PATH.
 */
export function listName(folder: string, domain: string): string {
  return nameOf(folder, ["_services._dns-sd._udp", ...labelsOf(folder).reverse(), domain]);
}

/** The path of a service's name; undefined for a name outside the domain. */
export function pathOf(name: string, domain: string): string | undefined {
  const inside = withoutDot(name).toLowerCase();
  if (!inside.endsWith(`.${domain}`)) return undefined;
  const [service = "", protocol = "", ...folders] = inside.slice(0, -domain.length - 1).split(".");
  if (!service.startsWith("_") || !/^_(?:tcp|udp)$/.test(protocol)) return undefined;
  try {
    return checkPath(`/${[...folders.reverse(), service.slice(1)].join("/")}`);
  } catch {
    return undefined;
  }
}

export function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

function labelsOf(path: string): string[] {
  const components = path === "/" ? [] : path.slice(1).toLowerCase().split("/");
  const dotted = components.find((one) => one.includes("."));
  if (dotted !== undefined) throw badPath(path, `${JSON.stringify(dotted)} has a dot`);
  return components;
}

function nameOf(path: string, labels: readonly string[]): string {
  const name = labels.join(".");
  const long = name.split(".").find((one) => one.length > longestLabel);
  if (long !== undefined) throw badPath(path, `${JSON.stringify(long)} is longer than ${longestLabel} characters`);
  if (name.length > longestName) throw badPath(path, `the name is longer than ${longestName} characters`);
  return name;
}

function badPath(path: string, why: string): DirectoryError {
  return new DirectoryError("DIRECTORY_BAD_PATH", `${path} cannot be looked up in DNS: ${why}`);
}
