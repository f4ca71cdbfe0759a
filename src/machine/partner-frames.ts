// The frames that a partner thread writes to the socket that its owner reads. All messages of the thread have one, in their order: a short
// one of bytes is in its frame, any other waits in the message port.
import { readSync } from "node:fs";

/** Words of the memory that both threads share. */
export const shared = {
  /** Counts messages, where there is no socket. The blocked thread waits for it to change. */
  messages: 0,
  /** A word of `socketState`, or the descriptor of the socket plus 1. */
  socket: 1,
  /** Counts frames. */
  frames: 2,
} as const;

export const socketState = {
  /** The thread is not up yet. */
  undecided: 0,
  /** There is no socket, or the thread has ended. */
  none: -1,
  /** The thread did not start, and has posted the reason. */
  notStarted: -2,
} as const;

/** Length and number. */
export const frameHeader = 8;
/** Bytes in a frame. */
export const longestFrame = 32 * 1024;
/** In place of a length: the message is in the port. */
export const inPort = 0xffff_ffff;
/** In place of a length: no message; the time of a `RingAfter` is over. */
export const timeUp = 0xffff_fffe;

/** A message of bytes, with a number of the thread's own choice. */
export class NumberedBytes {
  readonly number: number;
  readonly bytes: Uint8Array;

  constructor(number: number, bytes: Uint8Array) {
    this.number = number;
    this.bytes = bytes;
  }
}

export class FrameReader {
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafeSlow(2 * longestFrame);
  #start = 0;
  #end = 0;
  /** The frames that were taken, as `shared.frames` counts them. */
  taken = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** The next frame, if it was read. */
  take(): NumberedBytes | typeof inPort | typeof timeUp | undefined {
    const left = this.#end - this.#start;
    if (left < frameHeader) return undefined;
    const length = this.#buffer.readUInt32BE(this.#start);
    const isMark = length === inPort || length === timeUp;
    const whole = frameHeader + (isMark ? 0 : length);
    if (left < whole) return undefined;
    const at = this.#start;
    this.#start += whole;
    this.taken = (this.taken + 1) | 0;
    if (isMark) return length;
    const bytes = Uint8Array.prototype.slice.call(this.#buffer, at + frameHeader, at + whole);
    return new NumberedBytes(this.#buffer.readUInt32BE(at + 4), bytes);
  }

  /** Blocks until there are more bytes. False: the thread has ended. */
  read(): boolean {
    const buffer = this.#buffer;
    if (this.#start > 0) {
      buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    try {
      const count = readSync(this.#fd, buffer, this.#end, buffer.length - this.#end, null);
      this.#end += count;
      return count > 0;
    } catch {
      return false;
    }
  }
}
