// Records calls as they happen, for `checkLinearizable`.
import type { Operation } from "./linearizability.js";

/**
 * A history of calls that several clients make at the same time.
 * @example
 * const counter = { initial: 0, apply: (count: number, by: number) => ({ state: count + by, output: count + by }) };
 * const calls = new History<number, number>();
 * let count = 0;
 * await Promise.all([1, 2].map((by) => calls.record(by, async () => (count += by))));
 * console.log(checkLinearizable(counter, calls.operations).linearizable); // true
 */
export class History<Input, Output> {
  readonly #operations: Operation<Input, Output>[] = [];
  #time = 0;

  /**
   * Runs `call` and records it. A call that fails with an error whose `mayHaveRun` is false is not part of the history; after any other
   * error it may take effect at any later time, or never.
   * @throws the error of `call`.
   */
  async record(input: Input, call: () => Promise<Output>): Promise<Output> {
    const began = this.#time++;
    const at = this.#operations.length;
    this.#operations.push({ input, output: undefined, began, ended: undefined });
    try {
      const output = await call();
      this.#operations[at] = { input, output, began, ended: this.#time++ };
      return output;
    } catch (error) {
      if ((error as { mayHaveRun?: unknown } | undefined)?.mayHaveRun === false) delete this.#operations[at];
      throw error;
    }
  }

  /** The calls so far. Those that have not ended have no output. */
  get operations(): readonly Operation<Input, Output>[] {
    return this.#operations.filter((one) => one !== undefined);
  }
}
