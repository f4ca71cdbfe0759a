// Distinguishes a repeated call from another call with its sequence number, without keeping its message.
import { crc32 } from "node:zlib";

/** The fingerprint of a message. */
export interface Fingerprint {
  readonly length: number;
  readonly crc: number;
}

/** Up to this number of bytes, calling zlib costs more than the sum itself. */
const short = 128;

export function fingerprint(message: Uint8Array): Fingerprint {
  return { length: message.length, crc: message.length <= short ? shortCrc32(message) : crc32(message) };
}

const table = /* @__PURE__ */ Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  return crc;
});

function shortCrc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let at = 0; at < bytes.length; at++) {
    crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] as number)) & 0xff] as number);
  }
  return ~crc >>> 0;
}

export function sameFingerprint(one: Fingerprint, other: Fingerprint): boolean {
  return one.length === other.length && one.crc === other.crc;
}
