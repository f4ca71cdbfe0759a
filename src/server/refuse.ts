// Errors that a handler or an interceptor throws to choose the refusal that its caller gets.
import { BrandedError } from "../base/brand.js";
import { AuthStat } from "../rpc/auth.js";
import { type RefusalCode, RpcRefused, RpcRejected } from "../rpc/errors.js";
import { authStatName } from "../rpc/names.js";
import type { Denial, Refusal } from "../rpc/refusal.js";

/** Options of `refuse` and `deny`. */
export interface RefuseOptions {
  /**
   * False: nothing was done for this call, so the caller may safely repeat it, here or on another server. Default true.
   *
   * Callers take every refusal except SYSTEM_ERR as proof that the call did not run. A refusal thrown by a procedure is
   * therefore sent unchanged only with `mayHaveRun: false`, and as SYSTEM_ERR otherwise. An interceptor that throws before
   * it called `next` does not need this option: nothing has run.
   */
  readonly mayHaveRun?: boolean;
}

/**
 * Makes the error that a procedure or an interceptor throws to refuse a call: it is accepted but has no result (RFC 5531
 * section 9). The caller gets RpcRefused. Other calls are not affected. `low` and `high` belong to RPC_PROG_MISMATCH.
 * @example
 * await using server = new Server();
 * server.implement(ADD_VERS, {
 *   add({ a, b }) {
 *     if (b === 0) throw refuse("RPC_GARBAGE_ARGS", { mayHaveRun: false });
 *     return a + b;
 *   },
 * });
 */
export function refuse(
  code: RefusalCode,
  options: RefuseOptions & { readonly low?: number; readonly high?: number } = {},
): RpcRefused {
  return new RpcRefused(code, "refused by the server", { mayHaveRun: true, ...options });
}

/**
 * Makes the error that a procedure or an interceptor throws to deny a call because of its caller: AUTH_ERROR (RFC 5531
 * section 9). The caller gets RpcRejected. Other calls are not affected.
 * @example
 * await using server = new Server();
 * server.implement(ADD_VERS, {
 *   add({ a, b }, { identity }) {
 *     if (identity.sys?.uid !== 0) throw deny(AuthStat.TOOWEAK, { mayHaveRun: false });
 *     return a + b;
 *   },
 * });
 */
export function deny(why: AuthStat = AuthStat.FAILED, options: RefuseOptions = {}): RpcRejected {
  const message = `denied by the server: ${authStatName(why)}`;
  return new RpcRejected("RPC_AUTH_ERROR", message, { authStat: why, mayHaveRun: true, ...options });
}

/** What `silence` throws. */
class Silence extends BrandedError {
  static override readonly kind: string = "Silence";
}

/**
 * Makes the error that a procedure or an interceptor throws to send no reply at all. The caller's call ends with RpcTimeout.
 * Used for CALLIT (RFC 1833 section 2.2.1) and against floods.
 * @example
 * const server = new Server({
 *   interceptors: [
 *     (call, next) => {
 *       if (call.identity?.sys === undefined) throw silence();
 *       return next(call);
 *     },
 *   ],
 * });
 */
export function silence(): Error {
  return new Silence("the server does not answer this call");
}

/** Whether an error was thrown so that the call gets no reply. */
export function isSilence(error: unknown): boolean {
  return error instanceof Silence;
}

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
