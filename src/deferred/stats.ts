// Counts of deferred calls, from the start of their server.

/** Counts of the deferred calls of one server, from its start. */
export interface DeferredStats {
  /** Calls that were accepted. */
  accepted: number;
  /** Calls that were given to their handlers. */
  runs: number;
  /** Copies of submissions that were accepted before: they did not run. */
  copies: number;
  /** Calls that ended with a reply. */
  done: number;
  /** Calls that were cancelled before or while they ran. */
  cancelled: number;
  /** Calls that were running when the server stopped. */
  inDoubt: number;
  /** Calls that were refused because of a limit, or because the log cannot be written. */
  refused: number;
  /** Replies that exceeded the limit `bytes`: their clients get RPC_SYSTEM_ERR. */
  dropped: number;
}

export const noDeferredCalls: DeferredStats = {
  accepted: 0,
  runs: 0,
  copies: 0,
  done: 0,
  cancelled: 0,
  inDoubt: 0,
  refused: 0,
  dropped: 0,
};
