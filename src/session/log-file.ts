// The file of a log: a header, then records, each with its length and a CRC-32. Knows nothing of their meaning.
import { crc32 } from "node:zlib";
import type { XdrWriter } from "../xdr/writer.js";
import { crcOf } from "./fingerprint.js";

/** The name of a kind of log in messages, and its first bytes, of which the last one is the version of the format. */
export interface LogFormat {
  readonly what: string;
  readonly header: Uint8Array;
}

/** Length and CRC-32 in front of each record. */
const frame = 8;

/** No record is shorter, so that a region of zero bytes is not taken for records. */
const shortestRecord = 4;

/** The header of a new file. */
export const newLog = ({ header }: LogFormat): Uint8Array => header.slice();

/** Begins a record. Its contents are written next, and then `endFrame` is called with the result. */
export function beginFrame(out: XdrWriter): number {
  return out.reserve(frame);
}

export function endFrame(out: XdrWriter, at: number): void {
  const start = at + frame;
  out.view.setUint32(at, out.offset - start);
  out.view.setUint32(at + 4, crcOf(out.view, start, out.offset));
}

/** The parts of a file that was read. */
export interface ReadLog {
  readonly records: Uint8Array[];
  /** Bytes up to the end of the last record. The rest was being written when the process ended, or is damaged. */
  readonly length: number;
  /** Positions of bytes that have changed since they were written. Empty if the file is undamaged. */
  readonly damage: readonly number[];
}

/** @throws Error if the file is something else, or of another version. */
export function parseLog(bytes: Uint8Array, path: string, { what, header }: LogFormat): ReadLog {
  const start = bytes.subarray(0, header.length);
  const isWhole = start.length === header.length && start.every((byte, at) => byte === header[at]);
  if (!isWhole) {
    // The power failed while the file was made: it has a part of the header, and zeros where the rest was not written.
    if (bytes.length <= header.length && start.every((byte, at) => byte === header[at] || byte === 0)) {
      return { records: [], length: 0, damage: [] };
    }
    throw new Error(`${path} is not a ${what} of this version of Lupine; give another path`);
  }
  const records: Uint8Array[] = [];
  const damage: number[] = [];
  let [at, length] = [header.length, header.length];
  for (let next = recordAt(bytes, at); next !== undefined; next = recordAt(bytes, at)) {
    if (next.isDamaged) damage.push(at);
    if (next.body !== undefined) records.push(next.body);
    if (next.end === undefined || damage.length > mostDamage) break;
    at = next.end;
    if (next.body !== undefined) length = at;
  }
  return { records, length, damage };
}

/** After as many damaged records the rest is given up, so that a file of noise takes linear time. */
const mostDamage = 8;

interface Found {
  /** Undefined: its bytes have changed. */
  readonly body?: Uint8Array;
  /** The place of the next record; undefined if it cannot be found. */
  readonly end?: number;
  readonly isDamaged: boolean;
}

/** The record at a place; undefined at the end of the file, which may be a part of a record. */
function recordAt(bytes: Uint8Array, at: number): Found | undefined {
  if (at + frame > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [length, check] = [view.getUint32(at), view.getUint32(at + 4)];
  const end = at + frame + length;
  const isWithin = length >= shortestRecord && end <= bytes.length;
  const bodyTo = (to: number): Uint8Array => bytes.subarray(at + frame, to);
  if (isWithin && crc32(bodyTo(end)) === check) return { body: bodyTo(end), end, isDamaged: false };
  const right = rightLength(bytes, at, length, check);
  if (right !== undefined) return { body: bodyTo(at + frame + right), end: at + frame + right, isDamaged: true };
  // A partial record, or zeros: the process or the machine ended while it was written.
  if (!isWithin || isZeroFrom(bytes, end)) return undefined;
  return end === bytes.length || isRecord(bytes, end) ? { end, isDamaged: true } : { isDamaged: true };
}

/** Whether only zeros follow, at least one. A file has zeros where bytes are still to be written, and never directly after a whole append. */
function isZeroFrom(bytes: Uint8Array, at: number): boolean {
  return at < bytes.length && bytes.subarray(at).every((byte) => byte === 0);
}

function isRecord(bytes: Uint8Array, at: number): boolean {
  if (at + frame > bytes.length) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, frame);
  const length = view.getUint32(0);
  const end = at + frame + length;
  return (
    length >= shortestRecord && end <= bytes.length && crc32(bytes.subarray(at + frame, end)) === view.getUint32(4)
  );
}

/** The length of a record of which one byte of the length has changed: the one with which the CRC fits. */
function rightLength(bytes: Uint8Array, at: number, length: number, check: number): number | undefined {
  const lengths = new Set<number>();
  for (const shift of [0, 8, 16, 24]) {
    for (let byte = 0; byte < 256; byte++) lengths.add(((length & ~(0xff << shift)) | (byte << shift)) >>> 0);
  }
  let [crc, from] = [0, at + frame];
  for (const one of [...lengths].sort((a, b) => a - b)) {
    const to = at + frame + one;
    if (to > bytes.length) break;
    crc = crc32(bytes.subarray(from, to), crc);
    from = to;
    if (crc === check && one >= shortestRecord && one !== length) return one;
  }
  return undefined;
}
