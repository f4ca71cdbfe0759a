// Chooses the address of a program that its caller can use: servers register 0.0.0.0 or ::, to which nobody can
// connect.
import { isIPv6 } from "node:net";
import { hostFor } from "../../machine/host-for.js";
import { type Interface, ownInterfaces } from "../../machine/interfaces.js";
import { isWildcard } from "../../machine/ip-address.js";
import type { Address } from "../../transport/address.js";
import { toUniversalAddress } from "../../transport/universal-address.js";
import { addressOf } from "./entry-address.js";

/** The known properties of a caller. */
export interface Viewpoint {
  readonly remote: Address;
  /** The local address of its call; over UDP this is often the wildcard address. */
  readonly local?: Address | undefined;
  /** The address at which the caller sees us, taken from its question, or "". */
  readonly hint: string;
}

/** The registered universal address with the wildcard host replaced by one that the caller can reach. */
export function reachableAddress(
  netid: string,
  registered: string,
  from: Viewpoint,
  interfaces: () => readonly Interface[] = ownInterfaces,
): string {
  const address = addressOf(netid, registered);
  if (address === undefined || !("host" in address) || !isWildcard(address.host)) return registered;
  const { remote, local, hint } = from;
  // Use the hint only if nothing else is known: a caller may send any.
  const view = { remote, local, hinted: () => hostOf(netid, hint) };
  const host = hostFor(isIPv6(address.host), view, interfaces);
  return host === undefined ? registered : toUniversalAddress({ ...address, host });
}

function hostOf(netid: string, universal: string): string | undefined {
  const address = addressOf(netid, universal);
  return address !== undefined && "host" in address ? address.host : undefined;
}
