// The interface that every directory engine implements: the definition of a service, and the operations on it.

import type { OptionTable } from "../base/check-options.js";
import type { Clock } from "../base/clock.js";
import type { ClientAuth } from "../rpc/call.js";
import type { TlsConnectOptions } from "../transport/tls/connect-options.js";

/** One version of a program that a server of the service implements. */
export interface ProgramVersion {
  /** Program number, 0 to 2^32 - 1. */
  readonly program: number;
  /** The version number. */
  readonly version: number;
}

/** One server of a service, as plain data. */
export interface ServiceEntry {
  /** Identifies this registration; each registration has a new one. At most `longestId` characters. */
  readonly id: string;
  /**
   * The programs that it implements. Empty if the engine does not know (DNS): the server is then assumed to implement the
   * called program.
   */
  readonly versions: readonly ProgramVersion[];
  /**
   * Where it listens, in the form of a client's target: `tcp://10.0.0.7:2049`, `udp://...`; or only the machine
   * (`10.0.0.7`), whose binder is asked. At least one. In an announcement the host may be `0.0.0.0` or `[::]`: the
   * engine replaces it by an address at which others reach the machine.
   */
  readonly addresses: readonly string[];
  /** Entries with a lower number are used first; the others only when none of those can be reached. Default 0. */
  readonly priority?: number;
  /** The share of calls among entries of one priority, 1 to 65,535. Default 1. */
  readonly weight?: number;
}

/** A registration that is renewed until it is withdrawn or the process ends. */
export interface Lease extends AsyncDisposable {
  /** The id of the registered entry. */
  readonly id: string;
  /** Removes the registration. Never rejects: a directory that cannot be reached removes it when the lease expires. */
  withdraw(): Promise<void>;
}

/** Options of a registration. */
export interface AnnounceOptions {
  /** Milliseconds without a renewal after which the directory removes the server, 500 to 3,600,000. */
  readonly lease: number;
  /** Called when the registration could not be renewed, and with undefined when it was renewed again. */
  readonly onTrouble?: ((error: Error | undefined) => void) | undefined;
}

/** Called with all servers of a path, sorted by id: once when they are known, then after each change. */
export type ServicesListener = (entries: readonly ServiceEntry[]) => void;

/** An open watch. While the directory cannot be reached, the last known servers remain valid. */
export interface Watch extends AsyncDisposable {
  /** Ends the watch: the listener is not called afterwards. */
  close(): Promise<void>;
}

/** Options of one question to a directory. */
export interface AskDirectoryOptions {
  /** Milliseconds. Default 5000 (`defaultDirectoryTimeout`). */
  readonly timeout?: number | undefined;
  /** Aborting it rejects the question, or ends the watch. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** True: an open watch does not keep the process alive. Default false. */
  readonly background?: boolean | undefined;
}

export const askOptions: OptionTable<AskDirectoryOptions> = { timeout: "time", signal: "signal", background: "flag" };

/** Options of `openDirectory`. */
export interface OpenDirectoryOptions extends AskDirectoryOptions {
  /** The clock of leases, watches and deadlines, for tests: a `FakeClock` of `lupine/testing`. For directory servers. Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Signs registrations, if the directory server requires it. Default: the secret in LUPINE_DIRECTORY_SECRET_FILE. */
  readonly secret?: DirectorySecret | undefined;
  /** TLS to the directory server (RFC 9289), as in `ClientOptions`. For directory servers over TCP. Default: none; `{}` for a `tls://` URL. */
  readonly tls?: TlsConnectOptions | undefined;
  /** The credential of all calls to the directory server, such as `authGss(...)` of `lupine/gss`. Default: AUTH_NONE. */
  readonly auth?: ClientAuth | undefined;
}

/** A secret that a directory server shares with the servers that register there. */
export interface DirectorySecret {
  /** Names it among the directory's secrets: 1 to 64 letters, digits, `.`, `-` and `_`. Default "default". */
  readonly name?: string;
  /** At least 16 random characters: `openssl rand -hex 32`. */
  readonly secret: string;
}

/**
 * Stores the services of a directory. Paths are checked before an engine receives them. Every error is a DirectoryError.
 *
 * While the directory cannot be reached, requests fail with DIRECTORY_UNREACHABLE, at the latest after their `timeout`. Nothing else fails: watches
 * keep their last known servers, so that clients can still call these, and registrations are retried until they succeed. Calls to services do not
 * pass through the directory. After `close`, a `Directory` rejects every request with DIRECTORY_CLOSED.
 */
export interface DirectoryEngine {
  /** For messages: "directory at tcp://10.0.0.1:10112". */
  readonly name: string;
  /**
   * Registers an entry and keeps it registered, also after lost connections and restarts of the directory. Resolves when the
   * directory has acknowledged it. Rejects if this first attempt fails, and does not retry it. A renewal that fails later is retried and reported to
   * `onTrouble`. After `lease` milliseconds without a renewal, the directory removes the server, which then gets no new calls.
   */
  announce(path: string, entry: ServiceEntry, options: AnnounceOptions): Promise<Lease>;
  /**
   * Returns the servers of a service, sorted by id. Empty if it has none. Rejects if the directory does not answer in time.
   */
  lookup(path: string, options: AskDirectoryOptions): Promise<readonly ServiceEntry[]>;
  /** Returns the paths of the services at or below a path, sorted. Rejects if the directory does not answer in time. */
  list(path: string, options: AskDirectoryOptions): Promise<readonly string[]>;
  /**
   * Calls the listener with the servers of a service, now and after each change. Resolves after the first call, and rejects if
   * there is none in time. Continues after lost connections and restarts of the directory: until it answers again, the
   * servers that were reported last remain valid.
   */
  watch(path: string, listener: ServicesListener, options: AskDirectoryOptions): Promise<Watch>;
  /**
   * Withdraws the leases, ends the watches and closes the connections. Requests in flight reject. A registration that cannot be withdrawn ends with
   * its lease.
   */
  close(): Promise<void>;
}

/** The one function of an engine's module. `openDirectory` calls it with the URL that names the engine. Connects. */
export type OpenEngine = (url: string, options: OpenDirectoryOptions) => Promise<DirectoryEngine>;

/** Milliseconds that a question to a directory may take. */
export const defaultDirectoryTimeout = 5_000;
/** The default lease in milliseconds: a server is removed if it has not renewed its registration for this time. */
export const defaultLease = 3_000;
export const shortestLease = 500;
export const longestLease = 3_600_000;
/** The most characters of an id. */
export const longestId = 64;
/** The most addresses, and the most program versions, of one entry. */
export const mostAddresses = 64;
export const mostVersions = 256;
/** The highest priority and weight, as in DNS SRV records (RFC 2782). */
export const highestRank = 65_535;
/** The most characters of an address. */
export const longestAddress = 512;
