// A thread that works for this one while this one blocks: messages both ways, and a wait that stops this thread.
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { systemClock } from "../base/clock.js";

/** The `workerData` of the thread. It posts its messages on `port`, and then adds to `wake[0]` and notifies there. */
export interface PartnerData {
  readonly port: MessagePort;
  /** Counts the thread's messages. The blocked thread waits for it to change. */
  readonly wake: Int32Array;
}

export class PartnerThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #wake = new Int32Array(new SharedArrayBuffer(4));
  /** The thread has failed: for example, its memory was used up. It answers nothing any more. */
  ended = false;

  /** Starts the thread. It does not keep the process alive. @param file the compiled module that it runs. */
  constructor(file: URL) {
    const { port1, port2 } = new MessageChannel();
    const workerData: PartnerData = { port: port2, wake: this.#wake };
    this.#worker = new Worker(file, { workerData, transferList: [port2], execArgv: [] });
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

  /** Blocks until the thread has sent a message. @param time the longest wait in milliseconds; then undefined is returned. */
  next(time = Number.POSITIVE_INFINITY): unknown {
    const until = systemClock.now() + time;
    for (;;) {
      const seen = Atomics.load(this.#wake, 0);
      const received = receiveMessageOnPort(this.#port);
      if (received !== undefined) return received.message;
      if (Atomics.wait(this.#wake, 0, seen, Math.max(0, until - systemClock.now())) === "timed-out") return undefined;
    }
  }

  close(): void {
    this.#port.close();
    void this.#worker.terminate();
  }
}
