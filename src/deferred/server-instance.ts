// The instance of the server, for which all calls of a client ask together. Each waits for as long as it likes.
import type { Clock } from "../base/clock.js";
import { waitFor } from "../base/wait.js";
import type { ClientAuth } from "../rpc/call.js";

type Instance = Uint8Array<ArrayBuffer>;

interface Question {
  readonly answer: Promise<Instance>;
  readonly abort: AbortController;
  waiting: number;
  isAnswered: boolean;
}

/** How long one call waits, and its errors. */
export interface InstancePatience {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  onTimeout(): Error;
  onAbort(reason: unknown): Error;
}

export interface Asking {
  readonly signal: AbortSignal;
  /** The credential of the call that needs the answer first. */
  readonly auth: ClientAuth | undefined;
}

/** Asks once, and again after a failure or after `forget`. */
export class ServerInstance {
  readonly #ask: (asking: Asking) => Promise<Instance>;
  readonly #clock: Clock;
  #question: Question | undefined;

  constructor(ask: (asking: Asking) => Promise<Instance>, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** The server has another instance than the one that it gave. */
  forget(): void {
    this.#question = undefined;
  }

  /** @throws the error of the question, which ends when no call waits for it; or the error of `patience`. */
  async get(patience: InstancePatience, auth: ClientAuth | undefined): Promise<Instance> {
    this.#question ??= this.#begin(auth);
    const question = this.#question;
    question.waiting++;
    try {
      return await waitFor(question.answer, { ...patience, clock: this.#clock });
    } finally {
      if (--question.waiting === 0 && !question.isAnswered) this.#giveUp(question);
    }
  }

  #begin(auth: ClientAuth | undefined): Question {
    const abort = new AbortController();
    const answer = this.#ask({ signal: abort.signal, auth });
    const question = { answer, abort, waiting: 0, isAnswered: false };
    answer.then(
      () => {
        question.isAnswered = true;
      },
      () => this.#giveUp(question),
    );
    return question;
  }

  #giveUp(question: Question): void {
    if (this.#question === question) this.#question = undefined;
    question.abort.abort(new Error("no call waits for the server any more"));
  }
}
