// Waiting for events in tests. The deadline only ends a test that hangs; it is much longer than a busy machine needs.
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";

/** Milliseconds after which something counts as never happening. */
const never = 60_000;

/** Waits until `question` holds. @throws after a minute; the error names the awaited condition. */
export async function until(question: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  const end = performance.now() + never; // clock: bounds a hang
  while (!(await question())) {
    if (performance.now() > end) throw new Error(`waited a minute for ${what()}`); // clock: bounds a hang
    await sleep(2);
  }
}

/**
 * The outcome of work that must not wait for something that never comes. Set the timeouts that it could wait for to
 * more than a minute.
 * @throws after a minute; the error names the awaited work.
 */
export async function ending<T>(work: Promise<T>, what: string): Promise<T> {
  const late = new AbortController();
  const end = sleep(never, undefined, { signal: late.signal }).then(() => {
    throw new Error(`waited a minute for ${what}`);
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    end.catch(() => undefined);
    late.abort();
  }
}

/** Waits this many turns of the event loop: enough for all pending work in memory that needs no time. */
export async function turns(count = 50): Promise<void> {
  for (let at = 0; at < count; at++) await turn();
}
