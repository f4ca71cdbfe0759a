// What a directory server accepts, where nothing else is said.

/** TCP port of a directory server. */
export const directoryPort = 10_112;

export interface DirectoryLimits {
  /** Registrations, all paths together. */
  readonly entries: number;
  /** Registrations of one path, at most DIR_MAXENTRIES (4,096), and their bytes. */
  readonly perPath: number;
  readonly pathBytes: number;
  /** Registrations of one source host, and their bytes. All callers of the directory's own machine are one host. */
  readonly perHost: number;
  readonly hostBytes: number;
  /** Bytes of all registrations. */
  readonly bytes: number;
  /** The part of `entries` and `bytes`, 0 to 1, that is left to the directory's own machine. */
  readonly reserved: number;
  /** WATCH calls that wait, of one connection and in all. */
  readonly watchesPerConnection: number;
  readonly watches: number;
  /** Milliseconds that a WATCH waits at most, whatever it asks for. */
  readonly wait: number;
}

export const defaultDirectoryLimits: DirectoryLimits = Object.freeze({
  entries: 100_000,
  perPath: 4_096,
  pathBytes: 524_288,
  perHost: 20_000,
  hostBytes: 16_777_216,
  bytes: 67_108_864,
  reserved: 1 / 8,
  watchesPerConnection: 1_000,
  watches: 50_000,
  wait: 60_000,
});

/** Calls that one IP address other than the loopback may make. */
export const defaultDirectoryRate = Object.freeze({ perSecond: 1_000, burst: 5_000, sources: 4_096 });

/** Milliseconds after which the registrations of a lost connection are forgotten, unless they are renewed over another. */
export const defaultGrace = 250;

/** Milliseconds that registrations of the state file are believed at least, so that their servers can come back first. */
export const leastRestoredLease = 3_000;

/** Milliseconds that a directory which knows nothing lets watchers of its predecessor wait, for the same reason. */
export const defaultSettling = 2_000;

/** Connections at a time, in all and from one IP address. */
export const defaultDirectoryConnections = Object.freeze({ maxConnections: 16_384, maxConnectionsPerAddress: 1_024 });

/** Bytes that a connection may leave unread before it is neither read nor told of changes. */
export const mostUnread = 262_144;
