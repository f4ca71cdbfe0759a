// Connects to a Unix socket whose queue of connections is full. With TCP the system waits; with a Unix socket Linux
// reports EAGAIN at once, although the server is running.
import { backoffDelay } from "../base/backoff.js";
import { systemClock } from "../base/clock.js";
import { pause } from "../base/wait.js";
import type { ConnectOptions } from "./connect.js";
import { isBusy } from "./connect-failures.js";
import { defaultConnectTimeout } from "./connect-time.js";
import type { Connection } from "./connection.js";
import { TransportError } from "./errors.js";

/** Clients that are refused together do not come back together. */
const backoff = { first: 2, factor: 2, most: 50, jitter: 0.5 };

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
  for (let failures = 1; ; failures++) {
    const wait = backoffDelay(backoff, failures, systemClock.random());
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
  const why = "the server is running, but it is busy and its queue of connections is full (EAGAIN)";
  return new TransportError("TRANSPORT_TIMEOUT", `no connection to ${name} within ${Math.round(time)} ms: ${why}`);
}
