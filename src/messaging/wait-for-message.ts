// The wait of a receiver with a limit or a signal.
import { waitFor } from "../base/wait.js";
import { nothingReceived, receiveCancelled } from "./errors.js";
import type { MessageQueue, Received } from "./message-queue.js";

/** The receiver leaves the queue in the same turn, so that no message is given to one that has stopped waiting. */
export function waitForMessage<T>(
  queue: MessageQueue<T>,
  from: string | undefined,
  name: string,
  { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal | undefined },
): Promise<Received<T>> {
  let stop = (): void => {};
  const arriving = new Promise<Received<T>>((resolve, reject) => {
    stop = queue.wait(from, resolve, reject);
  });
  const stopped = <E extends Error>(error: E): E => {
    stop();
    return error;
  };
  return waitFor(arriving, {
    timeout,
    signal,
    onTimeout: () => stopped(nothingReceived(name, timeout)),
    onAbort: (reason) => stopped(receiveCancelled(reason)),
  });
}
