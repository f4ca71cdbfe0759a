// Reads a bucket whose entries may be late: a server that has just died, and servers that could not renew because the
// store was electing a leader or starting, look the same. The second ones renew as soon as they can, so who reads waits
// for that, once.
import { pause } from "../../base/wait.js";
import { attemptTime, retryPause } from "./announcement-times.js";
import { recordOf } from "./services.js";
import type { Kept } from "./snapshot.js";
import type { NatsStore } from "./store.js";

/** Milliseconds after its lease in which an entry may be late. Clusters elect their leaders in less. */
const doubt = 15_000;
const longestWait = 1_000;
const margin = 100;
/** Entries that are remembered to be dead. */
const mostRemembered = 10_000;

/** See the file's head. */
export class SettledReader {
  readonly #store: NatsStore;
  readonly #dead = new Set<string>();

  constructor(store: NatsStore) {
    this.#store = store;
  }

  /** `timeout`: milliseconds for each message to come; of it a third may be waited. */
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
    await this.#store.bucket.read(keys, timeout, (kept) => all.push(kept));
    return all;
  }

  #isLate(kept: Kept): boolean {
    const record = recordOf(kept);
    if (record === undefined) return false;
    const since = kept.age - this.#store.allowance(record.lease) - record.lease;
    return since >= 0 && since < doubt && !this.#dead.has(nameOf(kept));
  }
}

/** Milliseconds that a server needs, from an attempt that fails to the next one that succeeds. */
function timeToRenew(kept: Kept): number {
  const lease = recordOf(kept)?.lease ?? 0;
  return Math.min(longestWait, attemptTime(lease) + retryPause(lease) + margin);
}

function nameOf({ key, sequence }: Kept): string {
  return `${key} ${sequence}`;
}
