// Closes a server when the process gets a signal to stop, so that its registrations do not outlive it.

/** An object that can be closed: a Server, a Rpcbind. */
export interface Closable {
  close(): Promise<void>;
}

const defaultSignals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM"];

/**
 * Closes `target` on the first of these signals (default SIGINT and SIGTERM), then lets the signal end the process as usual.
 * A second signal ends the process at once. Dispose of the returned object to stop watching for signals.
 * @example
 * await using server = new Server();
 * using watching = closeOnSignals(server);
 */
export function closeOnSignals(target: Closable, signals: readonly NodeJS.Signals[] = defaultSignals): Disposable {
  const stop = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    stop();
    const end = (): void => void process.kill(process.pid, signal);
    target.close().then(end, end);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return { [Symbol.dispose]: stop };
}
