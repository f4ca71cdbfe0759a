// Starting worker processes: the public face of the supervisor.
import { checkOptions } from "../base/check-options.js";
import type { Processes } from "./group.js";
import { checkSize, heartbeatOptions, type ProcessOptions, processOptions } from "./options.js";
import { Supervisor } from "./supervisor.js";

/**
 * Starts worker processes (or threads) that run `module`, and keeps them running: a worker that ends is started again after a backoff, one
 * that hangs is killed, and `reload` replaces all without a gap. The module's default export, if it is a function, is called with a
 * `Worker`; the worker is ready when it has returned. Resolves when all workers are ready.
 * `module` is a URL, or a path of a JavaScript file.
 * @throws ProcessesError PROCESSES_NOT_READY if a worker does not start; TypeError for a wrong option.
 * @example
 * const processes = await startProcesses("data:text/javascript,export default () => {}", { size: 2 });
 * console.log(processes.workers.map(({ state }) => state)); // [ 'ready', 'ready' ]
 * await processes.close();
 * console.log(processes.workers); // []
 */
export async function startProcesses(module: string | URL, options: ProcessOptions = {}): Promise<Processes> {
  checkProcessOptions(options);
  const supervisor = new Supervisor(module, options);
  await supervisor.start();
  return supervisor;
}

/** @throws TypeError */
export function checkProcessOptions(options: ProcessOptions): void {
  checkOptions(processOptions, options);
  if (options.size !== undefined) checkSize(options.size);
  if (options.heartbeat !== false) checkOptions(heartbeatOptions, options.heartbeat, "options.heartbeat");
}
