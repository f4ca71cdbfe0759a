// The addresses of this machine.
import { networkInterfaces } from "node:os";

/** One address of this machine. */
export interface Interface {
  readonly address: string;
  /** With the length of the subnet's prefix: "10.0.0.5/8". */
  readonly cidr: string | null;
  readonly internal: boolean;
}

/** The addresses of all interfaces that are up. */
export function ownInterfaces(): Interface[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
}

/** The addresses of all interfaces that are up: link-local ones of IPv6 with their scope, `fe80::1%eth0`. */
export function localAddresses(): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address }) => (/^fe[89ab]/i.test(address) ? `${address}%${name}` : address)),
  );
}
