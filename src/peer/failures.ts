// Converts failures to the errors that callers receive. Each error states whether the call certainly did not run.
import { AuthStat } from "../rpc/auth.js";
import type { ChannelCall } from "../rpc/call.js";
import {
  RpcCancelled,
  RpcCodecError,
  RpcDisconnected,
  RpcError,
  type RpcErrorOptions,
  RpcRefused,
  RpcRejected,
  RpcTimeout,
} from "../rpc/errors.js";
import { AcceptStat, RejectStat, type ReplyMessage } from "../rpc/header.js";
import { authStatName } from "../rpc/names.js";
import type { Address } from "../transport/address.js";
import type { Budget } from "../transport/budget.js";
import { TransportError } from "../transport/errors.js";
import type { XdrReader } from "../xdr/reader.js";
import type { BadResult, CodecError } from "./codec-errors.js";
import type { PendingCalls, Waiting } from "./pending-calls.js";
import { placeOf } from "./place.js";

/** The properties of a call that appear in its error. */
export interface FailedCall {
  readonly request: ChannelCall;
  readonly remote: Address;
  readonly xid: number;
  /** How often the call was sent. */
  readonly transmissions: number;
  /**
   * False over an unreliable connection. There may be several copies of the call, because it was sent again or the
   * network delivered it twice: a reply to one copy says nothing about the others, one of which may have run.
   */
  readonly reliable: boolean;
}

function facts(call: FailedCall, mayHaveRun: boolean, cause?: unknown): RpcErrorOptions {
  const place = placeOf(call.request, call.remote, call.xid);
  return cause === undefined ? { place, mayHaveRun } : { place, mayHaveRun, cause };
}

export function timedOut(call: FailedCall, timeout: number): RpcTimeout {
  const times = call.transmissions === 1 ? "" : `, sent ${call.transmissions} times`;
  return new RpcTimeout(`no reply within ${timeout} ms (options.timeout)${times}`, facts(call, call.transmissions > 0));
}

export function cancelled(call: FailedCall, reason: unknown): RpcCancelled {
  return new RpcCancelled("cancelled by the caller's signal", facts(call, call.transmissions > 0, reason));
}

/**
 * `notRun`: the call was sent and certainly did not run. Either the system reports that the datagram did not arrive, and it can only be
 * this call's; or the server announced that it closes the connection.
 */
export function disconnected(call: FailedCall, cause: unknown, notRun = false): RpcDisconnected {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new RpcDisconnected(
    `the connection ended before the reply came${why}`,
    facts(call, call.transmissions > 0 && !notRun, cause),
  );
}

/** A call on a connection that is closed or closing. */
export function notConnected(request: ChannelCall, remote: Address, cause?: unknown): RpcDisconnected {
  const options = { place: placeOf(request, remote), mayHaveRun: false, ...(cause === undefined ? {} : { cause }) };
  return new RpcDisconnected("the connection is closed; make a new one", options);
}

/** Each connection of a client has its part of the total. */
export function tooMany(call: FailedCall, { count, most, total }: PendingCalls<FailedCall & Waiting>): RpcError {
  const message =
    count >= most
      ? `${most} calls wait on this connection already (limits.callsInFlight)`
      : `${count} calls wait on this connection, and ${total.calls} of ${total.mostCalls} are used (limits.totalCallsInFlight)`;
  return new RpcError("RPC_TOO_MANY_CALLS", message, facts(call, false));
}

/** Too many bytes of calls wait already. Each connection of a client has its part of the total. */
export function noRoom(call: FailedCall, { bytes, total }: Budget): RpcError {
  return new RpcError(
    "RPC_TOO_MANY_CALLS",
    `${bytes} bytes of calls wait on this connection, and ${total.bytes} of ${total.mostBytes} are used (limits.totalBytes)`,
    facts(call, false),
  );
}

/**
 * Converts an error that `connection.send` or an encoder threw. For arguments that cannot be encoded, the error with
 * its path follows later.
 */
export function notSent(call: FailedCall, error: unknown): RpcError | Promise<RpcError> {
  const sentBefore = call.transmissions > 0;
  if (error instanceof RpcError) {
    // The credential's own failure to renew itself after a refusal.
    (error as { mayHaveRun: boolean }).mayHaveRun ||= sentBefore && !call.reliable;
    return error;
  }
  if (!(error instanceof TransportError)) {
    return explained(error, ({ argumentError }) => argumentError(call.request, error)).then(({ cause, text }) => {
      const message = `the arguments cannot be encoded: ${text}`;
      return new RpcCodecError("RPC_CANT_ENCODE_ARGS", message, facts(call, sentBefore, cause));
    });
  }
  if (error.code === "TRANSPORT_MESSAGE_TOO_LONG") {
    const message = `the arguments do not fit this transport: ${error.message}`;
    return new RpcCodecError("RPC_CANT_ENCODE_ARGS", message, facts(call, sentBefore, error));
  }
  return new RpcDisconnected(`the call could not be sent: ${error.message}`, facts(call, sentBefore, error));
}

/** For a result that cannot be decoded. Its bytes must not change any more. */
export async function undecodable(call: FailedCall, result: BadResult, error: unknown): Promise<RpcCodecError> {
  const { cause, text } = await explained(error, ({ resultError }) => resultError(call.request, result, error));
  return badReply(call, text, cause);
}

type Explaining = typeof import("./codec-errors.js");

/**
 * The error with its path; without it if the module cannot be loaded, for example because no file descriptor is left.
 */
function explained(error: unknown, explain: (module: Explaining) => CodecError): Promise<CodecError> {
  return import("./codec-errors.js").then(explain, () => ({
    cause: error,
    text: (error as Error | undefined)?.message ?? String(error),
  }));
}

/** For a malformed reply, or results that cannot be decoded. The call ran. */
export function badReply(call: FailedCall, rule: string, cause?: unknown): RpcCodecError {
  return new RpcCodecError("RPC_CANT_DECODE_RESULT", `the reply cannot be decoded: ${rule}`, facts(call, true, cause));
}

/** MSG_DENIED (RFC 5531 section 9): the call did not run, unless an earlier copy did. */
export function rejected(call: FailedCall, reply: ReplyMessage): RpcRejected {
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
      return "the server requires a stronger credential (options.auth)";
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
