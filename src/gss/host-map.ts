// A map with a limit, of things that hosts caused. At the limit the host that has most gives way, so that one host with many
// requests does not displace what others need.
import { Ranking } from "../base/ranking.js";

interface Entry<T> {
  readonly host: string;
  readonly value: T;
}

export class HostMap<T> {
  readonly #most: number;
  /** The oldest first. */
  readonly #entries = new Map<string, Entry<T>>();
  readonly #hosts = new Ranking();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Adds a new key. @returns what gave way: the oldest of the host that then has most. */
  add(key: string, host: string, value: T): T | undefined {
    this.#entries.set(key, { host, value });
    this.#hosts.set(host, this.#hosts.of(host) + 1);
    if (this.#entries.size <= this.#most) return undefined;
    const largest = this.#hosts.largest();
    for (const [oldest, entry] of this.#entries) if (entry.host === largest) return this.take(oldest);
    return undefined;
  }

  /** Removes a key. @returns its value */
  take(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#hosts.set(entry.host, this.#hosts.of(entry.host) - 1);
    return entry.value;
  }
}
