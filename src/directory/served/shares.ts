// How much of a limit each host uses, and which host gives way when it is used up. One host, or one that has several addresses,
// cannot use up what others need: a host that has little may displace what belongs to one that has more than twice as much.

import { Ranking } from "../../base/ranking.js";
import { version6Bytes } from "../../machine/ip-bytes.js";

export interface ShareLimits {
  /** The most of all hosts together. */
  readonly most: number;
  /** The most of one host. */
  readonly perHost: number;
  /** The share of `most`, 0 to 1, that is reserved for the directory's own machine. */
  readonly reserved: number;
}

/** The part of what is not reserved that can be kept, and the part of that for one network. */
const keptPart = 1 / 2;
const keptOfNetwork = 1 / 32;

export class Shares {
  readonly #limits: ShareLimits;
  /** The use of each network, and of each of its hosts. This machine is not in the ranking, because it never has to make room. */
  readonly #networks = new Ranking();
  readonly #hosts = new Map<string, Ranking>();
  /** The part of each host, and of each network, that is never removed to make room. It is not in the rankings. */
  readonly #keptByHost = new Map<string, number>();
  readonly #keptByNetwork = new Map<string, number>();
  #kept = 0;
  #ofOwnMachine = 0;
  #total = 0;

  constructor(limits: ShareLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /**
   * The limit that `more` would exceed; undefined if `more` fits. Another machine may use as much as it leaves free, so that
   * newcomers seldom displace other hosts. It may use more than that as long as some host has more than twice as much.
   * @param ofHost the part of `more` that is new for this host. Default: all of it.
   */
  excess(origin: string, more: number, ofHost = more): "all" | "host" | undefined {
    const held = this.#heldBy(origin);
    const free = this.#freeFor(origin);
    if (ofHost > 0 && held + ofHost > this.#limits.perHost) return "host";
    if (more > 0 && more > free) return "all";
    const takesMost = origin !== "" && ofHost > 0 && held + ofHost > free;
    return takesMost && this.giver(origin, ofHost) === undefined ? "host" : undefined;
  }

  #freeFor(origin: string): number {
    const { most, reserved } = this.#limits;
    const free = most - this.#total;
    return origin === "" ? free : Math.min(free, most * (1 - reserved) - (this.#total - this.#ofOwnMachine));
  }

  /**
   * The key (`hostOf`) of the host that gives way to `more` of another. It is a host of the network that has most, if that has more
   * than twice as much as the other's network; otherwise one of the other's own network, compared in the same way.
   */
  giver(origin: string, more: number): string | undefined {
    const network = networkOf(origin);
    const largest = this.#networks.largest();
    if (largest === undefined) return undefined;
    const kept = this.#keptByNetwork.get(network) ?? 0;
    const ofNetwork = origin === "" ? this.#ofOwnMachine : this.#networks.of(network) + kept;
    if (largest !== network && 2 * (ofNetwork + more) < this.#networks.of(largest))
      return this.#hosts.get(largest)?.largest();
    const neighbours = this.#hosts.get(network);
    const neighbour = neighbours?.largest();
    if (neighbours === undefined || neighbour === undefined) return undefined;
    return 2 * (this.#heldBy(origin) + more) < neighbours.of(neighbour) ? neighbour : undefined;
  }

  /** Adds to what a host uses, or takes it away. */
  count(origin: string, by: number): void {
    this.#total += by;
    if (origin === "") {
      this.#ofOwnMachine += by;
      return;
    }
    this.#rank(origin, by);
  }

  #rank(origin: string, by: number): void {
    const [network, host] = [networkOf(origin), hostOf(origin)];
    const hosts = this.#hosts.get(network) ?? new Ranking();
    hosts.set(host, hosts.of(host) + by);
    this.#networks.set(network, this.#networks.of(network) + by);
    if (hosts.size > 0) this.#hosts.set(network, hosts);
    else this.#hosts.delete(network);
  }

  /** Whether so much more of another machine can be kept. */
  mayKeep(origin: string, more: number): boolean {
    const part = this.#limits.most * (1 - this.#limits.reserved) * keptPart;
    const ofNetwork = this.#keptByNetwork.get(networkOf(origin)) ?? 0;
    return this.#kept + more <= part && ofNetwork + more <= part * keptOfNetwork;
  }

  /** From now on, `by` more of what a host uses is never removed to make room. A negative number takes that back. */
  keep(origin: string, by: number): void {
    this.#rank(origin, -by);
    this.#kept += by;
    add(this.#keptByHost, hostOf(origin), by);
    add(this.#keptByNetwork, networkOf(origin), by);
  }

  #heldBy(origin: string): number {
    if (origin === "") return this.#ofOwnMachine;
    const host = hostOf(origin);
    return (this.#hosts.get(networkOf(origin))?.of(host) ?? 0) + (this.#keptByHost.get(host) ?? 0);
  }
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

/** Things by the host that they came from, those that were added or touched longest ago first. */
export class ByHost<T extends object> {
  readonly #items = new Map<string, Set<T>>();

  /** Adds it, or makes it the newest. */
  touch(origin: string, item: T): void {
    const host = hostOf(origin);
    const items = this.#items.get(host) ?? new Set();
    items.delete(item);
    this.#items.set(host, items.add(item));
  }

  remove(origin: string, item: T): void {
    const host = hostOf(origin);
    const items = this.#items.get(host);
    items?.delete(item);
    if (items?.size === 0) this.#items.delete(host);
  }

  /** The items of a host (`hostOf`), the oldest first. */
  of(host: string): Iterable<T> {
    return this.#items.get(host) ?? [];
  }
}

/**
 * The key of a host; "" is the directory's own machine. For IPv6 it is the /64 network, because one machine can have any
 * number of addresses in its network.
 */
export function hostOf(origin: string): string {
  return prefixOf(origin, 8) ?? origin;
}

/** The key of a host's network, which is often one owner's: /24 of IPv4, /48 of IPv6; "" is the directory's own machine. */
export function networkOf(origin: string): string {
  return prefixOf(origin, 6) ?? origin.replace(/\.\d+$/, "");
}

/** The first bytes of an IPv6 address; undefined for others. */
function prefixOf(origin: string, bytes: number): string | undefined {
  if (!origin.includes(":")) return undefined;
  return Buffer.from(version6Bytes(origin).subarray(0, bytes)).toString("hex");
}
