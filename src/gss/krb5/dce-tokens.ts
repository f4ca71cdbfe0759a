// The tokens of Kerberos beside the PDUs of DCE RPC: as in RFC 4121 section 4.2.4, but that the rotated bytes are cut in two. The
// token has its header and all that is not data, and the encrypted data stays in the place of the data.
//
//   encrypted:  confounder | data | filler | copy of the header | checksum
//   token:      header | filler | copy of the header | checksum | confounder
import type { GssPduProtection, GssSurroundings } from "../mechanism.js";
import { blockLength } from "./cipher-text-stealing.js";
import type { Protection } from "./encryption-types.js";

/** The functions of the context that has the keys. */
export interface TokenKeys {
  getMic(message: Uint8Array): Uint8Array;
  verifyMic(message: Uint8Array, mic: Uint8Array): boolean;
  /** The header of the next token, and the keys for it. */
  sealer(): { readonly header: Buffer; readonly seal: Protection };
  /** The keys for a received token; undefined if the other end does not make such tokens. */
  opener(token: Uint8Array): Protection | undefined;
}

const headerLength = 16;
/** Windows refuses tokens without filler (its rotation counts it twice). */
const fillerLength = blockLength;

export class DceTokens implements GssPduProtection {
  readonly tokenLengths: { readonly integrity: number; readonly privacy: number };
  readonly #keys: TokenKeys;
  #next: bigint;

  /** `overhead`: of the keys, the bytes by which an encrypted message is longer. */
  constructor(first: bigint, overhead: number, keys: TokenKeys) {
    this.#next = first;
    this.#keys = keys;
    const integrity = headerLength + overhead - blockLength;
    this.tokenLengths = { integrity, privacy: headerLength + fillerLength + headerLength + overhead };
  }

  getMic(message: Uint8Array): Uint8Array {
    return this.#keys.getMic(message);
  }

  verifyMic(message: Uint8Array, mic: Uint8Array): boolean {
    return this.#isNext(mic) && this.#keys.verifyMic(message, mic) && this.#advance();
  }

  wrap(data: Uint8Array, { before, after }: GssSurroundings): { token: Uint8Array; secret: Uint8Array } {
    const { header, seal } = this.#keys.sealer();
    header.writeUInt16BE(fillerLength, 4);
    const around = { before, length: data.length, after };
    const all = seal.encryptWithin(around, data, Buffer.alloc(fillerLength, 0xff), header);
    const end = blockLength + data.length;
    header.writeUInt16BE(all.length - end - fillerLength, 6);
    const token = Buffer.concat([header, all.subarray(end), all.subarray(0, blockLength)]);
    return { token, secret: all.subarray(blockLength, end) };
  }

  unwrap(token: Uint8Array, secret: Uint8Array, { before, after }: GssSurroundings): Uint8Array | undefined {
    const seal = this.#isNext(token) ? this.#keys.opener(token) : undefined;
    if (seal === undefined) return undefined;
    const header = Buffer.from(token.subarray(0, headerLength));
    const extra = header.readUInt16BE(4);
    const rotated = Buffer.concat([token.subarray(headerLength), secret]);
    const by = header.readUInt16BE(6) + extra;
    // All before the confounder was moved to the front.
    if (by !== token.length - headerLength - blockLength) return undefined;
    const around = { before, length: secret.length, after };
    const plain = seal.decryptWithin(around, Buffer.concat([rotated.subarray(by), rotated.subarray(0, by)]));
    header.writeUInt16BE(0, 6);
    if (plain?.length !== secret.length + extra + headerLength) return undefined;
    if (!header.equals(plain.subarray(secret.length + extra))) return undefined;
    this.#advance();
    return plain.subarray(0, secret.length);
  }

  #isNext(token: Uint8Array): boolean {
    return token.length >= headerLength && Buffer.from(token.subarray(8, 16)).readBigUInt64BE() === this.#next;
  }

  #advance(): true {
    this.#next = (this.#next + 1n) & 0xffff_ffff_ffff_ffffn;
    return true;
  }
}
