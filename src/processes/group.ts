// A group of running workers, as the program that has started them sees it.
import type { Socket } from "node:net";
import type { WorkerInfo } from "./events.js";

/** A group of running workers. `startProcesses` makes one. `await using` closes it. */
export interface Processes extends AsyncDisposable {
  /** The requested number of workers. */
  readonly size: number;
  /** The workers that have not ended. There can be more than `size`: some may be leaving. */
  readonly workers: readonly WorkerInfo[];
  /** Rejects when a crash loop has ended all workers; otherwise pending. */
  readonly broken: Promise<never>;
  /**
   * Changes the number of workers. Resolves when all new workers are ready, or when the surplus workers were asked to leave.
   * @throws ProcessesError PROCESSES_NOT_READY if a new worker does not start: all new ones are then ended, and the size is as before;
   * PROCESSES_CLOSED. TypeError if the size is not an integer of at least 1.
   */
  resize(size: number): Promise<void>;
  /**
   * Replaces all workers, one after another, and loads their code again. Each new worker is ready before the old one leaves, and the old one finishes
   * its work. If a new worker does not become ready, its predecessor and the workers that were not yet replaced continue to run.
   * @throws ProcessesError PROCESSES_NOT_READY, PROCESSES_CLOSED.
   */
  reload(): Promise<void>;
  /**
   * Sends a value to every worker that is ready: see `worker.onMessage`. It is cloned as by `structuredClone`.
   * @throws TypeError if it cannot be cloned.
   */
  sendToAll(message: unknown): void;
  /**
   * Hands a connection over to the worker with the fewest connections, with a message: see `worker.onConnection`. Nothing of it may have been
   * read: make it with `createServer({ pauseOnConnect: true })`. While no worker is ready it waits.
   * @returns false if it was closed instead: too many wait (`backlog`), or the processes are closed.
   * @throws ProcessesError PROCESSES_NOT_TAKEN if the workers are threads. TypeError if the message cannot be cloned; the connection then remains
   * the caller's.
   */
  handOver(socket: Socket, message?: unknown): boolean;
  /**
   * Asks all workers to leave, and resolves when all have ended. Workers that are still running after `drain` milliseconds (default: the option
   * `drain`) are killed.
   */
  close(options?: { readonly drain?: number }): Promise<void>;
}
