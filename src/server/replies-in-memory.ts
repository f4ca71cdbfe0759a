// The replies of one reply cache in memory: which are kept, and for how long.
import { type Clock, systemClock } from "../base/clock.js";
import { copyOf } from "../xdr/memory.js";
import type { ReplyKey, ReplyVerdict } from "./reply-cache.js";
import { ReplyTable } from "./reply-table.js";

/** The bounds of one cache; the defaults are those of `MemoryReplyCacheOptions`. */
interface Bounds {
  readonly entries?: number;
  readonly bytes?: number;
  readonly age?: number;
  readonly clock?: Clock;
}

/** The outcome of a running call, for its copies. */
interface Awaited {
  readonly promise: Promise<Uint8Array | undefined>;
  readonly resolve: (outcome: Uint8Array | undefined) => void;
}

export class RepliesInMemory {
  readonly #entries: number;
  readonly #bytes: number;
  readonly #age: number;
  readonly #clock: Clock;
  readonly #table = new ReplyTable();
  /** The running calls that copies wait for. */
  readonly #awaited = new Map<number, Awaited>();

  constructor({ entries, bytes, age, clock }: Bounds) {
    this.#entries = entries ?? 65_536;
    this.#bytes = bytes ?? 16 * 1024 * 1024;
    this.#age = age ?? 120_000;
    this.#clock = clock ?? systemClock;
  }

  /** The entry of a new call is its row in the table. */
  begin(call: ReplyKey): ReplyVerdict {
    const table = this.#table;
    let row = table.find(call);
    if (row !== 0 && table.until(row) <= this.#clock.now()) {
      table.remove(row);
      row = 0;
    }
    if (row === 0) return { kind: "new", entry: table.add(call) };
    if (!table.hasArguments(row, call)) return { kind: "false-retry" };
    if (!table.isRunning(row)) return { kind: "done", outcome: table.outcome(row) };
    return { kind: "running", outcome: this.#await(row) };
  }

  store(row: number, from: Uint8Array, start: number, end: number): void {
    const now = this.#clock.now();
    this.#table.finish(row, from, start, end, now + this.#age);
    if (this.#awaited.size > 0) this.#tell(row, copyOf(from, start, end - start));
    this.#makeRoom(now);
  }

  forget(row: number): void {
    this.#tell(row, undefined);
    this.#table.remove(row);
  }

  #await(row: number): Promise<Uint8Array | undefined> {
    const known = this.#awaited.get(row);
    if (known !== undefined) return known.promise;
    let resolve: Awaited["resolve"] = () => {};
    const promise = new Promise<Uint8Array | undefined>((settle) => {
      resolve = settle;
    });
    this.#awaited.set(row, { promise, resolve });
    return promise;
  }

  #tell(row: number, outcome: Uint8Array | undefined): void {
    this.#awaited.get(row)?.resolve(outcome);
    this.#awaited.delete(row);
  }

  #makeRoom(now: number): void {
    const table = this.#table;
    for (let { oldest } = table; oldest !== 0; oldest = table.oldest) {
      if (table.until(oldest) <= now) table.remove(oldest);
      // The host that holds most loses its oldest reply, so that others need not make room for it.
      else if (table.count > this.#entries || table.bytes > this.#bytes) table.remove(table.oldestOfFullest);
      else return;
    }
  }
}
