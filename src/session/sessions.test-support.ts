// What tests of sessions have in common: clients with sessions, a ledger that keeps nothing, and calls that last as long as the test wants.
import type { ClientWiring } from "../client/create-client.js";
import { until } from "../testing/waiting.test-support.js";
import type { Ledger } from "./ledger.js";
import { sessionChannel } from "./make.js";

export const wiring: ClientWiring = { sessions: async (over, options) => sessionChannel(over, options) };

/** A ledger that keeps nothing, with some methods of its own. */
export function ledgerWith(own: Partial<Ledger>): Ledger {
  return {
    sessions: new Map(),
    state: new Map(),
    failing: false,
    created: async () => undefined,
    intent: async () => undefined,
    outcome: async () => undefined,
    ended: async () => undefined,
    ...own,
  };
}

/** Holds the calls to `later` until the test opens it. */
export class Gate {
  /** The arguments of the calls, in order. */
  readonly begun: number[] = [];
  #isOpen = false;
  #waiting: (() => void)[] = [];

  readonly later = async (value: number): Promise<number> => {
    this.begun.push(value);
    if (!this.#isOpen) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return value;
  };

  open(): void {
    this.#isOpen = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async reached(count: number): Promise<void> {
    await until(
      () => this.begun.length >= count,
      () => `${count} calls`,
    );
  }
}
