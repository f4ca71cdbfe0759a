// Reads addresses from text: URLs, universal addresses (RFC 5665), and hosts.
import { isIP, isIPv6 } from "node:net";
import {
  type Address,
  type AddressKinds,
  badHost,
  badPath,
  type HostAddress,
  parseHostAndPort,
} from "./address-forms.js";
import { TransportError } from "./errors.js";
import type { Scheme } from "./schemes/scheme.js";
import { refuse, schemeNamed } from "./schemes/table.js";

export * from "./address-forms.js";

/** The supported network identifiers (RFC 5665 section 5.1.2). */
export type Netid = "tcp" | "tcp6" | "udp" | "udp6" | "local";

/** Whether a value that a program passed is an Address of a built-in scheme, or of one of `schemes`. */
export function isAddress(value: unknown, schemes?: readonly Scheme[]): value is Address {
  const object = Object(value) as Partial<Address>;
  return schemeNamed(object.kind, schemes)?.fits(object) === true;
}

/**
 * Reads an address from text. A universal address without a netid is read as TCP, an absolute path as a Unix socket.
 * @throws TransportError TRANSPORT_BAD_ADDRESS, whose message lists the accepted forms.
 * @example
 * console.log(parseAddress("127.0.0.1.8.1")); // { kind: 'tcp', host: '127.0.0.1', port: 2049 }
 */
export function parseAddress(text: string): Address | HostAddress {
  return parseAddressOf(undefined, text);
}

/** Parses an address as `parseAddress` does, also with the program's own schemes, which come before the built-in ones. */
export function parseAddressOf(schemes: readonly Scheme[] | undefined, text: string): Address | HostAddress {
  return accept(text, readAddress(text, schemes), schemes);
}

/** The address; for invalid text, the reason. */
function readAddress(text: string, schemes: readonly Scheme[] | undefined): Address | HostAddress | string {
  const [start = "", name] = /^([a-z][a-z0-9+.-]*):(?!:)/i.exec(text) ?? [];
  const scheme = schemeNamed(name?.toLowerCase(), schemes);
  if (scheme !== undefined) return scheme.parse(text.slice(start.length));
  if (text.startsWith("/")) return pathOf(text);
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  if (isIP(bare) !== 0) return { kind: "host", host: bare };
  const universal = splitUniversal(text);
  if (universal !== undefined) return { kind: "tcp", ...universal };
  if (/^[^:]+:\d+$/.test(text)) {
    // Check the address first, so that the message never suggests an invalid one.
    const read = parseHostAndPort("tcp", `//${text}`);
    return typeof read === "string" ? read : `write tcp://${text} or udp://${text}`;
  }
  return name === undefined ? (badHost(text) ?? { kind: "host", host: text }) : `the scheme ${name}: is not known`;
}

/**
 * Reads a universal address (RFC 5665 section 5.2.3) that belongs to a netid.
 * @throws TransportError TRANSPORT_BAD_ADDRESS if the netid is unknown or the text does not match it.
 * @example
 * console.log(formatAddress(fromUniversalAddress("tcp", "127.0.0.1.8.1"))); // tcp://127.0.0.1:2049
 */
export function fromUniversalAddress(netid: string, text: string): Address {
  if (netid === "local") return accept(text, pathOf(text));
  if (!/^(tcp|udp)6?$/.test(netid)) return badNetid(netid);
  const universal = splitUniversal(text);
  const isVersion6 = netid.endsWith("6");
  if (universal === undefined || isIPv6(universal.host) !== isVersion6) {
    const example = isVersion6 ? "::1.3.233" : "127.0.0.1.3.233";
    return refuse(text, `a universal address of netid ${netid} looks like ${example}`);
  }
  return { kind: netid.startsWith("tcp") ? "tcp" : "udp", ...universal };
}

/** @throws TransportError TRANSPORT_BAD_ADDRESS */
export function badNetid(netid: string): never {
  const message = `netid ${JSON.stringify(netid)} is not one of tcp, tcp6, udp, udp6, local`;
  throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
}

/** The two parts of a universal address; undefined if the text is not one. */
export function splitUniversal(text: string): { host: string; port: number } | undefined {
  const parts = /^(.+)\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (parts === null) return undefined;
  const [host, high, low] = [parts[1] as string, Number(parts[2]), Number(parts[3])];
  return isIP(host) === 0 || high > 255 || low > 255 ? undefined : { host, port: high * 256 + low };
}

function pathOf(path: string): AddressKinds["unix"] | string {
  return badPath(path) ?? { kind: "unix", path };
}

function accept<T extends object>(text: string, read: T | string, schemes?: readonly Scheme[]): T {
  return typeof read === "string" ? refuse(text, read, schemes) : read;
}
