// Which address of a program its caller can use: servers register 0.0.0.0 or ::, which are not addresses to connect to.
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { type Address, fromUniversalAddress, toUniversalAddress } from "../../transport/address.js";
import { isLoopback } from "../../transport/local-addresses.js";

export { isLoopback };

/** The known properties of a caller. */
export interface Viewpoint {
  readonly remote: Address;
  /** Where its call came in; over UDP this is often the wildcard address itself. */
  readonly local?: Address | undefined;
  /** Where the caller thinks that we are: the address in its question, or "". */
  readonly hint: string;
}

/** One address of this machine. */
export interface Interface {
  readonly address: string;
  /** With the length of the subnet's prefix: "10.0.0.5/8". */
  readonly cidr: string | null;
  readonly internal: boolean;
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

export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** An address of this machine that the caller can reach. `hinted` is where the caller thinks that we are. */
export function hostFor(
  isVersion6: boolean,
  { remote, local, hinted: readHint }: Omit<Viewpoint, "hint"> & { readonly hinted?: () => string | undefined },
  interfaces: () => readonly Interface[] = ownInterfaces,
): string | undefined {
  const fits = (host: string | undefined): host is string => host !== undefined && isIPv6(host) === isVersion6;
  const cameIn = local !== undefined && "host" in local ? local.host : undefined;
  if (fits(cameIn) && !isWildcard(cameIn)) return cameIn;
  const caller = "host" in remote ? remote.host : undefined;
  if (caller === undefined || isLoopback(caller)) return isVersion6 ? "::1" : "127.0.0.1";
  const own = interfaces().filter(({ address }) => fits(address));
  const hinted = readHint?.();
  if (fits(hinted) && own.some(({ address }) => address === hinted)) return hinted;
  const near = own.find(({ cidr }) => fits(caller) && isInSubnet(caller, cidr));
  return (near ?? own.find(({ internal }) => !internal))?.address;
}

function hostOf(netid: string, universal: string): string | undefined {
  try {
    const address = fromUniversalAddress(netid, universal);
    return "host" in address ? address.host : undefined;
  } catch {
    return undefined;
  }
}

/** IPv4 only: an IPv6 caller gets the first address that is not internal. */
function isInSubnet(host: string, cidr: string | null): boolean {
  const [network, bits] = cidr?.split("/") ?? [];
  if (network === undefined || isIPv6(network) || isIPv6(host)) return false;
  const length = Number(bits);
  const mask = length === 0 ? 0 : -1 << (32 - length);
  return (toNumber(host) & mask) === (toNumber(network) & mask);
}

function toNumber(host: string): number {
  return host.split(".").reduce((sum, part) => (sum << 8) | Number(part), 0);
}

export function ownInterfaces(): Interface[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
}
