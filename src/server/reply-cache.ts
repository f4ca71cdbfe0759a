// Where a server remembers replies, so that a call that is repeated under the same xid does not run twice.

import type { Identity } from "../rpc/auth.js";
import type { Address } from "../transport/address.js";

/** Identifies a call. Two transmissions are the same call only if every property is equal. */
export interface ReplyKey {
  /** The caller's address, port included. */
  readonly remote: Address;
  /** The transport's network identifier. */
  readonly netid: string;
  /** The caller's credential. */
  readonly identity: Identity;
  /** The transaction id. */
  readonly xid: number;
  /** The program number. */
  readonly program: number;
  /** The version number. */
  readonly version: number;
  /** The procedure number. */
  readonly procedure: number;
  /** The encoded arguments. Lent: store a checksum, not the array. */
  readonly args: Uint8Array;
  /** True if the procedure has no reply. */
  readonly oneWay: boolean;
}

/**
 * Remembers replies, so that a call that arrives again with the same transaction id does not run twice. It stores the accept
 * status and the result, unsealed, so that each repeated reply gets a verifier of its own.
 */
export interface ReplyCache {
  /**
   * Called for each call before it runs. Returns `{ kind: "new" }` to run it, after which `store` or `forget` is called; `{
   * kind: "busy" }` if it is still running: this copy is dropped; or a StoredOutcome, which is sent again.
   */
  begin(key: ReplyKey): { readonly kind: "new"; readonly entry: unknown } | { readonly kind: "busy" } | StoredOutcome;
  /** Stores the outcome of the call that `begin` returned this entry for. */
  store(entry: unknown, outcome: Uint8Array): void;
  /** Called instead of `store` if the call has no outcome worth keeping: it was dropped or refused. */
  forget(entry: unknown): void;
}

/** The outcome of a call that has run already. */
export interface StoredOutcome {
  /** Distinguishes it from the other answers of `begin`. */
  readonly kind: "done";
  /** The bytes that were passed to `store`. */
  readonly outcome: Uint8Array;
}
