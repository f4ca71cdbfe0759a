// The default limits of a directory server.

/** TCP port of a directory server. */
export const directoryPort = 10_112;

/** Limits of a directory server. */
export interface DirectoryLimits {
  /** The most registrations. */
  readonly entries: number;
  /** The most registrations under one path, at most DIR_MAXENTRIES (4,096). */
  readonly perPath: number;
  /** The most bytes of the registrations under one path. */
  readonly pathBytes: number;
  /**
   * The most registrations from one host: an IPv4 address, or an IPv6 /64 network. All callers on the directory's own machine count as one host. A
   * host of another machine may have at most as many registrations as are still free.
   */
  readonly perHost: number;
  /** The most bytes of the registrations from one host, and at most as many as are still free. */
  readonly hostBytes: number;
  /** The most bytes of all registrations. */
  readonly bytes: number;
  /** The share of `entries`, `bytes` and `watches`, 0 to 1, that is reserved for the directory's own machine. */
  readonly reserved: number;
  /** The most WATCH calls that wait on one connection. */
  readonly watchesPerConnection: number;
  /** The most WATCH calls that wait on all connections of one host, and at most as many as are still free. */
  readonly watchesPerHost: number;
  /** The most WATCH calls that wait on all connections. */
  readonly watches: number;
  /** The longest wait of a WATCH call, in milliseconds. */
  readonly wait: number;
}

/** The default limits of a directory server. */
export const defaultDirectoryLimits: DirectoryLimits = Object.freeze({
  entries: 100_000,
  perPath: 4_096,
  pathBytes: 524_288,
  perHost: 20_000,
  hostBytes: 16_777_216,
  bytes: 67_108_864,
  reserved: 1 / 8,
  watchesPerConnection: 1_000,
  watchesPerHost: 20_000,
  watches: 50_000,
  wait: 60_000,
});

/** The rate limit for calls from one IP address other than the loopback. */
export const defaultDirectoryRate = Object.freeze({ perSecond: 1_000, burst: 5_000, sources: 4_096 });

/** Milliseconds after which the registrations of a lost connection are removed, unless they are renewed over another one. */
export const defaultGrace = 250;

/**
 * The least milliseconds for which registrations from the state file stay valid, so that their servers can reconnect
 * first.
 */
export const leastRestoredLease = 3_000;

/**
 * Milliseconds for which a directory server that starts without state delays its answers to watchers of its predecessor, so
 * that servers can register again first.
 */
export const defaultSettling = 2_000;

/** The most connections at a time, in all and from one IP address. */
export const defaultDirectoryConnections = Object.freeze({ maxConnections: 16_384, maxConnectionsPerAddress: 1_024 });

/** Bytes of unread output at which a connection is no longer read or notified of changes. */
export const mostUnread = 262_144;
