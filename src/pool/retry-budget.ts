// Limits how many calls a pool may repeat, so that clients of failing servers do not multiply their load.
import { type Clock, systemClock } from "../base/clock.js";

/** See `PoolOptions.retryBudget`. */
export interface RetryBudgetOptions {
  /** The share of one repetition that a call adds, 0 to 1. */
  readonly share: number;
  /** The repetitions that each second adds for servers that have failed the call before. */
  readonly perSecond: number;
  /** The most repetitions that are saved up. A new pool starts with this many for other servers. */
  readonly burst: number;
}

/** One repetition for five calls and ten a second, and 500 in reserve for the loss of a server. */
export const defaultRetryBudget: RetryBudgetOptions = Object.freeze({ share: 0.2, perSecond: 10, burst: 500 });

/**
 * Two accounts. A repetition at another server takes the place of a first call, so that account begins full, and each answered call adds
 * to it. A repetition at a server that has failed the call is more load for it: that account begins empty, and calls and time add to it.
 * So a server that fails every call gets at most 1.2 times the calls, and 10 more each second.
 */
export class RetryBudget {
  readonly #options: RetryBudgetOptions;
  readonly #clock: Clock;
  #elsewhere: number;
  #again = 0;
  #countedAt: number;

  constructor(options: Partial<RetryBudgetOptions> = {}, clock: Clock = systemClock) {
    const { share, perSecond, burst } = defaultRetryBudget;
    this.#options = {
      share: options.share ?? share,
      perSecond: options.perSecond ?? perSecond,
      burst: options.burst ?? burst,
    };
    this.#clock = clock;
    this.#elsewhere = this.#options.burst;
    this.#countedAt = clock.now();
  }

  /** A call is sent for the first time. */
  made(): void {
    this.#again = Math.min(this.#options.burst, this.#again + this.#options.share);
  }

  /** A call was answered. `again`: as a repetition at a server that had failed it, so that server works again. */
  answered(again: boolean): void {
    const { burst, share } = this.#options;
    this.#elsewhere = Math.min(burst, this.#elsewhere + share);
    if (again) this.#again = Math.min(burst, this.#again + 1);
  }

  /** Takes a repetition at another server. Returns false if there is none left. */
  spendElsewhere(): boolean {
    if (this.#elsewhere < 1) return false;
    this.#elsewhere--;
    return true;
  }

  /** Takes a repetition at a server that has failed the call. Returns false if there is none now. */
  spendAgain(): boolean {
    const { burst, perSecond } = this.#options;
    const now = this.#clock.now();
    this.#again = Math.min(burst, this.#again + ((now - this.#countedAt) / 1000) * perSecond);
    this.#countedAt = now;
    if (this.#again < 1) return false;
    this.#again--;
    return true;
  }
}
