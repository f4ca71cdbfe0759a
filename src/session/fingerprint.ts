// Distinguishes a repeated call from another call with its sequence number, without keeping its message.
import { crc32 } from "node:zlib";

/** The fingerprint of a message. */
export interface Fingerprint {
  length: number;
  crc: number;
}

/** Up to this number of bytes, calling zlib costs more than the sum itself. */
const short = 128;

export function fingerprint(message: Uint8Array): Fingerprint {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  return { length: message.length, crc: crcOf(view, 0, message.length) };
}

/** The CRC-32 of `bytes[start, end)`. */
export function crcOf(bytes: DataView, start: number, end: number): number {
  if (end - start <= short) return shortCrc32(bytes, start, end);
  return crc32(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
}

/** The sums of each byte; then those of the byte followed by one zero, two, and so on to seven. */
const table = /* @__PURE__ */ sums();

function sums(): Int32Array {
  const all = new Int32Array(2048);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
    all[byte] = crc;
  }
  for (let at = 256; at < 2048; at++) {
    const crc = all[at - 256] as number;
    all[at] = (crc >>> 8) ^ (all[crc & 0xff] as number);
  }
  return all;
}

/** Eight bytes at a time. */
function shortCrc32(bytes: DataView, start: number, end: number): number {
  let crc = -1;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const first = crc ^ bytes.getInt32(at, true);
    const second = bytes.getInt32(at + 4, true);
    crc =
      (table[1792 + (first & 0xff)] as number) ^
      (table[1536 + ((first >>> 8) & 0xff)] as number) ^
      (table[1280 + ((first >>> 16) & 0xff)] as number) ^
      (table[1024 + (first >>> 24)] as number) ^
      (table[768 + (second & 0xff)] as number) ^
      (table[512 + ((second >>> 8) & 0xff)] as number) ^
      (table[256 + ((second >>> 16) & 0xff)] as number) ^
      (table[second >>> 24] as number);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (table[(crc ^ bytes.getUint8(at)) & 0xff] as number);
  return ~crc >>> 0;
}

export function sameFingerprint(one: Fingerprint, other: Fingerprint): boolean {
  return one.length === other.length && one.crc === other.crc;
}
