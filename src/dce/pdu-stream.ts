// PDUs over a stream of bytes. Knows nothing of what they mean.
import type { Duplex } from "node:stream";
import { systemClock, type Timer } from "../base/clock.js";
import { BadPdu, ForeignPdu, headerSize, lengthOf, type Pdu, readPdu } from "./pdu.js";

/** Bytes that are written before the turn of the event loop has ended. */
const worthWriting = 64 * 1024;

export interface PduReceiver {
  /** Receives one PDU, whose bytes may keep many more. May throw BadPdu: the stream is then destroyed. */
  pdu(pdu: Pdu): void;
  /** Receives the first PDU that this end cannot read. True: it was answered, and what follows is skipped. Else the stream is destroyed. */
  foreign?(pdu: ForeignPdu): boolean;
  /** Called when the peer has read what was sent. */
  drained?(): void;
  /** Called when a part of a PDU is kept until the rest has arrived. */
  kept?(): void;
  /** Reports the end, once. */
  closed(error: Error | undefined): void;
}

/** Parts of a PDU that are kept apart. */
const mostChunks = 100;

/** Milliseconds in which a peer should end its half of a connection. */
const linger = 1_000;
/** Milliseconds in which a peer should read the rest of what was sent to it. */
const patience = 5_000;

export class PduStream {
  /** Pieces that have arrived and are not handled yet. They are joined when a whole PDU has arrived. */
  #chunks: Buffer[] = [];
  #size = 0;
  #needed = headerSize;
  /** The PDUs that have arrived are being handled. */
  #isHandling = false;
  #isClosed = false;
  #isEnded = false;
  /** The peer has sent all that it had. */
  #isPeerDone = false;
  /** Sent and not written yet. */
  #out: Uint8Array[] = [];
  #outBytes = 0;
  #isScheduled = false;
  #isHeld = false;
  /** Skips what it receives. */
  #isDeaf = false;
  #error: Error | undefined;
  #heard = 0;
  #lingering: Timer | undefined;
  readonly #stream: Duplex;
  readonly #receiver: PduReceiver;

  constructor(stream: Duplex, receiver: PduReceiver) {
    this.#stream = stream;
    this.#receiver = receiver;
    stream.on("data", (chunk: Buffer) => this.#data(chunk));
    stream.on("end", () => {
      this.#isPeerDone = true;
      stream.end();
    });
    stream.on("error", (error) => {
      this.#error ??= error;
    });
    stream.on("close", () => this.#close());
    stream.on("drain", () => {
      if (!this.#isHeld) stream.resume();
      receiver.drained?.();
    });
  }

  /** Bytes that were sent and that the peer has not read. */
  get unread(): number {
    return this.#stream.writableLength + this.#outBytes;
  }

  /** Increases with everything that arrives. */
  get heard(): number {
    return this.#heard;
  }

  /** Bytes of a PDU whose rest has not arrived. */
  get kept(): number {
    return this.#isHandling ? 0 : this.#size;
  }

  get isClosed(): boolean {
    return this.#isClosed || this.#stream.destroyed;
  }

  /** Whether one of both ends sends nothing more. */
  get isEnding(): boolean {
    return this.#isEnded || this.#isPeerDone || this.isClosed;
  }

  /** Sends PDUs; all that is sent in one turn leaves in one write. A peer that does not read is not read from either. */
  send(pdus: readonly Uint8Array[]): void {
    if (this.isClosed || this.#isEnded) return;
    for (const pdu of pdus) {
      this.#out.push(pdu);
      this.#outBytes += pdu.length;
    }
    if (this.#outBytes >= worthWriting) return void this.#flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    this.#isScheduled = false;
    this.#flush();
  };

  #flush(): void {
    const out = this.#out;
    if (out.length === 0) return;
    this.#out = [];
    this.#outBytes = 0;
    if (this.isClosed) return;
    const isTaken = this.#stream.write(out.length === 1 ? (out[0] as Uint8Array) : Buffer.concat(out));
    if (!isTaken) this.#stream.pause();
  }

  /** Handles no more PDUs until `release`. */
  hold(): void {
    this.#isHeld = true;
    this.#stream.pause();
  }

  release(): void {
    this.#isHeld = false;
    this.#needed = headerSize;
    this.#stream.resume();
    this.#data(Buffer.alloc(0));
  }

  /** Sends the rest, then closes, also if the peer does not. Bytes that arrive afterwards are skipped. */
  end(): void {
    if (this.#isEnded) return;
    this.#flush();
    this.#isEnded = true;
    this.#isDeaf = true;
    // A peer that reads nothing would keep the connection, and the process, for ever.
    this.#destroyIn(patience);
    // Closed at once, a socket would tell the peer to forget what it has not read yet.
    this.#stream.resume().end(() => this.#destroyIn(linger));
  }

  #destroyIn(time: number): void {
    if (this.#isClosed) return;
    systemClock.clearTimeout(this.#lingering);
    this.#lingering = systemClock.setTimeout(() => this.#stream.destroy(), time).unref();
  }

  destroy(error?: Error): void {
    this.#error ??= error;
    this.#stream.destroy();
  }

  #data(chunk: Buffer): void {
    this.#heard++;
    if (this.#isDeaf) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) {
      // A slow peer sends one byte at a time: each would keep an object of some hundred bytes.
      if (this.#chunks.length > mostChunks) this.#chunks = [Buffer.concat(this.#chunks)];
      return void this.#receiver.kept?.();
    }
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    let at = 0;
    this.#isHandling = true;
    try {
      at = this.#pdus(bytes);
    } catch (error) {
      this.#isDeaf = error instanceof ForeignPdu && this.#receiver.foreign?.(error) === true;
      if (this.#isDeaf) at = bytes.length;
      else this.destroy(error instanceof BadPdu ? error : new BadPdu("a PDU could not be handled", { cause: error }));
    }
    this.#isHandling = false;
    const isOver = this.isClosed || this.#isDeaf;
    this.#chunks = at < bytes.length && !isOver ? [bytes.subarray(at)] : [];
    this.#size = isOver ? 0 : bytes.length - at;
    if (!isOver) this.#receiver.kept?.();
  }

  /** Handles the whole PDUs. @returns the offset of the first byte that is not part of one. */
  #pdus(bytes: Buffer): number {
    let at = 0;
    while (!this.isClosed && !this.#isHeld && !this.#isDeaf) {
      const left = bytes.length - at;
      this.#needed = headerSize;
      if (left < headerSize) break;
      const length = lengthOf(new DataView(bytes.buffer, bytes.byteOffset + at, left));
      this.#needed = length;
      if (left < length) break;
      this.#receiver.pdu(readPdu(bytes.subarray(at, at + length)));
      at += length;
    }
    return at;
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    systemClock.clearTimeout(this.#lingering);
    this.#receiver.closed(this.#error);
  }
}
