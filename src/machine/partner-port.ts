// The thread's end of a PartnerThread: whatever it posts, it then wakes the other thread.
import { writeSync } from "node:fs";
import { type MessagePort, workerData } from "node:worker_threads";
import { systemClock, type Timer } from "../base/clock.js";
import { frameHeader, inPort, longestFrame, shared, socketState, timeUp } from "./partner-frames.js";
import type { PartnerData, RingAfter } from "./partner-thread.js";
import { openSocketPair, type SocketPair } from "./socket-pair.js";

/** Opens this thread's end. Messages wait until it obeys them. */
export async function openPartnerPort(): Promise<PartnerPort> {
  const { port, words } = workerData as PartnerData;
  const pair = await openSocketPair();
  const own = new PartnerPort(port, words, pair);
  Atomics.store(words, shared.socket, pair === undefined ? socketState.none : pair.farDescriptor + 1);
  own.wake();
  // After that another file may have the descriptor.
  process.once("exit", () => Atomics.store(words, shared.socket, socketState.none));
  return own;
}

export class PartnerPort {
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  readonly #pair: SocketPair | undefined;
  readonly #frame = Buffer.allocUnsafeSlow(frameHeader + longestFrame);
  #timer: Timer | undefined;

  constructor(port: MessagePort, words: Int32Array, pair: SocketPair | undefined) {
    this.#port = port;
    this.#words = words;
    this.#pair = pair;
  }

  /** Passes on what the other thread posts. */
  obey<Command>(command: (message: Command) => void): void {
    this.#port.on("message", (message: Command & Partial<RingAfter>) => {
      if (message.ringAfter === undefined) command(message);
      else this.#ringAfter(message.ringAfter);
    });
    (this.#port as MessagePort & { ref(): void }).ref();
  }

  post(message: unknown): void {
    this.#port.postMessage(message);
    if (this.#pair === undefined) this.wake();
    else this.#mark(this.#pair, inPort);
  }

  /** Sends a copy of `bytes[start, end)`, as NumberedBytes. @returns false if it must be posted instead. */
  postBytes(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (this.#pair === undefined || length > longestFrame) return false;
    const frame = this.#frame;
    frame.writeUInt32BE(length, 0);
    frame.writeUInt32BE(number, 4);
    frame.set(bytes.subarray(start, end), frameHeader);
    this.#write(this.#pair, frameHeader + length);
    return true;
  }

  /** Ends a wait that is not for a frame. */
  wake(): void {
    Atomics.add(this.#words, shared.messages, 1);
    Atomics.notify(this.#words, shared.messages);
  }

  #ringAfter(time: number): void {
    systemClock.clearTimeout(this.#timer);
    this.#timer = systemClock.setTimeout(() => {
      if (this.#pair !== undefined) this.#mark(this.#pair, timeUp);
    }, time);
    this.#timer.unref();
  }

  #mark(pair: SocketPair, mark: number): void {
    this.#frame.writeUInt32BE(mark, 0);
    this.#frame.writeUInt32BE(0, 4);
    this.#write(pair, frameHeader);
  }

  /** Writes the frame at the start of `#frame`. Bytes that the system does not take at once wait in the stream, as do all later frames. */
  #write({ near, nearDescriptor }: SocketPair, length: number): void {
    Atomics.add(this.#words, shared.frames, 1);
    let written = 0;
    if (near.writableLength === 0 && !near.destroyed) {
      try {
        written = writeSync(nearDescriptor, this.#frame, 0, length);
      } catch {
        // EAGAIN: the other thread reads nothing now.
      }
    }
    if (written < length) near.write(Uint8Array.prototype.slice.call(this.#frame, written, length));
  }
}
