// Where a server remembers replies, so that a call that is repeated under the same xid does not run twice.

import type { Identity } from "../rpc/auth.js";
import type { Address } from "../transport/address.js";

/** What tells one call from every other. All of it must match. */
export interface ReplyKey {
  readonly remote: Address;
  readonly netid: string;
  readonly identity: Identity;
  readonly xid: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  /** The encoded arguments, lent: take a checksum, not a reference. */
  readonly args: Uint8Array;
  readonly oneWay: boolean;
}

/** Remembers outcomes: accept status and what follows it, unsealed, so that each replay gets a fresh verifier. */
export interface ReplyCache {
  /** "new": run it, then `store` or `forget`. "busy": it runs already, drop this copy. Bytes: its outcome, send it again. */
  begin(key: ReplyKey): { readonly kind: "new"; readonly entry: unknown } | { readonly kind: "busy" } | StoredOutcome;
  store(entry: unknown, outcome: Uint8Array): void;
  /** The call came to nothing that is worth keeping. */
  forget(entry: unknown): void;
}

export interface StoredOutcome {
  readonly kind: "done";
  readonly outcome: Uint8Array;
}
