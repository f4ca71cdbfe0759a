// The one wait with a limit: for work that others may wait for too, within one's own deadline and signal. Timers are our
// own: those of AbortSignal.timeout let the process exit before they fire.
import { listenForAbort } from "./abort.js";
import { type Clock, longestTimer, systemClock, type Timer } from "./clock.js";

/** How a wait may end early. */
export interface Patience {
  /** Milliseconds; Infinity for as long as it takes. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** It does not keep the process alive. */
  readonly background?: boolean | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
  onTimeout(): Error;
  /** Needed with a signal. */
  onAbort?(reason: unknown): Error;
}

/** The outcome of `work`, or the error of the event that ends the wait first. `work` itself continues. */
export async function waitFor<T>(work: Promise<T>, patience: Patience): Promise<T> {
  const { timeout, signal, background, clock = systemClock, onTimeout, onAbort } = patience;
  let timer: Timer | undefined;
  let abort = (): void => {};
  const ended = new Promise<never>((_, reject) => {
    abort = () => reject(onAbort?.(signal?.reason));
    if (timeout <= longestTimer) timer = clock.setTimeout(() => reject(onTimeout()), timeout);
    if (background) timer?.unref();
    if (signal?.aborted) abort();
    else if (signal !== undefined) listenForAbort(signal, abort);
  });
  try {
    return await Promise.race([ended, work]);
  } finally {
    clock.clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** Waits for work, with a limit; the work itself continues. False: it has not ended. @throws the error of the work. */
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
  /** It does not keep the process alive. */
  readonly background?: boolean | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/** Resolves after this many milliseconds, or as soon as the signal is aborted. Never rejects. */
export function pause(milliseconds: number, options: PauseOptions = {}): Promise<void> {
  const { signal, background, clock = systemClock } = options;
  return new Promise((resolve) => {
    if (signal?.aborted || milliseconds <= 0) return resolve();
    const done = (): void => {
      clock.clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.setTimeout(done, milliseconds);
    if (background) timer.unref();
    if (signal !== undefined) listenForAbort(signal, done);
  });
}
