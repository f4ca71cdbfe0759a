// Waiting with a time limit, for all code of the library. The awaited work may be shared; each waiter has its own
// deadline and signal. It uses its own timers, because those of AbortSignal.timeout do not keep the process alive.
import { listenForAbort } from "./abort.js";
import { type Clock, longestTimer, systemClock } from "./clock.js";

/** How a wait may end early. */
export interface Patience {
  /** Milliseconds; Infinity for as long as it takes. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** True: the wait does not keep the process alive. */
  readonly background?: boolean | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  onTimeout(): Error;
  /** Makes the error for an aborted signal. Required if `signal` is set. */
  onAbort?(reason: unknown): Error;
}

/** Returns the outcome of `work`, or throws the error of whichever limit is reached first. `work` itself continues. */
export function waitFor<T>(work: Promise<T>, patience: Patience): Promise<T> {
  const { timeout, signal, background, clock = systemClock, onTimeout, onAbort } = patience;
  // One promise, without a race: thousands of calls may wait for the same connection.
  return new Promise((resolve, reject) => {
    const ended = <R>(settle: (outcome: R) => void) => {
      return (outcome: R): void => {
        clock.clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        settle(outcome);
      };
    };
    const fail = ended(reject);
    const abort = (): void => fail(onAbort?.(signal?.reason));
    const timer = timeout > longestTimer ? undefined : clock.setTimeout(() => fail(onTimeout()), timeout);
    if (background) timer?.unref();
    work.then(ended(resolve), fail);
    if (signal?.aborted) abort();
    else if (signal !== undefined) listenForAbort(signal, abort);
  });
}

/**
 * Waits for work, up to a limit. Returns false if it has not ended by then; the work itself continues.
 * @throws the error of the work.
 */
export async function waitAtMost(
  milliseconds: number,
  work: Promise<unknown>,
  clock: Clock = systemClock,
): Promise<boolean> {
  const late = new Error("late");
  try {
    await waitFor(work, { timeout: milliseconds, clock, onTimeout: () => late });
    return true;
  } catch (error) {
    if (error === late) return false;
    throw error;
  }
}

export interface PauseOptions {
  /** Ends the pause early. */
  readonly signal?: AbortSignal | undefined;
  /** True: the pause does not keep the process alive. */
  readonly background?: boolean | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/** Resolves after this many milliseconds, or as soon as the signal is aborted. Never rejects. */
export async function pause(milliseconds: number, options: PauseOptions = {}): Promise<void> {
  if (milliseconds <= 0) return;
  const over = (): never => undefined as never;
  await waitFor(new Promise(over), { ...options, timeout: milliseconds, onTimeout: over, onAbort: over }).catch(over);
}
