// The security of one association at the server's end: none, being negotiated, or agreed on.
import { systemClock } from "../base/clock.js";
import type { Identity } from "../rpc/auth.js";
import { acceptance, type DceServerAuth, type Negotiation } from "./auth.js";
import { BadPdu, BindNak, Flag, type Pdu, PduType } from "./pdu.js";
import { type PduSecurity, readTrailer, withToken } from "./pdu-security.js";

/** Adds the token of an answer. */
type Sealed = (bytes: Uint8Array) => Uint8Array;

/** The stream, which waits while a token is examined. */
export interface Held {
  hold(): void;
  release(): void;
}

export class ServerSecurity {
  readonly #auth: DceServerAuth | undefined;
  readonly #onError: (error: unknown) => void;
  readonly #stream: Held;
  #negotiation: Negotiation | undefined;
  #security: PduSecurity | undefined;
  #signsHeader = false;
  #hasFailed = false;
  #isClosed = false;

  constructor(auth: DceServerAuth | undefined, onError: (error: unknown) => void, stream: Held) {
    this.#auth = auth;
    this.#onError = onError;
    this.#stream = stream;
  }

  /** For the header of bind_ack. */
  get flags(): number {
    return this.#signsHeader ? Flag.headerSigning : 0;
  }

  /** The caller; undefined if it has not proved who it is. */
  get identity(): Identity | undefined {
    return this.#security === undefined ? undefined : this.#negotiation?.identity();
  }

  /** Whether calls may run. */
  get isEnough(): boolean {
    if (this.#hasFailed) return false;
    if (this.#security !== undefined) return (this.#negotiation as Negotiation).endsAt > systemClock.date();
    return this.#negotiation === undefined && (this.#auth === undefined || this.#auth.require === "none");
  }

  /** Whether headers are protected; undefined if nothing is. */
  get signsHeader(): boolean | undefined {
    return this.#security === undefined ? undefined : this.#signsHeader;
  }

  get overhead(): number {
    return this.#security?.overhead ?? 0;
  }

  /** The first token has come. @returns the reason of a bind_nak. @throws BadPdu */
  begin(pdu: Pdu): number | undefined {
    if (this.#negotiation !== undefined) return undefined;
    if (pdu.type !== PduType.bind) throw new BadPdu("authentication begins with bind");
    if (this.#auth === undefined) return BindNak.authenticationType;
    this.#signsHeader = (pdu.flags & Flag.headerSigning) !== 0;
    if (!this.#signsHeader && this.#auth.headerSigning !== "preferred") return BindNak.authenticationType;
    this.#negotiation = acceptance(this.#auth, readTrailer(pdu));
    return this.#negotiation === undefined ? BindNak.authenticationType : undefined;
  }

  /** Examines a token, then calls `done`, with undefined if it is refused; not after the end of the association. No other PDU is handled meanwhile. @throws BadPdu */
  step(pdu: Pdu, done: (sealed: Sealed | undefined) => void): void {
    const negotiation = this.#negotiation;
    if (negotiation === undefined) throw new BadPdu("authentication was not agreed on");
    const { type, level, id, token } = readTrailer(pdu);
    const { terms } = negotiation;
    if (type !== terms.type || level !== terms.level || id !== terms.id)
      throw new BadPdu("a token is for another security context");
    this.#stream.hold();
    this.#taken(negotiation, token)
      .catch((error: unknown) => {
        this.#hasFailed = true;
        this.#onError(new Error(`a caller was not authenticated: ${(error as Error).message}`, { cause: error }));
        return undefined;
      })
      // An interface that was bound after the end would never be given back.
      .then((sealed) => (this.#isClosed ? undefined : done(sealed)))
      .catch(this.#onError)
      .finally(() => this.#stream.release());
  }

  async #taken(negotiation: Negotiation, token: Uint8Array): Promise<Sealed> {
    const answer = await negotiation.step(token);
    if (negotiation.isComplete) this.#security = negotiation.security(this.#signsHeader);
    return (bytes) => (answer.length === 0 ? bytes : withToken(bytes, negotiation.terms, answer));
  }

  /** A request without its protection. @throws BadPdu */
  open(pdu: Pdu): Pdu {
    if (this.#security !== undefined) return this.#security.open(pdu);
    if (pdu.authLength > 0) throw new BadPdu("authentication was not agreed on");
    return pdu;
  }

  protect(pdu: Uint8Array): Uint8Array {
    return this.#security?.protect(pdu) ?? pdu;
  }

  close(): void {
    this.#isClosed = true;
    this.#negotiation?.destroy();
  }
}
