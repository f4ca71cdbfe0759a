// The caller's end of the thread of a blocking client: asks it, and blocks until it has answered.

import { systemClock } from "../base/clock.js";
import { NumberedBytes } from "../machine/partner-frames.js";
import { PartnerThread } from "../machine/partner-thread.js";
import { RpcError } from "../rpc/errors.js";
import { TransportError, type TransportErrorCode } from "../transport/errors.js";
import type { Answer, Command, ThreadFault } from "./thread-messages.js";

type Question = Extract<Command, { kind: "hosts" | "locate" | "connect" }>;
/** Omit, for each member of a union. */
type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** Milliseconds that the thread may take beyond the time of a question, to say itself that the time was up. */
const tick = 10;
/** Milliseconds that a thread may take to start. */
const startTime = 30_000;

export class ThreadHelper {
  #thread: PartnerThread | undefined;
  /** For each question and connection that is open: answers that came while another one was waited for. */
  readonly #kept = new Map<number, Answer[]>();
  #ids = 0;
  /** The time, in milliseconds of the clock, after which nobody waits for the answer to a question any more. */
  deadline = Number.POSITIVE_INFINITY;

  /**
   * Starts the thread, and blocks until it is up, so that its start counts in the time of no question. A thread that takes longer
   * continues to start while it is asked. One that cannot start is started again by the next question.
   */
  start(): void {
    try {
      this.#started().waitUntilUp(startTime);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
    }
  }

  /** Asks a question. @throws TransportError, RpcError, or another error of the thread. */
  ask(question: Without<Question, "id">): Exclude<Answer, { kind: "failed" | "closed" }> {
    const id = ++this.#ids;
    this.tell({ ...question, id } as Question);
    this.#kept.set(id, []);
    const answer = this.next(id, this.#patience(question.time));
    if (answer?.kind !== "connected") this.#kept.delete(id);
    if (answer === undefined) {
      // Closes connections that the thread may still make.
      this.tell({ kind: "close", id });
      throw new TransportError("TRANSPORT_TIMEOUT", "the thread of the blocking client did not answer in time");
    }
    if (answer.kind === "failed" || answer.kind === "closed") throw errorOf(answer.fault);
    return answer;
  }

  #patience(time: number): number {
    const left = Math.max(0, this.deadline - systemClock.now());
    return Math.min(time + (this.#started().isUp ? 0 : startTime), left) + tick;
  }

  tell(command: Command): void {
    this.#started().post(command);
  }

  /** The next answer with this number, if it comes within the time. */
  next(id: number, time: number): Answer | undefined {
    const known = this.#kept.get(id)?.shift();
    if (known !== undefined) return known;
    const until = systemClock.now() + time;
    const thread = this.#started();
    for (;;) {
      const answer = answerFrom(thread, until - systemClock.now());
      if (answer === undefined || answer.id === id) return answer;
      this.#kept.get(answer.id)?.push(answer);
    }
  }

  /** Drops what has arrived for a connection. */
  forget(id: number): void {
    this.#kept.delete(id);
  }

  close(): void {
    this.#thread?.close();
    this.#thread = undefined;
  }

  #started(): PartnerThread {
    if (this.#thread?.ended) this.close();
    try {
      this.#thread ??= new PartnerThread(new URL("./thread.js", import.meta.url));
    } catch (cause) {
      throw notStarted(cause as Error);
    }
    return this.#thread;
  }
}

/** @throws TransportError if the thread has ended. */
function answerFrom(thread: PartnerThread, time: number): Answer | undefined {
  let answer: unknown;
  try {
    answer = thread.next(time);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== undefined) throw notStarted(cause as Error);
    throw new TransportError("TRANSPORT_CLOSED", "the thread of the blocking client has ended", { cause });
  }
  if (!(answer instanceof NumberedBytes)) return answer as Answer | undefined;
  return { kind: "message", id: answer.number, bytes: answer.bytes };
}

function notStarted(cause: Error): TransportError {
  const message = `the thread of the blocking client did not start: ${cause.message}`;
  return new TransportError("TRANSPORT_CONNECT_FAILED", message, { cause });
}

/** The thread's error as one of this thread. */
export function errorOf(fault: ThreadFault | undefined): Error {
  if (fault === undefined) return new TransportError("TRANSPORT_CLOSED", "the peer closed the connection");
  const { kind, message, code, mayHaveRun, system } = fault;
  const options = system === undefined ? undefined : { cause: Object.assign(new Error(message), { code: system }) };
  if (kind === "transport") return new TransportError(code as TransportErrorCode, message, options);
  if (kind === "rpc") return new RpcError(code, message, { ...options, mayHaveRun });
  return Object.assign(new Error(message), { code });
}
