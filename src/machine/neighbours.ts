// Classifies addresses: this machine, its own networks, or others.

import { BlockList, isIPv6 } from "node:net";
import { systemClock, type Timer } from "../base/clock.js";
import { type Interface, ownInterfaces } from "./interfaces.js";
import { isLoopback, withoutScope } from "./ip-address.js";

/**
 * Milliseconds for which the list of interfaces is used, and for which it is still used while a new one is being read.
 */
const interfacesAge = 1_000;
const longestAge = 60_000;

/** Distinguishes hosts of directly attached networks from others. */
export class Neighbours {
  readonly #read: () => readonly Interface[];
  #interfaces: readonly Interface[] = [];
  #own: ReadonlySet<string> = new Set();
  #networks = new BlockList();
  #soon: Timer | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(interfaces: () => readonly Interface[] = ownInterfaces) {
    this.#read = interfaces;
  }

  /**
   * The addresses of this machine, from a cache. Reading them takes a millisecond, more than answering a call: a
   * slightly outdated list is used once more, and read again after the answer.
   */
  readonly interfaces = (): readonly Interface[] => {
    const age = systemClock.now() - this.#readAt;
    if (age > longestAge) this.#refresh();
    else if (age > interfacesAge) this.#refreshSoon();
    return this.#interfaces;
  };

  #refreshSoon(): void {
    this.#soon ??= systemClock.setTimeout(() => this.#refresh(), 20).unref();
  }

  #refresh(): void {
    systemClock.clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#readAt = systemClock.now();
    this.#interfaces = this.#read();
    this.#own = new Set(this.#interfaces.map(({ address }) => withoutScope(address)));
    this.#networks = networksOf(this.#interfaces);
  }

  /** Whether an IP address is one of this machine's own. */
  isThisMachine(host: string): boolean {
    if (isLoopback(host)) return true;
    this.interfaces();
    return this.#own.has(withoutScope(host));
  }

  /** Whether a host, an IP address, is this machine or on one of its networks. */
  has(host: string): boolean {
    if (isLoopback(host)) return true;
    this.interfaces();
    const plain = withoutScope(host);
    return this.#networks.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
  }
}

function networksOf(interfaces: readonly Interface[]): BlockList {
  const list = new BlockList();
  list.addSubnet("fe80::", 10, "ipv6");
  for (const { cidr } of interfaces) {
    const [network = "", bits] = cidr?.split("/") ?? [];
    if (bits !== undefined) list.addSubnet(network, Number(bits), isIPv6(network) ? "ipv6" : "ipv4");
  }
  return list;
}
