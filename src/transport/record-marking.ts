// Record marking (RFC 5531 section 11): reassembles fragments to whole records, however they are cut into chunks. Knows
// no sockets.
import { keepFreedMemory } from "../xdr/memory.js";
import { TransportError } from "./errors.js";
import { foreignProtocol } from "./foreign.js";
import type { UnfinishedRecord, UnfinishedShare } from "./unfinished.js";

/** Limits of one incoming record. */
export interface RecordLimits {
  /** The most bytes of a record, all its fragments together. */
  readonly record: number;
  /**
   * The most fragments of a record beyond one for every 4 bytes that it has so far. Only empty fragments, or fragments
   * smaller than the smallest XDR value, can exceed it.
   */
  readonly fragments: number;
  /** The longest time from a record's first byte to its last, in milliseconds. Reading that is paused does not count. */
  readonly time: number;
}

/** The default limits of incoming records. */
export const defaultRecordLimits: RecordLimits = Object.freeze({
  record: 16 * 1024 * 1024,
  fragments: 65_536,
  time: 60_000,
});

/** The limits of one parser, and the state that it shares with others. */
export interface ParserLimits extends Partial<RecordLimits> {
  readonly unfinished?: Pick<UnfinishedShare, "hold" | "release"> | undefined;
  /** The sender of the records, for messages. Default "server". */
  readonly peer?: "client" | "server";
}

/** The most that one fragment can hold: its header has 31 bits for the length. */
export const longestFragment = 0x7fff_ffff;

/**
 * A record of at most this announced length gets a buffer of its exact size at once; a longer one grows as its bytes
 * arrive. It is large enough for 1 MiB of data, a common block size, with its headers: otherwise such records would be
 * copied once more.
 */
const trustedLength = 1024 * 1024 + 16 * 1024;

/** The first buffer of a longer record, in bytes. */
const firstPart = 128 * 1024;

/**
 * Each further buffer of a longer record has room for this many times the received bytes. Little is then copied when a buffer is
 * full: 128 KiB of a record of 1.1 MB, 2 MiB of one of 16 MiB.
 */
const growth = 16;

/** If at least this much of a fragment is missing, it is read directly into the record's own buffer. */
const directThreshold = 16_384;

/** Receives the records. */
export interface RecordSink {
  /** One record: `bytes[start, end)`, valid until this returns, unless `owned`. */
  record(bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  /** The peer exceeded a limit. No more data is parsed. */
  failed(error: TransportError): void;
}

/**
 * Splits a stream into records, however it is cut into chunks. A record that is complete in one chunk is not copied.
 */
export class RecordParser implements UnfinishedRecord {
  /** Set it to stop after the current record; `push` returns where it stopped. */
  stopped = false;
  seat = -1;
  readonly #sink: RecordSink;
  readonly #limits: RecordLimits;
  readonly #unfinished: ParserLimits["unfinished"];
  readonly #peer: "client" | "server";
  #headerBytes = 0;
  #header = 0;
  /** Missing bytes of the current fragment. */
  #missing = 0;
  #inFragment = false;
  #last = false;
  #fragments = 0;
  /** The incomplete record, if it spans chunks: `#buffer[0, #size)`. */
  #buffer: Buffer | undefined;
  #size = 0;

  constructor(sink: RecordSink, limits: ParserLimits = {}) {
    this.#sink = sink;
    this.#limits = { ...defaultRecordLimits, ...limits };
    this.#unfinished = limits.unfinished;
    this.#peer = limits.peer ?? "server";
  }

  get size(): number {
    return this.#size;
  }

  /** Whether an incomplete record exists. */
  get midRecord(): boolean {
    return this.#fragments > 0 || this.#headerBytes > 0;
  }

  /**
   * Parses `chunk[from, end)`. If `own` is true, a record that takes more than half of the chunk keeps it.
   * @returns where it stopped: `end`, or less if `stopped` was set.
   */
  push(chunk: Buffer, from: number, end: number, own = false): number {
    let at = from;
    while (!this.stopped && at < end) {
      at = this.#inFragment ? this.#body(chunk, at, end, own) : this.#mark(chunk, at, end);
    }
    return at;
  }

  /** Where the next bytes can be read without a copy, within a long fragment. Then call `filled`. */
  space(): Buffer | undefined {
    if (!this.#inFragment || this.#missing < directThreshold || this.#buffer === undefined) return undefined;
    this.#makeRoom(1);
    const buffer = this.#buffer;
    return buffer.subarray(this.#size, Math.min(buffer.length, this.#size + this.#missing));
  }

  /** Reports that `count` bytes were read into the result of `space`. */
  filled(count: number): void {
    this.#size += count;
    this.#missing -= count;
    this.#unfinished?.hold(this, count);
    // Set if this connection was closed for it.
    if (!this.#inFragment) return;
    if (this.#missing === 0) this.#endFragment();
  }

  #mark(chunk: Buffer, from: number, end: number): number {
    if (this.#headerBytes === 0 && end - from >= 4) {
      this.#measure(wordAt(chunk, from));
      return from + 4;
    }
    let at = from;
    while (at < end && this.#headerBytes < 4) {
      this.#header = ((this.#header << 8) | (chunk[at++] as number)) >>> 0;
      this.#headerBytes++;
    }
    if (this.#headerBytes === 4) {
      this.#headerBytes = 0;
      this.#measure(this.#header);
    }
    return at;
  }

  /** Every fragment of every record is checked here, before any of its bytes is stored. */
  #measure(header: number): void {
    const length = header & longestFragment;
    const { record, fragments } = this.#limits;
    if (this.#size + length > record) {
      this.#fail(this.#tooLong(header));
      return;
    }
    if (++this.#fragments > fragments + this.#size / 4) {
      const sizes = `a record has ${this.#fragments} fragments in its first ${this.#size} bytes`;
      const message = `${sizes}: more than ${fragments} beyond one for every 4 bytes (limits.fragments)`;
      this.#fail(new TransportError("TRANSPORT_TOO_MANY_FRAGMENTS", message));
      return;
    }
    this.#last = header >>> 31 === 1;
    this.#missing = length;
    this.#inFragment = true;
    if (length === 0) this.#endFragment();
  }

  #tooLong(header: number): TransportError {
    const foreign = this.#fragments === 0 ? foreignProtocol(header, this.#peer) : undefined;
    if (foreign !== undefined) return new TransportError("TRANSPORT_FOREIGN_PROTOCOL", foreign);
    const seen = this.#size === 0 ? "" : ` after ${this.#size} bytes`;
    const message = `a record fragment of ${header & longestFragment} bytes${seen} passes the limit of ${this.#limits.record} bytes a record`;
    return new TransportError("TRANSPORT_MESSAGE_TOO_LONG", `${message} (limits.record)`);
  }

  #body(chunk: Buffer, at: number, end: number, own: boolean): number {
    const missing = this.#missing;
    const count = Math.min(missing, end - at);
    const isFirst = this.#last && this.#buffer === undefined;
    const keeps = own && missing * 2 > chunk.length && at + missing <= chunk.length;
    if (isFirst && count === missing) {
      this.#forget();
      this.#sink.record(chunk, at, at + missing, keeps);
      return at + missing;
    }
    if (isFirst && keeps) this.#buffer = chunk.subarray(at, at + missing);
    else {
      this.#makeRoom(count);
      chunk.copy(this.#buffer as Buffer, this.#size, at, at + count);
    }
    this.filled(count);
    return at + count;
  }

  #endFragment(): void {
    this.#inFragment = false;
    if (!this.#last) return;
    const buffer = this.#buffer ?? empty;
    const size = this.#size;
    this.#forget();
    this.#sink.record(buffer, 0, size, true);
  }

  /** The stream has ended: drops the incomplete record. */
  abandon(): void {
    this.stopped = true;
    this.#forget();
  }

  cutOff(why: string): void {
    this.#fail(new TransportError("TRANSPORT_OUT_OF_MEMORY", why));
  }

  #forget(): void {
    this.#unfinished?.release(this, this.#size);
    this.#inFragment = false;
    this.#fragments = 0;
    this.#missing = 0;
    this.#buffer = undefined;
    this.#size = 0;
  }

  /** Makes room for `count` more bytes that have arrived; for announced bytes only within limits. */
  #makeRoom(count: number): void {
    const needed = this.#size + count;
    const buffer = this.#buffer;
    if (buffer !== undefined && needed <= buffer.length) return;
    const announced = this.#size + this.#missing;
    const wanted = announced <= trustedLength ? announced : Math.max(firstPart, this.#size * growth);
    const capacity = Math.max(needed, Math.min(this.#last ? announced : this.#limits.record, this.#grown(wanted)));
    if (capacity >= directThreshold) keepFreedMemory();
    const larger = Buffer.allocUnsafeSlow(capacity);
    buffer?.copy(larger, 0, 0, this.#size);
    this.#buffer = larger;
  }

  // More fragments will follow: at least double the size, so that many small ones are not copied repeatedly.
  #grown(wanted: number): number {
    return this.#last ? wanted : Math.max(wanted, this.#size * 2, 4096);
  }

  #fail(error: TransportError): void {
    this.abandon();
    this.#sink.failed(error);
  }
}

/** A word, unsigned. Buffer's own function checks its arguments, which takes longer than the rest of it. */
function wordAt(bytes: Uint8Array, at: number): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word = (word << 8) | (bytes[at + i] as number);
  return word >>> 0;
}

const empty = Buffer.alloc(0);
