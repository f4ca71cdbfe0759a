// What RPCSEC_GSS needs of a security mechanism (RFC 2743): six functions, two to make a context and four to use it.
import { BrandedError } from "../base/brand.js";

/** Protects the messages of one caller and one server. Made by a negotiation. */
export interface GssContext {
  /** The name of the other end, proved: a Kerberos principal such as `"alice@EXAMPLE.ORG"`. */
  readonly peer: string;
  /** When the context ends, in milliseconds since 1970; Infinity if it does not. */
  readonly endsAt: number;
  /** True: the caller gave its credential on, so that the server may act for it. */
  readonly isDelegated: boolean;
  /** The credential cache that it was put into. */
  readonly delegatedCache?: string | undefined;
  /** The integrity code of a message (GSS_GetMIC). */
  getMic(message: Uint8Array): Uint8Array;
  /** Whether `mic` is the other end's integrity code of `message` (GSS_VerifyMIC). Must not throw: all of it comes from a peer. */
  verifyMic(message: Uint8Array, mic: Uint8Array): boolean;
  /** Encrypts a message and protects it against changes (GSS_Wrap with confidentiality). */
  wrap(message: Uint8Array): Uint8Array;
  /** The message in a token that the other end wrapped; undefined if it was changed or is not encrypted (GSS_Unwrap). Must not throw. */
  unwrap(token: Uint8Array): Uint8Array | undefined;
  /** Protects the PDUs of DCE RPC. Absent if the context was not made for them, or cannot do it. */
  readonly dce?: GssPduProtection | undefined;
  /**
   * Called when the server forgets the context. Replies to calls that still run are protected after it: what they need must not be given
   * back before (a FinalizationRegistry does that).
   */
  destroy?(): void;
}

/** Bytes of a PDU around those that are encrypted. */
export interface GssSurroundings {
  /** The header, up to the data. */
  readonly before: Uint8Array;
  /** The trailer behind the data. */
  readonly after: Uint8Array;
}

/** How a context protects the PDUs of DCE RPC: the token stands apart from the data. All of it must arrive in order. */
export interface GssPduProtection {
  /** The bytes of a token: of an integrity code, and of one beside encrypted data whose length is a multiple of 16. */
  readonly tokenLengths: { readonly integrity: number; readonly privacy: number };
  /** The integrity code of a message. */
  getMic(message: Uint8Array): Uint8Array;
  /** Whether `mic` is the next integrity code of the other end, and of this message. Must not throw. */
  verifyMic(message: Uint8Array, mic: Uint8Array): boolean;
  /** Encrypts data, and protects it and `around` against changes. */
  wrap(data: Uint8Array, around: GssSurroundings): { readonly token: Uint8Array; readonly secret: Uint8Array };
  /** The data; undefined if it or `around` was changed, or if it is not the next message of the other end. Must not throw. */
  unwrap(token: Uint8Array, secret: Uint8Array, around: GssSurroundings): Uint8Array | undefined;
}

/** A form of negotiation: that of DCE RPC has three tokens, "dce-spnego" within those of SPNEGO (RFC 4178). */
export type GssStyle = "dce" | "dce-spnego";

/** The outcome of one step of a negotiation. */
export interface GssStep {
  /** The token for the other end. Absent if it needs none. */
  readonly token?: Uint8Array;
  /** The context, once it is complete at this end. */
  readonly context?: GssContext;
}

/** One end of the making of a context: tokens go to and fro until both ends have it. */
export interface GssNegotiation {
  /**
   * Takes the other end's token, and returns the next one. The caller begins without a token. `isNeeded` returns false once no call waits
   * for the context any more, so that a negotiation that waits for its turn can give it up. Default: it is needed.
   * @throws GssError if the other end is refused, or this end has no credential.
   */
  step(token?: Uint8Array, isNeeded?: () => boolean): Promise<GssStep>;
  /** The thing that a step may wait for, as in `"a key distribution centre: is it running?"`, for the errors of calls that cannot wait as long. */
  readonly waitsFor?: string;
  /** Gives back what an unfinished negotiation holds. */
  destroy?(): void;
}

/** A security mechanism, such as Kerberos: see `krb5`. */
export interface GssMechanism {
  /** Its name in messages, such as `"krb5"`. */
  readonly name: string;
  /**
   * Begins to make a context with a service, such as `"nfs@server.example.org"` (GSS_Init_sec_context). `style` is for DCE RPC;
   * with "integrity" the context does not encrypt. Default "privacy": it can do both.
   */
  initiate(service: string, style?: GssStyle, protection?: "integrity" | "privacy"): GssNegotiation;
  /** Begins to take a caller's context (GSS_Accept_sec_context). `style` is for DCE RPC. */
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
