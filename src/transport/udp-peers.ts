// The order in which a UDP listener forgets the sources that it remembers: first those without running calls, and of these one of the
// host that has most. So neither one host nor forged sources displace a caller that waits for its reply.
import { Ranking } from "../base/ranking.js";

/** The properties of a source that its place depends on. */
export interface Remembered {
  /** Its host: see `addressGroup`. */
  readonly group: string;
  /** Its calls run, or calls to it wait for their replies. */
  readonly isInUse: boolean;
}

/** The host with most sources loses its oldest one if it has more than this share of all; else the oldest of all is forgotten. */
const smallShare = 1 / 64;

/** Sources in the order in which they were heard, all of them and by host. */
class Queue<T extends Remembered> {
  readonly #all = new Set<T>();
  readonly #byHost = new Map<string, Set<T>>();
  readonly #hosts = new Ranking();

  touch(source: T): void {
    const { group } = source;
    const own = this.#byHost.get(group) ?? new Set();
    own.delete(source);
    this.#byHost.set(group, own.add(source));
    if (!this.#all.delete(source)) this.#hosts.set(group, own.size);
    this.#all.add(source);
  }

  remove(source: T): void {
    if (!this.#all.delete(source)) return;
    const { group } = source;
    const own = this.#byHost.get(group);
    own?.delete(source);
    if (own?.size === 0) this.#byHost.delete(group);
    this.#hosts.set(group, own?.size ?? 0);
  }

  /** The oldest of the host that has most. If none has many, the oldest of all. */
  first(): T | undefined {
    const largest = this.#hosts.largest();
    if (largest === undefined) return undefined;
    const isLarge = this.#hosts.of(largest) > this.#all.size * smallShare;
    const [oldest] = (isLarge && this.#byHost.get(largest)) || this.#all;
    return oldest;
  }
}

export class UdpPeers<T extends Remembered> {
  readonly #idle = new Queue<T>();
  readonly #inUse = new Queue<T>();

  /** Adds a source, or makes it the newest. Must be called when `isInUse` has changed. */
  touch(source: T): void {
    const { isInUse } = source;
    (isInUse ? this.#idle : this.#inUse).remove(source);
    (isInUse ? this.#inUse : this.#idle).touch(source);
  }

  remove(source: T): void {
    this.#idle.remove(source);
    this.#inUse.remove(source);
  }

  /** The source to forget for a new one. */
  leaver(): T | undefined {
    return this.#idle.first() ?? this.#inUse.first();
  }
}
