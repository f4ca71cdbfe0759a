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
  readonly #state: Map<string, string>;
  /** Resolves when the last waiting transaction has ended. */
  #last: Promise<void> = Promise.resolve();

  constructor(state: Map<string, string>) {
    this.#state = state;
  }

  begin(): Turn {
    const changes = new Map<string, string | undefined>();
    let finish: (() => void) | undefined;
    let entered: Promise<void> | undefined;
    let over = false;
    const enter = (): Promise<void> => {
      const before = this.#last;
      this.#last = new Promise((resolve) => {
        finish = resolve;
      });
      if (over) finish?.();
      return before;
    };
    return {
      transaction: async (work) => {
        entered ??= enter();
        await entered;
        if (over) throw new Error("the call has ended: its transaction is closed");
        return work(stateWith(this.#state, changes));
      },
      writes: () => [...changes].map(([key, value]) => ({ key, value })),
      end: (writes) => {
        over = true;
        for (const { key, value } of writes) {
          if (value === undefined) this.#state.delete(key);
          else this.#state.set(key, value);
        }
        finish?.();
      },
    };
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
