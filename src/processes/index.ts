// "lupine/processes": worker processes, and servers on several of them.
export { ProcessesError, type ProcessesErrorCode } from "./errors.js";
export type {
  CrashLoop,
  OfWorker,
  ProcessEvent,
  ReplaceReason,
  WorkerEnded,
  WorkerFailed,
  WorkerInfo,
  WorkerKilled,
  WorkerReady,
  WorkerReplaced,
  WorkerStarted,
} from "./events.js";
export type { Processes } from "./group.js";
export {
  defaultBacklog,
  defaultCrashes,
  defaultHealthy,
  defaultHeartbeat,
  defaultJitter,
  defaultLeave,
  defaultReadyTimeout,
  defaultRestartBackoff,
  type Heartbeat,
  type ProcessOptions,
  type Recycling,
} from "./options.js";
export { startProcesses } from "./processes.js";
export type { Worker } from "./worker.js";
