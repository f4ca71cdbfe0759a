// The one grammar of services: paths such as /services/time, and targets dir:/services/time, dir://host:port/services/time.
import { parseAddress } from "../transport/address.js";
import { TransportError } from "../transport/errors.js";

/** Characters of a path, and its components. */
export const longestPath = 255;
export const mostComponents = 16;

/** A component of a path, as a regular expression; letters of either case. */
export const component = "[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?";

const grammar = new RegExp(`^dir:(?://([^/\\s]+))?((?:/${component}){1,${mostComponents}})/?$`, "i");

/** The parts of a client's target: `dir:/services/time`, or `dir://host:port/services/time` with the directory server. */
export interface ServiceTarget {
  readonly path: string;
  /** The directory's address. Undefined: `openDirectory` uses its default. */
  readonly url: string | undefined;
}

export function isServiceTarget(target: unknown): target is string {
  return typeof target === "string" && /^dir:/i.test(target);
}

/** A server module that the client runs: `worker:MODULE`, `process:MODULE`, with `?workers=N` on several workers. */
export function isModuleTarget(target: unknown): target is string {
  return typeof target === "string" && /^(worker|process):./.test(target);
}

/** @throws TransportError TRANSPORT_BAD_ADDRESS, which says what is accepted. */
export function parseServiceTarget(target: string): ServiceTarget {
  const [, host, path = ""] = grammar.exec(target) ?? [];
  if (path === "" || path.length > longestPath) {
    const shown = JSON.stringify(target.slice(0, 200));
    const message =
      `bad target ${shown}: write dir:/services/time, or dir://host:port/services/time; a path has up to ${mostComponents} ` +
      `components, each 1 to 63 letters, digits, dots, hyphens or underscores`;
    throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
  }
  if (host === undefined) return { path, url: undefined };
  const url = /:\d+$/.test(host) ? `tcp://${host}` : host;
  parseAddress(url);
  return { path, url };
}
