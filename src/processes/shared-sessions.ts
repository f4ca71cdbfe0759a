// A worker's sessions: the supervisor keeps them and decides which call runs, so that all workers share them. The worker runs it.
import type { IncomingCall, Transaction } from "../rpc/call.js";
import type { Server } from "../server/server.js";
import type { Within } from "../server/within.js";
import type { KeptSessions } from "../session/kept.js";
import { silent } from "../session/message.js";
import type { SessionOptions } from "../session/options.js";
import {
  session_stat as Stat,
  type session_call,
  type session_created,
  type session_reply,
  type session_wish,
} from "../session/session.gen.js";
import { noSessions, type SessionStats } from "../session/session.js";
import { stateWith } from "../session/state-keeper.js";
import type { SentCaller, SentCounts, SessionAnswer, SessionAnswers, SessionQuestion } from "./session-messages.js";
import { TurnBatch } from "./turn-batch.js";

/** A question without an answer yet. */
interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
  /** Only for a call. */
  readonly call?: HeldCall;
}

export class SharedSessions implements KeptSessions {
  size = 0;
  bytes = 0;
  readonly stats: SessionStats = { ...noSessions };
  readonly #server: Server;
  readonly #questions: TurnBatch<SessionQuestion>;
  readonly #waiting = new Map<number, Waiting>();
  /** The state of transactions, as it was when this worker's last one began. */
  readonly #state = new Map<string, string>();
  #last = 0;

  /** `send` reaches the supervisor. @throws TypeError for an option that only the supervisor can have. */
  constructor(server: Server, options: SessionOptions, send: (questions: readonly SessionQuestion[]) => void) {
    const { log, clock, transactional = false, ...limits } = options;
    if (log !== undefined || clock !== undefined) throw new TypeError(refusal(log === undefined ? "clock" : "log"));
    this.#server = server;
    this.#questions = new TurnBatch(send);
    this.#questions.add(["options", { limits, transactional }]);
  }

  create({ slots }: session_wish, call: IncomingCall): Promise<session_created> {
    return this.#ask((number) => ["create", number, slots, callerOf(call)]);
  }

  end(id: Uint8Array, call: IncomingCall): Promise<session_reply["status"]> {
    return this.#ask((number) => ["end", number, id, callerOf(call)]);
  }

  call(args: session_call, call: IncomingCall): Promise<session_reply> {
    const { id, slot, sequence, settled, message } = args;
    const sent = [id, slot, sequence, settled, message] as const;
    return this.#ask((number) => ["call", number, sent, callerOf(call)], new HeldCall(message, call));
  }

  answered({ sessionAnswers, counts }: SessionAnswers): void {
    this.#count(counts);
    for (const answer of sessionAnswers) this.#answered(answer);
  }

  #ask<T>(question: (number: number) => SessionQuestion, call?: HeldCall): Promise<T> {
    const number = this.#last++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(number, { resolve: resolve as Waiting["resolve"], reject, ...(call && { call }) });
      this.#questions.add(question(number));
    });
  }

  #answered(answer: SessionAnswer): void {
    const [kind, number] = answer;
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return;
    const { call } = waiting;
    if (kind === "run") {
      if (call !== undefined) void this.#run(number, call, answer[2]);
      return;
    }
    if (kind === "entered") {
      for (const [key, value] of answer[2]) {
        if (value === undefined) this.#state.delete(key);
        else this.#state.set(key, value);
      }
      call?.entered();
      return;
    }
    this.#waiting.delete(number);
    call?.over();
    if (kind === "failed") waiting.reject(new Error("the supervisor cannot answer calls of sessions"));
    else waiting.resolve((kind === "ran" ? ok(call?.reply) : answer[2]) as never);
  }

  async #run(number: number, call: HeldCall, isLast: boolean): Promise<void> {
    const { message, outer } = call;
    const enter = (): void => this.#questions.add(["enter", number]);
    const transaction = isLast ? undefined : call.transaction(this.#state, enter);
    try {
      const meet = this.#meet;
      const reply = (await this.#server.answerWithin({ outer, message, transaction, meet })) ?? silent(message);
      call.reply = reply;
      this.#questions.add(["ran", number, reply, call.end()]);
      if (isLast) this.#answered(["ran", number]);
    } catch {
      call.end();
      this.#questions.add(["failed", number]);
    }
  }

  /** A closing worker waits for all calls, also for those whose connections were lost. */
  readonly #meet = (within: Within): void => {
    within.idle = () => Promise.all(Array.from(this.#waiting.values(), ({ call }) => call?.untilOver()));
  };

  #count([size = 0, bytes = 0, ...counts]: SentCounts): void {
    this.size = size;
    this.bytes = bytes;
    for (const [at, name] of statNames.entries()) this.stats[name] = counts[at] ?? 0;
  }
}

const statNames = ["runs", "joins", "replays", "falseRetries", "misordered", "inDoubt", "refused"] as const;

/** A call that waits for the supervisor's decision, or runs. */
class HeldCall {
  readonly message: Uint8Array;
  readonly outer: IncomingCall;
  reply: Uint8Array | undefined;
  readonly #changes = new Map<string, string | undefined>();
  #isOver = false;
  #entering: Promise<void> | undefined;
  entered: () => void = () => {};
  over: () => void = () => {};

  constructor(message: Uint8Array, outer: IncomingCall) {
    this.message = message;
    this.outer = outer;
  }

  /** The `call.transaction` of its handler. `enter` asks for the turn. */
  transaction(state: ReadonlyMap<string, string>, enter: () => void): Transaction {
    return async (work) => {
      this.#entering ??= new Promise((resolve) => {
        this.entered = resolve;
        enter();
      });
      await this.#entering;
      if (this.#isOver) throw new Error("the call has ended: its transaction is closed");
      return work(stateWith(state, this.#changes));
    };
  }

  untilOver(): Promise<void> {
    return new Promise((resolve) => {
      this.over = resolve;
    });
  }

  /** @returns the changes of the state. */
  end(): readonly { readonly key: string; readonly value: string | undefined }[] {
    this.#isOver = true;
    return [...this.#changes].map(([key, value]) => ({ key, value }));
  }
}

function callerOf({ identity, remote }: IncomingCall): SentCaller {
  const { flavor, sys, principal, session, tls } = identity;
  return {
    identity: {
      flavor,
      ...(sys && { sys }),
      ...(principal !== undefined && { principal }),
      ...(session !== undefined && { session }),
      ...(tls !== undefined && { tls }),
    },
    remote,
  };
}

function ok(reply: Uint8Array | undefined): session_reply {
  return { status: Stat.SESSION_OK, message: reply as Uint8Array<ArrayBuffer> };
}

function refusal(option: "log" | "clock"): string {
  const given = option === "log" ? "sessionLog: await openSessionLog(path)" : "clock";
  return `options.${option}: the workers of \`serve\` share the sessions of their supervisor; give \`serve\` the option ${given}`;
}
