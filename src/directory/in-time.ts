// Ends a question with whatever comes first: its answer, its time, the caller's signal, or the directory's close.
import { type AskDirectoryOptions, defaultDirectoryTimeout } from "./engine.js";
import { DirectoryError } from "./errors.js";

export interface Question<T> {
  /** Of the directory, for messages. */
  readonly name: string;
  readonly options: AskDirectoryOptions;
  /** What to call when the directory is closed. */
  readonly closing?: Set<() => void>;
  /** Is told when nobody waits for it any more. */
  readonly ask: (over: AbortSignal) => Promise<T>;
  /** Why there is no answer yet. */
  readonly cause?: () => unknown;
}

/** @throws DirectoryError, and what `ask` throws. */
export async function inTime<T>({ name, options, closing, ask, cause }: Question<T>): Promise<T> {
  const { timeout = defaultDirectoryTimeout, signal } = options;
  if (signal?.aborted) throw unreachable(name, "cancelled by the caller's signal", signal.reason);
  const over = new AbortController();
  let close = (): void => {};
  let cancel = (): void => {};
  let timer: NodeJS.Timeout | undefined;
  const ended = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unreachable(name, `no answer in ${timeout} ms`, cause?.())), timeout);
    close = () => reject(closed(name));
    cancel = () => reject(unreachable(name, "cancelled by the caller's signal", signal?.reason));
  });
  closing?.add(close);
  signal?.addEventListener("abort", cancel);
  const answer = ask(over.signal);
  answer.catch(() => {}); // It may fail when nobody waits for it any more.
  try {
    return await Promise.race([ended, answer]);
  } finally {
    over.abort("over"); // A reason of its own: the default one is made with a stack, each time.
    clearTimeout(timer);
    closing?.delete(close);
    signal?.removeEventListener("abort", cancel);
  }
}

export function unreachable(name: string, why: string, cause: unknown): DirectoryError {
  const options = cause === undefined ? {} : { cause };
  return new DirectoryError("DIRECTORY_UNREACHABLE", `${name} cannot be reached: ${why}`, options);
}

export function closed(name: string): DirectoryError {
  return new DirectoryError("DIRECTORY_CLOSED", `the ${name} was closed`);
}
