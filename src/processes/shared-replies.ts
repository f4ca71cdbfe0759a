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

  async begin({ caller, ...key }: ReplyKey): Promise<ReplyVerdict> {
    const call = this.#calls++;
    const { id, host } = caller;
    const answer = await new Promise<ReplyAnswer>((resolve) => {
      this.#waiting.set(call, resolve);
      this.#ask({ call, begin: { ...key, id, host } });
    });
    switch (answer.kind) {
      case "new":
        return { kind: "new", entry: call } satisfies NewCall;
      case "done":
        return { kind: "done", outcome: answer.outcome ?? new Uint8Array(0) };
      case "failed":
        throw new Error("the reply cache of the supervisor failed");
      default:
        return { kind: answer.kind };
    }
  }

  store(entry: unknown, outcome: Uint8Array): void {
    this.#ask({ call: entry as number, store: outcome });
  }

  storeCopy(entry: unknown, from: Uint8Array, start: number, end: number): void {
    this.store(entry, from.slice(start, end));
  }

  forget(entry: unknown): void {
    this.#ask({ call: entry as number, forget: true });
  }

  answered({ answers }: Answers): void {
    for (const answer of answers) {
      this.#waiting.get(answer.call)?.(answer);
      this.#waiting.delete(answer.call);
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
