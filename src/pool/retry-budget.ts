// Limits how many calls a pool may repeat, so that clients of failing servers do not multiply their load.

/** See `PoolOptions.retryBudget`. */
export interface RetryBudgetOptions {
  /** The share of one repetition that each answered call adds to the budget. */
  readonly share: number;
  /** The most repetitions that are saved up; a new pool starts with this many. */
  readonly burst: number;
}

/** One repetition for five answered calls, and 500 in reserve for the loss of a server. */
export const defaultRetryBudget: RetryBudgetOptions = Object.freeze({ share: 0.2, burst: 500 });

export class RetryBudget {
  readonly #share: number;
  readonly #burst: number;
  #left: number;

  constructor({
    share = defaultRetryBudget.share,
    burst = defaultRetryBudget.burst,
  }: Partial<RetryBudgetOptions> = {}) {
    this.#share = share;
    this.#burst = burst;
    this.#left = burst;
  }

  /** A call was answered. */
  earn(): void {
    if (this.#left < this.#burst) this.#left = Math.min(this.#burst, this.#left + this.#share);
  }

  /** Takes one repetition from the budget. Returns false if the budget is used up. */
  spend(): boolean {
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
