// Connecting to a Unix socket whose queue of connections is full. TCP waits by itself then; for a Unix socket Linux reports
// EAGAIN at once, although the server is there. Loaded when that has happened.
import { type ConnectOptions, defaultConnectTimeout, isBusy } from "./connect.js";
import { type Connection, TransportError } from "./connection.js";

/** Milliseconds before the second attempt, and the most between two attempts. */
const firstPause = 2;
const longestPause = 50;

/**
 * Tries again until the queue has room or the time is over. Ends a little before the time is over, so that the caller's own
 * limit does not hide the reason. `attempt` makes one connection within the options that it gets.
 * @throws TransportError TRANSPORT_TIMEOUT if the queue stays full, or any other error of an attempt.
 */
export async function connectBusy(
  name: string,
  options: ConnectOptions,
  attempt: (options: ConnectOptions) => Promise<Connection>,
): Promise<Connection> {
  const time = options.timeout ?? defaultConnectTimeout;
  const started = performance.now();
  for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 2)) {
    // Clients that are refused together do not come back together.
    const wait = pause * (0.5 + Math.random());
    const left = time - (performance.now() - started) - wait;
    if (left <= 0) throw stillBusy(name, time);
    await pauseFor(wait, options);
    try {
      return await attempt({ ...options, timeout: left });
    } catch (error) {
      if (!isBusy(error as Error)) throw error;
    }
  }
}

function pauseFor(milliseconds: number, { signal, background }: ConnectOptions): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    if (background) timer.unref();
    signal?.addEventListener("abort", done, { once: true });
  });
}

function stillBusy(name: string, time: number): TransportError {
  const why = "the server is there, but it is busy and its queue of connections is full (EAGAIN)";
  return new TransportError("TRANSPORT_TIMEOUT", `no connection to ${name} within ${Math.round(time)} ms: ${why}`);
}
