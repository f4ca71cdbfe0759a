// What RPCSEC_GSS needs of a security mechanism (RFC 2743): six functions, two to make a context and four to use it.
import { BrandedError } from "../base/brand.js";

/** Protects the messages of one caller and one server. Made by a negotiation. */
export interface GssContext {
  /** The name of the other end, proved: a Kerberos principal such as `"alice@EXAMPLE.ORG"`. */
  readonly peer: string;
  /** When the context ends, in milliseconds since 1970; Infinity if it does not. */
  readonly endsAt: number;
  /** True: the caller delegated its credential, so that the server may act for the caller. */
  readonly isDelegated: boolean;
  /** The credential cache that holds the delegated credential. Undefined if the client has delegated none. */
  readonly delegatedCache?: string | undefined;
  /** Returns the integrity code of a message (GSS_GetMIC). */
  getMic(message: Uint8Array): Uint8Array;
  /** Returns true if `mic` is the other end's integrity code of `message` (GSS_VerifyMIC). Must not throw: its arguments come from a peer. */
  verifyMic(message: Uint8Array, mic: Uint8Array): boolean;
  /** Encrypts a message and protects it against changes (GSS_Wrap with confidentiality). */
  wrap(message: Uint8Array): Uint8Array;
  /**
   * Returns the message in a token that the other end wrapped (GSS_Unwrap); undefined if the token was changed or is not encrypted. Must not throw.
   */
  unwrap(token: Uint8Array): Uint8Array | undefined;
  /** Protects the PDUs of DCE RPC. Absent if the context was not established for DCE RPC, or if the mechanism does not support it. */
  readonly dce?: GssPduProtection | undefined;
  /**
   * Called when the server removes the context. Replies to calls that are still running are protected afterwards, so do not free the key material
   * here: free it in a FinalizationRegistry, for example.
   */
  destroy?(): void;
}

/** The bytes of a PDU before and after the encrypted data. */
export interface GssSurroundings {
  /** The header, up to the data. */
  readonly before: Uint8Array;
  /** The trailer behind the data. */
  readonly after: Uint8Array;
}

/** Protects the PDUs of DCE RPC, where the token is separate from the data. The PDUs must be verified in the order in which they were protected. */
export interface GssPduProtection {
  /** Lengths of a token in bytes: `integrity` of an integrity code, `privacy` of the token for encrypted data whose length is a multiple of 16. */
  readonly tokenLengths: { readonly integrity: number; readonly privacy: number };
  /** The integrity code of a message. */
  getMic(message: Uint8Array): Uint8Array;
  /** Returns true if `mic` is the other end's next integrity code, and belongs to this message. Must not throw. */
  verifyMic(message: Uint8Array, mic: Uint8Array): boolean;
  /** Encrypts `data`, and protects `data` and `around` against changes. */
  wrap(data: Uint8Array, around: GssSurroundings): { readonly token: Uint8Array; readonly secret: Uint8Array };
  /** Returns the decrypted data; undefined if the data or `around` was changed, or if this is not the other end's next message. Must not throw. */
  unwrap(token: Uint8Array, secret: Uint8Array, around: GssSurroundings): Uint8Array | undefined;
}

/** A form of negotiation. "dce": the three tokens of DCE RPC. "dce-spnego": the same tokens within SPNEGO (RFC 4178). */
export type GssStyle = "dce" | "dce-spnego";

/** The outcome of one step of a negotiation. */
export interface GssStep {
  /** The token for the other end. Absent if it needs none. */
  readonly token?: Uint8Array;
  /** The context, once it is complete at this end. */
  readonly context?: GssContext;
}

/** One end of the establishment of a context: the two ends exchange tokens until both have the context. */
export interface GssNegotiation {
  /**
   * Processes the other end's token, and returns the next one. The caller begins without a token. `isNeeded` returns false once no call waits for the
   * context any more, so that a negotiation that is queued can be abandoned. Default: the context is needed.
   * @throws GssError if the other end is refused, or this end has no credential.
   */
  step(token?: Uint8Array, isNeeded?: () => boolean): Promise<GssStep>;
  /**
   * The text that is added to the error of a call whose deadline passes during a step, such as `"a key distribution centre: is it running?"`.
   */
  readonly waitsFor?: string;
  /** Frees the resources of an unfinished negotiation. */
  destroy?(): void;
}

/** A security mechanism, such as Kerberos: see `krb5`. */
export interface GssMechanism {
  /** Its name in messages, such as `"krb5"`. */
  readonly name: string;
  /**
   * Begins to establish a context with a service, such as `"nfs@server.example.org"` (GSS_Init_sec_context). `style` is for DCE RPC. `protection`:
   * with "integrity" the context cannot encrypt; with "privacy" (default) it supports both.
   */
  initiate(service: string, style?: GssStyle, protection?: "integrity" | "privacy"): GssNegotiation;
  /** Begins to accept a context from a caller (GSS_Accept_sec_context). `style` is for DCE RPC. */
  accept(style?: GssStyle): GssNegotiation;
}

/** The bits of a major status that are errors (RFC 2743 section 1.2.1.1). */
const errorBits = 0xffff_0000;

/** Major status numbers (RFC 2744 section 3.9). */
export const major = {
  complete: 0,
  continueNeeded: 1,
  badName: 2 << 16,
  failure: 13 << 16,
  unavailable: 16 << 16,
} as const;

/** The parts of a GssError beside its message. */
export interface GssStatus {
  /** The major status (RFC 2743 section 1.2.1.1). */
  readonly major: number;
  /** The minor status, whose meaning the mechanism defines. Default 0. */
  readonly minor?: number;
  /** A token that reports the error to the other end. Default: none. */
  readonly token?: Uint8Array;
}

/**
 * An error of a mechanism, with its status numbers. It is the `cause` of RPC_GSS_FAILED.
 * @example
 * const error = new GssError("the token is not for this service", { major: 13 << 16 });
 * console.log(error.major, error.minor); // 851968 0
 */
export class GssError extends BrandedError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "GssError";
  /** The major status (RFC 2743 section 1.2.1.1). */
  readonly major: number;
  /** The minor status, whose meaning the mechanism defines. */
  readonly minor: number;
  /** A token that reports the error to the other end, if the mechanism made one. */
  readonly token: Uint8Array | undefined;

  /** Makes an error with these numbers. */
  constructor(message: string, status: GssStatus) {
    super(message);
    this.major = status.major >>> 0;
    this.minor = (status.minor ?? 0) >>> 0;
    this.token = status.token;
  }
}

export function isFailure(status: number): boolean {
  return (status & errorBits) !== 0;
}
