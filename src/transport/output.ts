// Output of a reliable stream: messages are encoded directly into one buffer with their record marks (RFC 5531 section
// 11), and all messages of one turn of the event loop leave in one write.
import type { Writable } from "node:stream";
import { XdrWriter } from "../xdr/writer.js";
import type { MessageWriter } from "./connection.js";
import { TransportError } from "./errors.js";
import { type Framing, recordMarking } from "./framing.js";
import { longestFragment } from "./record-marking.js";

/** Options of a stream's output. */
export interface OutputOptions {
  /** The most bytes that one outgoing message may have. Default 16 MiB; at most 2,147,483,647. */
  readonly maxMessage?: number;
  /**
   * `send` returns false while unsent messages hold more bytes than this, counting buffers by their capacity, or when
   * twice as much was sent in one turn of the event loop. Default 1 MiB; for a client's connections 128 MiB.
   */
  readonly highWaterMark?: number;
  /** Cut outgoing records into fragments of at most this many bytes. Default: a record is one fragment. */
  readonly fragmentSize?: number;
  /** How messages are delimited. Default: record marking (RFC 5531 section 11), which every ONC RPC peer expects. */
  readonly framing?: Framing;
}

/** The most bytes in one outgoing message on a stream. */
export const defaultMaxMessage = 16 * 1024 * 1024;
/** Bytes that a server may queue for a connection before `send` returns false and it stops reading from it. */
export const defaultHighWaterMark = 1024 * 1024;
/**
 * Bytes that a client may queue before `send` returns false. Higher than a server's limit, because calls that wait to be sent have to be copied.
 */
export const defaultClientHighWaterMark = 128 * 1024 * 1024;

/**
 * Bytes that are worth a write of their own: more are not gathered. While the system has not finished the last write, less is
 * not handed over, because a write holds its buffer.
 */
const worthWriting = 64 * 1024;

/**
 * If the other end waits, the first bytes of a turn, this number, leave early, and then as many again as have left before: that end begins
 * to work while this one still does. With 128 calls in flight and a core for each end, that gives 1.5 times the calls. Smaller pieces give
 * little more, and cost ends that share a core up to a tenth of their time.
 */
const firstPiece = 2048;

/** This many times the high-water mark may be sent in one turn of the event loop. */
const timesInTurn = 2;

/** A connection on which nothing was sent yet holds little: servers have thousands of idle ones. */
const idleCapacity = 64;
const nextCapacity = 8192;
/** A buffer that has grown beyond this size is not kept. */
const keptCapacity = 256 * 1024;
/** The most spare bytes that are kept while other buffers are being written. */
const keptBytes = 256 * 1024;
const lastFragment = 0x8000_0000;

/** The buffers of one write, held until the system has taken it. */
interface Busy {
  readonly buffer: Buffer;
  /** The buffer's capacity plus the caller's own bytes. */
  readonly bytes: number;
  /** The number of the write that must end before the buffer can be reused. */
  readonly write: number;
}

/** The output buffer of one stream. */
export class Output {
  readonly maxMessage: number;
  /** Messages accepted so far. */
  messages = 0;
  #socket: Writable;
  #suspended = false;
  readonly #writer: XdrWriter;
  readonly #highWaterMark: number;
  readonly #framing: Framing;
  readonly #fragmentSize: number;
  readonly #onDrained: () => void;
  readonly #endTurn = (): void => this.flush(worthWriting);
  readonly #onWritten = (): void => this.#written();
  #scheduled = false;
  #refused = false;
  /** The system took the last write at once. */
  #isQuick = false;
  /** Bytes handed over in this turn of the event loop. */
  #writtenInTurn = 0;
  #writesBegun = 0;
  #writesEnded = 0;
  /** Oldest at `#firstBusy`; earlier elements are free. */
  #busy: (Busy | undefined)[] = [];
  #firstBusy = 0;
  #busyBytes = 0;
  #spare: Buffer[] = [];
  #spareBytes = 0;

  /** Called for each change of `held`, not counting the bytes that the writer still has. Must not throw. */
  onQueued: ((change: number) => void) | undefined;

  /** Calls `onDrained` in a later turn, once the output has drained after `send` returned false. */
  constructor(socket: Writable, onDrained: () => void, options: OutputOptions = {}) {
    this.#socket = socket;
    this.#onDrained = onDrained;
    this.#framing = options.framing ?? recordMarking;
    this.maxMessage = Math.min(this.#framing.longest, options.maxMessage ?? defaultMaxMessage);
    this.#highWaterMark = options.highWaterMark ?? defaultHighWaterMark;
    const fragmentSize = this.#framing === recordMarking ? options.fragmentSize : undefined;
    this.#fragmentSize = Math.max(1, fragmentSize ?? longestFragment);
    this.#writer = new XdrWriter({ capacity: idleCapacity, splice: fragmentSize === undefined });
  }

  /** See `Connection.send`. `isAwaited`: the other end has sent all that it had. */
  send<T>(write: MessageWriter<T>, value: T, atOnce?: boolean, isAwaited?: boolean): boolean {
    const out = this.#writer;
    const { header } = this.#framing;
    const start = out.reserve(header);
    const splicedBefore = out.splicedBytes;
    try {
      write(out, value);
      const length = out.offset - start - header + out.splicedBytes - splicedBefore;
      if (length > this.maxMessage) throw tooLong(length, this.maxMessage);
      if (length > this.#fragmentSize) this.#fragment(start, length);
      else this.#framing.mark(out.view, start, length);
    } catch (error) {
      out.rewind(start);
      throw error;
    }
    this.messages++;
    if (!this.#scheduled) {
      this.#scheduled = true;
      if (atOnce) this.#endTurn();
      else process.nextTick(this.#endTurn);
    }
    const worth = isAwaited && this.#isQuick ? firstPiece + this.#writtenInTurn : worthWriting;
    if (this.#unsent() <= Math.min(worth, worthWriting, this.#highWaterMark)) return true;
    // If the system takes everything, the peer is not slow; it may be sent more in the next turn.
    this.#handOver(worthWriting);
    if (this.#unsent() <= this.#highWaterMark && this.#writtenInTurn <= timesInTurn * this.#highWaterMark) {
      return true;
    }
    this.#refused = true;
    return false;
  }

  /**
   * True: a chunk is about to be handled, and the turn is open for what is sent meanwhile, which leaves at its end (false). So no callback is
   * scheduled.
   */
  open(is: boolean): void {
    if (is) this.#scheduled = true;
    else this.#endTurn();
  }

  /** Bytes held by messages until the system has taken them: buffers by their capacity, and the caller's own arrays. */
  get held(): number {
    const out = this.#writer;
    const current = out.offset === 0 ? 0 : out.buffer.length + out.splicedBytes;
    return this.#busyBytes + current;
  }

  /**
   * Passes everything to the socket now, as at the end of a turn. Fewer bytes than `least`, which a slow peer cannot take yet, are kept for
   * the next write.
   */
  flush(least = 0): void {
    this.#scheduled = false;
    this.#handOver(least);
    this.#writtenInTurn = 0;
    if (this.#refused) this.#checkDrained();
  }

  /** Passes everything to the socket, and nothing more until `continueOn`. Resolves when the system has taken it. */
  suspend(): Promise<void> {
    this.flush();
    this.#suspended = true;
    return new Promise((resolve) => this.#socket.write("", () => resolve()));
  }

  /** Sends all further messages to this stream, beginning with those that wait. */
  continueOn(stream: Writable): void {
    this.#socket = stream;
    this.#isQuick = false;
    this.#suspended = false;
    this.flush();
  }

  /** Drops everything that was not passed to the socket. */
  drop(): void {
    this.#refused = false;
    this.#writer.reset();
    const bytes = this.#busyBytes;
    this.#busy = [];
    this.#firstBusy = 0;
    this.#busyBytes = 0;
    if (bytes > 0) this.onQueued?.(-bytes);
    this.#spare = [];
    this.#spareBytes = 0;
  }

  /** While the last write is in progress, only `least` bytes or more are passed on. */
  #handOver(least: number): void {
    const out = this.#writer;
    if (out.offset === 0 || this.#suspended) return;
    if (this.#socket.destroyed || this.#socket.writableEnded) out.reset();
    else if (this.#socket.writableLength === 0 || out.offset + out.splicedBytes >= least) this.#write(out);
  }

  /**
   * A callback costs a tick for each write, as much as the rest of it. A system that took the last write at once probably takes this one,
   * too; if it does not, the callback comes with an empty write.
   */
  #write(out: XdrWriter): void {
    const socket = this.#socket;
    const { buffer, splicedBytes } = out;
    this.#writesBegun++;
    this.#writtenInTurn += out.offset + splicedBytes;
    const done = this.#isQuick ? undefined : this.#onWritten;
    let from = 0;
    if (splicedBytes > 0) socket.cork();
    for (const { at, bytes } of out.splices) {
      if (at > from) socket.write(buffer.subarray(from, at));
      socket.write(bytes);
      from = at;
    }
    socket.write(buffer.subarray(from, out.offset), done);
    socket.uncork();
    // Zero: the kernel has everything, so the buffer can be reused.
    this.#isQuick = socket.writableLength === 0;
    if (!done) {
      if (this.#isQuick) this.#writesEnded++;
      else socket.write("", this.#onWritten);
    }
    if (!this.#isQuick) this.#replaceBuffer(out, splicedBytes);
    else if (buffer.length > keptCapacity) out.replaceBuffer(Buffer.allocUnsafeSlow(nextCapacity));
    else out.reset();
  }

  #replaceBuffer(out: XdrWriter, splicedBytes: number): void {
    const { buffer } = out;
    const bytes = buffer.length + splicedBytes;
    this.#busy.push({ buffer, bytes, write: this.#writesBegun });
    this.#busyBytes += bytes;
    this.onQueued?.(bytes);
    const spare = this.#spare.pop();
    this.#spareBytes -= spare?.length ?? 0;
    out.replaceBuffer(spare ?? Buffer.allocUnsafeSlow(nextAfter(buffer.length)));
  }

  #written(): void {
    this.#writesEnded++;
    for (;;) {
      const busy = this.#busy[this.#firstBusy];
      if (busy === undefined || busy.write > this.#writesEnded) break;
      this.#busy[this.#firstBusy++] = undefined;
      this.#release(busy);
    }
    // Each copy removes at least half of the list, so the total cost is linear.
    if (this.#firstBusy > 0 && this.#firstBusy * 2 >= this.#busy.length) {
      this.#busy = this.#busy.slice(this.#firstBusy);
      this.#firstBusy = 0;
    }
    if (!this.#scheduled) this.#handOver(worthWriting);
    if (this.#refused) this.#checkDrained();
  }

  #release({ buffer, bytes }: Busy): void {
    this.#busyBytes -= bytes;
    this.onQueued?.(-bytes);
    if (this.#spareBytes + buffer.length > keptBytes) return;
    this.#spare.push(buffer);
    this.#spareBytes += buffer.length;
  }

  /** The bytes that count against the high-water mark; of the writer's buffer only its contents. */
  #unsent(): number {
    return this.#busyBytes + this.#writer.offset + this.#writer.splicedBytes;
  }

  #checkDrained(): void {
    if (this.#socket.destroyed || this.#unsent() * 2 > this.#highWaterMark) return;
    this.#refused = false;
    this.#onDrained();
  }

  /**
   * Rewrites the record at `start`, whose mark is not set yet, as many fragments. This path copies; it has no splices.
   */
  #fragment(start: number, length: number): void {
    const out = this.#writer;
    const body = Buffer.from(out.buffer.subarray(start + 4, start + 4 + length));
    out.offset = start;
    for (let at = 0; at < length; at += this.#fragmentSize) {
      const size = Math.min(this.#fragmentSize, length - at);
      out.writeWord(at + size === length ? lastFragment + size : size);
      out.writeBytes(body.subarray(at, at + size));
    }
  }
}

/** The size of the next buffer: as large as this one, up to one write, because a buffer that grows is copied. */
function nextAfter(capacity: number): number {
  return Math.max(nextCapacity, Math.min(capacity, worthWriting + nextCapacity));
}

function tooLong(length: number, limit: number): TransportError {
  const message = `a message of ${length} bytes is too long: at most ${limit} can be sent (maxMessage)`;
  return new TransportError("TRANSPORT_MESSAGE_TOO_LONG", message);
}
