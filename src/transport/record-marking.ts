// Record marking (RFC 5531 section 11): fragments in any sizes and chunks, reassembled to whole records. Knows no sockets.
import { TransportError } from "./errors.js";
import { foreignProtocol } from "./foreign.js";
import type { UnfinishedRecord, UnfinishedShare } from "./unfinished.js";

/** Limits of one incoming record. */
export interface RecordLimits {
  /** The most bytes of a record, all its fragments together. */
  readonly record: number;
  /**
   * The most fragments of a record beyond one for every 4 bytes that it has so far. So only fragments that are empty, or
   * smaller than the smallest XDR value, can be too many: however else a record is cut, its bytes alone count.
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

/** The limits of one parser, and what it shares with others. */
export interface ParserLimits extends Partial<RecordLimits> {
  readonly unfinished?: UnfinishedShare | undefined;
  /** The sender of the records, for messages. Default "server". */
  readonly peer?: "client" | "server";
}

/** The most that one fragment can hold: its header has 31 bits for the length. */
export const longestFragment = 0x7fff_ffff;

/**
 * A record of at most this announced length gets its exact buffer at once; a longer one grows as its bytes come. A MiB
 * of data, which many protocols choose for their blocks, fits with its headers: without them it would be copied once more.
 */
const trustedLength = 1024 * 1024 + 16 * 1024;

/** A record that lacks at least this much of a fragment has it read straight into its own buffer. */
const directThreshold = 16_384;

/** Receives the records. */
export interface RecordSink {
  /** One record: `bytes[start, end)`, lent until this returns unless `owned`. */
  record(bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  /** The peer broke a limit. Nothing more is parsed. */
  failed(error: TransportError): void;
}

/** Takes a stream apart, whatever its chunks. A record that lies whole in one chunk is lent, not copied. */
export class RecordParser implements UnfinishedRecord {
  /** Set to stop after the record that is being handed over; `push` returns what it did not parse. */
  stopped = false;
  readonly #sink: RecordSink;
  readonly #limits: RecordLimits;
  readonly #unfinished: UnfinishedShare | undefined;
  readonly #peer: "client" | "server";
  #headerBytes = 0;
  #header = 0;
  /** Bytes of the current fragment that have not come. */
  #missing = 0;
  #inFragment = false;
  #last = false;
  #fragments = 0;
  /** The record so far, when it spans chunks: `#buffer[0, #size)`. */
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

  /** Whether a record has begun that is not whole. */
  get midRecord(): boolean {
    return this.#fragments > 0 || this.#headerBytes > 0;
  }

  /** Parses `chunk[from, end)`. @returns where it stopped: `end`, or less when `stopped` was set. */
  push(chunk: Buffer, from: number, end: number): number {
    let at = from;
    while (!this.stopped && at < end) {
      at = this.#inFragment ? this.#body(chunk, at, end) : this.#mark(chunk, at, end);
    }
    return at;
  }

  /** Where the next bytes can be read to without a copy, if a long fragment is under way. Then call `filled`. */
  space(): Buffer | undefined {
    if (!this.#inFragment || this.#missing < directThreshold || this.#buffer === undefined) return undefined;
    this.#makeRoom(1);
    const buffer = this.#buffer;
    return buffer.subarray(this.#size, Math.min(buffer.length, this.#size + this.#missing));
  }

  /** `count` bytes were read into what `space` returned. */
  filled(count: number): void {
    this.#size += count;
    this.#missing -= count;
    this.#unfinished?.hold(this, count);
    // Cut off for it.
    if (!this.#inFragment) return;
    if (this.#missing === 0) this.#endFragment();
  }

  #mark(chunk: Buffer, from: number, end: number): number {
    if (this.#headerBytes === 0 && end - from >= 4) {
      this.#measure(chunk.readUInt32BE(from));
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

  /** Every fragment of every record is admitted here, before a byte of it is kept. */
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

  #body(chunk: Buffer, at: number, end: number): number {
    const missing = this.#missing;
    if (this.#last && this.#buffer === undefined && end - at >= missing) {
      this.#forget();
      this.#sink.record(chunk, at, at + missing, false);
      return at + missing;
    }
    const count = Math.min(missing, end - at);
    this.#makeRoom(count);
    chunk.copy(this.#buffer as Buffer, this.#size, at, at + count);
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

  /** The stream has ended: lets go of the record that has begun. */
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

  /** Room for `count` more bytes that have come; more only as far as an announced length is trusted. */
  #makeRoom(count: number): void {
    const needed = this.#size + count;
    const buffer = this.#buffer;
    if (buffer !== undefined && needed <= buffer.length) return;
    const announced = this.#size + this.#missing;
    const wanted = announced <= trustedLength ? announced : Math.max(trustedLength, this.#size * 2);
    const capacity = Math.max(needed, Math.min(this.#last ? announced : this.#limits.record, this.#grown(wanted)));
    const larger = Buffer.allocUnsafeSlow(capacity);
    buffer?.copy(larger, 0, 0, this.#size);
    this.#buffer = larger;
  }

  // More fragments will follow: double at least, so that many small ones are not copied over and over.
  #grown(wanted: number): number {
    return this.#last ? wanted : Math.max(wanted, this.#size * 2, 4096);
  }

  #fail(error: TransportError): void {
    this.abandon();
    this.#sink.failed(error);
  }
}

const empty = Buffer.alloc(0);
