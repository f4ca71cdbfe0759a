// The questions to a binder, independent of its protocol version.
import type { BinderEntry } from "./rpcbind/table.js";

/** A program version on one transport. */
export interface BinderKey {
  /** The program number. */
  readonly program: number;
  /** The version number. */
  readonly version: number;
  /** "tcp", "udp", "tcp6", "udp6" or "local" (RFC 5665). */
  readonly netid: string;
}

/** Options of one question to a binder. */
export interface AskOptions {
  /** Aborting it rejects the request with RpcCancelled. Default: none. */
  readonly signal?: AbortSignal;
}

/** One version of the binding protocol, as its client sees it. All methods throw RpcError as any call does. */
export interface BinderDialect {
  /** 2, 3 or 4. */
  readonly version: number;
  /** Procedure 0 of this version. */
  probe(options: AskOptions): Promise<void>;
  /**
   * The universal address, or "" if the program is not registered. From version 3 on the binder ignores `netid` and answers for the
   * transport that the question came over (RFC 1833 section 2.2.1).
   */
  lookUp(key: BinderKey, options: AskOptions): Promise<string>;
  /** Registers an entry. False: the binder refused. */
  set(entry: BinderEntry, options: AskOptions): Promise<boolean>;
  /**
   * Returns false if the binder refused; with some binders also if the program was not registered. Version 2 removes
   * TCP and UDP together.
   */
  unset(key: BinderKey, options: AskOptions): Promise<boolean>;
  dump(options: AskOptions): Promise<BinderEntry[]>;
}
