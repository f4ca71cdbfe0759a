// The replies of one reply cache in memory: which are kept, and for how long.
import { type Clock, systemClock } from "../base/clock.js";
import { turnTime } from "../base/turn-time.js";
import { copyOf } from "../xdr/memory.js";
import type { XdrReader } from "../xdr/reader.js";
import type { CallerKey } from "./caller-key.js";
import type { CalledProcedure, ReplyKey, ReplyVerdict } from "./reply-cache.js";
import { ReplyTable } from "./reply-table.js";
import { Waiters } from "./waiters.js";

/** The bounds of one cache; the defaults are those of `MemoryReplyCacheOptions`. */
interface Bounds {
  readonly entries?: number;
  readonly bytes?: number;
  readonly age?: number;
  readonly clock?: Clock;
}

export class RepliesInMemory {
  readonly #entries: number;
  readonly #bytes: number;
  readonly #age: number;
  readonly #now: () => number;
  readonly #table = new ReplyTable();
  readonly #waiters = new Waiters<number>();

  constructor({ entries, bytes, age, clock }: Bounds) {
    this.#entries = entries ?? 65_536;
    this.#bytes = bytes ?? 16 * 1024 * 1024;
    this.#age = age ?? 120_000;
    this.#now = turnTime(clock ?? systemClock);
  }

  /** The entry of a new call is its row in the table. */
  begin(call: ReplyKey): ReplyVerdict {
    const table = this.#table;
    let row = table.find(call);
    if (row !== 0 && !table.isRunning(row) && table.until(row) <= this.#now()) {
      table.remove(row);
      row = 0;
    }
    if (row === 0) return { kind: "new", entry: table.add(call) };
    if (!table.hasArguments(row, call)) return { kind: "false-retry" };
    if (!table.isRunning(row)) return { kind: "done", outcome: table.outcome(row) };
    return { kind: "running", outcome: this.#waiters.wait(row) };
  }

  /** Its entry if the call is new. 0: `begin` decides. */
  beginNew(caller: CallerKey, call: CalledProcedure, from: XdrReader): number {
    return this.#table.addNew(caller, call, from);
  }

  store(row: number, from: Uint8Array, start: number, end: number): void {
    const now = this.#now();
    const table = this.#table;
    table.finish(row, from, start, end, now + this.#age);
    if (!this.#waiters.isEmpty) this.#waiters.tell(row, copyOf(from, start, end - start));
    table.dropOld(row, now);
    while (table.count > this.#entries || table.bytes > this.#bytes) table.dropOldest();
  }

  forget(row: number): void {
    this.#waiters.tell(row, undefined);
    this.#table.remove(row);
  }
}
