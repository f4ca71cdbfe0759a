// The errors of calls for which there is no connection. None of them has run.
import { type CallPlace, RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import { TransportError } from "../transport/errors.js";

/** A connection that ended before it was of use counts as a failure to connect. */
export function unanswered(target: string): TransportError {
  return new TransportError(
    "TRANSPORT_RESET",
    `the last connection to ${target} ended before any call on it was answered`,
  );
}

/** Pass RPC errors on unchanged; any other error means that the connection could not be made. */
export function explain(error: unknown, place: CallPlace | undefined): RpcError {
  if (error instanceof RpcError) return error;
  const why = error instanceof TransportError ? error.message : `cannot connect: ${(error as Error)?.message ?? error}`;
  return new RpcDisconnected(why, { ...notRun(place), cause: error });
}

/** `failure` is the error of the last attempt, if calls wait for the server. */
export function tooLate(timeout: number, place: CallPlace | undefined, failure: unknown): RpcTimeout {
  const why = failure instanceof Error ? `: ${failure.message}` : "";
  return new RpcTimeout(`no connection within ${Math.ceil(timeout)} ms${why}`, { ...notRun(place), cause: failure });
}

/** The properties of every error of a call that was not sent. */
export function notRun(place: CallPlace | undefined): { mayHaveRun: false; place: CallPlace | undefined } {
  return { mayHaveRun: false, place };
}
