// How often one source may call: a bucket for each, in a bounded table.

/** Calls that one source may make. */
export interface RateLimits {
  /** Calls a second, in the long run. */
  readonly perSecond: number;
  /** Calls at once, after a pause. */
  readonly burst: number;
  /** Sources remembered; the one that called longest ago is forgotten for a new one. */
  readonly sources: number;
}

export const defaultRateLimits: RateLimits = Object.freeze({ perSecond: 200, burst: 1000, sources: 4096 });

interface Bucket {
  left: number;
  at: number;
  told: boolean;
}

/** "late": over the limit; "first": over it for the first time since it was under it. */
export type RateVerdict = "ok" | "first" | "late";

export class RateLimit {
  readonly #limits: RateLimits;
  /** The longest silent first. */
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;

  /** `now` gives milliseconds. */
  constructor(limits: Partial<RateLimits> = {}, now: () => number = () => performance.now()) {
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
