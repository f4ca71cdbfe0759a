// PDUs that a security context protects (MS-RPCE section 2.2.2.11): data, padding, a trailer and a token.
//
//   header | data, encrypted for privacy | padding | trailer: type, level, padding, context | token
import type { GssPduProtection, GssSurroundings } from "../gss/mechanism.js";
import { BadPdu, callHeaderSize, Flag, type Pdu, PduType } from "./pdu.js";

/** Numbers of authentication types (MS-RPCE section 2.2.1.1.7). */
export const AuthType = { spnego: 9, kerberos: 16 } as const;
/** Numbers of authentication levels (MS-RPCE section 2.2.1.1.8). */
export const AuthLevel = { integrity: 5, privacy: 6 } as const;

/** The agreement of both ends. */
export interface AuthTerms {
  readonly type: number;
  readonly level: number;
  /** Identifies the security context in its association. */
  readonly id: number;
}

export interface AuthTrailer extends AuthTerms {
  /** Bytes of padding before the trailer. */
  readonly padding: number;
  /** Where the trailer begins. */
  readonly at: number;
  readonly token: Uint8Array;
}

const trailerLength = 8;

/** The trailer and token of a PDU that has them. @throws BadPdu */
export function readTrailer({ view, authLength, little }: Pdu): AuthTrailer {
  const at = view.byteLength - authLength - trailerLength;
  if (at < 16) throw new BadPdu("a PDU is shorter than its token");
  return {
    type: view.getUint8(at),
    level: view.getUint8(at + 1),
    padding: view.getUint8(at + 2),
    id: view.getUint32(at + 4, little),
    at,
    token: new Uint8Array(view.buffer, view.byteOffset + at + trailerLength, authLength),
  };
}

/** Adds trailer and token to a PDU of binding. */
export function withToken(pdu: Uint8Array, terms: AuthTerms, token: Uint8Array): Uint8Array {
  const padding = -pdu.length & 3;
  const whole = extended(pdu, padding, terms, token.length);
  whole.set(token, whole.length - token.length);
  return whole;
}

/** The PDU with padding, trailer, and room for the token. */
function extended(pdu: Uint8Array, padding: number, { type, level, id }: AuthTerms, length: number): Uint8Array {
  const whole = new Uint8Array(pdu.length + padding + trailerLength + length);
  whole.set(pdu);
  const view = new DataView(whole.buffer);
  const little = (whole[4] as number) >> 4 === 1;
  view.setUint16(8, whole.length, little);
  view.setUint16(10, length, little);
  const at = pdu.length + padding;
  whole.set([type, level, padding], at);
  view.setUint32(at + 4, id, little);
  return whole;
}

/** The padding makes the data a whole number of these. */
const block = 16;

export class PduSecurity {
  readonly #context: GssPduProtection;
  readonly #terms: AuthTerms;
  readonly #isPrivate: boolean;
  readonly #signsHeader: boolean;

  /** `signsHeader`: both ends protect header and trailer, too. */
  constructor(context: GssPduProtection, terms: AuthTerms, signsHeader: boolean) {
    this.#context = context;
    this.#terms = terms;
    this.#isPrivate = terms.level === AuthLevel.privacy;
    this.#signsHeader = signsHeader;
  }

  /** The most bytes by which a PDU becomes longer. */
  get overhead(): number {
    return block + trailerLength + this.#tokenLength;
  }

  get #tokenLength(): number {
    return this.#context.tokenLengths[this.#isPrivate ? "privacy" : "integrity"];
  }

  /** Protects a request or response. */
  protect(pdu: Uint8Array): Uint8Array {
    const data = pdu.length - callHeaderSize;
    const whole = extended(pdu, -data & (block - 1), this.#terms, this.#tokenLength);
    const at = whole.length - this.#tokenLength;
    const parts = partsOf(whole, callHeaderSize, at - trailerLength, at);
    if (this.#isPrivate) {
      const { token, secret } = this.#context.wrap(parts.data, this.#around(parts));
      whole.set(secret, callHeaderSize);
      whole.set(token, at);
    } else whole.set(this.#context.getMic(this.#signed(parts)), at);
    return whole;
  }

  /** The PDU as it was before it was protected. @throws BadPdu if it was changed, or is not the next one. */
  open(pdu: Pdu): Pdu {
    if (pdu.authLength === 0) throw new BadPdu("a PDU is not protected");
    const trailer = readTrailer(pdu);
    const { type, level, id } = this.#terms;
    if (trailer.type !== type || trailer.level !== level || trailer.id !== id)
      throw new BadPdu("a PDU has another protection than was agreed on");
    const hasObject = pdu.type === PduType.request && (pdu.flags & Flag.object) !== 0;
    const start = callHeaderSize + (hasObject ? 16 : 0);
    const end = trailer.at - trailer.padding;
    if (end < start) throw new BadPdu("a PDU is shorter than its padding");
    const bytes = new Uint8Array(pdu.view.buffer, pdu.view.byteOffset, pdu.view.byteLength);
    const parts = partsOf(bytes, start, trailer.at, trailer.at + trailerLength);
    const data = this.#opened(parts, trailer.token);
    if (data === undefined) throw new BadPdu("a PDU was changed on its way, or is not the next one");
    const plain = new Uint8Array(end);
    plain.set(bytes.subarray(0, start));
    plain.set(data.subarray(0, end - start), start);
    return { ...pdu, authLength: 0, view: new DataView(plain.buffer) };
  }

  #opened(parts: Parts, token: Uint8Array): Uint8Array | undefined {
    if (this.#isPrivate) return this.#context.unwrap(token, parts.data, this.#around(parts));
    return this.#context.verifyMic(this.#signed(parts), token) ? parts.data : undefined;
  }

  #around({ before, after }: Parts): GssSurroundings {
    return this.#signsHeader ? { before, after } : { before: nothing, after: nothing };
  }

  #signed({ all, data }: Parts): Uint8Array {
    return this.#signsHeader ? all : data;
  }
}

const nothing = new Uint8Array(0);

interface Parts {
  readonly before: Uint8Array;
  readonly data: Uint8Array;
  readonly after: Uint8Array;
  /** Everything but the token. */
  readonly all: Uint8Array;
}

/** The data are from `start` to `trailer`, the trailer to `end`. */
function partsOf(bytes: Uint8Array, start: number, trailer: number, end: number): Parts {
  return {
    before: bytes.subarray(0, start),
    data: bytes.subarray(start, trailer),
    after: bytes.subarray(trailer, end),
    all: bytes.subarray(0, end),
  };
}
