// A thread that works for this one while this one blocks: messages both ways, and a wait that stops this thread. partner-port.ts is the
// thread's end.
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { systemClock } from "../base/clock.js";
import { isOutOfDescriptors } from "../base/no-descriptors.js";
import { FrameReader, inPort, shared, socketState, timeUp } from "./partner-frames.js";

/** The `workerData` of the thread. */
export interface PartnerData {
  readonly port: MessagePort;
  /** The words of `shared`. */
  readonly words: Int32Array;
  /** The module that it runs. */
  readonly file: string;
}

/** Asks the thread for a frame without a message after this many milliseconds. */
export interface RingAfter {
  readonly ringAfter: number;
}

/** Milliseconds. A thread that is terminated ends between two reads: nothing else ends a read. */
export const longestRead = 500;

/** Descriptors that a thread needs before it can report that it has too few. */
const leastDescriptors = 16;

/** Runs a module in the thread. Its failure reaches a thread that blocks, and that never sees the event of the Worker. */
const runModule = `
  const { workerData: { port, words, file } } = require("node:worker_threads");
  import(file).catch(({ message, code }) => {
    port.postMessage({ message, code });
    Atomics.store(words, ${shared.socket}, ${socketState.notStarted});
    Atomics.add(words, ${shared.messages}, 1);
    Atomics.notify(words, ${shared.messages});
  });
`;

export class PartnerThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * Object.keys(shared).length));
  /** The thread has failed: for example, its memory was used up. It answers nothing any more. */
  ended = false;
  #frames: FrameReader | undefined;
  /** When the thread sends `timeUp`, at the latest. */
  #ringsAt = Number.POSITIVE_INFINITY;

  /**
   * Starts the thread. It does not keep the process alive.
   * @param file the compiled module that it runs.
   * @throws Error EMFILE or ENFILE if few file descriptors are left.
   */
  constructor(file: URL) {
    checkDescriptors();
    const { port1, port2 } = new MessageChannel();
    const workerData: PartnerData = { port: port2, words: this.#words, file: file.href };
    this.#worker = new Worker(runModule, { eval: true, workerData, transferList: [port2], execArgv: [] });
    this.#worker.unref();
    // Without a listener the error would end the process.
    this.#worker.once("error", () => {
      this.ended = true;
    });
    port1.unref();
    this.#port = port1;
  }

  post(message: unknown): void {
    this.#port.postMessage(message);
  }

  /** The thread has loaded what it needs, and handles messages. */
  get isUp(): boolean {
    return Atomics.load(this.#words, shared.socket) !== socketState.undecided;
  }

  /** Blocks until the thread is up. @param time the longest wait in milliseconds. @returns false if it is not up by then. */
  waitUntilUp(time: number): boolean {
    const until = systemClock.now() + time;
    for (;;) {
      const seen = Atomics.load(this.#words, shared.messages);
      if (this.isUp) return true;
      const left = Math.max(0, until - systemClock.now());
      if (Atomics.wait(this.#words, shared.messages, seen, left) === "timed-out") return this.isUp;
    }
  }

  /**
   * Blocks until the thread has sent a message: what it posted, or NumberedBytes. @param time the longest wait in milliseconds; then
   * undefined is returned.
   * @throws Error if the thread has ended, or did not start.
   */
  next(time = Number.POSITIVE_INFINITY): unknown {
    const until = systemClock.now() + time;
    for (;;) {
      // First: the thread counts after it has decided.
      const seen = Atomics.load(this.#words, shared.messages);
      const socket = Atomics.load(this.#words, shared.socket);
      if (socket > 0) {
        this.#frames ??= new FrameReader(socket - 1);
        return this.#nextFrame(this.#frames, until);
      }
      const received = receiveMessageOnPort(this.#port);
      if (socket === socketState.notStarted) this.#fail(received?.message as NodeJS.ErrnoException);
      if (received !== undefined) return received.message;
      if (this.#frames !== undefined) this.#fail();
      const left = Math.max(0, until - systemClock.now());
      if (Atomics.wait(this.#words, shared.messages, seen, left) === "timed-out") return undefined;
    }
  }

  close(): void {
    Atomics.store(this.#words, shared.socket, socketState.none);
    this.#port.close();
    void this.#worker.terminate();
  }

  #nextFrame(frames: FrameReader, until: number): unknown {
    for (;;) {
      const frame = frames.take();
      if (frame === inPort) return receiveMessageOnPort(this.#port)?.message;
      if (frame === timeUp) {
        // It may come before its time: timers count whole milliseconds, and both threads have clocks of their own.
        this.#ringsAt = Number.POSITIVE_INFINITY;
        continue;
      }
      if (frame !== undefined) return frame;
      const now = systemClock.now();
      if (now < until) this.#ringAt(now, Math.min(until, now + longestRead));
      else if (Atomics.load(this.#words, shared.frames) === frames.taken) return undefined;
      // Another file may have the descriptor of a thread that has ended.
      if (Atomics.load(this.#words, shared.socket) <= 0 || !frames.read()) this.#fail();
    }
  }

  /** A wait until then ends by a frame. An earlier one is harmless: the wait continues. */
  #ringAt(now: number, until: number): void {
    if (this.#ringsAt <= now) this.#ringsAt = Number.POSITIVE_INFINITY;
    if (this.#ringsAt <= until) return;
    this.#ringsAt = until;
    this.post({ ringAfter: until - now } satisfies RingAfter);
  }

  /** `why` is the error of a thread that did not start. */
  #fail(why?: NodeJS.ErrnoException): never {
    this.ended = true;
    if (why === undefined) throw new Error("the thread that works for this one has ended");
    throw Object.assign(new Error(why.message), { code: why.code });
  }
}

/** @throws Error EMFILE or ENFILE: without descriptors the system starts a thread that ends at once, and reports nothing while this one blocks. */
function checkDescriptors(): void {
  const open: number[] = [];
  try {
    while (open.length < leastDescriptors) open.push(openSync(devNull, "r"));
  } catch (error) {
    if (isOutOfDescriptors(error)) throw error;
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}
