// The reply that a handler or an interceptor has chosen by the error that it threw.
import type { AuthStat } from "../rpc/auth.js";
import { type RefusalCode, RpcRefused, RpcRejected } from "../rpc/errors.js";
import type { Denial, Refusal } from "../rpc/refusal.js";

/**
 * The reply that a thrown error asks for; undefined if it does not ask for one.
 * @param entered the procedure was called: only a refusal that says it did not run may look as if it did not.
 */
export function chosenReply(error: unknown, entered: boolean): Refusal | Denial | undefined {
  // An error with a place belongs to a call that the handler made itself: another server's refusal is not our answer.
  if (!(error instanceof RpcRefused || error instanceof RpcRejected) || error.place !== undefined) return undefined;
  if (error instanceof RpcRejected && error.authStat === undefined) return undefined;
  if (entered && error.mayHaveRun) return { kind: "system-error" };
  return error instanceof RpcRefused ? chosenRefusal(error) : { kind: "auth-error", why: error.authStat as AuthStat };
}

function chosenRefusal(error: RpcRefused): Refusal {
  switch (error.code as RefusalCode) {
    case "RPC_PROG_UNAVAIL":
      return { kind: "program-unavailable" };
    case "RPC_PROG_MISMATCH":
      return { kind: "program-mismatch", low: error.low ?? 0, high: error.high ?? 0 };
    case "RPC_PROC_UNAVAIL":
      return { kind: "procedure-unavailable" };
    case "RPC_GARBAGE_ARGS":
      return { kind: "garbage-arguments" };
    default:
      return { kind: "system-error" };
  }
}
