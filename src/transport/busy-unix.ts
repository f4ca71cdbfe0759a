// Connects to a Unix socket whose queue of connections is full. With TCP the system waits; with a Unix socket Linux
// reports EAGAIN at once, although the server is running. Loaded when that happens.
import { systemClock } from "../base/clock.js";
import { pause } from "../base/wait.js";
import { type ConnectOptions, defaultConnectTimeout, isBusy } from "./connect.js";
import type { Connection } from "./connection.js";
import { TransportError } from "./errors.js";

/** Milliseconds before the second attempt, and the most between two attempts. */
const firstPause = 2;
const longestPause = 50;

/**
 * Retries until the queue has room or the time is over. Ends slightly before the time is over, so that the caller's own
 * timeout does not hide the reason. `attempt` makes one connection with the options that it gets.
 * @throws TransportError TRANSPORT_TIMEOUT if the queue stays full, or any other error of an attempt.
 */
export async function connectBusy(
  name: string,
  options: ConnectOptions,
  attempt: (options: ConnectOptions) => Promise<Connection>,
): Promise<Connection> {
  const time = options.timeout ?? defaultConnectTimeout;
  const started = systemClock.now();
  for (let next = firstPause; ; next = Math.min(longestPause, next * 2)) {
    // Randomised, so that clients that were refused together do not retry together.
    const wait = next * (0.5 + systemClock.random());
    const left = time - (systemClock.now() - started) - wait;
    if (left <= 0) throw stillBusy(name, time);
    await pause(wait, options);
    try {
      return await attempt({ ...options, timeout: left });
    } catch (error) {
      if (!isBusy(error as Error)) throw error;
    }
  }
}

function stillBusy(name: string, time: number): TransportError {
  const why = "the server is there, but it is busy and its queue of connections is full (EAGAIN)";
  return new TransportError("TRANSPORT_TIMEOUT", `no connection to ${name} within ${Math.round(time)} ms: ${why}`);
}
