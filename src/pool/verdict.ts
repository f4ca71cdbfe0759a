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

/**
 * The meaning of a refusal. "stale": the endpoint is outdated, or its server is not the expected one. "elsewhere": the server refused this
 * call only, and another server may not.
 */
export type RefusalMeaning = "stale" | "elsewhere";

/** Reads the refusals of a protocol other than ONC RPC. Undefined for any other error. */
export type MeaningOf = (error: RpcError) => RefusalMeaning | undefined;

const final: Verdict = { goOn: false, blamed: false, lasting: true };

const stale = new Set([
  "RPC_PROG_UNAVAIL",
  "RPC_PROG_MISMATCH",
  "RPC_MISMATCH",
  "RPC_NO_BINDER",
  "RPC_NOT_REGISTERED",
  "RPC_BAD_BINDER_ANSWER",
]);

const elsewhere = new Set(["RPC_PROC_UNAVAIL", "RPC_TOO_MANY_CALLS"]);

/**
 * A call is retried if it did not run or may run twice, and if another server may succeed: the call was not answered,
 * or was refused for a reason of this server. Any other answer is final.
 */
export function verdictOn(error: unknown, mayRepeat: boolean, meaningOf?: MeaningOf): Verdict {
  if (!(error instanceof RpcError)) return final;
  const goOn = !error.mayHaveRun || mayRepeat;
  const meaning = meaningOf?.(error);
  if (stale.has(error.code) || meaning === "stale") return { goOn, blamed: true, lasting: false };
  if (elsewhere.has(error.code) || meaning === "elsewhere") {
    return { goOn, blamed: false, lasting: error.code === "RPC_PROC_UNAVAIL" };
  }
  if (error instanceof RpcDisconnected || error instanceof RpcTimeout) {
    return { goOn, blamed: true, lasting: false };
  }
  return final;
}
