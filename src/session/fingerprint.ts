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
  return fingerprintOf(message, 0, message.length);
}

/** The fingerprint of the message `bytes[start, end)`. */
export function fingerprintOf(bytes: Uint8Array, start: number, end: number): Fingerprint {
  return { length: end - start, crc: crcOf(bytes, start, end) };
}

/** The CRC-32 of `bytes[start, end)`. */
export function crcOf(bytes: Uint8Array, start: number, end: number): number {
  return end - start <= short ? shortCrc32(bytes, start, end) : crc32(bytes.subarray(start, end));
}

/** The sums of each byte; then those of the byte followed by one, two and three zeros. */
const table = /* @__PURE__ */ sums();

function sums(): Uint32Array {
  const all = new Uint32Array(1024);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
    all[byte] = crc;
  }
  for (let at = 256; at < 1024; at++) {
    const crc = all[at - 256] as number;
    all[at] = (crc >>> 8) ^ (all[crc & 0xff] as number);
  }
  return all;
}

/** Four bytes at a time. */
function shortCrc32(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const first = (crc ^ (bytes[at] as number)) & 0xff;
    const second = ((crc >>> 8) ^ (bytes[at + 1] as number)) & 0xff;
    const third = ((crc >>> 16) ^ (bytes[at + 2] as number)) & 0xff;
    const fourth = (crc >>> 24) ^ (bytes[at + 3] as number);
    crc =
      (table[768 + first] as number) ^
      (table[512 + second] as number) ^
      (table[256 + third] as number) ^
      (table[fourth] as number);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] as number)) & 0xff] as number);
  return ~crc >>> 0;
}

export function sameFingerprint(one: Fingerprint, other: Fingerprint): boolean {
  return one.length === other.length && one.crc === other.crc;
}
