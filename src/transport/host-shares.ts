// How much of a limit each host uses, where what a host has cannot be taken back: hosts leave a part to each other.
import { timesFree } from "./budget.js";

/**
 * Whether one that has `own` may have `more`, if `free` is left then: it may have at most `timesFree` times what is left. One that has
 * nothing may take all.
 */
export function leavesRoom(own: number, more: number, free: number): boolean {
  return free >= 0 && (own === 0 || own + more <= timesFree * free);
}

export class HostShares {
  readonly #most: number;
  readonly #hosts = new Map<string, number>();
  #total = 0;

  /** `most` is the limit of all hosts together. */
  constructor(most: number) {
    this.#most = most;
  }

  get total(): number {
    return this.#total;
  }

  of(host: string): number {
    return this.#hosts.get(host) ?? 0;
  }

  /** Whether a host may have `more`: alone, it may have four fifths of the limit. */
  hasRoomFor(host: string, more = 1): boolean {
    return leavesRoom(this.of(host), more, this.#most - this.#total - more);
  }

  /** Adds to what a host has; a negative number takes it away. */
  add(host: string, by = 1): void {
    this.#total += by;
    const own = this.of(host) + by;
    if (own === 0) this.#hosts.delete(host);
    else this.#hosts.set(host, own);
  }
}
