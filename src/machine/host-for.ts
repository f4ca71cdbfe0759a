// Which address of this machine a caller can use.
import { isIPv6 } from "node:net";
import { type Interface, ownInterfaces } from "./interfaces.js";
import { isLoopback, isWildcard } from "./ip-address.js";

/** An end of a connection that may lie outside of IP. */
interface Place {
  readonly kind: string;
  readonly host?: string;
}

/** A caller, as seen from here. */
export interface CallerView {
  readonly remote: Place;
  /** The address at which the caller's call arrived; over UDP this is often the wildcard address itself. */
  readonly local?: Place | undefined;
  /** Reads the host that the caller takes this machine for. */
  readonly hinted?: () => string | undefined;
}

/** An address of this machine that the caller can reach. */
export function hostFor(
  isVersion6: boolean,
  { remote, local, hinted: readHint }: CallerView,
  interfaces: () => readonly Interface[] = ownInterfaces,
): string | undefined {
  const fits = (host: string | undefined): host is string => host !== undefined && isIPv6(host) === isVersion6;
  const cameIn = local?.host;
  if (fits(cameIn) && !isWildcard(cameIn)) return cameIn;
  const caller = remote.host;
  if (caller === undefined || isLoopback(caller)) return isVersion6 ? "::1" : "127.0.0.1";
  const own = interfaces().filter(({ address }) => fits(address));
  const hinted = readHint?.();
  if (fits(hinted) && own.some(({ address }) => address === hinted)) return hinted;
  const near = own.find(({ cidr }) => fits(caller) && isInSubnet(caller, cidr));
  return (near ?? own.find(({ internal }) => !internal))?.address;
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
