// What a handler or an interceptor throws to choose the refusal that its caller gets.
import { AuthStat } from "../rpc/auth.js";
import { type RefusalCode, RpcRefused, RpcRejected } from "../rpc/errors.js";
import { authStatName } from "../rpc/names.js";
import type { Denial, Refusal } from "../rpc/refusal.js";

/** What the one who refuses a call knows of it. */
export interface RefuseOptions {
  /**
   * False: nothing was done for the call, so that its caller may safely make it again, or elsewhere. Default true.
   *
   * Callers take every refusal but SYSTEM_ERR for proof that the call did not run. So a refusal that a procedure throws
   * goes out as it is only with `mayHaveRun: false`, and as SYSTEM_ERR otherwise. Of an interceptor that throws before
   * the procedure was called it is known that nothing ran, and nothing need be said.
   */
  readonly mayHaveRun?: boolean;
}

/**
 * What a procedure or an interceptor throws to refuse its call, which is accepted but has no result (RFC 5531 section 9).
 * `low` and `high` go with RPC_PROG_MISMATCH.
 *
 *     if (!exists(id)) throw refuse("RPC_GARBAGE_ARGS", { mayHaveRun: false });
 */
export function refuse(
  code: RefusalCode,
  options: RefuseOptions & { readonly low?: number; readonly high?: number } = {},
): RpcRefused {
  return new RpcRefused(code, "refused by the server", { mayHaveRun: true, ...options });
}

/**
 * What a procedure or an interceptor throws to deny its call for who makes it: AUTH_ERROR (RFC 5531 section 9).
 *
 *     if (call.identity.sys?.uid !== 0) throw deny(AuthStat.TOOWEAK, { mayHaveRun: false });
 */
export function deny(why: AuthStat = AuthStat.FAILED, options: RefuseOptions = {}): RpcRejected {
  const message = `denied by the server: ${authStatName(why)}`;
  return new RpcRejected("RPC_AUTH_ERROR", message, { authStat: why, mayHaveRun: true, ...options });
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

/**
 * The reply that a thrown error asks for; undefined if it does not ask for one.
 * @param entered the procedure was called: only a refusal that says it did not run may look as if it did not.
 */
export function chosenReply(error: unknown, entered: boolean): Refusal | Denial | undefined {
  // An error with a place is of a call that the handler made itself: what another server said is not our answer.
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
