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

/**
 * In place of a length: the end of a batch, eight bytes with the length of the file that was on the disk before the batch was written.
 * Its CRC-32 is inverted, so that it is no record whichever byte of the length has changed.
 */
const batchEnd = 0x8000_0008;
const batchEndBytes = 8;

/** A disk writes so many bytes in whole, or not. */
const sector = 512;

/** The version of the format before batches had ends: its records were written one batch after the other. */
const oldVersion = 1;

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

/** Ends a batch of records, which is written while the first `onDisk` bytes of the file are on the disk. */
export function endBatch(out: XdrWriter, onDisk: number): void {
  const at = out.reserve(frame + batchEndBytes);
  out.view.setUint32(at, batchEnd);
  out.view.setUint32(at + frame, Math.floor(onDisk / 2 ** 32));
  out.view.setUint32(at + frame + 4, onDisk >>> 0);
  out.view.setUint32(at + 4, ~crcOf(out.view, at + frame, out.offset) >>> 0);
}

/** The parts of a file that was read. */
export interface ReadLog {
  readonly records: Uint8Array[];
  /** Bytes up to the end of the last record. The rest was being written when the process ended, or is damaged. */
  readonly length: number;
  /** Positions of bytes that have changed since they were written. Empty if the file is undamaged. */
  readonly damage: readonly number[];
  /** The file has the format of an earlier version: it has to be written anew before anything is appended. */
  readonly isOld: boolean;
}

/**
 * Batches are written at the same time, so a crash may leave any parts of the last ones. Everything from the first gap on is left out: no
 * call of it was answered, and its records may depend on those in the gap. A record that changed later is told from a gap by the end of
 * a batch that was written when the record was on the disk already.
 * @throws Error if the file is something else, or of another version.
 */
export function parseLog(bytes: Uint8Array, path: string, { what, header }: LogFormat): ReadLog {
  const start = bytes.subarray(0, header.length);
  const isOld = start.at(-1) === oldVersion;
  const isWhole =
    start.length === header.length &&
    start.every((byte, at) => byte === header[at] || (isOld && at === header.length - 1));
  if (!isWhole) {
    // The power failed while the file was made: it has a part of the header, and zeros where the rest was not written.
    if (bytes.length <= header.length && start.every((byte, at) => byte === header[at] || byte === 0)) {
      return { records: [], length: 0, damage: [], isOld: false };
    }
    throw new Error(`${path} is not a ${what} of this version of Lupine; give another path`);
  }
  const frames = framesOf(bytes, header.length);
  const onDisk = isOld ? bytes.length : frames.reduce((most, { onDisk = 0 }) => Math.max(most, onDisk), 0);
  const isUnsure = (one: Frame): boolean => one.isDamaged && one.at >= onDisk;
  const cut = frames.findIndex((one) => isUnsure(one) && (one.body === undefined || hasUnwritten(bytes, one)));
  const whole = cut === -1 ? frames : frames.slice(0, cut);
  const gap = frames[cut];
  const damage = whole.filter(({ isDamaged }) => isDamaged).map(({ at }) => at);
  if (gap !== undefined && !hasUnwritten(bytes, gap)) damage.push(gap.at);
  const records: Uint8Array[] = [];
  let { length } = header;
  for (const { body, end, onDisk } of whole) {
    if (body === undefined) continue;
    length = end;
    if (onDisk === undefined) records.push(body);
  }
  return { records, length, damage, isOld };
}

/** After as many damaged records the rest is given up, so that a file of noise takes linear time. */
const mostDamage = 8;

/** A record or the end of a batch. */
interface Frame {
  readonly at: number;
  readonly end: number;
  /** Undefined: its bytes have changed, or were not all written. */
  readonly body?: Uint8Array;
  /** Of the end of a batch. */
  readonly onDisk?: number;
  readonly isDamaged: boolean;
  /** The place of the next one cannot be found. */
  readonly isLast?: boolean;
}

function framesOf(bytes: Uint8Array, start: number): Frame[] {
  const frames: Frame[] = [];
  let damaged = 0;
  for (let next = frameAt(bytes, start); next !== undefined; next = frameAt(bytes, next.end)) {
    frames.push(next);
    if (next.isDamaged) damaged++;
    if (next.isLast === true || damaged > mostDamage) break;
  }
  return frames;
}

/** The frame at a place; undefined at the end of the file, which may be a part of a record. */
function frameAt(bytes: Uint8Array, at: number): Frame | undefined {
  if (at + frame > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [length, check] = [view.getUint32(at), view.getUint32(at + 4)];
  if (isFrame(bytes, at)) return frameOf(bytes, at, length, false);
  const right = rightLength(bytes, at, length, check);
  if (right !== undefined) return frameOf(bytes, at, right, true);
  const end = endOf(at, length);
  // A partial record, or zeros: the process or the machine ended while it was written.
  if (length < shortestRecord || end > bytes.length || isZeroFrom(bytes, end)) return undefined;
  return { at, end, isDamaged: true, isLast: end !== bytes.length && !isFrame(bytes, end) };
}

function frameOf(bytes: Uint8Array, at: number, length: number, isDamaged: boolean): Frame {
  const end = endOf(at, length);
  const body = bytes.subarray(at + frame, end);
  if (length !== batchEnd) return { at, end, body, isDamaged };
  const view = new DataView(body.buffer, body.byteOffset, batchEndBytes);
  return { at, end, body, onDisk: view.getUint32(0) * 2 ** 32 + view.getUint32(4), isDamaged };
}

function endOf(at: number, length: number): number {
  return at + frame + (length === batchEnd ? batchEndBytes : length);
}

/** Whether only zeros follow, at least one. A file has zeros where bytes are still to be written, and never directly after a whole append. */
function isZeroFrom(bytes: Uint8Array, at: number): boolean {
  return at < bytes.length && isZero(bytes.subarray(at));
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** Whether a sector, or the part of it that the frame's batch has at least, is zero as before it was written. */
function hasUnwritten(bytes: Uint8Array, { at, end, onDisk }: Frame): boolean {
  const isEnd = onDisk !== undefined || new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0) === batchEnd;
  // The end of the batch, or the next record, follows.
  const batch = isEnd ? end : end + frame + batchEndBytes;
  for (let from = at; from < end; from += sector - (from % sector)) {
    if (isZero(bytes.subarray(from, Math.min(batch, from + sector - (from % sector))))) return true;
  }
  return false;
}

function isFrame(bytes: Uint8Array, at: number): boolean {
  if (at + frame > bytes.length) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, frame);
  const length = view.getUint32(0);
  const end = endOf(at, length);
  return (
    length >= shortestRecord &&
    end <= bytes.length &&
    checkOf(length, crc32(bytes.subarray(at + frame, end))) === view.getUint32(4)
  );
}

function checkOf(length: number, crc: number): number {
  return length === batchEnd ? ~crc >>> 0 : crc;
}

/** The length of a record of which one byte of the length has changed: the one with which the CRC fits. */
function rightLength(bytes: Uint8Array, at: number, length: number, check: number): number | undefined {
  const lengths = new Set<number>();
  for (const shift of [0, 8, 16, 24]) {
    for (let byte = 0; byte < 256; byte++) lengths.add(((length & ~(0xff << shift)) | (byte << shift)) >>> 0);
  }
  let [crc, from] = [0, at + frame];
  for (const one of [...lengths].sort((a, b) => endOf(0, a) - endOf(0, b))) {
    const to = endOf(at, one);
    if (to > bytes.length) break;
    crc = crc32(bytes.subarray(from, to), crc);
    from = to;
    if (checkOf(one, crc) === check && one >= shortestRecord && one !== length) return one;
  }
  return undefined;
}
