// Converts failures to the errors that callers receive. Each error states whether the call certainly did not run.
import type { ChannelCall } from "../rpc/call.js";
import {
  type CallPlace,
  RpcCancelled,
  RpcCodecError,
  RpcDisconnected,
  RpcError,
  type RpcErrorOptions,
  RpcTimeout,
} from "../rpc/errors.js";
import { type Address, formatAddress } from "../transport/address-forms.js";
import type { Budget } from "../transport/budget.js";
import type { PendingCalls, Waiting } from "./pending-calls.js";

/** The properties of a call that appear in its error. */
export interface FailedCall {
  readonly request: ChannelCall;
  readonly remote: Address;
  readonly xid: number;
  /** How often the call was sent. */
  readonly transmissions: number;
  /**
   * False over an unreliable connection. There may be several copies of the call, because it was sent again or the
   * network delivered it twice: a reply to one copy says nothing about the others, one of which may have run. Also false
   * if a refusal may be forged.
   */
  readonly reliable: boolean;
}

/** The description of a call in errors and hooks. */
export function placeOf(call: Pick<ChannelCall, "program" | "procedure">, peer: Address, xid?: number): CallPlace {
  return {
    program: call.program.name,
    version: call.program.version,
    procedure: call.procedure.name,
    peer: formatAddress(peer),
    ...(xid === undefined ? {} : { xid: xid >>> 0 }),
  };
}

/** The fields of every error of a call. */
export function facts(
  { request, remote, xid }: Pick<FailedCall, "request" | "remote"> & { readonly xid?: number },
  mayHaveRun: boolean,
  cause?: unknown,
): RpcErrorOptions {
  const place = placeOf(request, remote, xid);
  return cause === undefined ? { place, mayHaveRun } : { place, mayHaveRun, cause };
}

/** `waitsFor`: see `ClientAuth`. */
export function timedOut(call: FailedCall, timeout: number, waitsFor = ""): RpcTimeout {
  const times = call.transmissions === 1 ? "" : `, sent ${call.transmissions} times${waitsFor}`;
  return new RpcTimeout(
    `no reply within ${Math.ceil(timeout)} ms (options.timeout)${times}`,
    facts(call, call.transmissions > 0),
  );
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
  return new RpcDisconnected("the connection is closed; make a new one", facts({ request, remote }, false, cause));
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

/** For a malformed reply, or results that cannot be decoded. The call ran. */
export function badReply(call: FailedCall, rule: string, cause?: unknown): RpcCodecError {
  return new RpcCodecError("RPC_CANT_DECODE_RESULT", `the reply cannot be decoded: ${rule}`, facts(call, true, cause));
}
