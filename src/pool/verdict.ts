// Judges a failed call: may another server be called instead, and should this one be avoided for a while?
import { RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";

export interface Verdict {
  /** Whether the next server may get the call. */
  readonly goOn: boolean;
  /** Whether the failure is the server's, not the call's. */
  readonly blamed: boolean;
  /** Whether the same server would answer the same again, so that waiting for it is useless. */
  readonly lasting: boolean;
}

const final: Verdict = { goOn: false, blamed: false, lasting: true };

/** Refusals that mean that the endpoint is outdated, or that its server is not the expected one. */
const stale = new Set([
  "RPC_PROG_UNAVAIL",
  "RPC_PROG_MISMATCH",
  "RPC_MISMATCH",
  "RPC_NO_BINDER",
  "RPC_NOT_REGISTERED",
  "RPC_BAD_BINDER_ANSWER",
  "DCE_REJECTED",
]);

/** Refusals of this call only, which another server may not share. */
const elsewhere = new Set(["RPC_PROC_UNAVAIL", "RPC_TOO_MANY_CALLS"]);

/** The status of a DceFault whose server has too many calls. */
const serverTooBusy = 0x1c01_0014;

/**
 * A call is retried if it did not run or may run twice, and if another server may succeed: the call was not answered,
 * or was refused for a reason of this server. Any other answer is final.
 */
export function verdictOn(error: unknown, mayRepeat: boolean): Verdict {
  if (!(error instanceof RpcError)) return final;
  const goOn = !error.mayHaveRun || mayRepeat;
  if (stale.has(error.code)) return { goOn, blamed: true, lasting: false };
  if (elsewhere.has(error.code) || (error as { readonly status?: unknown }).status === serverTooBusy) {
    return { goOn, blamed: false, lasting: error.code === "RPC_PROC_UNAVAIL" };
  }
  if (error instanceof RpcDisconnected || error instanceof RpcTimeout) {
    return { goOn, blamed: true, lasting: false };
  }
  return final;
}
