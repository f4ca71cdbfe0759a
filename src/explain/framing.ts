// Splits input bytes into messages: record marking of streams (RFC 5531 section 11), or unframed datagrams.
import { MessageType, ReplyStat, rpcVersion } from "../rpc/header.js";
import { bufferOf } from "../xdr/memory.js";
import type { Fault } from "./cursor.js";

/** One fragment of a record. */
export interface Fragment {
  /** The offset of its record mark in the input. */
  readonly offset: number;
  /** The number of bytes after the mark, as the mark says. */
  readonly length: number;
  /** True for the last fragment of a record. */
  readonly last: boolean;
}

/** One message of the input. */
export interface FramedMessage {
  /** The offset of the message in the input, including its record mark. */
  readonly offset: number;
  /** Empty for a datagram. */
  readonly fragments: readonly Fragment[];
  /** The message without record marks. */
  readonly bytes: Uint8Array;
  /** An error in the record marks, for example if the input ends early. Offsets are those of the input. */
  readonly fault: Fault | undefined;
}

/** How messages are delimited: by record marks, or not at all (one datagram). */
export type Framing = "record" | "datagram";

const lastFragment = 0x8000_0000;

/** The most fragments of a record beyond one for every 4 bytes of it. The same number is the default of the transport. */
const mostFragments = 65_536;

/**
 * Guesses how the input is delimited: as records if that is possible. Undefined if it is neither records nor a datagram.
 * @example
 * console.log(framingOf(new Uint8Array([0x80, 0, 0, 4, 1, 2, 3, 4]))); // record
 */
export function framingOf(input: Uint8Array): Framing | undefined {
  const bytes = bufferOf(input);
  if (tilesInto(bytes)) return "record";
  if (isMessage(bytes)) return "datagram";
  const [first] = splitRecords(bytes);
  return first !== undefined && isMessage(bufferOf(first.bytes)) ? "record" : undefined;
}

/** Whether it begins with an xid, a type and a third word that fits the type, if it is long enough. */
function isMessage(bytes: Buffer): boolean {
  if (bytes.length < 8) return false;
  const type = bytes.readUInt32BE(4);
  if (bytes.length < 12) return type === MessageType.CALL || type === MessageType.REPLY;
  const third = bytes.readUInt32BE(8);
  if (type === MessageType.CALL) return third === rpcVersion;
  return type === MessageType.REPLY && (third === ReplyStat.MSG_ACCEPTED || third === ReplyStat.MSG_DENIED);
}

/** Whether the marks lead from one to the next, and the input ends at the end of a record. */
function tilesInto(bytes: Buffer): boolean {
  let at = 0;
  let isLast = true;
  while (at + 4 <= bytes.length) {
    const mark = bytes.readUInt32BE(at);
    isLast = mark >= lastFragment;
    at += 4 + (mark & 0x7fff_ffff);
  }
  return at === bytes.length && at > 0 && isLast;
}

/**
 * Returns the records of a stream, one at a time. The last one has a fault if the input ends within it, or if it has more than 65,536
 * fragments beyond one for every 4 bytes: what follows them is not read.
 * @example
 * const [message] = splitRecords(new Uint8Array([0x80, 0, 0, 4, 1, 2, 3, 4]));
 * console.log(message?.bytes.length, message?.fragments); // 4 [ { offset: 0, length: 4, last: true } ]
 */
export function* splitRecords(input: Uint8Array): Generator<FramedMessage, undefined> {
  const bytes = bufferOf(input);
  for (let at = 0; at < bytes.length; ) {
    const message = readRecord(bytes, at);
    yield message;
    at = message.fault === undefined ? endOf(message) : bytes.length;
  }
}

function readRecord(bytes: Buffer, offset: number): FramedMessage {
  const fragments: Fragment[] = [];
  const pieces: Buffer[] = [];
  let size = 0;
  const record = (fault?: Fault): FramedMessage => ({ offset, fragments, bytes: Buffer.concat(pieces), fault });
  for (let at = offset; ; ) {
    const left = bytes.length - at;
    if (left < 4) {
      const message = left === 0 ? "the input ends before the last fragment" : "the input ends within a record mark";
      return record({ offset: bytes.length, message });
    }
    const mark = bytes.readUInt32BE(at);
    const fragment = { offset: at, length: mark & 0x7fff_ffff, last: mark >= lastFragment };
    if (fragments.length > mostFragments + size / 4) {
      const message = `a record has more than ${fragments.length} fragments in its first ${size} bytes: servers refuse it`;
      return record({ offset: at, message });
    }
    size += fragment.length;
    fragments.push(fragment);
    pieces.push(bytes.subarray(at + 4, at + 4 + fragment.length));
    at += 4 + fragment.length;
    if (at > bytes.length) {
      const message = `the input ends within a fragment: it has ${left - 4} of ${fragment.length} bytes`;
      return record({ offset: bytes.length, message });
    }
    if (fragment.last) return record();
  }
}

function endOf({ offset, fragments }: FramedMessage): number {
  const last = fragments.at(-1);
  return last === undefined ? offset : last.offset + 4 + last.length;
}
