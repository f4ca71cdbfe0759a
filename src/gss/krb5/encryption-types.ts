// The encryption types of Kerberos with AES: 17 and 18 (RFC 3962), 19 and 20 (RFC 8009). Each protects a message with keys
// that are derived from one base key for each use.
import { createHmac, timingSafeEqual } from "node:crypto";
import { RandomBlocks } from "../../base/random-bytes.js";
import { blockLength, CipherTextStealing, encryptedBlock, wholeBlocks } from "./cipher-text-stealing.js";
import { nFold } from "./n-fold.js";

/** Protects the messages of one use (RFC 3961 section 3), which has a base key and a key usage number. */
export interface Protection {
  /** The number of bytes by which an encrypted message is longer. */
  readonly overhead: number;
  /** A keyed checksum of the parts, one after another. */
  checksum(...parts: readonly Uint8Array[]): Uint8Array;
  /** Encrypts the parts, one after another, and protects them against changes. */
  encrypt(...parts: readonly Uint8Array[]): Uint8Array;
  /** Undefined if the message was changed, or was not encrypted with this key. Never throws. */
  decrypt(secret: Uint8Array): Uint8Array | undefined;
  /** As `encrypt`, and protects `around` against changes, which is not encrypted and not part of the result. */
  encryptWithin(around: Surroundings, ...parts: readonly Uint8Array[]): Uint8Array;
  /** As `decrypt`, for a message of `encryptWithin`. */
  decryptWithin(around: Surroundings, secret: Uint8Array): Uint8Array | undefined;
}

/** Bytes around the first `length` bytes of a message, as DCE RPC has a header and a trailer around the data that it encrypts. */
export interface Surroundings {
  readonly before: Uint8Array;
  readonly length: number;
  readonly after: Uint8Array;
}

interface EncryptionType {
  readonly keyLength: number;
  readonly hash: "sha1" | "sha256" | "sha384";
  /** Bytes of a checksum, and of the one behind an encrypted message. */
  readonly checksumLength: number;
  /** True: RFC 8009, where the checksum is of the encrypted bytes and keys are derived by HMAC. */
  readonly isNew: boolean;
}

const types: { readonly [number: number]: EncryptionType } = {
  17: { keyLength: 16, hash: "sha1", checksumLength: 12, isNew: false },
  18: { keyLength: 32, hash: "sha1", checksumLength: 12, isNew: false },
  19: { keyLength: 16, hash: "sha256", checksumLength: 16, isNew: true },
  20: { keyLength: 32, hash: "sha384", checksumLength: 24, isNew: true },
};

/** A key, as two ends of a context share it. */
export interface Krb5Key {
  /** The number of the encryption type (IANA registry of Kerberos parameters). */
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Whether messages under a key of this type can be protected here. */
export function isKnownType(type: number | undefined): boolean {
  return type !== undefined && types[type] !== undefined;
}

/** The type of the key must be one that `isKnownType` takes. */
export function protectionOf(key: Krb5Key, usage: number): Protection {
  return new AesProtection(types[key.type] as EncryptionType, key.bytes, usage);
}

/** The last byte of the derivation constant, for each kind of key (RFC 3961 section 5.3). */
const derived = { checksum: 0x99, encryption: 0xaa, integrity: 0x55 } as const;

class AesProtection implements Protection {
  readonly overhead: number;
  readonly #type: EncryptionType;
  readonly #checksumKey: Uint8Array;
  readonly #cipher: CipherTextStealing;
  readonly #integrityKey: Uint8Array;
  /** The random block at the start of each encrypted message. */
  readonly #confounders = new RandomBlocks(blockLength);

  constructor(type: EncryptionType, base: Uint8Array, usage: number) {
    const derive = type.isNew ? derivedByHmac : derivedByAes;
    this.#type = type;
    this.overhead = blockLength + type.checksumLength;
    this.#checksumKey = derive(type, base, usage, derived.checksum);
    this.#cipher = new CipherTextStealing(derive(type, base, usage, derived.encryption));
    this.#integrityKey = derive(type, base, usage, derived.integrity);
  }

  checksum(...parts: readonly Uint8Array[]): Uint8Array {
    return this.#hash(this.#checksumKey, parts);
  }

  encrypt(...parts: readonly Uint8Array[]): Uint8Array {
    return this.encryptWithin(nothing, ...parts);
  }

  decrypt(message: Uint8Array): Uint8Array | undefined {
    return this.decryptWithin(nothing, message);
  }

  encryptWithin(around: Surroundings, ...parts: readonly Uint8Array[]): Uint8Array {
    const length = parts.reduce((sum, part) => sum + part.length, blockLength);
    const blocks = Buffer.concat([this.#confounders.next(), ...parts], wholeBlocks(length));
    const { isNew } = this.#type;
    const sum = isNew ? noBytes : this.#integrity(blocks.subarray(0, length), around);
    const secret = this.#cipher.encrypt(blocks, length);
    return Buffer.concat([secret, isNew ? this.#integrity(secret, around) : sum]);
  }

  decryptWithin(around: Surroundings, message: Uint8Array): Uint8Array | undefined {
    const length = message.length - this.#type.checksumLength;
    if (length <= blockLength) return undefined;
    const secret = message.subarray(0, length);
    const sum = message.subarray(length);
    if (this.#type.isNew && !timingSafeEqual(sum, this.#integrity(secret, around))) return undefined;
    const plain = this.#cipher.decrypt(secret);
    if (!this.#type.isNew && !timingSafeEqual(sum, this.#integrity(plain, around))) return undefined;
    return plain.subarray(blockLength);
  }

  // RFC 8009 section 5: of the initial vector and the encrypted bytes. RFC 3961 section 5.3: of the plain bytes.
  #integrity(bytes: Uint8Array, around: Surroundings): Uint8Array {
    const parts = around === nothing ? [bytes] : within(around, bytes);
    return this.#hash(this.#integrityKey, this.#type.isNew ? [zeroVector, ...parts] : parts);
  }

  #hash(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
    const hmac = createHmac(this.#type.hash, key);
    for (const part of parts) hmac.update(part);
    return hmac.digest().subarray(0, this.#type.checksumLength);
  }
}

/** The bytes in the order in which they are protected: the surroundings are not encrypted. */
function within({ before, length, after }: Surroundings, bytes: Uint8Array): Uint8Array[] {
  const end = blockLength + length;
  return [bytes.subarray(0, blockLength), before, bytes.subarray(blockLength, end), after, bytes.subarray(end)];
}

const noBytes = new Uint8Array(0);
const nothing: Surroundings = { before: noBytes, length: 0, after: noBytes };
const zeroVector = Buffer.alloc(blockLength);

/** DK of RFC 3961 section 5.1: the usage is encrypted until there are enough bytes. */
function derivedByAes({ keyLength }: EncryptionType, base: Uint8Array, usage: number, kind: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  let block: Uint8Array = nFold(labelOf(usage, kind), blockLength);
  for (let length = 0; length < keyLength; length += blockLength) {
    block = encryptedBlock(base, block);
    blocks.push(block);
  }
  return Buffer.concat(blocks).subarray(0, keyLength);
}

/** KDF-HMAC-SHA2 of RFC 8009 section 3: one round is always enough. */
function derivedByHmac(type: EncryptionType, base: Uint8Array, usage: number, kind: number): Uint8Array {
  const { keyLength, checksumLength, hash } = type;
  const length = kind === derived.encryption ? keyLength : checksumLength;
  const bits = Buffer.alloc(4);
  bits.writeUInt32BE(length * 8);
  const round = Uint8Array.of(0, 0, 0, 1);
  const hmac = createHmac(hash, base).update(round).update(labelOf(usage, kind)).update(Uint8Array.of(0)).update(bits);
  return hmac.digest().subarray(0, length);
}

function labelOf(usage: number, kind: number): Uint8Array {
  const label = Buffer.alloc(5);
  label.writeUInt32BE(usage);
  label[4] = kind;
  return label;
}
