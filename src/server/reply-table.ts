// The calls that a reply cache in memory knows, as rows of one array of numbers. With an object for each call, the garbage
// collector would move all that are remembered, over and over.
import { randomWord } from "../base/random.js";
import type { XdrReader } from "../xdr/reader.js";
import { type CallerKey, checksum } from "./caller-key.js";
import { OutcomeBlocks } from "./outcome-blocks.js";
import { type HostReplies, RepliedHosts } from "./replied-hosts.js";
import type { CalledProcedure, ReplyKey } from "./reply-cache.js";

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
const hash = 9;
/** The rows before and after it among the replies to the same host. */
const before = 10;
const after = 11;
/** Bytes of the outcome; below 0 while the call runs. */
const size = 12;
const running = -1;
/** The two words of a short outcome, or the first block of a longer one. */
const outcome = 13;

/** Outcomes of at most this number of bytes are in their rows. */
const shortOutcome = 8;

/** Approximate bytes of a row besides its caller and its reply. */
const rowBytes = 200;

/** A caller that has rows. */
interface Caller {
  readonly number: number;
  readonly id: string;
  readonly host: string;
  readonly replies: HostReplies;
  /** Approximate bytes of a row besides the outcome. */
  readonly weight: number;
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
  readonly #first = randomWord() | 1;
  readonly #second = randomWord() | 1;
  readonly #third = randomWord() | 1;
  readonly #blocks = new OutcomeBlocks();
  readonly #callers = new Map<string, Caller>();
  /** The caller of the last call: a connection nearly always has one. */
  #lastKey: CallerKey | undefined;
  #lastCaller: Caller | undefined;
  readonly #byNumber: (Caller | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  readonly #hosts = new RepliedHosts();
  /** The number of replies. */
  count = 0;
  /** Bytes of all replies. */
  bytes = 0;

  /** The row of a call; 0 if the call is not known. */
  find(call: ReplyKey): number {
    const known = this.#known(call.caller);
    return known === undefined ? 0 : this.#find(call, known.number, this.#hash(call, known.number));
  }

  #find(call: CalledProcedure, by: number, called: number): number {
    const rows = this.#rows;
    let row = this.#heads[called] as number;
    for (; row !== 0; row = rows[row * width + chain] as number) {
      const at = row * width;
      if (
        rows[at + xid] === (call.xid | 0) &&
        rows[at + caller] === by &&
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
    const row = this.#add(call, by, this.#hash(call, by.number));
    this.#keepArguments(row * width, call.length, call.checksum);
    return row;
  }

  /** A row for a call whose arguments `from` has. Returns 0, and adds nothing, if the call is known. */
  addNew(key: CallerKey, call: CalledProcedure, from: XdrReader): number {
    const by = this.#caller(key);
    const called = this.#hash(call, by.number);
    if (this.#heads[called] !== 0 && this.#find(call, by.number, called) !== 0) return 0;
    const row = this.#add(call, by, called);
    this.#keepArguments(row * width, from.end - from.offset, checksum(from.view, from.offset, from.end));
    return row;
  }

  #keepArguments(at: number, bytes: number, sum: number): void {
    this.#rows[at + length] = bytes;
    this.#rows[at + highSum] = sum / 0x1_0000_0000;
    this.#rows[at + lowSum] = sum;
  }

  #add(call: CalledProcedure, by: Caller, hashBefore: number): number {
    by.rows++;
    let row = this.#free;
    let called = hashBefore;
    if (row === 0) {
      row = this.#used++;
      if (row === this.#until.length) {
        this.#grow();
        called = this.#hash(call, by.number);
      }
    } else this.#free = this.#rows[row * width + chain] as number;
    const rows = this.#rows;
    const heads = this.#heads;
    const at = row * width;
    rows[at + xid] = call.xid;
    rows[at + program] = call.program;
    rows[at + version] = call.version;
    rows[at + procedure] = call.procedure;
    rows[at + caller] = by.number;
    rows[at + chain] = heads[called] as number;
    rows[at + hash] = called;
    rows[at + size] = running;
    heads[called] = row;
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

  /** When the reply of a call that has ended expires, in milliseconds of the clock. */
  until(row: number): number {
    return this.#until[row] as number;
  }

  /** The call has ended, with the outcome `from[start, end)`, which is copied. */
  finish(row: number, from: Uint8Array, start: number, end: number, until: number): void {
    const rows = this.#rows;
    const at = row * width;
    const count = end - start;
    if (count > shortOutcome) rows[at + outcome] = this.#blocks.add(from, start, end);
    else for (let word = 0; word < count; word += 4) rows[at + outcome + (word >> 2)] = wordAt(from, start + word);
    rows[at + size] = count;
    this.#until[row] = until;
    const by = this.#byNumber[rows[at + caller] as number] as Caller;
    const { replies } = by;
    const { last } = replies;
    rows[at + before] = last;
    rows[at + after] = 0;
    if (last === 0) replies.first = row;
    else rows[last * width + after] = row;
    replies.last = row;
    replies.bytes += by.weight + count;
    this.bytes += by.weight + count;
    this.count++;
    this.#hosts.replied(by.host, replies);
  }

  /** A copy of the reply. */
  outcome(row: number): Uint8Array {
    const at = row * width;
    const count = this.#rows[at + size] as number;
    if (count > shortOutcome) return this.#blocks.read(this.#rows[at + outcome] as number, count);
    const words = new DataView(new ArrayBuffer(shortOutcome));
    words.setInt32(0, this.#rows[at + outcome] as number);
    words.setInt32(4, this.#rows[at + outcome + 1] as number);
    return new Uint8Array(words.buffer, 0, count);
  }

  /** Drops the old replies to the host of a call, and to the host that has got none for longest. */
  dropOld(row: number, now: number): void {
    this.#dropOldOf((this.#byNumber[this.#rows[row * width + caller] as number] as Caller).replies, now);
    if (this.#hosts.size < 2 || this.count === 0) return;
    const first = this.#hosts.first();
    if (first !== undefined) this.#dropOldOf(first, now);
  }

  #dropOldOf(replies: HostReplies, now: number): void {
    while (replies.first !== 0 && (this.#until[replies.first] as number) <= now) this.remove(replies.first);
  }

  /** One host loses its oldest reply. There is one. */
  dropOldest(): void {
    this.remove(this.#hosts.toShorten(this.bytes).first);
  }

  remove(row: number): void {
    const rows = this.#rows;
    const at = row * width;
    const by = this.#byNumber[rows[at + caller] as number] as Caller;
    const count = rows[at + size] as number;
    if (count !== running) {
      this.bytes -= by.weight + count;
      this.count--;
      this.#detach(by.replies, at, by.weight + count);
      if (count > shortOutcome) this.#blocks.remove(rows[at + outcome] as number);
    }
    this.#unlink(row);
    rows[at + chain] = this.#free;
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
    const replies = this.#hosts.of(host);
    replies.callers++;
    const number = this.#freeNumbers.pop() ?? this.#byNumber.length;
    const caller = { number, id, host, replies, weight: rowBytes + id.length * 2, rows: 0 };
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

  #detach(list: HostReplies, at: number, bytes: number): void {
    const rows = this.#rows;
    const earlier = rows[at + before] as number;
    const later = rows[at + after] as number;
    if (earlier === 0) list.first = later;
    else rows[earlier * width + after] = later;
    if (later === 0) list.last = earlier;
    else rows[later * width + before] = earlier;
    list.bytes -= bytes;
  }

  #hash(call: CalledProcedure, by: number): number {
    return this.#hashOf(call.xid, call.program, call.version, call.procedure, by);
  }

  #hashOf(id: number, number: number, version: number, procedure: number, by: number): number {
    const called = number + Math.imul(version, 0x1_0001) + Math.imul(procedure, 0x101);
    // Callers count their transaction ids: those in a row have different hashes, and neighbours are in the same line of the processor's
    // cache. Only where a run of sixteen times the hashes begins is secret, so sixteen calls at most are known to share one.
    const run = Math.imul(id >>> (36 - this.#shift), this.#first);
    const sum = run + Math.imul(by, this.#second) + Math.imul(called, this.#third);
    return ((sum >>> this.#shift) + (id | 0)) & (this.#heads.length - 1);
  }

  #unlink(row: number): void {
    const rows = this.#rows;
    const called = rows[row * width + hash] as number;
    const next = rows[row * width + chain] as number;
    let earlier = this.#heads[called] as number;
    if (earlier === row) {
      this.#heads[called] = next;
      return;
    }
    while (rows[earlier * width + chain] !== row) earlier = rows[earlier * width + chain] as number;
    rows[earlier * width + chain] = next;
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

  #link(row: number): void {
    const rows = this.#rows;
    const at = row * width;
    const called = this.#hashOf(
      rows[at + xid] as number,
      rows[at + program] as number,
      rows[at + version] as number,
      rows[at + procedure] as number,
      rows[at + caller] as number,
    );
    rows[at + chain] = this.#heads[called] as number;
    rows[at + hash] = called;
    this.#heads[called] = row;
  }
}

/** The word at `at`, whose end may be missing. */
function wordAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16);
  return high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
}
