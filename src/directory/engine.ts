// The wall that every directory engine fits behind: what a service is, and what an engine does with it.
import type { OptionTable } from "../rpc/check-options.js";

/** One version of a program that a server of the service implements. */
export interface ProgramVersion {
  /** Program number, 0 to 2^32 - 1. */
  readonly program: number;
  readonly version: number;
}

/** One server of a service, as the directory knows it. Plain data. */
export interface ServiceEntry {
  /** Names this registration and no other; made anew by each registration. At most `longestId` characters. */
  readonly id: string;
  /** Empty where the engine cannot tell (DNS): then it is taken to implement what it is asked for. */
  readonly versions: readonly ProgramVersion[];
  /**
   * Where it listens, as a client's target is written: `tcp://10.0.0.7:2049`, `udp://...`; or the machine alone
   * (`10.0.0.7`), whose binder is asked. At least one. In an announcement the host may be `0.0.0.0` or `[::]`: the
   * engine puts in an address by which others reach the machine.
   */
  readonly addresses: readonly string[];
  /** Entries with a lower number are used first; the others only when none of those can be reached. Default 0. */
  readonly priority?: number;
  /** The share of calls among entries of one priority, 1 to 65,535. Default 1. */
  readonly weight?: number;
}

/** A registration that is kept up until it is ended, or this process ends. */
export interface Lease extends AsyncDisposable {
  readonly id: string;
  /** Takes the registration back. Never rejects: a directory that cannot be reached forgets it when the lease ends. */
  withdraw(): Promise<void>;
}

export interface AnnounceOptions {
  /** Milliseconds after which the directory forgets a server that it has not heard of, 500 to 3,600,000. */
  readonly lease: number;
  /** Is told when the registration could not be renewed, and when it stands again (undefined). */
  readonly onTrouble?: ((error: Error | undefined) => void) | undefined;
}

/** Is called with all servers of a path, sorted by id: once when they are known, then after each change. */
export type ServicesListener = (entries: readonly ServiceEntry[]) => void;

/** An open watch. While the directory cannot be reached, what was last known stands. */
export interface Watch extends AsyncDisposable {
  close(): Promise<void>;
}

export interface AskDirectoryOptions {
  /** Milliseconds. Default `defaultDirectoryTimeout`. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** True: an open watch does not keep the process alive. Default false. */
  readonly background?: boolean | undefined;
}

export const askOptions: OptionTable<AskDirectoryOptions> = { timeout: "time", signal: "signal", background: "flag" };

export interface OpenDirectoryOptions extends AskDirectoryOptions {
  /** What registrations are proved with, where a directory server wants that. Default: that of `LUPINE_DIRECTORY_SECRET_FILE`. */
  readonly secret?: DirectorySecret | undefined;
}

/** A secret that a directory server and those who register there share. */
export interface DirectorySecret {
  /** Names it among the directory's secrets: 1 to 64 letters, digits, `.`, `-` and `_`. Default "default". */
  readonly name?: string;
  /** At least 16 characters, which nobody can guess: `openssl rand -hex 32`. */
  readonly secret: string;
}

/** A place where services are kept. Paths are checked before an engine sees them. Errors are DirectoryErrors. */
export interface DirectoryEngine {
  /** For messages: "directory at tcp://10.0.0.1:10112". */
  readonly name: string;
  /** Registers, and renews by itself (after lost connections and restarts of the directory, too). Resolves when acknowledged. */
  announce(path: string, entry: ServiceEntry, options: AnnounceOptions): Promise<Lease>;
  /** Sorted by id; empty when there are none. */
  lookup(path: string, options: AskDirectoryOptions): Promise<readonly ServiceEntry[]>;
  /** The paths of services at or below a path, sorted. */
  list(path: string, options: AskDirectoryOptions): Promise<readonly string[]>;
  /** Resolves when the listener was called for the first time. Survives lost connections and restarts of the directory. */
  watch(path: string, listener: ServicesListener, options: AskDirectoryOptions): Promise<Watch>;
  /** Withdraws the leases, ends the watches, closes what it has opened. */
  close(): Promise<void>;
}

/** An engine's module has this one function, which `openDirectory` calls with the URL that names the engine. Connects. */
export type OpenEngine = (url: string, options: OpenDirectoryOptions) => Promise<DirectoryEngine>;

/** Milliseconds that a question to the directory may take. */
export const defaultDirectoryTimeout = 5_000;
/** Milliseconds, see AnnounceOptions.lease. */
export const defaultLease = 3_000;
export const shortestLease = 500;
export const longestLease = 3_600_000;
/** Characters of an id. */
export const longestId = 64;
/** Addresses, and program versions, of one entry. */
export const mostAddresses = 64;
export const mostVersions = 256;
/** The highest priority and weight, as in DNS SRV records (RFC 2782). */
export const highestRank = 65_535;
/** Characters of an address. */
export const longestAddress = 512;
