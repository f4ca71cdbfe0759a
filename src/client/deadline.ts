// Waits for something shared without giving up one's own deadline and signal. Timers are our own: those of
// AbortSignal.timeout let the process exit before they fire.
import { listenForAbort } from "../peer/abort.js";
import { longestTimer, timerDelay } from "../transport/timer.js";

/** How a wait may end early. */
export interface Patience {
  /** Milliseconds; Infinity for as long as it takes. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /** It does not keep the process alive. */
  readonly background?: boolean | undefined;
  onTimeout(): Error;
  onAbort(reason: unknown): Error;
}

/** The outcome of `work`, or the error of whatever ends the wait first. `work` itself goes on. */
export function waitFor<T>(work: Promise<T>, patience: Patience): Promise<T> {
  const { timeout, signal } = patience;
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    const abort = (): void => {
      stop();
      reject(patience.onAbort(signal?.reason));
    };
    const expire = (): void => {
      stop();
      reject(patience.onTimeout());
    };
    const timer = timeout <= longestTimer ? setTimeout(expire, Math.max(0, timeout)) : undefined;
    if (patience.background) timer?.unref();
    if (signal?.aborted) return abort();
    if (signal !== undefined) listenForAbort(signal, abort);
    work.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error: unknown) => {
        stop();
        reject(error);
      },
    );
  });
}

/** Resolves after so many milliseconds, or as soon as the signal is aborted. `background`: lets the process end meanwhile. */
export function pause(milliseconds: number, signal: AbortSignal, background = false): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || milliseconds <= 0) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, timerDelay(milliseconds));
    if (background) timer.unref();
    signal.addEventListener("abort", done, { once: true });
  });
}
