// The refusals of a binder. server/refuse.ts makes the same, but `lupine` exports it: a bundler would move it to the start of
// every client.
import { AuthStat } from "../../rpc/auth.js";
import { type RefusalCode, RpcRefused, RpcRejected } from "../../rpc/errors.js";

/** The call is accepted but has no result. `mayHaveRun`: see RefuseOptions. */
export function refuse(
  code: RefusalCode,
  options: { readonly mayHaveRun: boolean; readonly low?: number; readonly high?: number },
): RpcRefused {
  return new RpcRefused(code, "refused by rpcbind", options);
}

/** The call is denied because of its caller. */
export function deny(authStat: AuthStat = AuthStat.FAILED, mayHaveRun = false): RpcRejected {
  return new RpcRejected("RPC_AUTH_ERROR", "denied by rpcbind", { authStat, mayHaveRun });
}
