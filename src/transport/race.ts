// Several ways to one thing, tried side by side as RFC 8305 section 5 has it: the next begins when the one before has
// failed or has taken long, and none is given up before one has succeeded.
import { systemClock, type Timer } from "../base/clock.js";

/** Milliseconds after which the next attempt begins beside those under way (RFC 8305 section 5). */
export const attemptDelay = 250;

/** One of the ways. Must give up when the signal is aborted. */
export type Attempt<T> = (signal: AbortSignal) => Promise<T>;

export interface RaceOptions<T> {
  /** Milliseconds between the beginnings of two attempts, unless the first fails sooner. Default 250. */
  readonly delay?: number;
  /** Gives up all attempts. */
  readonly signal?: AbortSignal | undefined;
  /** Takes what a second attempt has made all the same. */
  readonly discard?: (late: T) => void;
  /** Whether this failure ends the race: no other attempt could do better. */
  readonly isFinal?: (error: unknown) => boolean;
}

/**
 * The outcome of the first attempt that succeeds; the others are aborted.
 * @throws AggregateError with the errors in the order of the attempts when all have failed, and a final error as it is.
 */
export function firstToSucceed<T>(attempts: readonly Attempt<T>[], options: RaceOptions<T> = {}): Promise<T> {
  const { delay = attemptDelay, signal, discard, isFinal } = options;
  const ended = new AbortController();
  const stop = signal === undefined ? ended.signal : AbortSignal.any([ended.signal, signal]);
  const errors: unknown[] = [];
  let begun = 0;
  let failed = 0;
  let timer: Timer | undefined;
  return new Promise((resolve, reject) => {
    const end = (): void => {
      systemClock.clearTimeout(timer);
      ended.abort();
    };
    const succeeded = (outcome: T): void => {
      if (ended.signal.aborted) {
        discard?.(outcome);
        return;
      }
      end();
      resolve(outcome);
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    const beginNext = (): void => {
      systemClock.clearTimeout(timer);
      if (begun === attempts.length || (stop.aborted && begun > 0)) return;
      const at = begun++;
      if (begun < attempts.length) timer = systemClock.setTimeout(beginNext, delay);
      (attempts[at] as Attempt<T>)(stop).then(succeeded, (error: unknown) => {
        if (ended.signal.aborted) return;
        errors[at] = error;
        failed++;
        if (isFinal?.(error)) fail(error);
        else if (failed === attempts.length || (stop.aborted && failed === begun)) fail(new AggregateError(errors));
        else if (!stop.aborted) beginNext();
      });
    };
    beginNext();
  });
}
