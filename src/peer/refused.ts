// The errors of calls that the server refused, from its reply. Loaded with the first one.
import { AuthStat } from "../rpc/auth.js";
import { type RpcError, RpcRefused, RpcRejected } from "../rpc/errors.js";
import { AcceptStat, RejectStat, type ReplyMessage } from "../rpc/header.js";
import { authStatName } from "../rpc/names.js";
import type { XdrReader } from "../xdr/reader.js";
import { badReply, type FailedCall, facts } from "./failures.js";

/** The parts of a reply that say why a call was denied. */
export type Denial = Pick<ReplyMessage, "rejectStat" | "authStat" | "low" | "high">;

/** MSG_DENIED (RFC 5531 section 9): the call did not run, unless an earlier copy did. */
export function rejected(call: FailedCall, reply: Denial): RpcRejected {
  if (reply.rejectStat === RejectStat.RPC_MISMATCH) {
    const { low, high } = reply;
    const message = `RPC_MISMATCH: the server speaks RPC versions ${low} to ${high}, not 2`;
    return new RpcRejected("RPC_MISMATCH", message, { ...facts(call, !call.reliable), low, high });
  }
  const authStat = reply.authStat as AuthStat;
  const message = `AUTH_ERROR: ${authStatName(authStat)}: ${authAdvice(authStat)}`;
  return new RpcRejected("RPC_AUTH_ERROR", message, { ...facts(call, !call.reliable), authStat });
}

function authAdvice(authStat: number): string {
  switch (authStat) {
    case AuthStat.TOOWEAK:
      return "the server requires a stronger credential (options.auth), TLS, or a certificate (options.tls)";
    case AuthStat.REJECTEDCRED:
    case AuthStat.BADCRED:
      return "the server does not take this credential or its flavor (options.auth)";
    default:
      return "the server does not take this credential or verifier (options.auth)";
  }
}

/**
 * MSG_ACCEPTED without SUCCESS; `from` is after accept_stat. All statuses except SYSTEM_ERR are sent before a procedure
 * is called, so the call did not run, unless an earlier copy did.
 */
export function refused(call: FailedCall, acceptStat: number, from: XdrReader): RpcError {
  const { program, procedure } = call.request;
  switch (acceptStat) {
    case AcceptStat.PROG_UNAVAIL: {
      const message = `PROG_UNAVAIL: the server does not have program 0x${program.number.toString(16)}`;
      return new RpcRefused("RPC_PROG_UNAVAIL", message, facts(call, !call.reliable));
    }
    case AcceptStat.PROG_MISMATCH:
      return programMismatch(call, from);
    case AcceptStat.PROC_UNAVAIL: {
      const message = `PROC_UNAVAIL: the server does not have procedure ${procedure.number}`;
      return new RpcRefused("RPC_PROC_UNAVAIL", message, facts(call, !call.reliable));
    }
    case AcceptStat.GARBAGE_ARGS: {
      const message =
        "GARBAGE_ARGS: the server cannot decode the arguments; do both sides have the same interface file?";
      return new RpcRefused("RPC_GARBAGE_ARGS", message, facts(call, !call.reliable));
    }
    case AcceptStat.SYSTEM_ERR:
      return new RpcRefused(
        "RPC_SYSTEM_ERR",
        "SYSTEM_ERR: the server failed while it ran the procedure",
        facts(call, true),
      );
    default:
      return badReply(call, `accept status ${acceptStat} is not in RFC 5531`);
  }
}

function programMismatch(call: FailedCall, from: XdrReader): RpcError {
  if (from.left < 8) return badReply(call, "PROG_MISMATCH without its lowest and highest version");
  const low = from.readWord();
  const high = from.readWord();
  const message = `PROG_MISMATCH: the server has versions ${low} to ${high}`;
  return new RpcRefused("RPC_PROG_MISMATCH", message, { ...facts(call, !call.reliable), low, high });
}
