// dns: URLs: dns:example.org, with this machine's resolvers, or dns://10.0.0.1:53/example.org.
import { isIP } from "node:net";
import { DirectoryError } from "../errors.js";

/** The parts of the URL. */
export interface DnsUrl {
  /** Resolvers, `10.0.0.1` or `10.0.0.1:53`; empty: those of this machine. */
  readonly resolvers: readonly string[];
  /** The domain that has the services, without a dot at the end. */
  readonly domain: string;
  /** Milliseconds between two questions of a watch. */
  readonly interval: number;
}

/** Milliseconds between two questions of a watch. */
export const defaultInterval = 800;
const shortestInterval = 100;
const longestInterval = 3_600_000;
const form = /^dns:(?:\/\/([^/?#]*)\/)?([^/?#]+?)\.?(?:\?([^#]*))?$/i;
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?$/i;

/** @throws DirectoryError DIRECTORY_BAD_URL. */
export function parseDnsUrl(url: string): DnsUrl {
  const parts = form.exec(url);
  if (parts === null) throw badUrl(url, "write it like dns:example.org or dns://10.0.0.1:53/example.org");
  const [, authority, domain = "", query = ""] = parts;
  if (domain.length > 200 || !domain.split(".").every((one) => label.test(one))) {
    throw badUrl(url, `${JSON.stringify(domain)} is not a domain of at most 200 characters`);
  }
  const resolvers = authority === undefined ? [] : authority.split(",");
  const wrong = resolvers.find((one) => !isResolver(one));
  if (wrong !== undefined)
    throw badUrl(url, `${JSON.stringify(wrong)} is not the IP address of a resolver, or IP:port`);
  return { resolvers, domain: domain.toLowerCase(), interval: intervalOf(url, query) };
}

function isResolver(text: string): boolean {
  const [, version6, version4 = "", port] = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  return version6 === undefined ? isIP(version4) === 4 : isIP(version6) === 6;
}

function intervalOf(url: string, query: string): number {
  let interval = defaultInterval;
  for (const [name, value] of new URLSearchParams(query)) {
    if (name !== "interval") throw badUrl(url, `it has no option ${JSON.stringify(name)}; there is interval`);
    interval = /^\d+$/.test(value) ? Number(value) : 0;
    if (interval < shortestInterval || interval > longestInterval) {
      throw badUrl(url, `interval is ${shortestInterval} to ${longestInterval} ms`);
    }
  }
  return interval;
}

function badUrl(url: string, why: string): DirectoryError {
  return new DirectoryError("DIRECTORY_BAD_URL", `bad directory URL ${JSON.stringify(url)}: ${why}`);
}
