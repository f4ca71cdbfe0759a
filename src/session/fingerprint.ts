// Tells the call of a sequence number from another one, without keeping its message.
import { crc32 } from "node:zlib";

/** Of a message. */
export interface Fingerprint {
  readonly length: number;
  readonly crc: number;
}

export function fingerprint(message: Uint8Array): Fingerprint {
  return { length: message.length, crc: crc32(message) };
}

export function sameFingerprint(one: Fingerprint, other: Fingerprint): boolean {
  return one.length === other.length && one.crc === other.crc;
}
