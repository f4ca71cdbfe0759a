// Judges a failed call: may another server be called instead, and should this one be avoided for a while?
import { RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";

export interface Verdict {
  /** Whether the next server may get the call. */
  readonly goOn: boolean;
  /** Whether the server, not the call, is what failed. */
  readonly blamed: boolean;
  /** Whether the same server would say the same again: to wait for it is of no use. */
  readonly lasting: boolean;
}

const final: Verdict = { goOn: false, blamed: false, lasting: true };

/** Refusals that say that the endpoint is stale, or its server not the expected one. */
const stale = new Set([
  "RPC_PROG_UNAVAIL",
  "RPC_PROG_MISMATCH",
  "RPC_MISMATCH",
  "RPC_NO_BINDER",
  "RPC_NOT_REGISTERED",
  "RPC_BAD_BINDER_ANSWER",
]);

/** Refusals of this call alone that another server may not share. */
const elsewhere = new Set(["RPC_PROC_UNAVAIL", "RPC_TOO_MANY_CALLS"]);

/**
 * A call is retried if it did not run or may run twice, and if another server may answer better: it was not answered, or
 * refused for what this server has. Any other answer is final.
 */
export function verdictOn(error: unknown, mayRepeat: boolean): Verdict {
  if (!(error instanceof RpcError)) return final;
  const goOn = !error.mayHaveRun || mayRepeat;
  if (stale.has(error.code)) return { goOn, blamed: true, lasting: false };
  if (elsewhere.has(error.code)) {
    return { goOn, blamed: false, lasting: error.code === "RPC_PROC_UNAVAIL" };
  }
  if (error instanceof RpcDisconnected || error instanceof RpcTimeout) {
    return { goOn, blamed: true, lasting: false };
  }
  return final;
}
