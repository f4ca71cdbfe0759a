// Arguments and results of the functions of GSSAPI (RFC 2744), with JavaScript's values.
import type { Pointer } from "./c-library.js";

/** Where credentials come from. */
export interface CredentialSource {
  /** "initiate" for callers, "accept" for servers. */
  readonly usage: "initiate" | "accept";
  /** The file with the server's keys, such as `"/etc/krb5.keytab"`. */
  readonly keytab?: string | undefined;
  /** The file with the caller's keys, with which tickets are got without a password. */
  readonly clientKeytab?: string | undefined;
  /** The credential cache with the caller's tickets, such as `"FILE:/tmp/krb5cc_1000"`. */
  readonly cache?: string | undefined;
  /** The principal or service whose credential is taken. */
  readonly name?: { readonly text: string; readonly kind: NameKind } | undefined;
  /** True: also for negotiations within SPNEGO. */
  readonly spnego?: boolean;
  /** True: contexts encrypt only if they are asked to. By itself MIT's library says of each that it can. */
  readonly onlyAsked?: boolean;
  /** See `GssNegotiation.step`. */
  readonly isNeeded?: (() => boolean) | undefined;
}

export type NameKind = "service" | "principal";

/** The state of a negotiation: the library replaces the pointer. */
export interface ContextHolder {
  context: Pointer;
}

/** One step of a caller. */
export interface InitiateOptions {
  readonly credential: Pointer;
  /** The service. */
  readonly name: Pointer;
  readonly flags: number;
  readonly token: Uint8Array | undefined;
  /** True: within SPNEGO. */
  readonly spnego: boolean;
  /** See `GssNegotiation.step`. */
  readonly isNeeded: (() => boolean) | undefined;
}

/** The outcome of gss_init_sec_context or gss_accept_sec_context. */
export interface NegotiationStep {
  readonly token: Uint8Array;
  readonly isComplete: boolean;
  readonly flags: number;
  /** Seconds that the context lasts; Infinity if it does not end. */
  readonly lifetime: number;
  /** The caller's principal; "" at the caller's end. */
  readonly peer: string;
  /** The cache that has the tickets which the caller gave on. */
  readonly delegatedCache?: string;
}

/** Context flags (RFC 2744 section 3.7 and appendix A). */
export const contextFlags = {
  delegate: 1,
  mutual: 2,
  replay: 4,
  sequence: 8,
  confidentiality: 16,
  integrity: 32,
  /** GSS_C_DCE_STYLE: the caller confirms with a third token. */
  dceStyle: 0x1000,
} as const;
