// The errors of calls in sessions.
import { type CallPlace, RpcDisconnected, RpcError, RpcRefused, RpcTimeout } from "../rpc/errors.js";

const at = (place: CallPlace | undefined): { place?: CallPlace } => (place === undefined ? {} : { place });

/** It is unknown whether the call ran, and the server can no longer be asked. */
export function inDoubt(why: string, place: CallPlace | undefined): RpcError {
  const message = `${why}: whether the call ran is not known`;
  return new RpcError("RPC_IN_DOUBT", message, { ...at(place), mayHaveRun: true });
}

/** The server refused the call before it ran. */
export function sessionRefused(place: CallPlace | undefined, mayHaveRun: boolean): RpcError {
  const message = "the server refuses sessions or their calls: a limit is reached, or it cannot write its log";
  return new RpcError("RPC_SESSION_REFUSED", message, { ...at(place), mayHaveRun });
}

/** The client cannot write to its session file, and did not send the call. */
export function notSaved(place: CallPlace | undefined, cause: unknown): RpcError {
  const message = "the call was not sent: the client's session file (options.session.file) cannot be written";
  return new RpcError("RPC_SESSION_REFUSED", message, { ...at(place), mayHaveRun: false, cause });
}

/** Converts an error into one for a call that certainly did not run. */
export function notRun(error: RpcError): RpcError {
  if (!error.mayHaveRun) return error;
  if (error instanceof RpcTimeout) return notInTime(error.place, error);
  const options = { ...at(error.place), mayHaveRun: false, cause: error };
  return new RpcDisconnected("the call was not sent", options);
}

/** The call's time ended before it was sent. */
export function notInTime(place: CallPlace | undefined, cause?: unknown): RpcTimeout {
  const message = "the call could not be sent in time (options.timeout)";
  return new RpcTimeout(message, { ...at(place), mayHaveRun: false, ...(cause !== undefined && { cause }) });
}

/** PROG_UNAVAIL comes from a server without sessions: the error says so. */
export function explainRefusal(error: RpcError): RpcError {
  if (!(error instanceof RpcRefused) || error.code !== "RPC_PROG_UNAVAIL") return error;
  const message = `the server has no sessions, which "exactly-once" needs: call serveSessions(server) of lupine/session there`;
  return new RpcRefused("RPC_PROG_UNAVAIL", message, { ...at(error.place), mayHaveRun: false, cause: error });
}
