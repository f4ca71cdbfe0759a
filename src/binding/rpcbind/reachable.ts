// Which address of a program its caller can use: servers register 0.0.0.0 or ::, which are not addresses to connect to.
import { isIPv6 } from "node:net";
import { hostFor } from "../../machine/host-for.js";
import { type Interface, ownInterfaces } from "../../machine/interfaces.js";
import { isWildcard } from "../../machine/ip-address.js";
import { type Address, fromUniversalAddress, toUniversalAddress } from "../../transport/address.js";

/** The known properties of a caller. */
export interface Viewpoint {
  readonly remote: Address;
  /** Where its call came in; over UDP this is often the wildcard address itself. */
  readonly local?: Address | undefined;
  /** Where the caller thinks that we are: the address in its question, or "". */
  readonly hint: string;
}

/** The registered universal address with the wildcard host replaced by one that the caller can reach. */
export function reachableAddress(
  netid: string,
  registered: string,
  from: Viewpoint,
  interfaces: () => readonly Interface[] = ownInterfaces,
): string {
  const address = fromUniversalAddress(netid, registered);
  if (!("host" in address) || !isWildcard(address.host)) return registered;
  const { remote, local, hint } = from;
  // Use the hint only if nothing else is known: any question may have one.
  const view = { remote, local, hinted: () => hostOf(netid, hint) };
  const host = hostFor(isIPv6(address.host), view, interfaces);
  return host === undefined ? registered : toUniversalAddress({ ...address, host });
}

function hostOf(netid: string, universal: string): string | undefined {
  try {
    const address = fromUniversalAddress(netid, universal);
    return "host" in address ? address.host : undefined;
  } catch {
    return undefined;
  }
}
