// AES in CBC mode with cipher text stealing, the last two blocks always swapped (RFC 3962 section 5, "CBC-CS3"): the
// encrypted bytes are as many as the plain ones. The initial vector is zero; messages are longer than one block.
import { createCipheriv, createDecipheriv } from "node:crypto";

export const blockLength = 16;
const zeroVector = Buffer.alloc(blockLength);

/** `plain` must be longer than one block. */
export function encryptCts(key: Uint8Array, plain: Uint8Array): Buffer {
  const cipher = createCipheriv(cbc(key), key, zeroVector).setAutoPadding(false);
  const last = plain.length % blockLength || blockLength;
  const padding = Buffer.alloc(blockLength - last);
  const blocks = Buffer.concat([cipher.update(plain), cipher.update(padding)]);
  const lastAt = blocks.length - blockLength;
  const beforeAt = lastAt - blockLength;
  const before = Buffer.from(blocks.subarray(beforeAt, beforeAt + last));
  blocks.copyWithin(beforeAt, lastAt);
  blocks.set(before, lastAt);
  return blocks.subarray(0, plain.length);
}

/** `secret` must be longer than one block. */
export function decryptCts(key: Uint8Array, secret: Uint8Array): Buffer {
  const last = secret.length % blockLength || blockLength;
  const lastAt = secret.length - last;
  const beforeAt = lastAt - blockLength;
  const full = secret.subarray(beforeAt, lastAt);
  const stolen = decryptedBlock(key, full);
  // The block before the last, as CBC made it: the bytes that were sent, then those that were stolen for the last block.
  const before = Buffer.concat([secret.subarray(lastAt), stolen.subarray(last)]);
  const blocks = Buffer.concat([secret.subarray(0, beforeAt), before]);
  const decipher = createDecipheriv(cbc(key), key, zeroVector).setAutoPadding(false);
  const plain = decipher.update(blocks);
  const end = stolen.subarray(0, last);
  for (let i = 0; i < last; i++) end[i] = (end[i] as number) ^ (before[i] as number);
  return Buffer.concat([plain, end]);
}

/** One block of AES without a mode. Also the random function of RFC 3961 section 5.1. */
export function encryptedBlock(key: Uint8Array, block: Uint8Array): Buffer {
  return createCipheriv(ecb(key), key, null).setAutoPadding(false).update(block);
}

function decryptedBlock(key: Uint8Array, block: Uint8Array): Buffer {
  return createDecipheriv(ecb(key), key, null).setAutoPadding(false).update(block);
}

function cbc(key: Uint8Array): string {
  return `aes-${key.length * 8}-cbc`;
}

function ecb(key: Uint8Array): string {
  return `aes-${key.length * 8}-ecb`;
}
