// The supervisor's end of the workers' sessions: keeps them, and decides which call runs. It runs in the worker that asks, so that a copy of a
// call that reaches another worker, or a new one, does not run again.
import type { Clock } from "../base/clock.js";
import type { Transaction, TransactionState } from "../rpc/call.js";
import type { ReplyWithin } from "../server/within.js";
import type { Ledger } from "../session/ledger.js";
import { session_stat as Stat, type session_reply } from "../session/session.gen.js";
import type { OwnSessions, Runner, SessionCaller } from "../session/sessions.js";
import type {
  SentCaller,
  SentCounts,
  SentSessionOptions,
  SessionAnswer,
  SessionAnswers,
  SessionQuestion,
} from "./session-messages.js";
import { SharedState, type StateReader } from "./shared-state.js";
import { TurnBatch } from "./turn-batch.js";

type Sessions = OwnSessions<SentCall>;

/** The sessions of all workers. */
export class SessionsHost {
  readonly #log: Ledger | undefined;
  readonly #clock: Clock | undefined;
  readonly #state: SharedState | undefined;
  #loading: Promise<void> | undefined;
  #options: SentSessionOptions | undefined;
  #sessions: Sessions | undefined;

  constructor(log: Ledger | undefined, clock: Clock | undefined) {
    this.#log = log;
    this.#clock = clock;
    this.#state = log && new SharedState(log.state);
  }

  /** The desk of one worker, which `send` reaches. */
  desk(send: (message: SessionAnswers) => void): SessionsDesk {
    return new SessionsDesk(this, this.#state?.reader(), send);
  }

  /** Undefined until a worker has sent its options and the code is loaded. */
  get sessions(): Sessions | undefined {
    return this.#sessions;
  }

  get isDurable(): boolean {
    return this.#log !== undefined;
  }

  /** Loads the code of sessions, again if that failed. */
  get loaded(): Promise<void> {
    if (this.#options === undefined) return Promise.reject(new Error("the worker has sent no options of sessions"));
    this.#loading ??= this.#load(this.#options).catch((error) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** Begins with the options of the first worker that sends its own; they apply to all workers. */
  begin(options: SentSessionOptions): void {
    this.#options ??= options;
    this.loaded.catch(() => undefined);
  }

  async #load({ limits, transactional }: SentSessionOptions): Promise<void> {
    const [{ OwnSessions }, { defaultSessionLimits }] = await Promise.all([
      import("../session/sessions.js"),
      import("../session/limits.js"),
    ]);
    const runner: Runner<SentCall> = { answerWithin: ({ outer, transaction }) => outer.run(transaction) };
    const log = this.#log && this.#state?.watched(this.#log);
    const all = { ...defaultSessionLimits, ...limits };
    this.#sessions = new OwnSessions(runner, all, this.#clock, log, transactional);
  }

  get counts(): SentCounts {
    const { size = 0, bytes = 0, stats } = this.#sessions ?? {};
    return [size, bytes, ...Object.values(stats ?? {})];
  }
}

/** The questions of one worker. */
export class SessionsDesk {
  readonly #host: SessionsHost;
  readonly #state: StateReader | undefined;
  readonly #answers: TurnBatch<SessionAnswer>;
  /** The calls that its worker runs, or asks about. */
  readonly #calls = new Map<number, SentCall>();
  #isClosed = false;

  constructor(host: SessionsHost, state: StateReader | undefined, send: (message: SessionAnswers) => void) {
    this.#host = host;
    this.#state = state;
    this.#answers = new TurnBatch((sessionAnswers) => {
      if (!this.#isClosed) send({ sessionAnswers, counts: this.#host.counts });
    });
  }

  asked(questions: readonly SessionQuestion[]): void {
    for (const question of questions) {
      if (question[0] === "options") this.#host.begin(question[1]);
      else if (this.#host.sessions !== undefined) this.#take(this.#host.sessions, question);
      else void this.#takeLater(question);
    }
  }

  /** The worker has ended: nobody knows how far its calls came. */
  close(): void {
    this.#isClosed = true;
    this.#state?.close();
    for (const call of this.#calls.values()) call.fail(new WorkerGone());
    this.#calls.clear();
  }

  async #takeLater(question: SessionQuestion): Promise<void> {
    try {
      await this.#host.loaded;
      if (!this.#isClosed) this.#take(this.#host.sessions as Sessions, question);
    } catch {
      this.#answers.add(["failed", question[1] as number]);
    }
  }

  #take(sessions: Sessions, question: SessionQuestion): void {
    switch (question[0]) {
      case "create": {
        const [, number, slots, caller] = question;
        void this.#answer(number, async () => {
          return ["created", number, await sessions.create({ slots }, this.#call(number, caller))];
        });
        return;
      }
      case "end": {
        const [, number, id, caller] = question;
        this.#answers.add(["ended", number, sessions.end(id, this.#call(number, caller))]);
        return;
      }
      case "call":
        void this.#answer(question[1], () => this.#serve(sessions, question));
        return;
      case "enter":
        this.#calls.get(question[1])?.enter();
        return;
      case "ran":
        this.#calls.get(question[1])?.ran(question[2], question[3]);
        return;
      case "failed":
        this.#calls.get(question[1])?.fail(new Error("the call failed in its worker"));
    }
  }

  #call(number: number, caller: SentCaller): SentCall {
    const { isDurable } = this.#host;
    return new SentCall(caller, {
      run: () => this.#answers.add(["run", number, !isDurable]),
      entered: () => this.#answers.add(["entered", number, this.#state?.news() ?? []]),
    });
  }

  async #serve(sessions: Sessions, question: SessionQuestion & readonly ["call", ...unknown[]]) {
    const [, number, [id, slot, sequence, settled, message], caller] = question;
    const call = this.#call(number, caller);
    this.#calls.set(number, call);
    try {
      const args = {
        id: id as Uint8Array<ArrayBuffer>,
        slot,
        sequence,
        settled,
        message: message as Uint8Array<ArrayBuffer>,
      };
      const reply = await sessions.call(args, call);
      if (call.reply === undefined) return ["reply", number, reply] as const;
      if (!this.#host.isDurable) return undefined;
      return reply.status === Stat.SESSION_OK ? (["ran", number] as const) : (["reply", number, reply] as const);
    } catch (error) {
      if (!(error instanceof WorkerGone)) throw error;
      // A copy of it waited for a worker that has ended.
      sessions.stats.inDoubt++;
      return ["reply", number, { status: Stat.SESSION_IN_DOUBT } satisfies session_reply] as const;
    } finally {
      this.#calls.delete(number);
    }
  }

  async #answer(number: number, ask: () => Promise<SessionAnswer | undefined>): Promise<void> {
    try {
      const answer = await ask();
      if (answer !== undefined) this.#answers.add(answer);
    } catch {
      this.#answers.add(["failed", number]);
    }
  }
}

/** The worker of a call has ended before its reply was kept. */
class WorkerGone extends Error {}

/** The worker that has a call, as the call uses it. */
interface CallOwner {
  /** Lets it run. */
  run(): void;
  /** Called when the transaction of the call has begun. */
  entered(): void;
}

/** One call of a session. Its worker runs it after "run". */
class SentCall implements SessionCaller {
  readonly identity: SentCaller["identity"];
  readonly remote: SentCaller["remote"];
  readonly #owner: CallOwner;
  #transaction: Transaction | undefined;
  #state: TransactionState | undefined;
  #settle: { resolve(reply: Uint8Array): void; reject(error: Error): void } | undefined;
  #failure: Error | undefined;
  /** Its reply, if it has run. */
  reply: Uint8Array | undefined;

  constructor({ identity, remote }: SentCaller, owner: CallOwner) {
    this.identity = identity;
    this.remote = remote;
    this.#owner = owner;
  }

  run(transaction: Transaction | undefined): Promise<ReplyWithin> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#transaction = transaction;
    this.#owner.run();
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  enter(): void {
    this.#transaction?.((state) => {
      this.#state = state;
      this.#owner.entered();
      // The call has ended meanwhile.
    }).catch(() => undefined);
  }

  ran(reply: Uint8Array, writes: readonly { readonly key: string; readonly value: string | undefined }[]): void {
    this.reply = reply;
    for (const { key, value } of writes) {
      if (value === undefined) this.#state?.delete(key);
      else this.#state?.set(key, JSON.parse(value));
    }
    this.#settle?.resolve(reply);
  }

  /** If it does not run yet, it fails as soon as it would. */
  fail(error: Error): void {
    this.#failure = error;
    this.#settle?.reject(error);
  }
}
