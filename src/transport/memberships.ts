// The multicast groups of a socket: joined on every interface, those that come up later too.

import type { Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { systemClock } from "../base/clock.js";

/** Milliseconds between looks for interfaces that have come up since. */
export const membershipInterval = 5_000;

/** Keeps a socket in these groups until it is closed. `interval` is in milliseconds. */
export function keepMemberships(socket: Socket, groups: readonly string[], interval = membershipInterval): void {
  if (groups.length === 0) return;
  const memberships = new Memberships(socket, groups);
  memberships.refresh();
  const timer = systemClock.setInterval(() => memberships.refresh(), interval).unref();
  socket.once("close", () => systemClock.clearTimeout(timer));
}

class Memberships {
  readonly #socket: Socket;
  readonly #groups: readonly string[];
  /** Where each group was joined, or cannot be. */
  #known: ReadonlySet<string> = new Set();

  constructor(socket: Socket, groups: readonly string[]) {
    this.#socket = socket;
    this.#groups = groups;
  }

  /** Joins where an interface, or an address of one, is new. An interface that returns counts as new. */
  refresh(): void {
    let interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>;
    try {
      interfaces = networkInterfaces();
    } catch {
      // Out of descriptors, the system does not list them.
      return;
    }
    const places = this.#groups.flatMap((group) => placesOf(group, interfaces).map((place) => ({ group, place })));
    for (const { group, place } of places) {
      if (!this.#known.has(`${group} ${place}`)) this.#join(group, place);
    }
    this.#known = new Set(places.map(({ group, place }) => `${group} ${place}`));
  }

  #join(group: string, place: string): void {
    try {
      this.#socket.addMembership(group, place);
    } catch {
      // This interface has no multicast, or has the group already.
    }
  }
}

/** An IPv6 group is joined by interface, an IPv4 group by address. */
function placesOf(group: string, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): string[] {
  const own = Object.entries(interfaces);
  if (isIPv6(group)) return own.map(([name]) => `::%${name}`);
  return own.flatMap(([, addresses = []]) =>
    addresses.filter(({ family }) => family === "IPv4").map(({ address }) => address),
  );
}
