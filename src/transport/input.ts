// Input of a reliable stream: receives chunks and returns records. Reads into one reused buffer, or directly into the
// buffer of a long record.

import { systemClock, type Timer } from "../base/clock.js";
import type { Receiver } from "./connection.js";
import { receiverThrew, TransportError } from "./errors.js";
import { type Framing, type MessageParser, recordMarking } from "./framing.js";
import type { Output } from "./output.js";
import type { ReadAhead } from "./read-ahead.js";
import { defaultRecordLimits, type ParserLimits } from "./record-marking.js";

/**
 * Size of a read buffer in bytes. A small one lets one end handle the first calls while the other sends the next: at
 * 1024 calls in flight, 1.4 times the calls a second of 64 KiB. It has room for 16 KiB of data, a common block size, with
 * its headers: with less, such records took a second read for a few bytes, and up to 1.3 times the processor time. A longer record is read into its own buffer, which
 * avoids a copy: 64 KiB there and back take 0.85 times the processor time.
 */
export const readBufferSize = 17 * 1024;

/**
 * After this many bytes a stream waits for the next turn of the event loop, so that one that sends endlessly does not
 * block the process. Otherwise Node reads up to 32 times the system's buffer for it at once: 64 MiB and more.
 */
export const turnBytes = 256 * 1024;

/** Counts what all streams of the process receive: an order that costs less than reading the clock for each chunk. */
let receipts = 0;

/** The limits of a stream's input, and how its messages are delimited. */
export interface InputOptions extends ParserLimits {
  /** Default: record marking. */
  readonly framing?: Framing | undefined;
}

/** Receives the events of the stream. */
export interface InputOwner {
  /** The stream's turn is over: start reading again, unless reading is paused. */
  readOn(): void;
  /** The peer broke a limit, or the receiver threw: destroy the connection. */
  inputFailed(error: TransportError): void;
  /** Is told before a chunk is handled (true), and after it (false). */
  readonly output: Pick<Output, "open">;
}

/** The reading half of a stream connection. */
export class Input {
  /** The number of records that were passed on. */
  records = 0;
  /** Orders connections by the time at which they received bytes last: see `receipts`. */
  activeAt = ++receipts;
  /** The number of chunks received. */
  chunks = 0;
  /** The last read did not fill its buffer: the other end has sent nothing more yet. */
  tookAll = false;
  /** The object for the `onread` option of `net.Socket`. */
  readonly onread = {
    buffer: (): Buffer => this.#nextBuffer(),
    callback: (count: number, buffer: Buffer): boolean => {
      this.chunks++;
      this.tookAll = count < buffer.length;
      this.#read(count, buffer);
      // Node continues with other streams.
      if (this.tookAll) this.#turnLeft = turnBytes;
      else this.#turnLeft -= count;
      return this.#turnLeft > 0 || this.#endTurn();
    },
  };
  #turnLeft = turnBytes;
  readonly #parser: MessageParser;
  readonly #time: number;
  readonly #chunk: Buffer;
  #ahead: ReadAhead | undefined;
  #owner: InputOwner | undefined;
  #receiver: Receiver | undefined;
  #paused = false;
  #finished = false;
  /** Bytes that arrived together with a record at which the receiver paused. */
  #held: Buffer | undefined;
  #resuming = false;
  /** When the unfinished record began, and the number of records before it. */
  #recordSince = 0;
  #recordNumber = -1;
  #timer: Timer | undefined;

  /** All connections of one listener may share `chunk`: nothing stays in it between two reads. */
  constructor(limits: InputOptions = {}, chunk: Buffer = Buffer.allocUnsafeSlow(readBufferSize)) {
    this.#chunk = chunk;
    this.#time = limits.time ?? defaultRecordLimits.time;
    const record = (bytes: Uint8Array, start: number, end: number, owned: boolean): void => {
      this.records++;
      if (this.#ahead !== undefined) this.#ahead.note(end - start, owned && bytes);
      else if (owned) {
        // Most connections never receive a long record.
        import("./read-ahead.js").then(
          (late) => {
            this.#ahead ??= new late.ReadAhead();
          },
          () => undefined,
        );
      }
      this.#receiver?.message(bytes, start, end, owned);
    };
    const { framing = recordMarking } = limits;
    this.#parser = framing.parser({ record, failed: (error) => this.#fail(error) }, limits);
  }

  /** Whether the stream is within a record. */
  get midRecord(): boolean {
    return this.#parser.midRecord;
  }

  /** Whether records wait for `resume`. */
  get holding(): boolean {
    return this.#held !== undefined;
  }

  /** Receives the bytes that come in, in place of the parser, once the connection was upgraded. */
  diverted: ((bytes: Uint8Array) => void) | undefined;

  /** Diverts all bytes, those first that are held since `pause`. The layer returns its bytes by `unwrapped`. */
  divert(to: (bytes: Uint8Array) => void): void {
    this.diverted = to;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) to(held);
  }

  /** Bytes that the layer has made of the diverted ones. */
  unwrapped(chunk: Buffer): void {
    this.#take(chunk, chunk.length);
  }

  start(owner: InputOwner, receiver: Receiver): void {
    this.#owner = owner;
    this.#receiver = receiver;
  }

  /** A chunk from a `data` event, used if `onread` is not available. */
  data(chunk: Buffer): void {
    this.chunks++;
    this.#read(chunk.length, chunk, true);
  }

  pause(): void {
    this.#paused = true;
    this.#parser.stopped = true;
  }

  /** Passes on held records, in a later turn, then calls `andThen` unless the receiver paused again. */
  resume(andThen: () => unknown): void {
    this.#paused = false;
    if (this.#resuming) return;
    this.#resuming = true;
    setImmediate(() => {
      this.#resuming = false;
      if (this.#paused || this.#finished) return;
      this.#parser.stopped = false;
      this.#recordSince = systemClock.now();
      const held = this.#held;
      this.#held = undefined;
      if (held !== undefined) this.#take(held, held.length);
      if (!this.#paused && !this.#finished) andThen();
    });
  }

  /** Ends parsing, and clears the timer. */
  finish(): void {
    this.#finished = true;
    this.#parser.abandon();
    this.#ahead?.drop();
    this.#held = undefined;
    systemClock.clearTimeout(this.#timer);
  }

  #nextBuffer(): Buffer {
    if (this.#finished || this.#held !== undefined || this.diverted !== undefined) return this.#chunk;
    const space = this.#parser.space()?.subarray(0, turnBytes);
    return space ?? this.#ahead?.next(this.#parser.midRecord) ?? this.#chunk;
  }

  /** @returns false: Node stops reading. */
  #endTurn(): boolean {
    this.#turnLeft = turnBytes;
    setImmediate(() => this.#owner?.readOn());
    return false;
  }

  #read(count: number, buffer: Buffer, isChunk = buffer === this.#chunk): void {
    this.activeAt = ++receipts;
    if (this.diverted !== undefined) this.diverted(buffer.subarray(0, count));
    else {
      this.#owner?.output.open(true);
      this.#take(buffer, count, isChunk);
      this.#owner?.output.open(false);
    }
  }

  /** `isChunk`: false if it may be a part of the parser's own memory. */
  #take(chunk: Buffer, end: number, isChunk = true): void {
    if (this.#finished) return;
    const held = this.#held;
    if (held !== undefined) {
      this.#held = Buffer.concat([held, chunk.subarray(0, end)]);
      return;
    }
    const own = chunk === this.#ahead?.buffer;
    let at = end;
    try {
      if (isChunk || own) at = this.#parser.push(chunk, 0, end, own);
      else this.#parser.filled(end);
    } catch (cause) {
      this.#fail(receiverThrew(cause));
    }
    if (this.#finished) return;
    if (at < end) this.#held = Buffer.from(chunk.subarray(at, end));
    this.#watchTime();
  }

  /**
   * At most one timer for each connection, started only when a record is unfinished. It checks the clock when it fires.
   */
  #watchTime(): void {
    if (!this.#parser.midRecord || this.#recordNumber === this.records || this.#finished) return;
    this.#recordNumber = this.records;
    this.#recordSince = systemClock.now();
    this.#timer ??= systemClock.setTimeout(() => this.#checkTime(), this.#time);
  }

  #checkTime(): void {
    this.#timer = undefined;
    if (this.#finished || !this.#parser.midRecord) return;
    const left = this.#paused ? this.#time : this.#recordSince + this.#time - systemClock.now();
    if (left > 0) {
      this.#timer = systemClock.setTimeout(() => this.#checkTime(), left);
      return;
    }
    const message = `a record was not whole ${Math.ceil(this.#time)} ms after its first byte (limits.time)`;
    this.#fail(new TransportError("TRANSPORT_TIMEOUT", message));
  }

  #fail(error: TransportError): void {
    this.finish();
    this.#owner?.inputFailed(error);
  }
}
