// Errors that a handler or an interceptor throws to choose the refusal that its caller gets. The server reads them in
// chosen-reply.ts.

import { checkOptions } from "../base/check-options.js";
import { id } from "../base/option-kinds.js";
import { AuthStat } from "../rpc/auth.js";
import { type RefusalCode, RpcRefused, RpcRejected } from "../rpc/errors.js";
import { authStatName } from "../rpc/names.js";

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
  checkOptions({ mayHaveRun: "flag", low: id, high: id }, options);
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
  checkOptions({ mayHaveRun: "flag" }, options);
  const message = `denied by the server: ${authStatName(why)}`;
  return new RpcRejected("RPC_AUTH_ERROR", message, { authStat: why, mayHaveRun: true, ...options });
}
