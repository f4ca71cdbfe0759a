// The errors of deferred calls.
import { type CallPlace, RpcCancelled, RpcError, RpcRefused } from "../rpc/errors.js";

/** The server refused this submission before the call ran. */
export function deferredRefused(place: CallPlace, mayHaveRun: boolean): RpcError {
  const message = "the server refuses deferred calls: a limit of serveDeferred is reached, or it cannot write its log";
  return new RpcError("RPC_DEFERRED_REFUSED", message, { place, mayHaveRun });
}

/** The id that the caller gave is that of another call, or of this call, whose outcome was taken: then it has run. */
export function ticketTaken(
  place: CallPlace,
  { hasEnded, mayHaveArrived }: { readonly hasEnded: boolean; readonly mayHaveArrived: boolean },
): RpcError {
  const message = hasEnded
    ? "options.ticket is the id of a call that has ended, and its outcome was taken already; give a new one: newTicketId()"
    : "options.ticket is the id of another call; give a new one: newTicketId()";
  return new RpcError("RPC_DEFERRED_REFUSED", message, { place, mayHaveRun: hasEnded || mayHaveArrived });
}

/** The server could not be asked for the outcome. Whatever the error says of that call, the ticket's call may have run. */
export function outcomeUnavailable(error: unknown): unknown {
  const known = explainRefusal(error);
  return known instanceof RpcError ? Object.assign(known, { mayHaveRun: true }) : known;
}

/** It is unknown whether the call ran, and nobody can be asked. */
export function ticketInDoubt(why: string, place: CallPlace): RpcError {
  return new RpcError("RPC_IN_DOUBT", `${why}: whether the call ran is not known`, { place, mayHaveRun: true });
}

/** The server has no such ticket. */
export function ticketUnknown(place: CallPlace): RpcError {
  const message =
    "the server has no such ticket: it never arrived, its outcome was taken already or kept for longer than the lease, or it belongs to another credential";
  return new RpcError("RPC_TICKET_UNKNOWN", message, { place, mayHaveRun: true });
}

/** The call was cancelled by its ticket. */
export function ticketCancelled(place: CallPlace, mayHaveRun: boolean): RpcError {
  const message = mayHaveRun ? "cancelled by its ticket while it ran" : "cancelled by its ticket before it ran";
  return new RpcCancelled(message, { place, mayHaveRun });
}

/**
 * PROG_UNAVAIL comes from a server without deferred calls, and GARBAGE_ARGS from one that does not call the client's program: the error
 * says so.
 * @param isToBeCalled whether the client listens for its results.
 */
export function explainRefusal(error: unknown, isToBeCalled = false): unknown {
  if (!(error instanceof RpcRefused)) return error;
  const { code, mayHaveRun } = error;
  const place = error.place === undefined ? {} : { place: error.place };
  if (code === "RPC_PROG_UNAVAIL") {
    const message = "the server has no deferred calls: call serveDeferred(server) of lupine/deferred there";
    return new RpcRefused(code, message, { ...place, mayHaveRun, cause: error });
  }
  if (code !== "RPC_GARBAGE_ARGS" || !isToBeCalled) return error;
  const message =
    "the server does not call this client (options.results.listen): it calls only callers over TCP or a Unix socket, not over TLS, at ports from 1024 on";
  return new RpcRefused(code, message, { ...place, mayHaveRun, cause: error });
}
