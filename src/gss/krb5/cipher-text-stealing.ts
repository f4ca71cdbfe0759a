// AES in CBC mode with cipher text stealing, the last two blocks always swapped (RFC 3962 section 5, "CBC-CS3"): the
// encrypted bytes are as many as the plain ones. The initial vector is zero; messages are longer than one block.
import { createCipheriv, createDecipheriv } from "node:crypto";

type Cipher = ReturnType<typeof createCipheriv>;
type Decipher = ReturnType<typeof createDecipheriv>;

export const blockLength = 16;
const zeroVector = Buffer.alloc(blockLength);

/**
 * Encrypts and decrypts under one key. The ciphers of node:crypto are kept, because making one costs more than a short message. A
 * kept cipher chains each message to the last block of the one before; that block is XORed out, so that each begins with a zero vector.
 */
export class CipherTextStealing {
  readonly #key: Uint8Array;
  #encryption: Cipher | undefined;
  #decryption: Decipher | undefined;
  /** Decrypts one block without a mode. */
  #single: Decipher | undefined;
  /** The blocks that the next message is chained to. */
  #encrypted = Buffer.from(zeroVector);
  #decrypted: Uint8Array = Buffer.from(zeroVector);

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Encrypts the first `length` bytes, more than one block; behind them are zeros up to a whole block. Overwrites `blocks`. */
  encrypt(blocks: Uint8Array, length: number): Buffer {
    this.#encryption ??= createCipheriv(mode(this.#key, "cbc"), this.#key, zeroVector).setAutoPadding(false);
    exclusiveOr(blocks, this.#encrypted);
    const secret = this.#encryption.update(blocks);
    const lastAt = secret.length - blockLength;
    const beforeAt = lastAt - blockLength;
    secret.copy(this.#encrypted, 0, lastAt);
    secret.copyWithin(lastAt, beforeAt, lastAt);
    this.#encrypted.copy(secret, beforeAt);
    return secret.subarray(0, length);
  }

  /** `secret` must be longer than one block. */
  decrypt(secret: Uint8Array): Buffer {
    const key = this.#key;
    this.#single ??= createDecipheriv(mode(key, "ecb"), key, null).setAutoPadding(false);
    this.#decryption ??= createDecipheriv(mode(key, "cbc"), key, zeroVector).setAutoPadding(false);
    const last = secret.length % blockLength || blockLength;
    const lastAt = secret.length - last;
    const beforeAt = lastAt - blockLength;
    const stolen = this.#single.update(secret.subarray(beforeAt, lastAt));
    // The block before the last, as CBC made it: the bytes that were sent, then those that were stolen for the last block.
    const before = Buffer.concat([secret.subarray(lastAt), stolen.subarray(last)]);
    const plain = this.#decryption.update(Buffer.concat([secret.subarray(0, beforeAt), before]));
    exclusiveOr(plain, this.#decrypted);
    this.#decrypted = before;
    exclusiveOr(stolen, before);
    return Buffer.concat([plain, stolen.subarray(0, last)]);
  }
}

/** `length` bytes, rounded up to whole blocks. */
export function wholeBlocks(length: number): number {
  return Math.ceil(length / blockLength) * blockLength;
}

/** One block of AES without a mode: the random function of RFC 3961 section 5.1. */
export function encryptedBlock(key: Uint8Array, block: Uint8Array): Buffer {
  return createCipheriv(mode(key, "ecb"), key, null).setAutoPadding(false).update(block);
}

/** Changes the first block of `bytes`. */
function exclusiveOr(bytes: Uint8Array, block: Uint8Array): void {
  for (let i = 0; i < blockLength; i++) bytes[i] = (bytes[i] as number) ^ (block[i] as number);
}

function mode(key: Uint8Array, name: "cbc" | "ecb"): string {
  return `aes-${key.length * 8}-${name}`;
}
