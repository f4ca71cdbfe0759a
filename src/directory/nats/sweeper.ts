// Removes dead entries and marks of deletions that a reader has found, so that a service whose servers come and go does
// not leave thousands to be read.
import { systemClock } from "../../base/clock.js";
import { recordOf } from "./services.js";
import type { Kept } from "./snapshot.js";
import type { NatsStore } from "./store.js";

/** Milliseconds after which dead entries are swept, and the most that are swept at once. */
const margin = 10_000;
const period = 5_000;
const mostAtOnce = 64;
const longestRequest = 2_000;

/** Deletes dead entries from a bucket. */
export class Sweeper {
  readonly #store: NatsStore;
  #last = Number.NEGATIVE_INFINITY;
  #isAllowed = true;

  constructor(store: NatsStore) {
    this.#store = store;
  }

  /** Leave unknown records: they may belong to somebody else. */
  isStale(kept: Kept): boolean {
    if (kept.age < margin || kept.sequence === 0) return false;
    if (kept.isDeleted) return true;
    const record = recordOf(kept);
    return record !== undefined && kept.age > 2 * record.lease + margin;
  }

  /** Deletes these entries in the background. Errors are ignored: the bucket itself removes the rest after an hour. */
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
      this.#isAllowed = false; // Other users may be allowed to.
    }
  }
}
