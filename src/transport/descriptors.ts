// The file descriptors of the process. When few are left, listeners close idle connections for new ones: libuv silently
// closes a new connection if there is no descriptor for it.

import { readdirSync, readFileSync } from "node:fs";
import { type Clock, systemClock, type Timer } from "../base/clock.js";
import { isOutOfDescriptors, noDescriptors } from "../base/no-descriptors.js";
import { TransportError } from "./errors.js";

/** Milliseconds between checks, and between reports while it lasts. */
export const lookInterval = 1_000;
export const repeatInterval = 60_000;

/** The share of the process's limit that connections leave to everything else, and the most descriptors of it. */
const reservedShare = 1 / 8;
const mostReserved = 64;
/** The most connections that one check closes. */
const mostClosed = 8;

/** A listener. */
export interface DescriptorHolder {
  /** The number of open connections. */
  readonly size: number;
  /** Closes the connection that is needed least. @returns false if no connection is open. */
  release(why: string): boolean;
  /** Called when the process has no free descriptor, at most once a minute. `turnedAway` makes the error for the listener with that name. */
  exhausted(turnedAway: (name: string) => TransportError): void;
}

export class Descriptors {
  readonly #holders = new Set<DescriptorHolder>();
  #timer: Timer | undefined;
  /** RLIMIT_NOFILE, and the descriptors that are no connections of listeners; undefined if the system has no /proc. */
  #limit: { readonly all: number; readonly others: number } | undefined;
  #reportedAt = Number.NEGATIVE_INFINITY;
  readonly #clock: Clock;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** @returns a function that ends it. */
  join(holder: DescriptorHolder): () => void {
    this.#holders.add(holder);
    if (this.#timer === undefined) {
      this.#shortage();
      this.#timer = this.#clock.setInterval(() => this.#look(), lookInterval).unref();
    }
    return () => {
      this.#holders.delete(holder);
      if (this.#holders.size > 0) return;
      this.#clock.clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Whether few descriptors are left for one more connection. @returns the reason to make room. */
  scarcity(): string | undefined {
    if (this.#limit === undefined) return this.#shortage() && "the process has no file descriptors left";
    const { all, others } = this.#limit;
    const reserved = Math.min(mostReserved, Math.floor(all * reservedShare));
    if (others + this.#connections() + reserved < all) return undefined;
    return `the process has few of its ${all} file descriptors left: raise the limit (ulimit -n)`;
  }

  /** Closes one connection of the listener that has most. */
  makeRoom(why: string): boolean {
    const largestFirst = [...this.#holders].sort((one, other) => other.size - one.size);
    return largestFirst.some((holder) => holder.release(why));
  }

  #look(): void {
    const cause = this.#shortage();
    if (cause === undefined) return;
    // Each connection that is closed ends the shortage for a moment, which is no reason to report it again.
    if (this.#clock.now() - this.#reportedAt >= repeatInterval) {
      this.#reportedAt = this.#clock.now();
      for (const holder of this.#holders) holder.exhausted((name) => turnedAway(name, cause));
    }
    for (let closed = 0; closed < mostClosed && this.#shortage() !== undefined; closed++) {
      if (!this.makeRoom(`no file descriptors are left (${cause.code})`)) return;
    }
  }

  #connections(): number {
    let all = 0;
    for (const { size } of this.#holders) all += size;
    return all;
  }

  /** Counts, because all of it can change while the process runs. @returns the error if no descriptor is free. */
  #shortage(): NodeJS.ErrnoException | undefined {
    try {
      const all = openFiles(readFileSync("/proc/self/limits", "latin1"));
      const others = readdirSync("/proc/self/fd").length - this.#connections();
      this.#limit = all === undefined ? undefined : { all, others };
      return undefined;
    } catch (error) {
      return isOutOfDescriptors(error) ? (error as NodeJS.ErrnoException) : noDescriptors();
    }
  }
}

/** The descriptors of this process, for all its listeners. */
export const processDescriptors = new Descriptors();

function turnedAway(name: string, cause: NodeJS.ErrnoException): TransportError {
  const { code } = cause;
  const advice = code === "EMFILE" ? "raise the limit (ulimit -n) or lower maxConnections" : "the whole system is";
  const message = `new connections to ${name} are turned away: out of file descriptors (${code}): ${advice}`;
  return new TransportError("TRANSPORT_TOO_MANY_CONNECTIONS", message, { cause });
}

/** The soft limit; undefined if it is unlimited or not given. */
function openFiles(limits: string): number | undefined {
  const [, soft] = /^Max open files +(\d+)/m.exec(limits) ?? [];
  return soft === undefined ? undefined : Number(soft);
}
