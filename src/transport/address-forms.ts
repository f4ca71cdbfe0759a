// Addresses as values and as text, and the parts that schemes share. This file knows no scheme: an address of any scheme has one
// of three forms.
import { isIP, isIPv6, type Socket } from "node:net";
import { TransportError } from "./errors.js";

/**
 * The addresses of each scheme, by its name. A scheme of a program's own adds its type here by declaration merging. Every
 * address has one of three forms: `host` and `port`, which other machines can reach; `path`, for this machine; or `name`, for this
 * process and those that it started.
 */
export interface AddressKinds {
  /** TCP (RFC 9293). */
  readonly tcp: { readonly kind: "tcp"; readonly host: string; readonly port: number };
  /** TCP with TLS (RFC 9289), for clients. A server listens at the TCP address, with the option `tls`. */
  readonly tls: { readonly kind: "tls"; readonly host: string; readonly port: number };
  /** UDP (RFC 768). */
  readonly udp: { readonly kind: "udp"; readonly host: string; readonly port: number };
  /** A Unix socket. */
  readonly unix: { readonly kind: "unix"; readonly path: string };
  /** A name in a MemoryNetwork. */
  readonly memory: { readonly kind: "memory"; readonly name: string };
}

/** The address of a peer or a listener. `parseAddress` reads one from text and `formatAddress` writes it. */
export type Address = AddressKinds[keyof AddressKinds];

/** A host without a port. The host's rpcbind knows the ports of its programs. */
export interface HostAddress {
  /** Distinguishes it from an Address. */
  readonly kind: "host";
  /** A host name or an IP address. */
  readonly host: string;
  /** The transport, if the text named one: `udp://host`. */
  readonly transport?: "tcp" | "udp" | "tls";
}

/**
 * Writes an address as text, in the form that `parseAddress` reads.
 * @example
 * console.log(formatAddress({ kind: "tcp", host: "::1", port: 7000 })); // tcp://[::1]:7000
 */
export function formatAddress(address: Address | HostAddress): string {
  const { kind } = address;
  if (kind === "host") {
    return address.transport === undefined ? address.host : `${address.transport}://${formatHost(address.host)}`;
  }
  if ("host" in address) return `${kind}://${formatHost(address.host)}:${address.port}`;
  return `${kind}:${"path" in address ? address.path : address.name}`;
}

/** The host as it appears in a URL: an IPv6 address in brackets. */
export function formatHost(host: string): string {
  return isIPv6(host) ? `[${host.replace("%", "%25")}]` : host;
}

/** The netid of an address (RFC 5665 section 5.1.2): IPv6 only when the host is an IPv6 address. `memory:` has "memory". */
export function netidOf(address: Address): string {
  const kind = address.kind === "tls" ? "tcp" : address.kind;
  if ("host" in address && isIPv6(address.host)) return `${kind}6`;
  return kind === "unix" ? "local" : kind;
}

/**
 * Converts an address as a socket reports it. An IPv4 peer of an IPv6 socket (`::ffff:10.0.0.1`) gets its IPv4 address.
 */
export function socketAddress(kind: "tcp" | "udp", host: string, port: number): Address {
  return { kind, host: withoutMapping(host), port };
}

/** The properties of TCP sockets that both ends share. */
export function tcpInfo(socket: Socket): { readonly netid: string; readonly local: Address; readonly remote: Address } {
  const local = socketAddress("tcp", socket.localAddress ?? "", socket.localPort ?? 0);
  // The address of an already disconnected peer is unknown.
  const remote = socketAddress("tcp", socket.remoteAddress ?? "unknown", socket.remotePort ?? 0);
  return { netid: netidOf(remote), local, remote };
}

/** The IPv4 address of `::ffff:10.0.0.1`; other addresses are returned unchanged. */
export function withoutMapping(host: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(host) ? host.slice(7) : host;
}

/** The addresses of a scheme that have a host and a port. */
export type Internet<K extends "tcp" | "udp" | "tls"> = Extract<Address, { readonly kind: K }>;

/** Reads `//host:port`. Without a port it is a host, whose rpcbind knows the port. Returns why the text is neither. */
export function parseHostAndPort<K extends "tcp" | "udp" | "tls">(
  kind: K,
  rest: string,
): Internet<K> | HostAddress | string {
  const parts = /^\/\/(?:\[([^\]]*)\]|([^:/[\]]*))(?::(\d*))?\/?$/.exec(rest);
  if (parts === null) return "an IPv6 address goes in [brackets], and nothing follows the port";
  const bracketed = parts[1]?.replace("%25", "%");
  const host = bracketed ?? parts[2] ?? "";
  const why = bracketed === undefined ? badHost(host) : isIPv6(host) ? undefined : `[${host}] is not an IPv6 address`;
  if (why !== undefined) return why;
  if (parts[3] === undefined) return { kind: "host", host, transport: kind };
  const port = Number(parts[3]);
  if (parts[3] === "" || port > 65_535) return "the port must be 0 to 65535";
  return { kind, host, port } as Internet<K>;
}

/** Why a text is neither a host name nor an IPv4 address. */
export function badHost(host: string): string | undefined {
  if (host.length > 253 || !/^[a-z0-9_]([a-z0-9._-]*)$/i.test(host)) {
    return host === "" ? "the host is missing" : "that is not a host name";
  }
  return /^[\d.]+$/.test(host) && isIP(host) === 0 ? `${host} is not an IPv4 address` : undefined;
}

/** Whether an object has a host and a port. */
export function hasHostAndPort({ host, port }: { readonly host?: unknown; readonly port?: unknown }): boolean {
  return typeof host === "string" && ((port as number) & 0xffff) === port;
}

/** The text without two slashes at its start: `unix:///run/a` is `unix:/run/a`. */
export function withoutSlashes(rest: string): string {
  return rest.replace(/^\/\//, "");
}

/** Why a text is not a path. */
export function badPath(path: string): string | undefined {
  return path === "" || path.includes("\0") ? "the path is empty or has a zero byte" : undefined;
}

/** The longest path of a Unix socket, in bytes: the size of `sun_path` less its final zero. */
export const longestUnixPath = process.platform === "linux" ? 107 : 103;

/** @throws TransportError TRANSPORT_BAD_ADDRESS */
export function checkUnixPath(path: string): void {
  const length = Buffer.byteLength(path);
  if (length <= longestUnixPath) return;
  const message = `the socket path ${path} has ${length} bytes, but the system takes ${longestUnixPath}: use a shorter one`;
  throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
}
