// What a handler or an interceptor throws to choose the refusal that its caller gets.
import { AuthStat } from "../rpc/auth.js";
import { type RefusalCode, RpcRefused, RpcRejected } from "../rpc/errors.js";
import { authStatName } from "../rpc/names.js";
import type { Denial, Refusal } from "../rpc/refusal.js";

/**
 * `throw refuse("RPC_GARBAGE_ARGS")`: the call is accepted but not answered. `low` and `high` go with RPC_PROG_MISMATCH.
 */
export function refuse(
  code: RefusalCode,
  versions: { readonly low?: number; readonly high?: number } = {},
): RpcRefused {
  return new RpcRefused(code, "refused by the server", { ...versions, mayHaveRun: code === "RPC_SYSTEM_ERR" });
}

/** `throw deny(AuthStat.TOOWEAK)`: the call is denied for who makes it. */
export function deny(why: AuthStat = AuthStat.FAILED): RpcRejected {
  const message = `denied by the server: ${authStatName(why)}`;
  return new RpcRejected("RPC_AUTH_ERROR", message, { authStat: why, mayHaveRun: false });
}

/** What `silence` throws. */
class Silence extends Error {
  override readonly name = "Silence";
}

/** `throw silence()`: the call gets no reply at all, as the CALLIT of a binder (RFC 1833 section 2.2.1) or a flood. */
export function silence(): Error {
  return new Silence("the server does not answer this call");
}

/** Whether an error was thrown for the call to get no reply. */
export function isSilence(error: unknown): boolean {
  return error instanceof Silence;
}

/** What a thrown error says the caller shall get; undefined when it was not thrown to say so. */
export function chosenReply(error: unknown): Refusal | Denial | undefined {
  // An error with a place is of a call that the handler made itself: what another server said is not our answer.
  if (error instanceof RpcRefused && error.place === undefined) return chosenRefusal(error);
  if (error instanceof RpcRejected && error.place === undefined && error.authStat !== undefined) {
    return { kind: "auth-error", why: error.authStat };
  }
  return undefined;
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
