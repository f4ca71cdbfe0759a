// A worker's reply cache: all its decisions are made in the supervisor, for all workers.
import type { NewCall, ReplyCache, ReplyKey, ReplyVerdict } from "../server/reply-cache.js";
import { copyOf } from "../xdr/memory.js";
import type { Answers, Questions, ReplyAnswer, ReplyQuestion } from "./served-messages.js";
import type { DatagramHandle } from "./socket-handles.js";
import { TurnBatch } from "./turn-batch.js";

/**
 * The most calls of a worker that the supervisor is asked about at once. The worker then reads no more datagrams: of a burst, it would
 * take many while other workers have nothing to do. The calls it has read it must run itself.
 */
const mostAsked = 8;

export class SharedReplies implements ReplyCache {
  readonly datagramsOnly: boolean;
  readonly #questions: TurnBatch<ReplyQuestion>;
  readonly #waiting = new Map<number, (answer: ReplyAnswer) => void>();
  #calls = 0;
  #isReading = true;
  /** The sockets of datagrams. */
  readonly #handles: DatagramHandle[] = [];

  /** `send` reaches the supervisor. */
  constructor(datagramsOnly: boolean, send: (message: Questions) => void) {
    this.datagramsOnly = datagramsOnly;
    this.#questions = new TurnBatch((questions) => send({ questions }));
  }

  async begin(key: ReplyKey): Promise<ReplyVerdict> {
    const call = this.#calls++;
    const { xid, program, version, procedure, length, checksum, oneWay } = key;
    const { id, host } = key.caller;
    const [, kind, outcome] = await new Promise<ReplyAnswer>((resolve) => {
      this.#waiting.set(call, resolve);
      if (this.#waiting.size >= mostAsked) this.#read(false);
      this.#questions.add(["begin", call, xid, program, version, procedure, length, checksum, oneWay, id, host]);
    });
    switch (kind) {
      case "new":
        return { kind: "new", entry: call } satisfies NewCall;
      case "done":
        return { kind: "done", outcome: outcome ?? new Uint8Array(0) };
      case "failed":
        throw new Error("the reply cache of the supervisor failed");
      default:
        return { kind };
    }
  }

  store(entry: unknown, outcome: Uint8Array): void {
    this.#questions.add(["store", entry as number, outcome]);
  }

  storeCopy(entry: unknown, from: Uint8Array, start: number, end: number): void {
    // `slice` of a Buffer would be a view of the bytes of the next reply.
    this.store(entry, copyOf(from, start, end - start));
  }

  forget(entry: unknown): void {
    this.#questions.add(["forget", entry as number]);
  }

  answered({ answers }: Answers): void {
    for (const answer of answers) {
      const [call] = answer;
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
