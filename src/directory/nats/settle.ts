// Reads a bucket whose entries may be late. A server that has just died cannot be distinguished from servers that could
// not renew while the store was electing a leader or starting. The latter renew as soon as they can, so a reader waits
// for that once.
import { pause } from "../../base/wait.js";
import { attemptTime, retryPause } from "./announcement-times.js";
import { recordOf } from "./services.js";
import type { Kept } from "./snapshot.js";
import type { NatsStore } from "./store.js";

/** Milliseconds after its lease in which an entry may be late. Clusters elect their leaders faster. */
const doubt = 15_000;
const longestWait = 1_000;
const margin = 100;
/** The most that is read at once: more than any directory has. Users who may write to the bucket must not fill our memory. */
const mostRecords = 100_000;
const mostBytes = 64 * 1024 * 1024;
const mostOthers = 100_000;
const nothing = new Uint8Array(0);
/** The most entries that are remembered as dead. */
const mostRemembered = 10_000;

/** Reads a bucket, and waits once for servers that could not renew. */
export class SettledReader {
  readonly #store: NatsStore;
  readonly #dead = new Set<string>();

  constructor(store: NatsStore) {
    this.#store = store;
  }

  /** `timeout`: milliseconds to wait for each message; a third of it may be spent waiting for late renewals. */
  async read(keys: string, timeout: number): Promise<readonly Kept[]> {
    const first = await this.#all(keys, timeout);
    const late = first.filter((kept) => this.#isLate(kept));
    const [one] = late;
    if (one === undefined) return first;
    await this.#store.bucket.probe(one.key, timeout);
    await pause(Math.min(timeout / 3, Math.max(...late.map(timeToRenew))));
    const second = await this.#all(keys, timeout);
    if (this.#dead.size > mostRemembered) this.#dead.clear();
    for (const kept of second) if (this.#isLate(kept)) this.#dead.add(nameOf(kept));
    return second;
  }

  async #all(keys: string, timeout: number): Promise<Kept[]> {
    const all: Kept[] = [];
    let [records, bytes] = [0, 0];
    await this.#store.bucket.read(keys, timeout, (kept) => {
      if (recordOf(kept) === undefined) {
        // Deletions and what others have written: that there is something counts, but not what.
        if (all.length - records < mostOthers) all.push({ ...kept, data: nothing });
      } else if (records < mostRecords && bytes + kept.data.length <= mostBytes) {
        records++;
        bytes += kept.data.length;
        all.push(kept);
      }
    });
    return all;
  }

  #isLate(kept: Kept): boolean {
    const record = recordOf(kept);
    if (record === undefined) return false;
    const since = kept.age - this.#store.allowance(record.lease) - record.lease;
    return since >= 0 && since < doubt && !this.#dead.has(nameOf(kept));
  }
}

/** Milliseconds that a server needs between a failed renewal and the next successful one. */
function timeToRenew(kept: Kept): number {
  const lease = recordOf(kept)?.lease ?? 0;
  return Math.min(longestWait, attemptTime(lease) + retryPause(lease) + margin);
}

function nameOf({ key, sequence }: Kept): string {
  return `${key} ${sequence}`;
}
