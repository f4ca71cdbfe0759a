// Why processes could not be started or kept running.
import { RpcError } from "../rpc/errors.js";

/** The code of a ProcessesError. docs/reference/errors.md explains each. */
export type ProcessesErrorCode =
  /** A worker did not become ready: its module failed or ended, or took longer than `readyTimeout`. */
  | "PROCESSES_NOT_READY"
  /** Workers ended again and again soon after their start. All were ended. */
  | "PROCESSES_CRASH_LOOP"
  /** The processes were closed. */
  | "PROCESSES_CLOSED"
  /** No worker took the connection: none is ready, or the workers are threads, which cannot be given sockets. */
  | "PROCESSES_NOT_TAKEN";

/**
 * Workers could not be started or kept running, or no worker accepted the work. `mayHaveRun` is false.
 * @example
 * await startProcesses("/no/such/module.js").catch((error) => console.log(error.code)); // PROCESSES_NOT_READY
 */
export class ProcessesError extends RpcError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "ProcessesError";
  /** Stable: compare it with `===`. Each code is explained in docs/reference/errors.md. */
  declare readonly code: ProcessesErrorCode;

  /** Makes an error with this code and message. `mayHaveRun` is false. */
  constructor(code: ProcessesErrorCode, message: string, options: ErrorOptions = {}) {
    super(code, message, { ...options, mayHaveRun: false });
  }
}
