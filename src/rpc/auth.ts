// The interfaces that every authentication flavour implements. The flavours are in auth/. They also fit RPCSEC_GSS: a
// new sequence number and MIC for each transmission under one xid, wrapped arguments and results, and control
// procedures that are answered without reaching the program.
import type { Address } from "../transport/address.js";
import type { Connection } from "../transport/connection.js";
import type { Certificate } from "../transport/tls/security.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";

/** Numbers of authentication flavours (RFC 5531 section 8.2 and the IANA registry). */
export const AuthFlavor = { NONE: 0, SYS: 1, SHORT: 2, DH: 3, RPCSEC_GSS: 6, TLS: 7 } as const;

/** Why a server denied a call (RFC 5531 section 9): the `authStat` of an RpcRejected error, and the argument of `deny`. */
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

/** The caller, as its credential claims. Flavours may add properties. */
export interface Identity {
  /** The flavour's number (RFC 5531 section 8.2), see `AuthFlavor`. */
  readonly flavor: number;
  /** The AUTH_SYS credential (RFC 5531 appendix A). The caller chooses its contents, and nothing proves them. */
  readonly sys?: SysIdentity;
  /** The authenticated name of the caller, such as a Kerberos principal or a certificate's subject. Undefined if the flavour proves no name. */
  readonly principal?: string;
  /**
   * The certificate of the caller's end of the connection (TLS, RFC 9289), whose key the caller has proved to have. Absent without TLS, and
   * for a caller without a certificate.
   */
  readonly tls?: Certificate;
  /**
   * An id of the caller's session that the flavour authenticates on every connection. A reply cache treats equal sessions of one flavour as one
   * caller, so a call that is repeated over a new connection does not run again.
   */
  readonly session?: string;
  /** How RPCSEC_GSS protected the call (RFC 2203): see `acceptGss` of `lupine/gss`. */
  readonly gss?: GssIdentity;
}

/** How a call was protected whose caller is proved by RPCSEC_GSS (RFC 2203). The caller itself is `identity.principal`. */
export interface GssIdentity {
  /** The name of the mechanism that proved the caller, such as `"krb5"`. */
  readonly mechanism: string;
  /** "none": only the header is protected. "integrity": nobody changed the arguments. "privacy": nobody could read them either. */
  readonly protection: "none" | "integrity" | "privacy";
  /** True: the caller allows the server to act for it. */
  readonly isDelegated: boolean;
  /** The credential cache with the tickets that the caller gave on, if the mechanism was told to keep them: see `krb5`. */
  readonly delegatedCache?: string | undefined;
}

/** The contents of an AUTH_SYS credential (RFC 5531 appendix A). The caller chooses all of them, and nothing proves them. */
export interface SysIdentity {
  /** An arbitrary number that the caller chose. */
  readonly stamp: number;
  /** The caller's host name, at most 255 bytes. */
  readonly machineName: string;
  /** The caller's user id. */
  readonly uid: number;
  /** The caller's primary group id. */
  readonly gid: number;
  /** The caller's other group ids, at most 16. */
  readonly gids: readonly number[];
}

/** A credential or a verifier: a flavour and an opaque body of at most 400 bytes. */
export interface OpaqueAuth {
  /** The flavour's number. */
  readonly flavor: number;
  /** The content, as the flavour defines it. At most 400 bytes (`maxAuthBody`). */
  readonly body: Uint8Array;
}

/** Writes the arguments or results of one message. */
export type BodyWriter = (out: XdrWriter) => void;

/** The fixed part of a call message (RFC 5531 section 9). */
export interface CallHeader {
  /** The transaction id. */
  readonly xid: number;
  /** The program number. */
  readonly program: number;
  /** The version number. */
  readonly version: number;
  /** The procedure number. */
  readonly procedure: number;
}

/** Lets the call in. */
export interface Admitted {
  /** Distinguishes it from the other decisions. */
  readonly kind: "admitted";
  /** The caller: `call.identity` of the handler. */
  readonly identity: Identity;
  /**
   * True: the call arrived before, under another context of the same caller. It gets no reply, unless its procedure is "at-least-once". Default
   * false.
   */
  readonly isRepeated?: boolean;
  /** The reader to decode the arguments from. Default: the reader that `admit` received. */
  readonly from?: XdrReader;
  /**
   * Writes verifier, accept status and results of the reply. Default: an AUTH_NONE verifier and unchanged results. If it
   * throws, the caller gets SYSTEM_ERR.
   */
  readonly seal?: (out: XdrWriter, writeOutcome: BodyWriter) => void;
}

/** Denies the call: the caller gets MSG_DENIED with AUTH_ERROR. */
export interface Denied {
  /** Distinguishes it from the other decisions. */
  readonly kind: "denied";
  /** The status in the reply, such as AUTH_TOOWEAK. */
  readonly why: AuthStat;
}

/**
 * The caller is known, but the arguments were changed on their way: it gets GARBAGE_ARGS (RFC 2203 section 5.3.3.4.2), and the
 * procedure is not called.
 */
export interface Garbled {
  /** Distinguishes it from the other decisions. */
  readonly kind: "garbled";
  /** The caller. */
  readonly identity: Identity;
  /** Writes verifier and accept status of the reply: see `Admitted`. */
  readonly seal?: Admitted["seal"];
}

/**
 * The flavour answers the call itself, for example to establish a context: verifier and body of a SUCCESS reply. The
 * procedure is not called.
 */
export interface Answered {
  /** Distinguishes it from the other decisions. */
  readonly kind: "answered";
  /** The verifier of the reply. */
  readonly verifier: OpaqueAuth;
  /** Writes the body of the reply. */
  readonly writeResult: BodyWriter;
  /**
   * Called once, as soon as the reply is in the connection's output: before another message is read or written. For what must follow
   * the reply, such as a TLS handshake. If the reply could not be sent it is not called. An error goes to the server's `onError`, and
   * the connection stays open.
   */
  readonly afterSent?: (connection: Connection) => void | Promise<void>;
}

/** Drops the call without a reply, for example for a replayed sequence number (RFC 2203 section 5.3.3.1). */
export interface Dropped {
  /** Distinguishes it from the other decisions. */
  readonly kind: "dropped";
}

/** The decision of `ServerAuth.admit` about one call. */
export type Admission = Admitted | Garbled | Denied | Answered | Dropped;

/**
 * An `admit` that decides the same about every call. It carries the decision, so that it need not be called. A property of the
 * function, not of the flavour: a flavour with another `admit` has another decision.
 */
export interface AdmitsAlike {
  readonly always?: Admission;
}

/** The server's side of an authentication flavour. */
export interface ServerAuth {
  /** The flavour's number (RFC 5531 section 8.2), see `AuthFlavor`. */
  readonly flavor: number;
  /**
   * Decides about one call. `from` is positioned at the arguments, after the verifier. `signed.start` and `signed.end` bound the part of the message
   * that RPCSEC_GSS signs: the header, from the xid to the end of the credential. Must not throw, because all of this comes from a peer; if it
   * throws, the call gets AUTH_FAILED. The bytes are valid until `admit` returns: an asynchronous implementation must copy the bytes that it needs
   * before its first `await`, and the reader that it returns must read a copy. `signed.connection` is the same object for all calls of one
   * connection, and undefined if the server's reply cache recognises repeated calls. `signed.remote` is the caller's address, for limits per host.
   */
  admit(
    header: CallHeader,
    credential: OpaqueAuth,
    verifier: OpaqueAuth,
    from: XdrReader,
    signed: {
      readonly start: number;
      readonly end: number;
      readonly connection?: object | undefined;
      readonly remote?: Address;
    },
  ): Admission | Promise<Admission>;
}
