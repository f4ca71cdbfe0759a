// The reports of a supervisor about its workers.
import type { ProcessesError } from "./errors.js";

/** One worker. A copy: it does not change. */
export interface WorkerInfo {
  /** Its position, 1 to `size`. A worker that replaces another one has the same position. */
  readonly place: number;
  /** Its process id; for a thread, the thread id within this process. */
  readonly pid: number;
  /** "starting" until it is ready; "leaving" when it finishes its work before it ends. */
  readonly state: "starting" | "ready" | "leaving" | "ended";
  /** Calls that it has counted (`worker.count`). */
  readonly calls: number;
  /** Connections that were handed over to it and have not ended. */
  readonly connections: number;
  /** Bytes of memory, as in its last answer to a heartbeat: resident memory of a process, heap of a thread. 0 before the first answer. */
  readonly memory: number;
}

/** Why a worker is replaced. */
export type ReplaceReason = "reload" | "calls" | "memory" | "age" | "signal";

/** The worker that an event is about. */
export interface OfWorker {
  /** The worker, as it was at that moment. */
  readonly worker: WorkerInfo;
}

/** A worker was started. It is not ready yet. */
export interface WorkerStarted extends OfWorker {
  /** Distinguishes the events. */
  readonly kind: "started";
}

/** A worker is ready, and accepts work from now on. */
export interface WorkerReady extends OfWorker {
  /** Distinguishes the events. */
  readonly kind: "ready";
}

/** A worker did not become ready. It is started again after a backoff, unless it was started to replace another worker. */
export interface WorkerFailed extends OfWorker {
  /** Distinguishes the events. */
  readonly kind: "failed";
  /** The reason: PROCESSES_NOT_READY. */
  readonly error: ProcessesError;
}

/** Another worker has replaced this one, which now finishes its work. */
export interface WorkerReplaced extends OfWorker {
  /** Distinguishes the events. */
  readonly kind: "replaced";
  /** Why it was replaced. */
  readonly reason: ReplaceReason;
}

/** A worker was killed: "silent", it did not answer heartbeats; "slow", it did not leave in time. */
export interface WorkerKilled extends OfWorker {
  /** Distinguishes the events. */
  readonly kind: "killed";
  /** Why it was killed. */
  readonly reason: "silent" | "slow";
}

/** A worker has ended. */
export interface WorkerEnded extends OfWorker {
  /** Distinguishes the events. */
  readonly kind: "ended";
  /** True if it was asked to leave. */
  readonly expected: boolean;
  /** Its exit code; null if a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it; null if it exited without a signal. */
  readonly signal: string | null;
}

/** Workers end again and again: all are ended. */
export interface CrashLoop extends OfWorker {
  /** Distinguishes the events. */
  readonly kind: "crash-loop";
  /** PROCESSES_CRASH_LOOP, with the last failure. */
  readonly error: ProcessesError;
}

/** An event of a worker: started, ready, replaced, failed, killed or ended. */
export type ProcessEvent =
  | WorkerStarted
  | WorkerReady
  | WorkerFailed
  | WorkerReplaced
  | WorkerKilled
  | WorkerEnded
  | CrashLoop;
