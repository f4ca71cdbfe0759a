// The multicast groups of a socket: joined on every interface, including those that come up later.

import type { Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { systemClock } from "../base/clock.js";

/** Milliseconds between checks for new interfaces. */
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
  /** The interfaces on which each group was joined, or cannot be joined. */
  #known: ReadonlySet<string> = new Set();

  constructor(socket: Socket, groups: readonly string[]) {
    this.#socket = socket;
    this.#groups = groups;
  }

  /** Joins on new interfaces, and for new addresses. An interface that returns counts as new. */
  refresh(): void {
    let interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>;
    try {
      interfaces = networkInterfaces();
    } catch {
      // If no file descriptors are free, the system cannot list its interfaces.
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
      // The interface does not support multicast, or has already joined the group.
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
