// The calls that a reply cache in memory knows, as rows of one array of numbers. With an object for each call, the garbage
// collector would move all that are remembered, over and over.
import { randomWord } from "../base/random.js";
import type { CallerKey } from "./caller-key.js";
import { OutcomeBlocks } from "./outcome-blocks.js";
import type { ReplyKey } from "./reply-cache.js";

// The columns of a row. Rows are numbered from 1; 0 stands for no row.
const width = 16;
const xid = 0;
const program = 1;
const version = 2;
const procedure = 3;
const caller = 4;
const length = 5;
const highSum = 6;
const lowSum = 7;
/** The next row with the same hash, or the next free row. */
const chain = 8;
/** The rows before and after it among all replies. */
const inAll = 9;
/** The rows before and after it among the replies to the same host. */
const inHost = 11;
const block = 13;
/** Bytes of the outcome; below 0 while the call runs. */
const size = 14;
const running = -1;

/** Approximate bytes of a row besides its caller and its reply. */
const rowBytes = 200;

/** Replies in the order in which their calls ended. */
class Replies {
  first = 0;
  last = 0;
  bytes = 0;
  /** The number of the host's callers that have rows. */
  callers = 0;
}

/** A caller that has rows. */
interface Caller {
  readonly number: number;
  readonly id: string;
  readonly host: string;
  readonly replies: Replies;
  rows: number;
}

/** The rows of a table with `hashes` hashes: 65,536 are enough for the replies of a cache by default and the running calls. */
const rowsFor = (hashes: number): number => hashes + hashes / 8;

export class ReplyTable {
  #rows = new Int32Array(rowsFor(64) * width);
  #until = new Float64Array(rowsFor(64));
  /** The first row of each hash. */
  #heads = new Int32Array(64);
  #shift = 26;
  #free = 0;
  #used = 1;
  // Callers choose their transaction ids, so they must not know which of them have one hash.
  readonly #factors = [randomWord() | 1, randomWord() | 1, randomWord() | 1] as const;
  readonly #blocks = new OutcomeBlocks();
  readonly #callers = new Map<string, Caller>();
  /** The caller of the last call: a connection nearly always has one. */
  #lastKey: CallerKey | undefined;
  #lastCaller: Caller | undefined;
  readonly #byNumber: (Caller | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  readonly #hosts = new Map<string, Replies>();
  readonly #all = new Replies();
  /** Those of the host with the most bytes, as far as known: no host that got a reply since has more. */
  #fullest = new Replies();
  /** The number of replies. */
  count = 0;

  /** Bytes of all replies. */
  get bytes(): number {
    return this.#all.bytes;
  }

  /** The row of a call; 0 if the call is not known. */
  find(call: ReplyKey): number {
    const known = this.#known(call.caller);
    if (known === undefined) return 0;
    const rows = this.#rows;
    let row = this.#heads[this.#hash(call.xid, call.program, call.version, call.procedure, known.number)] as number;
    for (; row !== 0; row = rows[row * width + chain] as number) {
      const at = row * width;
      if (
        rows[at + xid] === (call.xid | 0) &&
        rows[at + caller] === known.number &&
        rows[at + procedure] === (call.procedure | 0) &&
        rows[at + program] === (call.program | 0) &&
        rows[at + version] === (call.version | 0)
      )
        return row;
    }
    return 0;
  }

  /** A row for a call that starts to run. */
  add(call: ReplyKey): number {
    const by = this.#caller(call.caller);
    by.rows++;
    const row = this.#free === 0 ? this.#used++ : this.#free;
    if (row === this.#until.length) this.#grow();
    const rows = this.#rows;
    const at = row * width;
    this.#free = this.#free === 0 ? 0 : (rows[at + chain] as number);
    rows[at + xid] = call.xid;
    rows[at + program] = call.program;
    rows[at + version] = call.version;
    rows[at + procedure] = call.procedure;
    rows[at + caller] = by.number;
    rows[at + length] = call.length;
    rows[at + highSum] = call.checksum / 0x1_0000_0000;
    rows[at + lowSum] = call.checksum;
    rows[at + size] = running;
    this.#until[row] = Number.POSITIVE_INFINITY;
    this.#link(row);
    return row;
  }

  /** Whether the arguments have the same length and checksum. */
  hasArguments(row: number, call: ReplyKey): boolean {
    const at = row * width;
    const sum =
      ((this.#rows[at + highSum] as number) >>> 0) * 0x1_0000_0000 + ((this.#rows[at + lowSum] as number) >>> 0);
    return this.#rows[at + length] === (call.length | 0) && sum === call.checksum;
  }

  isRunning(row: number): boolean {
    return this.#rows[row * width + size] === running;
  }

  /** When a reply expires, in milliseconds of the clock; Infinity while the call runs. */
  until(row: number): number {
    return this.#until[row] as number;
  }

  /** The call has ended, with the outcome `from[start, end)`, which is copied. */
  finish(row: number, from: Uint8Array, start: number, end: number, until: number): void {
    const at = row * width;
    this.#rows[at + block] = this.#blocks.add(from, start, end);
    this.#rows[at + size] = end - start;
    this.#until[row] = until;
    const { replies } = this.#callerOf(row);
    this.#append(this.#all, row, inAll);
    this.#append(replies, row, inHost);
    this.#weigh(row, 1);
    if (replies.bytes >= this.#fullest.bytes) this.#fullest = replies;
  }

  /** A copy of the reply. */
  outcome(row: number): Uint8Array {
    const at = row * width;
    return this.#blocks.read(this.#rows[at + block] as number, this.#rows[at + size] as number);
  }

  /** The reply of the call that ended first; 0 without replies. */
  get oldest(): number {
    return this.#all.first;
  }

  /** The oldest reply of the host with the most bytes. */
  get oldestOfFullest(): number {
    return this.#fullest.first || this.#all.first;
  }

  remove(row: number): void {
    const by = this.#callerOf(row);
    if (!this.isRunning(row)) {
      this.#weigh(row, -1);
      this.#detach(this.#all, row, inAll);
      this.#detach(by.replies, row, inHost);
      this.#blocks.remove(this.#rows[row * width + block] as number);
    }
    this.#unlink(row);
    this.#rows[row * width + chain] = this.#free;
    this.#free = row;
    if (--by.rows === 0) this.#forget(by);
  }

  #known(key: CallerKey): Caller | undefined {
    if (key === this.#lastKey) return this.#lastCaller;
    const known = this.#callers.get(key.id);
    if (known === undefined) return undefined;
    this.#lastKey = key;
    this.#lastCaller = known;
    return known;
  }

  #caller(key: CallerKey): Caller {
    const known = this.#known(key);
    if (known !== undefined) return known;
    const { id, host } = key;
    const replies = this.#hosts.get(host) ?? new Replies();
    this.#hosts.set(host, replies);
    replies.callers++;
    const number = this.#freeNumbers.pop() ?? this.#byNumber.length;
    const caller = { number, id, host, replies, rows: 0 };
    this.#byNumber[number] = caller;
    this.#callers.set(id, caller);
    return caller;
  }

  #forget(caller: Caller): void {
    const { number, id, host, replies } = caller;
    if (caller === this.#lastCaller) {
      this.#lastKey = undefined;
      this.#lastCaller = undefined;
    }
    this.#callers.delete(id);
    this.#byNumber[number] = undefined;
    this.#freeNumbers.push(number);
    if (--replies.callers === 0) this.#hosts.delete(host);
  }

  #callerOf(row: number): Caller {
    return this.#byNumber[this.#rows[row * width + caller] as number] as Caller;
  }

  /** Counts a reply in (1) or out (-1). */
  #weigh(row: number, sign: 1 | -1): void {
    const { id, replies } = this.#callerOf(row);
    const bytes = rowBytes + id.length * 2 + (this.#rows[row * width + size] as number);
    this.count += sign;
    this.#all.bytes += sign * bytes;
    replies.bytes += sign * bytes;
  }

  #append(list: Replies, row: number, column: number): void {
    const rows = this.#rows;
    rows[row * width + column] = list.last;
    rows[row * width + column + 1] = 0;
    if (list.last === 0) list.first = row;
    else rows[list.last * width + column + 1] = row;
    list.last = row;
  }

  #detach(list: Replies, row: number, column: number): void {
    const rows = this.#rows;
    const before = rows[row * width + column] as number;
    const after = rows[row * width + column + 1] as number;
    if (before === 0) list.first = after;
    else rows[before * width + column + 1] = after;
    if (after === 0) list.last = before;
    else rows[after * width + column] = before;
  }

  #hash(id: number, number: number, version: number, procedure: number, by: number): number {
    const [first, second, third] = this.#factors;
    const called = number + Math.imul(version, 0x1_0001) + Math.imul(procedure, 0x101);
    const sum = Math.imul(id >>> 4, first) + Math.imul(by, second) + Math.imul(called, third);
    // Callers count their transaction ids: sixteen in a row are in the same line of the processor's cache.
    return ((sum >>> this.#shift) & ~15) | ((id ^ (sum >>> 12)) & 15);
  }

  #hashOf(row: number): number {
    const at = row * width;
    const column = (which: number): number => this.#rows[at + which] as number;
    return this.#hash(column(xid), column(program), column(version), column(procedure), column(caller));
  }

  #link(row: number): void {
    const hash = this.#hashOf(row);
    this.#rows[row * width + chain] = this.#heads[hash] as number;
    this.#heads[hash] = row;
  }

  #unlink(row: number): void {
    const rows = this.#rows;
    const hash = this.#hashOf(row);
    const after = rows[row * width + chain] as number;
    let before = this.#heads[hash] as number;
    if (before === row) {
      this.#heads[hash] = after;
      return;
    }
    while (rows[before * width + chain] !== row) before = rows[before * width + chain] as number;
    rows[before * width + chain] = after;
  }

  // There is no free row.
  #grow(): void {
    const { length } = this.#until;
    const rows = new Int32Array(this.#rows.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
    const until = new Float64Array(length * 2);
    until.set(this.#until);
    this.#until = until;
    this.#heads = new Int32Array(this.#heads.length * 2);
    this.#shift--;
    for (let row = 1; row < length; row++) this.#link(row);
  }
}
