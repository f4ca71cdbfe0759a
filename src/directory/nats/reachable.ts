// The addresses at which others reach a server that listens on every address of its machine.
import { isIPv6 } from "node:net";
import { ownInterfaces } from "../../machine/interfaces.js";
import { isLoopback, isWildcard } from "../../machine/ip-address.js";
import { formatAddress, parseAddress } from "../../transport/address.js";

interface Interface {
  readonly address: string;
  readonly internal: boolean;
}

/**
 * Replaces wildcard hosts by the address at which the NATS server sees us, if it belongs to this machine. Otherwise
 * (the server is on this machine, or behind address translation) by the first address of this machine that is not
 * loopback, else by loopback.
 */
export function reachableAddresses(
  addresses: readonly string[],
  seen: string | undefined,
  interfaces: () => readonly Interface[] = ownInterfaces,
): string[] {
  const reached = addresses.map((text) => {
    const address = parseAddress(text);
    if (!("host" in address) || !isWildcard(address.host)) return text;
    return formatAddress({ ...address, host: hostFor(address.host, seen, interfaces()) });
  });
  return [...new Set(reached)];
}

/** A server that listens on every IPv6 address accepts IPv4 as well. */
function hostFor(wildcard: string, seen: string | undefined, interfaces: readonly Interface[]): string {
  const isDual = wildcard === "::";
  const own = interfaces.filter(
    ({ address, internal }) => !internal && !/^fe80:/i.test(address) && (isDual || !isIPv6(address)),
  );
  if (own.some(({ address }) => address === seen)) return seen as string;
  const prefersVersion6 = seen !== undefined && isIPv6(seen) && !isLoopback(seen);
  const best = own.find(({ address }) => isIPv6(address) === prefersVersion6) ?? own[0];
  return best?.address ?? "127.0.0.1";
}
