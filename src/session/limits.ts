// How much of a server its sessions may use.

/** Limits of the sessions of one server. */
export interface SessionLimits {
  /**
   * The most sessions. Default 1,024. At the limit, a session that has never made a call is removed first; then, of the host that has most sessions,
   * the one that was unused for longest.
   */
  readonly sessions: number;
  /** The most sessions of one host. Default 256. */
  readonly sessionsPerHost: number;
  /** The most slots of a session: calls that run at once. Default 64. */
  readonly slots: number;
  /** Milliseconds after its last call for which a session is kept. Default 3,600,000 (an hour). */
  readonly lease: number;
  /**
   * The most bytes of replies that are kept, over all sessions. Above the limit, the oldest replies of the host that holds most are removed, and
   * copies of their calls get RPC_IN_DOUBT. Default 64 MiB.
   */
  readonly bytes: number;
}

/** The default limits of sessions. */
export const defaultSessionLimits: SessionLimits = Object.freeze({
  sessions: 1024,
  sessionsPerHost: 256,
  slots: 64,
  lease: 3_600_000,
  bytes: 64 * 1024 * 1024,
});
