// A worker's reply cache: all its decisions are made in the supervisor, for all workers.
import type { NewCall, ReplyCache, ReplyKey, ReplyVerdict } from "../server/reply-cache.js";
import type { Answers, Questions, ReplyAnswer, ReplyQuestion } from "./served-messages.js";

export class SharedReplies implements ReplyCache {
  readonly datagramsOnly: boolean;
  readonly #send: (message: Questions) => void;
  readonly #waiting = new Map<number, (answer: ReplyAnswer) => void>();
  #questions: ReplyQuestion[] = [];
  #calls = 0;

  /** `send` reaches the supervisor. */
  constructor(datagramsOnly: boolean, send: (message: Questions) => void) {
    this.datagramsOnly = datagramsOnly;
    this.#send = send;
  }

  async begin(key: ReplyKey): Promise<ReplyVerdict> {
    const call = this.#calls++;
    const { xid, program, version, procedure, length, checksum, oneWay } = key;
    const { id, host } = key.caller;
    const [, kind, outcome] = await new Promise<ReplyAnswer>((resolve) => {
      this.#waiting.set(call, resolve);
      this.#ask(["begin", call, xid, program, version, procedure, length, checksum, oneWay, id, host]);
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
    this.#ask(["store", entry as number, outcome]);
  }

  storeCopy(entry: unknown, from: Uint8Array, start: number, end: number): void {
    this.store(entry, from.slice(start, end));
  }

  forget(entry: unknown): void {
    this.#ask(["forget", entry as number]);
  }

  answered({ answers }: Answers): void {
    for (const answer of answers) {
      const [call] = answer;
      this.#waiting.get(call)?.(answer);
      this.#waiting.delete(call);
    }
  }

  /** The questions of one turn of the event loop leave together. */
  #ask(question: ReplyQuestion): void {
    if (this.#questions.push(question) > 1) return;
    setImmediate(() => {
      const questions = this.#questions;
      this.#questions = [];
      this.#send({ questions });
    });
  }
}
