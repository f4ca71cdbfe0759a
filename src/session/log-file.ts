// The file of a log: a header, then records, each with its length and a CRC-32. Knows nothing of their meaning.
import { crc32 } from "node:zlib";
import type { XdrWriter } from "../xdr/writer.js";

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

/** Writes a record as it stands in the file. `writeBody` writes its contents. */
export function writeFramed(out: XdrWriter, writeBody: () => void): void {
  const at = out.reserve(frame);
  writeBody();
  const start = at + frame;
  out.view.setUint32(at, out.offset - start);
  out.view.setUint32(at + 4, crc32(out.buffer.subarray(start, out.offset)));
}

/** The parts of a file that was read. */
export interface ReadLog {
  readonly records: Uint8Array[];
  /** Bytes up to the end of the last whole record. The rest was being written when the process ended. */
  readonly length: number;
}

/** @throws Error if the file is something else, or of another version. */
export function parseLog(bytes: Uint8Array, path: string, { what, header }: LogFormat): ReadLog {
  const start = bytes.subarray(0, header.length);
  const isWhole = start.length === header.length && start.every((byte, at) => byte === header[at]);
  if (!isWhole) {
    // The power failed while the file was made: it has a part of the header, and zeros where the rest was not written.
    if (bytes.length <= header.length && start.every((byte, at) => byte === header[at] || byte === 0)) {
      return { records: [], length: 0 };
    }
    throw new Error(`${path} is not a ${what} of this version of Lupine; give another path`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: Uint8Array[] = [];
  let at = header.length;
  while (at + frame <= bytes.length) {
    const length = view.getUint32(at);
    const end = at + frame + length;
    if (length < shortestRecord || end > bytes.length) break;
    const record = bytes.subarray(at + frame, end);
    if (crc32(record) !== view.getUint32(at + 4)) break;
    records.push(record);
    at = end;
  }
  return { records, length: at };
}
