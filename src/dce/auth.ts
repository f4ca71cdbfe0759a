// Authentication by Kerberos: its options, and the negotiation of both ends while they bind.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { GssContext, GssMechanism, GssNegotiation, GssStep } from "../gss/mechanism.js";
import { AuthFlavor, type Identity } from "../rpc/auth.js";
import { BadPdu } from "./pdu.js";
import { AuthLevel, type AuthTerms, type AuthTrailer, AuthType, PduSecurity } from "./pdu-security.js";

/** How calls are protected: "integrity" against changes, "privacy" against readers as well. */
export type DceProtection = "integrity" | "privacy";

/** The authentication of a client: the option `auth` of `createDceClient`. */
export interface DceClientAuth {
  /** The mechanism: `krb5()` of `lupine/gss`. */
  readonly mechanism: GssMechanism;
  /** The server's service, as in its keytab, such as `"host@server.example.org"`. */
  readonly service: string;
  /** How calls and results are protected. Default "privacy". */
  readonly protection?: DceProtection;
  /** The form of the negotiation: SPNEGO, which Windows uses, or Kerberos alone. Default "spnego". */
  readonly negotiation?: "spnego" | "kerberos";
  /**
   * "required": the association is refused if the server does not protect the headers of PDUs, which contain the operation number. "preferred":
   * headers are protected if the server supports it. Default "required".
   */
  readonly headerSigning?: "required" | "preferred";
}

/** The authentication of callers: the option `auth` of `DceServer`. */
export interface DceServerAuth {
  /** The mechanism: `krb5({ keytab })` of `lupine/gss`. */
  readonly mechanism: GssMechanism;
  /** The weakest protection of calls that is accepted. "none" also accepts callers without authentication. Default "integrity". */
  readonly require?: "none" | DceProtection;
  /**
   * "required": clients that do not protect the headers of PDUs, which contain the operation number, are refused; impacket is such a client.
   * "preferred": headers are protected if the client supports it. Default "required".
   */
  readonly headerSigning?: "required" | "preferred";
}

const signing = ["required", "preferred"] as const;

export const clientAuthOptions: OptionTable<DceClientAuth> = {
  mechanism: "object",
  service: "text",
  protection: ["integrity", "privacy"],
  negotiation: ["spnego", "kerberos"],
  headerSigning: signing,
};

export const serverAuthOptions: OptionTable<DceServerAuth> = {
  mechanism: "object",
  require: ["none", "integrity", "privacy"],
  headerSigning: signing,
};

/** @throws TypeError */
export function checkClientAuth(auth: DceClientAuth): void {
  checkOptions(clientAuthOptions, auth, "options.auth");
  if (typeof auth.mechanism?.initiate !== "function") throw new TypeError("options.auth.mechanism is missing: krb5()");
  if (typeof auth.service !== "string")
    throw new TypeError('options.auth.service is missing: the name in the server\'s keytab, like "host@server"');
}

/** @throws TypeError */
export function checkServerAuth(auth: DceServerAuth): void {
  checkOptions(serverAuthOptions, auth, "options.auth");
  if (typeof auth.mechanism?.accept !== "function")
    throw new TypeError("options.auth.mechanism is missing: krb5({ keytab })");
}

/** The client's end of a negotiation. */
export function initiation({ mechanism, service, protection = "privacy", negotiation }: DceClientAuth): Negotiation {
  const isSpnego = negotiation !== "kerberos";
  const terms = {
    type: isSpnego ? AuthType.spnego : AuthType.kerberos,
    level: AuthLevel[protection],
    id: 1,
  };
  // Samba's server takes the signature of a context that could encrypt for longer than it is, and cannot answer.
  const own = mechanism.initiate(service, isSpnego ? "dce-spnego" : "dce", protection);
  return new Negotiation(own, mechanism.name, terms);
}

/** The server's end of a negotiation; undefined if the client asks for what this server does not have. */
export function acceptance({ mechanism, require }: DceServerAuth, trailer: AuthTrailer): Negotiation | undefined {
  const { type, level, id } = trailer;
  const isSpnego = type === AuthType.spnego;
  if (!isSpnego && type !== AuthType.kerberos) return undefined;
  if (level !== AuthLevel.privacy && (level !== AuthLevel.integrity || require === "privacy")) return undefined;
  const terms = { type, level, id };
  return new Negotiation(mechanism.accept(isSpnego ? "dce-spnego" : "dce"), mechanism.name, terms);
}

/** A client needs two or three steps; SPNEGO may add some. */
const mostSteps = 8;

/** One end of a negotiation, and its outcome. */
export class Negotiation {
  readonly terms: AuthTerms;
  readonly #negotiation: GssNegotiation;
  readonly #mechanism: string;
  #steps = 0;
  #context: GssContext | undefined;
  #isDestroyed = false;

  constructor(negotiation: GssNegotiation, mechanism: string, terms: AuthTerms) {
    this.#negotiation = negotiation;
    this.#mechanism = mechanism;
    this.terms = terms;
  }

  get isComplete(): boolean {
    return this.#context !== undefined;
  }

  /** The end of the context, in milliseconds since 1970. */
  get endsAt(): number {
    return this.#context?.endsAt ?? 0;
  }

  /** Takes the other end's token. @returns the token to send back; empty if nothing has to be sent. @throws GssError, BadPdu */
  async step(token?: Uint8Array): Promise<Uint8Array> {
    if (this.#context !== undefined || ++this.#steps > mostSteps) throw new BadPdu("a token comes after the last one");
    const step: GssStep = await this.#negotiation.step(token);
    this.#context = step.context;
    if (this.#isDestroyed) this.destroy();
    return step.token ?? new Uint8Array(0);
  }

  /** @throws BadPdu if the context cannot protect PDUs. */
  security(signsHeader: boolean): PduSecurity {
    const protection = this.#context?.dce;
    if (protection === undefined)
      throw new BadPdu(`the ${this.#mechanism} context cannot protect PDUs: its keys must be of AES (types 17 to 20)`);
    return new PduSecurity(protection, this.terms, signsHeader);
  }

  /** The caller, once the negotiation is complete. */
  identity(): Identity {
    const { peer = "", isDelegated = false } = this.#context ?? {};
    const protection = this.terms.level === AuthLevel.privacy ? "privacy" : "integrity";
    const gss = { mechanism: this.#mechanism, protection, isDelegated } as const;
    return { flavor: AuthFlavor.RPCSEC_GSS, principal: peer, gss };
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#negotiation.destroy?.();
    this.#context?.destroy?.();
  }
}
