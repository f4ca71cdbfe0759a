// The faults that errors become: those of arguments, and those that a handler or an interceptor has chosen by the error that it threw.
import { RpcRefused, RpcRejected } from "../rpc/errors.js";
import { TooManyContexts, UnknownContext } from "./contexts.js";
import { DceFault, DceStatus } from "./errors.js";
import { NdrError } from "./ndr/errors.js";

export interface ChosenFault {
  readonly status: number;
  /** Whether the operation certainly did not run. */
  readonly didNotExecute: boolean;
}

const statuses: Readonly<Record<string, number>> = {
  RPC_PROG_UNAVAIL: DceStatus.unknownInterface,
  RPC_PROG_MISMATCH: DceStatus.unknownInterface,
  RPC_PROC_UNAVAIL: DceStatus.operationRange,
  RPC_GARBAGE_ARGS: DceStatus.badStubData,
};

/** The status for arguments that cannot be decoded. */
export function argumentFault(error: unknown): number {
  if (error instanceof UnknownContext) return DceStatus.contextMismatch;
  const isBound = error instanceof NdrError && error.code === "NDR_INVALID_BOUND";
  return isBound ? DceStatus.invalidBound : DceStatus.badStubData;
}

/**
 * The fault that a thrown error asks for; undefined if it does not ask for one. `refuse` and `deny`, with which functions of ONC RPC
 * choose their reply, mean the same here.
 * @param entered the function of the operation was called.
 */
export function chosenFault(error: unknown, entered: boolean): ChosenFault | undefined {
  if (error instanceof UnknownContext) return { status: DceStatus.contextMismatch, didNotExecute: !entered };
  if (error instanceof TooManyContexts) return { status: DceStatus.noMemory, didNotExecute: !entered };
  // An error with a place belongs to a call that the handler made itself: another server's fault is not our answer.
  if (!(error instanceof DceFault || error instanceof RpcRefused || error instanceof RpcRejected)) return undefined;
  if (error.place !== undefined) return undefined;
  const didNotExecute = !entered || !error.mayHaveRun;
  if (error instanceof DceFault) return { status: error.status, didNotExecute };
  if (error instanceof RpcRejected) return { status: DceStatus.accessDenied, didNotExecute };
  return { status: statuses[error.code] ?? DceStatus.unspecified, didNotExecute };
}
