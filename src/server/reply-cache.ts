// The interface of reply caches, in which a server remembers replies, so that a call that is repeated under the same
// xid does not run twice. It knows calls by their keys; it never sees arguments or results.

import type { CallHeader } from "../rpc/auth.js";
import type { XdrReader } from "../xdr/reader.js";
import type { CallerKey } from "./caller-key.js";

/** The words of a header that distinguish a call. */
export type CalledProcedure = Pick<CallHeader, "xid" | "program" | "version" | "procedure">;

/** Identifies a call. */
export interface ReplyKey {
  /** Who calls. Calls of different callers never share a reply. */
  readonly caller: CallerKey;
  /** The transaction id. */
  readonly xid: number;
  /** The program number. */
  readonly program: number;
  /** The version number. */
  readonly version: number;
  /** The procedure number. */
  readonly procedure: number;
  /** Bytes of the encoded arguments. */
  readonly length: number;
  /** A checksum of the encoded arguments, 0 to 2 ** 53 - 1. */
  readonly checksum: number;
  /** True if the procedure has no reply. */
  readonly oneWay: boolean;
}

/**
 * Remembers replies, so that a call that arrives again with the same transaction id does not run twice. It stores the accept status and the encoded
 * result without the protection of the authentication flavour, so that each repeated reply gets its own verifier.
 *
 * If a method throws, or its promise rejects, the call gets SYSTEM_ERR, and the error is passed to the server's `onError`. Other calls are not
 * affected. After an error of `begin`, the call has not run. After an error of `store`, it has run, and `begin` decides about copies that arrive
 * later. The caller cannot distinguish the two cases, so its `mayHaveRun` is true.
 */
export interface ReplyCache {
  /** True: only calls that come as datagrams are remembered. Default false: those over streams are remembered, too. */
  readonly datagramsOnly?: boolean;
  /**
   * Called for each call before it runs, unless its procedure is number 0 or "at-least-once". While a promise is pending, the
   * call waits, and counts as running. May be called again with the same key before the promise is settled. If it rejects, the
   * call does not run.
   */
  begin(key: ReplyKey): ReplyVerdict | Promise<ReplyVerdict>;
  /**
   * Stores the outcome of the call that `begin` returned this entry for. The reply is sent when the promise is resolved: a
   * cache on disk resolves it when the bytes are safe. While it is pending, the call counts as running, and `close` of the server
   * waits for it. If it rejects, the caller gets SYSTEM_ERR instead of the outcome.
   */
  store(entry: unknown, outcome: Uint8Array): void | Promise<void>;
  /**
   * Called instead of `store`, if it exists, for a reply that is encoded into the buffer of a datagram: stores a copy of the outcome
   * `from[start, end)` at once. A cache in memory implements it to avoid the allocation of a byte array for each reply.
   */
  storeCopy?(entry: unknown, from: Uint8Array, start: number, end: number): void;
  /** Called instead of `store` if the call has no outcome to keep, because it was dropped or refused. Must not throw. */
  forget(entry: unknown): void;
}

/** A reply cache of this package, which begins the usual call, a new one, without an object for it. */
export interface QuickReplyCache extends ReplyCache {
  /** The entry of a call whose arguments `from` has, if it is new. 0: `begin` decides. */
  beginNew?(caller: CallerKey, call: CalledProcedure, from: XdrReader): number;
  /** Called when the server closes, which waits for the result: for calls whose copies another process may answer. */
  whenStored?(): unknown;
}

/** The decision of a reply cache about one call. */
export type ReplyVerdict = NewCall | RunningCall | StoredOutcome | FalseRetry;

/** The call is new: it runs, and then `store` or `forget` is called with the entry. */
export interface NewCall {
  /** Distinguishes it from the other verdicts. */
  readonly kind: "new";
  /** A value of the cache's own, passed to `store` or `forget`. Anything but undefined. */
  readonly entry: unknown;
}

/** The same call is running. This copy does not run. */
export interface RunningCall {
  /** Distinguishes it from the other verdicts. */
  readonly kind: "running";
  /**
   * The outcome of the call that runs; undefined if it ends without one. The copy gets it as its own reply if it came over
   * another connection; over the same one the first reply answers both. Without this promise the copy gets no reply.
   */
  readonly outcome?: Promise<Uint8Array | undefined>;
}

/** The same call has run already: its outcome is sent again. */
export interface StoredOutcome {
  /** Distinguishes it from the other verdicts. */
  readonly kind: "done";
  /** The bytes that were passed to `store`. */
  readonly outcome: Uint8Array;
}

/**
 * The caller has recently used this transaction id for the same procedure with other arguments, so that neither the stored reply nor a new run would
 * be correct. The call gets SYSTEM_ERR.
 */
export interface FalseRetry {
  /** Distinguishes it from the other verdicts. */
  readonly kind: "false-retry";
}
