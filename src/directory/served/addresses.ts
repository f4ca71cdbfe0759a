// Chooses a server's addresses for each caller: servers listen at 0.0.0.0 or at the loopback interface, which mean a
// different machine for each reader.
import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import { hostFor } from "../../machine/host-for.js";
import type { Interface } from "../../machine/interfaces.js";
import { isLoopback, isWildcard } from "../../machine/ip-address.js";
import type { Identity } from "../../rpc/auth.js";
import type { IncomingCall } from "../../rpc/call.js";
import { type Address, formatAddress, type HostAddress, parseAddress } from "../../transport/address.js";
import type { Registered } from "./registered.js";

/** The caller, and the address that the call arrived at. */
export interface Caller {
  /** The host that the call came from; "" is this machine. */
  readonly origin: string;
  readonly remote: Address;
  readonly local: Address | undefined;
  /** The name of the secret with which the call was signed, or the principal that its credential or certificate proves. */
  readonly owner?: string | undefined;
}

/** A caller's principal as an owner. No secret has such a name, because it has a space. */
const principalMark = "principal ";
/** Characters: of longer names the hash is stored. */
const longestPrincipal = 256;

/** Whether an owner is a principal; otherwise it is the name of a secret. */
export function isPrincipal(owner: string): boolean {
  return owner.startsWith(principalMark);
}

/** Whether the caller's credential or certificate proves a principal. */
export function isProved({ owner }: Caller): boolean {
  return owner !== undefined && isPrincipal(owner);
}

function principalOf({ principal }: Identity): string | undefined {
  if (principal === undefined) return undefined;
  if (principal.length <= longestPrincipal) return principalMark + principal;
  return `${principalMark}sha256:${createHash("sha256").update(principal).digest("hex")}`;
}

type Called = Pick<IncomingCall, "remote" | "peer" | "identity">;

export function callerOf(call: Called, interfaces: () => readonly Interface[]): Caller {
  const { remote, peer, identity } = call;
  const isOwn =
    !("host" in remote) || isLoopback(remote.host) || interfaces().some(({ address }) => address === remote.host);
  return { origin: isOwn ? "" : remote.host, remote, local: peer.local, owner: principalOf(identity) };
}

/**
 * The addresses as they are stored: wildcard addresses from another machine get its host.
 * @returns the addresses, or why they cannot be stored.
 */
export function keptAddresses(addresses: readonly string[], origin: string): string[] | { readonly why: string } {
  const kept: string[] = [];
  for (const text of addresses) {
    const address = parse(text);
    if (typeof address === "string") return { why: address };
    if (origin === "" || !hasWildcard(address)) kept.push(text);
    else if (address.host === "::" || !isIPv6(origin)) kept.push(formatAddress({ ...address, host: origin }));
  }
  if (kept.length > 0) return kept;
  const why =
    addresses.length === 0 ? "it has no address" : `none of them can be reached at ${origin}, where it came from`;
  return { why: `addresses: ${why}` };
}

function parse(text: string): Address | HostAddress | string {
  let address: Address | HostAddress;
  try {
    address = parseAddress(text);
  } catch (error) {
    return (error as Error).message;
  }
  if ("name" in address) return `address ${text}: ${address.kind}: cannot be reached from elsewhere`;
  return "port" in address && address.port === 0 ? `address ${text}: the port is 0` : address;
}

/** The addresses at which a caller can reach the server. */
export function toldAddresses(
  { entry, origin }: Registered,
  caller: Caller,
  interfaces: () => readonly Interface[],
): readonly string[] {
  return entry.addresses.flatMap((text) => {
    const address = parseAddress(text);
    if (hasWildcard(address)) {
      const host = reachedAt(address.host, caller, interfaces);
      return host === undefined ? [] : [formatAddress({ ...address, host })];
    }
    return origin === caller.origin || !isOfItsMachine(address) ? [text] : [];
  });
}

/** Whether all callers get the same addresses. */
export function isTheSameForAll({ entry }: Registered): boolean {
  return entry.addresses.every((text) => {
    const address = parseAddress(text);
    return !hasWildcard(address) && !isOfItsMachine(address);
  });
}

/** A server that listens on every IPv6 address accepts IPv4 as well. */
function reachedAt(wildcard: string, { remote, local }: Caller, interfaces: () => readonly Interface[]) {
  const isOverVersion6 = "host" in remote && isIPv6(remote.host);
  return hostFor(wildcard === "::" && (isOverVersion6 || !("host" in remote)), { remote, local }, interfaces);
}

type WithHost = Extract<Address | HostAddress, { readonly host: string }>;

function hasWildcard(address: Address | HostAddress): address is WithHost {
  return "host" in address && isWildcard(address.host);
}

/** An address that refers to the machine on which it is used. */
function isOfItsMachine(address: Address | HostAddress): boolean {
  if (address.kind === "unix") return true;
  return "host" in address && (isLoopback(address.host) || address.host.toLowerCase() === "localhost");
}
