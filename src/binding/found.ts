// Interprets a binder's answer for the client that asked.
import { isIP, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import type { Found, Lookup } from "../client/locator.js";
import { isLoopback, isWildcard } from "../machine/ip-address.js";
import type { Address } from "../transport/address.js";
import type { Binder } from "./binder.js";
import { BindingError } from "./errors.js";
import { isThisMachine } from "./places.js";
import type { BinderEntry } from "./rpcbind/table.js";
import { toldAddress } from "./told-address.js";

/**
 * For a host name the other IP version is accepted, but not for an IP address. Another version of the program is
 * accepted, too: the program itself then reports the versions that it has.
 */
export function choose(known: readonly BinderEntry[], lookup: Lookup, netid: string): BinderEntry | undefined {
  const { program, transport, host } = lookup;
  const ofName = isIP(host) === 0 ? [netid, transport, `${transport}6`] : [isIPv6(host) ? `${transport}6` : transport];
  const netids = transport === "unix" ? ["local"] : ofName;
  const own = known.filter((entry) => entry.program === program.number);
  const exact = own.filter((entry) => entry.version === program.version);
  for (const entries of [exact, own]) {
    for (const one of netids) {
      const found = entries.find((entry) => entry.netid === one);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/**
 * The address that a binder means, as seen from here. For a binder behind a NAT that returns an inner address, it is
 * the host that was asked, with the returned port.
 * @throws BindingError
 */
export function candidates(binder: Binder, { host, rpcbind }: Lookup, netid: string, universal: string): Found {
  let address: Address;
  try {
    address = toldAddress(netid, universal);
  } catch (cause) {
    throw badAnswer(binder, `an invalid address: ${JSON.stringify(universal)}`, cause);
  }
  if (!("host" in address)) return address;
  // Port 0 means "not registered" in version 2 only (RFC 1833 section 3.2): another version may know the port.
  if (address.port === 0) throw badAnswer(binder, `an address without a port: ${JSON.stringify(universal)}`);
  const asked = "host" in binder.address ? binder.address.host : host;
  if (isWildcard(address.host)) return { ...address, host: isIPv6(address.host) === isIPv6(asked) ? asked : host };
  if (isLoopback(address.host) && !isOwn(asked)) {
    const message = `the program listens only at ${address.host} of ${host} itself: make it listen at an address that others can reach`;
    throw new BindingError("RPC_NOT_REGISTERED", message);
  }
  // An address from a binder on another machine refers to the host that was asked.
  const outer = rpcbind === undefined ? asked : host;
  return isLoopback(address.host) || address.host === outer ? address : [address, { ...address, host: outer }];
}

function badAnswer(binder: Binder, what: string, cause?: unknown): BindingError {
  const message = `rpcbind at ${binder.name} answered with ${what}`;
  return new BindingError("RPC_BAD_BINDER_ANSWER", message, cause === undefined ? {} : { cause });
}

function isOwn(host: string): boolean {
  if (isThisMachine(host)) return true;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host));
}

/** `cause`: why the other candidates could not be looked up. */
export function notRegistered(
  binder: Binder,
  { host, program, transport }: Lookup,
  known: readonly BinderEntry[],
  cause?: unknown,
): BindingError {
  const own = known.filter((entry) => entry.program === program.number);
  const list = own.map(({ version, netid }) => `version ${version} over ${netid}`).join(", ");
  const there =
    own.length === 0 ? "the program is not registered there at all; is the server running?" : `registered are ${list}`;
  const message = `${program.name} version ${program.version} is not registered over ${transport} at ${host} (rpcbind at ${binder.name}): ${there}`;
  return new BindingError("RPC_NOT_REGISTERED", message, cause === undefined ? {} : { cause });
}
