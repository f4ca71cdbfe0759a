// Where a broadcast goes: one address for each network that this machine is on.
import { isIPv4 } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";
import { BindingError } from "./errors.js";
import { allNodesGroup, rpcbindGroup } from "./group.js";

/** A network that a broadcast can be sent to, and this machine's address on it. */
export interface BroadcastPlace {
  /** The name of the interface. */
  readonly name: string;
  readonly isVersion6: boolean;
  /** Our own address on it. */
  readonly source: string;
  /** The network's broadcast address, or the multicast groups that reach binders. */
  readonly destinations: readonly string[];
}

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/** @throws TypeError if a wanted interface does not exist, BindingError RPC_NO_NETWORK if no interface can be used. */
export function broadcastPlaces(interfaces: Interfaces, wanted?: readonly string[]): BroadcastPlace[] {
  for (const name of wanted ?? []) {
    if (interfaces[name] !== undefined) continue;
    const known = Object.keys(interfaces).join(", ");
    throw new TypeError(
      `options.interfaces: there is no interface ${name} that is up and has an address; there are: ${known || "none"}`,
    );
  }
  const places = Object.entries(interfaces).flatMap(([name, addresses = []]) => {
    if (wanted !== undefined && !wanted.includes(name)) return [];
    const usable = addresses.filter(({ internal }) => wanted !== undefined || !internal);
    return [...version4Places(name, usable), ...version6Places(name, usable)];
  });
  if (places.length > 0) return places;
  const message =
    "no network to broadcast to: only the loopback interface is up; to use it, name it in options.interfaces: lo";
  throw new BindingError("RPC_NO_NETWORK", message);
}

function version4Places(name: string, addresses: readonly NetworkInterfaceInfo[]): BroadcastPlace[] {
  return addresses
    .filter(({ address }) => isIPv4(address))
    .map(({ address, netmask }) => {
      return { name, isVersion6: false, source: address, destinations: [broadcastAddress(address, netmask)] };
    });
}

/** Returns one place for the interface, or none: all of its addresses reach the same multicast groups. */
function version6Places(name: string, addresses: readonly NetworkInterfaceInfo[]): BroadcastPlace[] {
  const [first] = addresses.filter(({ address }) => !isIPv4(address));
  if (first === undefined) return [];
  const destinations = [rpcbindGroup, allNodesGroup].map((group) => `${group}%${name}`);
  return [{ name, isVersion6: true, source: first.address, destinations }];
}

/**
 * The last address of the network. A network of one or two addresses has no broadcast address, so the limited broadcast
 * is used.
 */
function broadcastAddress(address: string, netmask: string): string {
  const mask = netmask.split(".").map(Number);
  if ((mask[3] ?? 0) >= 254) return "255.255.255.255";
  return address
    .split(".")
    .map((part, i) => (Number(part) | (~(mask[i] ?? 0) & 255)) >>> 0)
    .join(".");
}
