// The servers of one path as a watcher knows them. No I/O, no timers.
import type { ServiceEntry } from "../engine.js";
import { fromKey } from "./keys.js";
import { decodeRecord, type NatsRecord } from "./record.js";
import type { Kept } from "./snapshot.js";

/** Milliseconds for which an entry is kept after its lease, in case a renewal is late. */
export const grace = 500;
/** The most servers of one path, and bytes of their records; further ones are ignored. */
export const mostServers = 4_096;
const mostBytes = 16 * 1024 * 1024;

interface Known extends NatsRecord {
  /** The stored bytes. A renewal does not change them. */
  readonly data: Uint8Array;
  /** When it is to be removed, by this machine's clock. */
  deadline: number;
}

/** A stored record with its path; undefined for a deletion, and for records that were not written by this engine. */
export function recordOf({ key, data, isDeleted }: Kept): (NatsRecord & { readonly path: string }) | undefined {
  const where = isDeleted ? undefined : fromKey(key);
  const record = where === undefined ? undefined : decodeRecord(where.id, data);
  return where === undefined || record === undefined ? undefined : { ...record, path: where.path };
}

/** The servers of one path. Times are milliseconds of the clock. */
export class KnownServices {
  readonly #known = new Map<string, Known>();
  #bytes = 0;

  /**
   * Adds a record that was stored or has just arrived. `allowance`: milliseconds that it may be older than its lease.
   * @returns whether the servers, or their data, have changed.
   */
  take(kept: Kept, now: number, allowance: (lease: number) => number): boolean {
    const before = this.#known.get(kept.key);
    const isSame = before !== undefined && !kept.isDeleted && Buffer.compare(before.data, kept.data) === 0;
    const record = isSame ? before : recordOf(kept);
    if (record === undefined) return this.#forget(kept.key);
    const left = record.lease + grace - Math.max(0, kept.age - allowance(record.lease));
    const deadline = Math.max(kept.sequence === 0 ? 0 : (before?.deadline ?? 0), now + left);
    if (isSame) {
      before.deadline = deadline;
      return false;
    }
    const bytes = this.#bytes - (before?.data.length ?? 0) + kept.data.length;
    if (left <= 0 || bytes > mostBytes || (before === undefined && this.#known.size >= mostServers)) return false;
    this.#bytes = bytes;
    this.#known.set(kept.key, { ...record, data: kept.data.slice(), deadline });
    return true;
  }

  /** Extends every lease by its full length, since none could be renewed. */
  extend(now: number): void {
    for (const one of this.#known.values()) one.deadline = Math.max(one.deadline, now + one.lease + grace);
  }

  /** The keys of entries that were not renewed in time. */
  due(now: number): string[] {
    return [...this.#known].flatMap(([key, { deadline }]) => (deadline <= now ? [key] : []));
  }

  forget(keys: readonly string[]): void {
    for (const key of keys) this.#forget(key);
  }

  #forget(key: string): boolean {
    this.#bytes -= this.#known.get(key)?.data.length ?? 0;
    return this.#known.delete(key);
  }

  /** The time when the next entry expires; undefined if there is none. */
  next(): number | undefined {
    let next: number | undefined;
    for (const { deadline } of this.#known.values()) if (next === undefined || deadline < next) next = deadline;
    return next;
  }

  /** The servers, sorted by id. */
  entries(): readonly ServiceEntry[] {
    return [...this.#known.values()].map(({ entry }) => entry).sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}
