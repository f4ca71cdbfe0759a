// How much of a server its deferred calls may use.

/** Limits of the deferred calls of one server. */
export interface DeferredLimits {
  /** The most tickets: calls that wait, run, or have an outcome that the client has not taken. Default 32,768. */
  readonly tickets: number;
  /** The most tickets of one host; for IPv6, of one /64 network. Default 16,384. */
  readonly ticketsPerHost: number;
  /** The most bytes of messages and replies that are kept, over all tickets. Default 64 MiB. */
  readonly bytes: number;
  /** The most calls that run at once. Others wait in the order of their arrival, one host after the other. Default 64. */
  readonly running: number;
  /** Milliseconds for which an outcome is kept if the client does not take it. Default 86,400,000 (a day). */
  readonly lease: number;
}

/** The default limits of deferred calls. At each limit, further calls are refused (RPC_DEFERRED_REFUSED), and did not run. */
export const defaultDeferredLimits: DeferredLimits = Object.freeze({
  tickets: 32_768,
  ticketsPerHost: 16_384,
  bytes: 64 * 1024 * 1024,
  running: 64,
  lease: 86_400_000,
});

/** Ports below it belong to the system's servers: callers cannot have them called. */
export const firstUserPort = 1024;
