// Strings (RFC 4506 section 4.11) as UTF-8, strict both ways. Functions, not methods of the cursors, so that a bundle has them only
// if its service has strings.
import { bufferOf, pad } from "./memory.js";
import type { XdrReader } from "./reader.js";
import { refuse, wrongType } from "./refusals.js";
import { checkWellFormed, readShortAscii, readUtf8, shortText, utf8Length, writeAscii, writeUtf8 } from "./text.js";
import type { XdrWriter } from "./writer.js";

/** Appends a string. @throws XdrError when it is not a string, is longer than `bound` bytes, or has a lone surrogate. */
export function writeString(out: XdrWriter, value: string, bound: number): void {
  if (typeof value !== "string") wrongType("a string", value);
  if (value.length <= 24) {
    const at = out.offset;
    out.reserve(4 + ((value.length + 3) & ~3));
    if (writeAscii(out.buffer, at + 4, value)) {
      if (value.length > bound || value.length > out.limits.bytes) {
        out.offset = at;
        out.checkLength(value.length, bound);
      }
      out.view.setUint32(at, value.length);
      return;
    }
    out.offset = at;
  }
  if (value.length <= 1024) writeMedium(out, value, bound);
  else writeExactly(out, value, bound);
}

/** Room for the longest encoding, one pass. */
function writeMedium(out: XdrWriter, value: string, bound: number): void {
  checkWellFormed(value);
  const start = out.reserve(4 + value.length * 3 + 3);
  const length = writeUtf8(out.buffer, start + 4, value);
  out.offset = start;
  out.checkLength(length, bound);
  pad(out.buffer, start + 4, length);
  out.view.setUint32(start, length);
  out.offset = start + 4 + ((length + 3) & ~3);
}

/** Does the same as `writeString`, but with exact room and in two passes, which is slower for short strings. */
export function writeExactly(out: XdrWriter, value: string, bound: number): void {
  if (typeof value !== "string") wrongType("a string", value);
  const length = utf8Length(value);
  out.checkLength(length, bound);
  const at = out.reserve(4 + length + (-length & 3));
  out.view.setUint32(at, length);
  out.buffer.write(value, at + 4, length, "utf8");
  pad(out.buffer, at + 4, length);
}

/** Takes a string of at most `bound` bytes. @throws XdrError when it is longer, or malformed and the reader is strict. */
export function readString(from: XdrReader, bound: number): string {
  const length = from.readLength(bound);
  const at = from.takePadded(length);
  if (length <= shortText) {
    const short = readShortAscii(from.view, at, length);
    if (short !== undefined) return short;
  }
  return textAt(from, at, length);
}

/** Does the same as `readString`, but more slowly for short strings. */
export function readExactly(from: XdrReader, bound: number): string {
  const length = from.readLength(bound);
  return textAt(from, from.takePadded(length), length);
}

function textAt(from: XdrReader, at: number, length: number): string {
  return readUtf8(from.buffer, at, at + length) ?? badText(from, from.buffer.subarray(at, at + length), at);
}

/** Malformed text at `at`, with U+FFFD in place of what is wrong. @throws XdrError unless the reader is lenient. */
export function badText({ lenient }: XdrReader, bytes: Uint8Array, at: number): string {
  if (lenient === undefined) refuse("XDR_BAD_TEXT", "the string is not well-formed UTF-8", at);
  lenient("text", at);
  return bufferOf(bytes).toString("utf8");
}
