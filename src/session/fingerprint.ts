// Distinguishes a repeated call from another call with its sequence number, without keeping its message.
import { crc32 } from "node:zlib";

/** The fingerprint of a message. */
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
