// Reloads workers when the process gets a signal.

/** Workers that can be reloaded: those of `startProcesses` or `serve`. */
export interface Reloadable {
  /** Replaces all workers. */
  reload(): Promise<void>;
}

/**
 * Calls `target.reload()` on each SIGHUP. A reload that fails leaves the old workers in place; its error goes to `onError`, or else is
 * emitted as a warning. Dispose of the returned object to stop watching for the signal. `closeOnSignals` closes on SIGTERM.
 * @example
 * await using processes = await startProcesses("data:text/javascript,export default () => {}", { size: 1 });
 * using reloading = reloadOnSignal(processes);
 */
export function reloadOnSignal(target: Reloadable, onError?: (error: Error) => void): Disposable {
  const failed = (error: Error): void => {
    if (onError === undefined) process.emitWarning(`the workers could not be reloaded: ${error.message}`);
    else onError(error);
  };
  const reload = (): void => void target.reload().catch(failed);
  process.on("SIGHUP", reload);
  return { [Symbol.dispose]: () => void process.off("SIGHUP", reload) };
}
