// The walls that every authentication flavour fits behind. The flavours themselves are in auth/.
// Made so that RPCSEC_GSS fits: a new sequence number and MIC for each transmission under one xid, wrapped
// arguments and results, control procedures that are answered without reaching the program.
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";

/** RFC 5531 section 8.2 and the IANA registry of flavours. */
export const AuthFlavor = { NONE: 0, SYS: 1, SHORT: 2, DH: 3, RPCSEC_GSS: 6, TLS: 7 } as const;

/** RFC 5531 section 9: why a call was denied. */
export const AuthStat = {
  OK: 0,
  BADCRED: 1,
  REJECTEDCRED: 2,
  BADVERF: 3,
  REJECTEDVERF: 4,
  TOOWEAK: 5,
  INVALIDRESP: 6,
  FAILED: 7,
  RPCSEC_GSS_CREDPROBLEM: 13,
  RPCSEC_GSS_CTXPROBLEM: 14,
} as const;
export type AuthStat = (typeof AuthStat)[keyof typeof AuthStat];

/** The longest credential or verifier body, in bytes (RFC 5531 section 8.2). */
export const maxAuthBody = 400;

/** Who calls. Flavours add their own facts. */
export interface Identity {
  readonly flavor: number;
  /** AUTH_SYS (RFC 5531 appendix A). What the caller says of itself: nothing proves it. */
  readonly sys?: SysIdentity;
  /** A name that was proved (Kerberos principal, certificate subject). */
  readonly principal?: string;
}

export interface SysIdentity {
  readonly stamp: number;
  readonly machineName: string;
  readonly uid: number;
  readonly gid: number;
  /** At most 16. */
  readonly gids: readonly number[];
}

/** A credential or a verifier: a flavour and an opaque body of at most 400 bytes. */
export interface OpaqueAuth {
  readonly flavor: number;
  readonly body: Uint8Array;
}

/** Writes the arguments or results of one message. */
export type BodyWriter = (out: XdrWriter) => void;

/** The client's side of one flavour. One object may serve many calls and connections at once. */
export interface ClientAuth {
  readonly flavor: number;
  /**
   * Credential and verifier as they stand in the call (`encodeAuthWords`), where they are the same for every call and
   * arguments go as they are. The peer then copies these words and never calls `seal`, and calls `open` only when the
   * reply has a verifier other than an empty AUTH_NONE. May change between calls.
   */
  readonly fixed?: Int32Array | undefined;
  /** State that belongs to one connection (a short credential, say): the peer asks once per connection. */
  forConnection?(): ClientAuth;
  /** Before the first call on a connection, and after `refresh`: establish a context, say. */
  prepare?(): Promise<void>;
  /**
   * Writes credential, verifier and arguments for one transmission. `out` holds the call header from xid to procedure
   * at `[start, out.offset)`; RPCSEC_GSS signs those bytes. Called anew for each retransmission.
   * @returns what `open` will need to check the reply to this transmission (a sequence number, say).
   */
  seal(out: XdrWriter, start: number, writeArguments: BodyWriter): unknown;
  /**
   * Checks the verifier of an accepted reply and returns the reader to decode the results from (the same reader, or
   * one over unwrapped bytes). `sealed` holds what `seal` returned for each transmission of this call, oldest first.
   * @throws RpcRejected when the verifier is wrong.
   */
  open(verifier: OpaqueAuth, from: XdrReader, sealed: readonly unknown[]): XdrReader;
  /**
   * The server denied the call with this status. True: something was renewed, try once more under a new xid.
   */
  refresh?(why: AuthStat): Promise<boolean>;
}

/** The fixed part of a call message (RFC 5531 section 9). */
export interface CallHeader {
  readonly xid: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
}

/** The server lets the call in. */
export interface Admitted {
  readonly kind: "admitted";
  readonly identity: Identity;
  /** Where to decode the arguments from: absent for "go on in the same reader". */
  readonly from?: XdrReader;
  /** Writes reply verifier, accept status and results; absent for an AUTH_NONE verifier and plain results. */
  readonly seal?: (out: XdrWriter, writeOutcome: BodyWriter) => void;
}

/** The server denies the call: MSG_DENIED, AUTH_ERROR. */
export interface Denied {
  readonly kind: "denied";
  readonly why: AuthStat;
}

/** The flavour itself answered (a context being made, a TLS probe): verifier and body of a SUCCESS reply. */
export interface Answered {
  readonly kind: "answered";
  readonly verifier: OpaqueAuth;
  readonly writeResult: BodyWriter;
}

/** The call is dropped without an answer (RFC 2203 section 5.3.3.1: a replayed sequence number). */
export interface Dropped {
  readonly kind: "dropped";
}

export type Admission = Admitted | Denied | Answered | Dropped;

/** The server's side of one flavour. */
export interface ServerAuth {
  readonly flavor: number;
  /**
   * `from` stands behind the verifier, at the arguments. `message[start, headerEnd)` is the header up to the end of
   * the credential, as RPCSEC_GSS signs it. Must not throw: a peer sent all of this.
   * All bytes are lent: who answers with a promise copies what it needs before it first waits, and what it gives as
   * `from` must be over bytes of its own.
   */
  admit(
    header: CallHeader,
    credential: OpaqueAuth,
    verifier: OpaqueAuth,
    from: XdrReader,
    signed: { readonly start: number; readonly end: number },
  ): Admission | Promise<Admission>;
}
