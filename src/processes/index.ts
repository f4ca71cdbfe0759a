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
export { type Reloadable, reloadOnSignal } from "./reload-on-signal.js";
export { type Served, serve } from "./serve.js";
export type { ServeOptions } from "./serve-options.js";
export type { ServerModule } from "./served-worker.js";
export type { Worker } from "./worker.js";
