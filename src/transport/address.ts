// Addresses as people and binders write them: URLs, and universal addresses (RFC 5665).
import { isIP, isIPv6 } from "node:net";
import { TransportError } from "./errors.js";

/** The address of a peer or a listener. `parseAddress` reads one from text and `formatAddress` writes it. */
export type Address =
  | { readonly kind: "tcp" | "udp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "memory"; readonly name: string };

/** Whether a value that a program passed is an Address. */
export function isAddress(value: unknown): value is Address {
  const { kind, host, port, path, name } = (value ?? {}) as Record<string, unknown>;
  if (kind === "unix") return typeof path === "string";
  if (kind === "memory") return typeof name === "string";
  return (kind === "tcp" || kind === "udp") && typeof host === "string" && ((port as number) & 0xffff) === port;
}

/** A host without a port. The host's rpcbind knows the ports of its programs. */
export interface HostAddress {
  /** Distinguishes it from an Address. */
  readonly kind: "host";
  /** A host name or an IP address. */
  readonly host: string;
  /** The transport, if the text named one: `udp://host`. */
  readonly transport?: "tcp" | "udp";
}

/** The supported network identifiers (RFC 5665 section 5.1.2). */
export type Netid = "tcp" | "tcp6" | "udp" | "udp6" | "local";

const accepted =
  "accepted are tcp://host:port, tcp://[::1]:port, udp://host:port, unix:/path, memory:name, " +
  "a universal address such as 127.0.0.1.3.233, or a host alone (its rpcbind is asked)";

/**
 * Reads an address from text. A universal address without a netid is read as TCP, an absolute path as a Unix socket.
 * @throws TransportError TRANSPORT_BAD_ADDRESS, whose message lists the accepted forms.
 * @example
 * console.log(parseAddress("127.0.0.1.8.1")); // { kind: 'tcp', host: '127.0.0.1', port: 2049 }
 */
export function parseAddress(text: string): Address | HostAddress {
  const scheme = /^([a-z][a-z0-9+.-]*):(\/\/)?/i.exec(text);
  const name = scheme?.[1]?.toLowerCase();
  const rest = text.slice(scheme?.[0].length ?? 0);
  if ((name === "tcp" || name === "udp") && scheme?.[2] !== undefined) return parseHostPort(name, rest, text);
  if (name === "unix") return { kind: "unix", path: checkPath(rest, text) };
  if (name === "memory") return { kind: "memory", name: checkName(rest, text) };
  if (text.startsWith("/")) return { kind: "unix", path: checkPath(text, text) };
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (isIP(bare) !== 0) return { kind: "host", host: bare };
  const universal = splitUniversal(text);
  if (universal !== undefined) return { kind: "tcp", ...universal };
  if (scheme?.[2] !== undefined) throw badAddress(text, `the scheme ${name}: is not known`);
  if (/^[^:]+:\d+$/.test(text)) {
    // Check the address first, so that the message never suggests an invalid one.
    parseHostPort("tcp", text, text);
    throw badAddress(text, `write tcp://${text} or udp://${text}`);
  }
  return { kind: "host", host: checkHost(text, text) };
}

/**
 * Writes an address as text, in the form that `parseAddress` reads.
 * @example
 * console.log(formatAddress({ kind: "tcp", host: "::1", port: 7000 })); // tcp://[::1]:7000
 */
export function formatAddress(address: Address | HostAddress): string {
  switch (address.kind) {
    case "unix":
      return `unix:${address.path}`;
    case "memory":
      return `memory:${address.name}`;
    case "host":
      return address.transport === undefined ? address.host : `${address.transport}://${formatHost(address.host)}`;
    default:
      return `${address.kind}://${formatHost(address.host)}:${address.port}`;
  }
}

/**
 * Writes a universal address (RFC 5665 section 5.2.3): `h1.h2.h3.h4.p1.p2`, the same after an IPv6 address, or a path.
 * @throws TransportError TRANSPORT_BAD_ADDRESS for a host name (look it up first) and for `memory:`.
 * @example
 * console.log(toUniversalAddress({ kind: "tcp", host: "127.0.0.1", port: 2049 })); // 127.0.0.1.8.1
 */
export function toUniversalAddress(address: Address): string {
  if (address.kind === "unix") return address.path;
  if (address.kind === "memory") throw badAddress(formatAddress(address), "memory: has no universal address");
  if (isIP(address.host) === 0) {
    throw badAddress(address.host, "a universal address holds an IP address: look the host name up first");
  }
  return `${address.host}.${address.port >> 8}.${address.port & 0xff}`;
}

/**
 * Reads a universal address (RFC 5665 section 5.2.3) that belongs to a netid.
 * @throws TransportError TRANSPORT_BAD_ADDRESS if the netid is unknown or the text does not match it.
 * @example
 * console.log(formatAddress(fromUniversalAddress("tcp", "127.0.0.1.8.1"))); // tcp://127.0.0.1:2049
 */
export function fromUniversalAddress(netid: string, text: string): Address {
  if (netid === "local") return { kind: "unix", path: checkPath(text, text) };
  if (!/^(tcp|udp)6?$/.test(netid)) {
    throw badAddress(text, `netid ${JSON.stringify(netid)} is not one of tcp, tcp6, udp, udp6, local`);
  }
  const universal = splitUniversal(text);
  const isVersion6 = netid.endsWith("6");
  if (universal === undefined || isIPv6(universal.host) !== isVersion6) {
    const example = isVersion6 ? "::1.3.233" : "127.0.0.1.3.233";
    throw badAddress(text, `a universal address of netid ${netid} looks like ${example}`);
  }
  return { kind: netid.startsWith("tcp") ? "tcp" : "udp", ...universal };
}

/** The netid of an address (RFC 5665 section 5.1.2): IPv6 only when the host is an IPv6 address. `memory:` has "memory". */
export function netidOf(address: Address): string {
  if (address.kind === "unix") return "local";
  if (address.kind === "memory") return "memory";
  return isIPv6(address.host) ? `${address.kind}6` : address.kind;
}

/**
 * Converts an address as a socket reports it. An IPv4 peer of an IPv6 socket (`::ffff:10.0.0.1`) gets its IPv4 address.
 */
export function socketAddress(kind: "tcp" | "udp", host: string, port: number): Address {
  return { kind, host: withoutMapping(host), port };
}

/** The IPv4 address of `::ffff:10.0.0.1`; other addresses are returned unchanged. */
export function withoutMapping(host: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(host) ? host.slice(7) : host;
}

function parseHostPort(kind: "tcp" | "udp", rest: string, text: string): Address | HostAddress {
  const parts = /^(?:\[([^\]]*)\]|([^:/[\]]*))(?::(\d*))?\/?$/.exec(rest);
  if (parts === null) throw badAddress(text, "an IPv6 address goes in [brackets], and nothing follows the port");
  const bracketed = parts[1]?.replace("%25", "%");
  if (bracketed !== undefined && !isIPv6(bracketed)) throw badAddress(text, `[${bracketed}] is not an IPv6 address`);
  const host = bracketed ?? checkHost(parts[2] ?? "", text);
  if (parts[3] === undefined) return { kind: "host", host, transport: kind };
  const port = Number(parts[3]);
  if (parts[3] === "" || port > 65_535) throw badAddress(text, `the port must be 0 to 65535`);
  return { kind, host, port };
}

function splitUniversal(text: string): { host: string; port: number } | undefined {
  const parts = /^(.+)\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (parts === null) return undefined;
  const [host, high, low] = [parts[1] as string, Number(parts[2]), Number(parts[3])];
  return isIP(host) === 0 || high > 255 || low > 255 ? undefined : { host, port: high * 256 + low };
}

function checkHost(host: string, text: string): string {
  if (host.length > 253 || !/^[a-z0-9_]([a-z0-9._-]*)$/i.test(host)) {
    throw badAddress(text, host === "" ? "the host is missing" : "that is not a host name");
  }
  if (/^[\d.]+$/.test(host) && isIP(host) === 0) throw badAddress(text, `${host} is not an IPv4 address`);
  return host;
}

function checkPath(path: string, text: string): string {
  if (path === "" || path.includes("\0")) throw badAddress(text, "the path is empty or has a zero byte");
  return path;
}

function checkName(name: string, text: string): string {
  if (!/^\S+$/.test(name)) throw badAddress(text, "the name after memory: is empty or has blanks");
  return name;
}

/** The host as it appears in a URL: an IPv6 address in brackets. */
export function formatHost(host: string): string {
  return isIPv6(host) ? `[${host.replace("%", "%25")}]` : host;
}

function badAddress(text: string, why: string): TransportError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}...` : text;
  return new TransportError("TRANSPORT_BAD_ADDRESS", `bad address ${JSON.stringify(shown)}: ${why}; ${accepted}`);
}
