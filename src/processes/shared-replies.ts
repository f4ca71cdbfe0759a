// A worker's reply cache: all its decisions are made in the supervisor, for all workers.
import type { NewCall, ReplyCache, ReplyKey, ReplyVerdict } from "../server/reply-cache.js";
import { copyOf } from "../xdr/memory.js";
import type { Encodable } from "../xdr/type.js";
import {
  type asked_answer,
  type asked_answers,
  type asked_question,
  asked_decision as Decision,
  asked_kind as Kind,
} from "./shared-replies.gen.js";
import type { DatagramHandle } from "./socket-handles.js";
import { TurnBatch } from "./turn-batch.js";

/** A question before it is encoded. */
export type ReplyQuestion = Encodable<asked_question>;

/**
 * The most calls of a worker that the supervisor is asked about at once. The worker then reads no more datagrams: of a burst, it would
 * take many while other workers have nothing to do. The calls it has read it must run itself.
 */
const mostAsked = 8;

export class SharedReplies implements ReplyCache {
  readonly datagramsOnly: boolean;
  readonly #questions: TurnBatch<ReplyQuestion>;
  readonly #waiting = new Map<number, (answer: asked_answer) => void>();
  #calls = 0;
  #isReading = true;
  /** The sockets of datagrams. */
  readonly #handles: DatagramHandle[] = [];

  /** `send` reaches the supervisor. */
  constructor(datagramsOnly: boolean, send: (questions: readonly ReplyQuestion[]) => void) {
    this.datagramsOnly = datagramsOnly;
    this.#questions = new TurnBatch(send);
  }

  async begin(key: ReplyKey): Promise<ReplyVerdict> {
    const call = this.#calls;
    this.#calls = (call + 1) >>> 0;
    const { xid, program: prog, version: vers, procedure: proc, length, checksum, oneWay } = key;
    const { id: caller, host } = key.caller;
    const begin = { call, xid, prog, vers, proc, length, checksum, oneWay, caller, host };
    const { decision, outcome } = await new Promise<asked_answer>((resolve) => {
      this.#waiting.set(call, resolve);
      if (this.#waiting.size >= mostAsked) this.#read(false);
      this.#questions.add({ kind: Kind.ASKED_BEGIN, begin });
    });
    switch (decision) {
      case Decision.ASKED_NEW:
        return { kind: "new", entry: call } satisfies NewCall;
      case Decision.ASKED_RUNNING:
        return { kind: "running" };
      case Decision.ASKED_DONE:
        return { kind: "done", outcome };
      case Decision.ASKED_FALSE_RETRY:
        return { kind: "false-retry" };
      case Decision.ASKED_FAILED:
        throw new Error("the reply cache of the supervisor failed");
    }
  }

  store(entry: unknown, outcome: Uint8Array): void {
    this.#questions.add({ kind: Kind.ASKED_STORE, store: { call: entry as number, outcome } });
  }

  storeCopy(entry: unknown, from: Uint8Array, start: number, end: number): void {
    // `slice` of a Buffer would be a view of the bytes of the next reply.
    this.store(entry, copyOf(from, start, end - start));
  }

  forget(entry: unknown): void {
    this.#questions.add({ kind: Kind.ASKED_FORGET, forgotten: entry as number });
  }

  answered(answers: asked_answers): void {
    for (const answer of answers) {
      const { call } = answer;
      this.#waiting.get(call)?.(answer);
      this.#waiting.delete(call);
    }
    if (this.#waiting.size < mostAsked) this.#read(true);
  }

  /** `handle` is read only while few calls are asked about. */
  slows(handle: DatagramHandle): void {
    this.#handles.push(handle);
  }

  #read(isReading: boolean): void {
    if (this.#isReading === isReading) return;
    this.#isReading = isReading;
    for (const handle of this.#handles) {
      if (isReading) handle.recvStart();
      else handle.recvStop();
    }
  }
}
