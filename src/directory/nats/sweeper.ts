// Takes dead entries and the marks of deletions out of the bucket when somebody has read them anyway, so that a service
// whose servers come and go does not leave thousands to be read.
import { systemClock } from "../../base/clock.js";
import { recordOf } from "./services.js";
import type { Kept } from "./snapshot.js";
import type { NatsStore } from "./store.js";

/** Milliseconds after which what is dead is swept, and in which at most so many are. */
const margin = 10_000;
const period = 5_000;
const mostAtOnce = 64;
const longestRequest = 2_000;

/** See the file's head. */
export class Sweeper {
  readonly #store: NatsStore;
  #last = Number.NEGATIVE_INFINITY;
  #isAllowed = true;

  constructor(store: NatsStore) {
    this.#store = store;
  }

  /** Rubbish is left alone: it may be somebody's. */
  isStale(kept: Kept): boolean {
    if (kept.age < margin || kept.sequence === 0) return false;
    if (kept.isDeleted) return true;
    const record = recordOf(kept);
    return record !== undefined && kept.age > 2 * record.lease + margin;
  }

  /** Does not wait, and does not fail: the bucket forgets by itself what is left, in an hour. */
  sweep(stale: readonly Kept[]): void {
    const now = systemClock.now();
    if (stale.length === 0 || !this.#isAllowed || now - this.#last < period) return;
    this.#last = now;
    void this.#purge(stale.slice(0, mostAtOnce));
  }

  async #purge(stale: readonly Kept[]): Promise<void> {
    try {
      for (const { key, sequence } of stale) await this.#store.bucket.purge(key, sequence, longestRequest);
    } catch {
      this.#isAllowed = false; // Others may be allowed to.
    }
  }
}
