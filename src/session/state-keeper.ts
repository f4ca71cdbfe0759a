// Transactions of calls, one after the other: each sees the changes of all before it, and nobody sees them before its call ends.
import type { Transaction, TransactionState } from "../rpc/call.js";
import type { StateWrite } from "./session.js";

const longestKey = 1024;

/** The transaction of one call. */
export interface Turn {
  readonly transaction: Transaction;
  /** The changes so far. */
  writes(): readonly StateWrite[];
  /** The call has ended: these changes hold, and the next transaction begins. Called once. */
  end(writes: readonly StateWrite[]): void;
}

/** Runs the transactions of calls one after the other. */
export class StateKeeper {
  readonly state: Map<string, string>;
  /** The turn whose transaction runs, until its call ends. */
  #holder: OwnTurn | undefined;
  /** Turns that wait, in order. Some may belong to calls that have ended meanwhile. */
  #waiting: OwnTurn[] = [];
  #next = 0;

  constructor(state: Map<string, string>) {
    this.state = state;
  }

  begin(): Turn {
    return new OwnTurn(this);
  }

  /** False: the turn waits, and its `proceed` is called when it comes. Called once for each turn. */
  enter(turn: OwnTurn): boolean {
    if (this.#holder === undefined) this.#holder = turn;
    else this.#waiting.push(turn);
    return this.#holder === turn;
  }

  end(turn: OwnTurn, writes: readonly StateWrite[]): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.state.delete(key);
      else this.state.set(key, value);
    }
    if (this.#holder === turn) this.#passOn();
  }

  #passOn(): void {
    this.#holder = undefined;
    while (this.#holder === undefined && this.#next < this.#waiting.length) {
      const next = this.#waiting[this.#next++] as OwnTurn;
      if (!next.isOver) this.#holder = next;
    }
    if (this.#next === this.#waiting.length || this.#next > mostPassed) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    this.#holder?.proceed();
  }
}

/** After as many turns the memory of the line is released. */
const mostPassed = 1024;

class OwnTurn implements Turn {
  readonly #keeper: StateKeeper;
  #changes: Map<string, string | undefined> | undefined;
  /** "begun": it waits. */
  #stage: "new" | "begun" | "entered" | "over" = "new";
  /** Transactions that wait. A call has one, as a rule. */
  #waiting: (() => void)[] | undefined;

  constructor(keeper: StateKeeper) {
    this.#keeper = keeper;
  }

  get isOver(): boolean {
    return this.#stage === "over";
  }

  readonly transaction: Transaction = (work) => {
    if (this.#stage === "new") this.#stage = this.#keeper.enter(this) ? "entered" : "begun";
    if (this.#stage !== "begun") return this.#run(work);
    this.#waiting ??= [];
    // Not `async`: that takes more turns of the queue of promises, and all others wait for it.
    return new Promise((resolve, reject) => {
      this.#waiting?.push(() => {
        try {
          resolve(this.#result(work));
        } catch (error) {
          reject(error);
        }
      });
    });
  };

  #run<T>(work: (state: TransactionState) => T): Promise<T> {
    try {
      return Promise.resolve(this.#result(work));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #result<T>(work: (state: TransactionState) => T): T {
    if (this.isOver) throw new Error("the call has ended: its transaction is closed");
    this.#changes ??= new Map();
    return work(stateWith(this.#keeper.state, this.#changes));
  }

  proceed(): void {
    this.#stage = "entered";
    this.#runWaiting();
  }

  #runWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) for (const one of waiting) one();
  }

  writes(): readonly StateWrite[] {
    const writes: StateWrite[] = [];
    if (this.#changes !== undefined) for (const [key, value] of this.#changes) writes.push({ key, value });
    return writes;
  }

  end(writes: readonly StateWrite[]): void {
    this.#stage = "over";
    this.#keeper.end(this, writes);
    this.#runWaiting();
  }
}

/** The state with changes that nobody else sees yet. */
export function stateWith(
  state: ReadonlyMap<string, string>,
  changes: Map<string, string | undefined>,
): TransactionState {
  return {
    get(key) {
      const text = changes.has(key) ? changes.get(key) : state.get(key);
      return text === undefined ? undefined : JSON.parse(text);
    },
    set(key, value) {
      if (Buffer.byteLength(key) > longestKey) throw new RangeError(`a key of more than ${longestKey} bytes`);
      const text: string | undefined = JSON.stringify(value);
      if (text === undefined)
        throw new TypeError(`the value of ${key} cannot be written as JSON; delete(key) deletes it`);
      changes.set(key, text);
    },
    delete: (key) => void changes.set(key, undefined),
  };
}
