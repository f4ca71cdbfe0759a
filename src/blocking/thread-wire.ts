// A connection in a worker thread, over the asynchronous transports: for systems without koffi.
import type { Address } from "../transport/address.js";
import { TransportError } from "../transport/errors.js";
import { type LentSocket, writeLent } from "./lent-socket.js";
import { errorOf, type ThreadHelper } from "./thread-helper.js";
import { type Answer, costOf, mostUntaken, type ThreadOptions } from "./thread-messages.js";
import { answersNotRead, failureOf, headroom, mark, notRead, type OnMessage, type Wire } from "./wire.js";

/** Connects within the time. @throws TransportError */
export function openInThread(helper: ThreadHelper, address: Address, time: number, options: ThreadOptions): Wire {
  const answer = helper.ask({ kind: "connect", address, time, options });
  if (answer.kind !== "connected") throw new TransportError("TRANSPORT_CONNECT_FAILED", "the thread did not connect");
  const { id, reliable, maxMessage, lent } = answer;
  return new ThreadWire(helper, id, { remote: address, reliable, maxMessage }, lent);
}

class ThreadWire implements Wire {
  readonly info: Wire["info"];
  unanswered = 0;
  readonly #helper: ThreadHelper;
  readonly #id: number;
  readonly #lent: LentSocket | undefined;
  #ended: TransportError | undefined;
  /** A message that arrived while nobody waited for one. */
  #early: Uint8Array | undefined;
  /** The bytes that were taken since the thread was last told. */
  #taken = 0;

  constructor(helper: ThreadHelper, id: number, info: Wire["info"], lent: LentSocket | undefined) {
    this.#helper = helper;
    this.#id = id;
    this.info = info;
    this.#lent = lent;
  }

  send(bytes: Uint8Array, time: number): void {
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#lent === undefined) this.#helper.tell({ kind: "send", id: this.#id, bytes });
    else if (!this.#write(this.#lent, bytes, time)) throw notRead(time);
  }

  answer(bytes: Uint8Array): void {
    if (this.#lent === undefined) this.#helper.tell({ kind: "answer", id: this.#id, bytes });
    else if (!this.#write(this.#lent, bytes, 0)) throw answersNotRead();
  }

  /** Only this thread writes into a socket that was lent to it. @returns false if it could not be sent within the time. */
  #write(lent: LentSocket, message: Uint8Array, time: number): boolean {
    const { reliable, remote } = this.info;
    if (reliable) mark(message);
    const start = reliable ? 0 : headroom;
    try {
      const count = writeLent(lent, message, start, time);
      if (count < 0 && !this.hasEnded()) throw new TransportError("TRANSPORT_CLOSED", "the connection has ended");
      if (this.#ended !== undefined) throw this.#ended;
      return count === message.length - start;
    } catch (cause) {
      if (cause instanceof TransportError) throw cause;
      const error = failureOf(remote, cause as NodeJS.ErrnoException);
      // Any other failure of a datagram counts as its loss, as in transport/udp.ts.
      if (reliable || error.code === "TRANSPORT_REFUSED") throw error;
      return true;
    }
  }

  receive(time: number, onMessage: OnMessage): boolean {
    const bytes = this.#early ?? this.#take(this.#helper.next(this.#id, time));
    this.#early = undefined;
    if (this.#ended !== undefined) throw this.#ended;
    if (bytes === undefined) return false;
    onMessage(bytes, 0, bytes.length, true);
    return true;
  }

  hasEnded(): boolean {
    if (this.#ended === undefined) this.#early ??= this.#take(this.#helper.next(this.#id, 0));
    return this.#ended !== undefined;
  }

  close(): void {
    this.#helper.tell({ kind: "close", id: this.#id });
    this.#helper.forget(this.#id);
  }

  #take(answer: Answer | undefined): Uint8Array | undefined {
    if (answer?.kind === "message") {
      this.#count(answer.bytes);
      return answer.bytes;
    }
    if (answer?.kind === "closed" || answer?.kind === "failed") this.#ended = errorOf(answer.fault) as TransportError;
    return undefined;
  }

  /** Seldom tells the thread: a quarter of what may wait is late enough, and costs little. */
  #count(bytes: Uint8Array): void {
    this.#taken += costOf(bytes);
    if (this.#taken < mostUntaken / 4) return;
    this.#helper.tell({ kind: "taken", id: this.#id, bytes: this.#taken });
    this.#taken = 0;
  }
}
