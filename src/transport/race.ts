// Several attempts at the same goal, in parallel as in RFC 8305 section 5: the next one starts when the previous one
// has failed or takes long, and all continue until one has succeeded.
import { listenForAbort } from "../base/abort.js";
import { systemClock, type Timer } from "../base/clock.js";

/** Milliseconds after which the next attempt starts in parallel (RFC 8305 section 5). */
export const attemptDelay = 250;

/** One attempt. Must stop when the signal is aborted. */
export type Attempt<T> = (signal: AbortSignal) => Promise<T>;

export interface RaceOptions<T> {
  /** Milliseconds between the starts of two attempts, unless the first fails sooner. Default 250. */
  readonly delay?: number;
  /** Aborting it stops all attempts. */
  readonly signal?: AbortSignal | undefined;
  /** Receives the result of an attempt that succeeded after another one. */
  readonly discard?: (late: T) => void;
  /** Whether this failure ends the race, because no other attempt can succeed. */
  readonly isFinal?: (error: unknown) => boolean;
}

/**
 * Returns the result of the first attempt that succeeds; the others are aborted.
 * @throws AggregateError with the errors in the order of the attempts if all have failed; a final error unchanged.
 */
export function firstToSucceed<T>(attempts: readonly Attempt<T>[], options: RaceOptions<T> = {}): Promise<T> {
  const { delay = attemptDelay, signal, discard, isFinal } = options;
  const stopping = new AbortController();
  const stop = stopping.signal;
  // Not AbortSignal.any: the caller's signal may outlive many races.
  const abort = (): void => stopping.abort(signal?.reason);
  const errors: unknown[] = [];
  let begun = 0;
  let failed = 0;
  let ended = false;
  let timer: Timer | undefined;
  return new Promise((resolve, reject) => {
    const end = (): void => {
      systemClock.clearTimeout(timer);
      ended = true;
      signal?.removeEventListener("abort", abort);
      stopping.abort();
    };
    const succeeded = (outcome: T): void => {
      if (ended) {
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
        if (ended) return;
        errors[at] = error;
        failed++;
        if (isFinal?.(error)) fail(error);
        else if (failed === attempts.length || (stop.aborted && failed === begun)) fail(new AggregateError(errors));
        else if (!stop.aborted) beginNext();
      });
    };
    if (signal?.aborted) abort();
    else if (signal !== undefined) listenForAbort(signal, abort);
    beginNext();
  });
}
