// Ends a question with whichever comes first: its answer, its timeout, the caller's signal, or the close of the
// directory.
import type { Clock } from "../base/clock.js";
import { waitFor } from "../base/wait.js";
import { type AskDirectoryOptions, defaultDirectoryTimeout } from "./engine.js";
import { DirectoryError } from "./errors.js";

export interface Question<T> {
  /** The directory's name, for messages. */
  readonly name: string;
  readonly options: AskDirectoryOptions;
  /** Called when the directory is closed. */
  readonly closing?: Set<() => void>;
  /** Asks the question. `over` is aborted when no caller waits for the answer any more. */
  readonly ask: (over: AbortSignal) => Promise<T>;
  /** The last reason why there is no answer. */
  readonly cause?: () => unknown;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/** @throws DirectoryError, and what `ask` throws. */
export async function inTime<T>({ name, options, closing, ask, cause, clock }: Question<T>): Promise<T> {
  const { timeout = defaultDirectoryTimeout, signal } = options;
  const onAbort = (reason: unknown): Error => unreachable(name, "cancelled by the caller's signal", reason);
  if (signal?.aborted) throw onAbort(signal.reason);
  const over = new AbortController();
  let close = (): void => {};
  const ended = new Promise<never>((_, reject) => {
    close = () => reject(closed(name));
  });
  closing?.add(close);
  const onTimeout = (): Error => unreachable(name, `no answer in ${Math.ceil(timeout)} ms`, cause?.());
  try {
    return await waitFor(Promise.race([ended, ask(over.signal)]), { timeout, signal, clock, onTimeout, onAbort });
  } finally {
    over.abort("over"); // Reuse one reason: the default reason is an error with a new stack each time.
    closing?.delete(close);
  }
}

export function unreachable(name: string, why: string, cause: unknown): DirectoryError {
  const options = cause === undefined ? {} : { cause };
  return new DirectoryError("DIRECTORY_UNREACHABLE", `${name} cannot be reached: ${why}`, options);
}

export function closed(name: string): DirectoryError {
  return new DirectoryError("DIRECTORY_CLOSED", `the ${name} was closed`);
}
