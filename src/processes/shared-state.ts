// The state of transactions in the supervisor, of which each worker has a copy: with each transaction it gets what has changed since its last.
import type { Ledger } from "../session/ledger.js";
import type { StateNews } from "./session-messages.js";

/** A worker's view of the state. */
export interface StateReader {
  /** All changes since the last time; the first time, the whole state. */
  news(): StateNews;
  close(): void;
}

export class SharedState {
  readonly #state: Map<string, string>;
  /** The changes that a worker does not know yet, of those that have read the state before. */
  readonly #unread = new Set<Map<string, string | undefined>>();

  constructor(state: Map<string, string>) {
    this.#state = state;
  }

  /** The ledger, with a state whose changes are noticed here. */
  watched(ledger: Ledger): Ledger {
    const changed = (key: string, value: string | undefined): void => {
      for (const news of this.#unread) news.set(key, value);
    };
    return {
      sessions: ledger.sessions,
      state: new WatchedMap(this.#state, changed),
      get failing() {
        return ledger.failing;
      },
      created: (session) => ledger.created(session),
      intent: (call) => ledger.intent(call),
      outcome: (outcome) => ledger.outcome(outcome),
      ended: (id) => ledger.ended(id),
    };
  }

  reader(): StateReader {
    let news: Map<string, string | undefined> | undefined;
    return {
      news: () => {
        const all = [...(news ?? this.#state)];
        if (news === undefined) {
          news = new Map();
          this.#unread.add(news);
        } else news.clear();
        return all;
      },
      close: () => {
        if (news !== undefined) this.#unread.delete(news);
      },
    };
  }
}

/** Changes another map, and reports that. */
class WatchedMap extends Map<string, string> {
  readonly #state: Map<string, string>;
  readonly #changed: (key: string, value: string | undefined) => void;

  constructor(state: Map<string, string>, changed: (key: string, value: string | undefined) => void) {
    super();
    this.#state = state;
    this.#changed = changed;
  }

  override get(key: string): string | undefined {
    return this.#state.get(key);
  }

  override set(key: string, value: string): this {
    this.#state.set(key, value);
    this.#changed(key, value);
    return this;
  }

  override delete(key: string): boolean {
    this.#changed(key, undefined);
    return this.#state.delete(key);
  }
}
