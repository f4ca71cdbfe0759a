// How often one source may call: a token bucket for each, in a bounded table.
import type { OptionTable } from "../base/check-options.js";
import { systemClock } from "../base/clock.js";

/** A rate limit of the calls of one source address. Calls above the limit are dropped. */
export interface RateLimits {
  /** Calls per second, on average. */
  readonly perSecond: number;
  /** The most calls in a burst, after a pause. */
  readonly burst: number;
  /** Source addresses that are remembered. The one that has been silent longest is removed for a new one. */
  readonly sources: number;
}

/** The default rate limits of a binder: 200 calls per second, 1000 at once. */
export const defaultRateLimits: RateLimits = Object.freeze({ perSecond: 200, burst: 1000, sources: 4096 });

export const rateOptions: OptionTable<RateLimits> = { perSecond: "size", burst: "size", sources: "count" };

interface Bucket {
  left: number;
  at: number;
  told: boolean;
}

/** "late": over the limit; "first": over the limit for the first time since it was last below. */
export type RateVerdict = "ok" | "first" | "late";

export class RateLimit {
  readonly #limits: RateLimits;
  /** Ordered by last use, oldest first. */
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;

  /** `now` gives milliseconds. */
  constructor(limits: Partial<RateLimits> = {}, now: () => number = () => systemClock.now()) {
    this.#limits = { ...defaultRateLimits, ...limits };
    this.#now = now;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Counts one call of a source. */
  take(source: string): RateVerdict {
    const { perSecond, burst } = this.#limits;
    const now = this.#now();
    const bucket = this.#buckets.get(source) ?? { left: burst, at: now, told: false };
    this.#buckets.delete(source);
    this.#makeRoom();
    this.#buckets.set(source, bucket);
    bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) * perSecond) / 1000);
    bucket.at = now;
    if (bucket.left >= 1) {
      bucket.left -= 1;
      if (bucket.left > burst / 2) bucket.told = false;
      return "ok";
    }
    if (bucket.told) return "late";
    bucket.told = true;
    return "first";
  }

  #makeRoom(): void {
    if (this.#buckets.size < this.#limits.sources) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
