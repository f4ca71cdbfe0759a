// Text that C programs keep in arrays of char: on the wire, each byte is a number of four bytes. `char name[32]` is
// padded with NULs, and the text ends at the first NUL.

import { show } from "../base/show.js";
import { XdrError } from "./errors.js";
import { bufferOf } from "./memory.js";
import type { XdrReader } from "./reader.js";
import type { ArrayShape, CharEncoding, IntegerShape, Shape } from "./shape.js";
import { badText } from "./string.js";
import { checkWellFormed, readUtf8 } from "./text.js";
import type { XdrType } from "./type.js";
import type { XdrWriter } from "./writer.js";

/** The codec of text in arrays of one kind of char. All methods throw an XdrError for invalid text. */
export interface CharText {
  /** Text in a variable-length array, `char text<n>`: a word for each byte, at most `bound`. */
  write(out: XdrWriter, text: string, bound: number): void;
  /** Text in `char text[n]`: at most `length` bytes, without a terminator if all are used, as with C's strncpy. */
  writeFixed(out: XdrWriter, text: string, length: number): void;
  read(from: XdrReader, bound: number): string;
  readFixed(from: XdrReader, length: number): string;
}

/** @param isSigned whether bytes over 127 are negative numbers, as the chars of most machines are. */
function makeCharText(isSigned: boolean, encoding: CharEncoding): CharText {
  const put = (out: XdrWriter, bytes: Uint8Array, length: number): void => {
    const at = out.reserve(length * 4);
    for (let i = 0; i < length; i++) {
      const byte = bytes[i] ?? 0;
      out.view.setInt32(at + i * 4, isSigned ? (byte << 24) >> 24 : byte);
    }
  };
  return {
    write(out, text, bound) {
      const bytes = charBytes(text, encoding);
      out.writeCount(bytes.length, bound);
      put(out, bytes, bytes.length);
    },
    writeFixed(out, text, length) {
      const bytes = charBytes(text, encoding);
      if (bytes.length > length) tooLong(bytes.length, length);
      put(out, bytes, length);
    },
    read: (from, bound) => readChars(from, from.readCount(bound, 4), encoding),
    readFixed: (from, length) => readChars(from, length, encoding),
  };
}

export const charText: CharText = /* @__PURE__ */ makeCharText(true, "utf8");
export const charLatin1: CharText = /* @__PURE__ */ makeCharText(true, "latin1");
export const unsignedCharText: CharText = /* @__PURE__ */ makeCharText(false, "utf8");
export const unsignedCharLatin1: CharText = /* @__PURE__ */ makeCharText(false, "latin1");

/** The codec for text in arrays of `element`, a char after resolving typedefs. @throws XdrError for another type */
export function charTextOf(element: Shape, encoding: CharEncoding): CharText {
  const { kind } = integerOf(element);
  if (kind === "int") return encoding === "utf8" ? charText : charLatin1;
  return encoding === "utf8" ? unsignedCharText : unsignedCharLatin1;
}

/** The codec of an array shape with `text`. */
export function charArrayType(shape: ArrayShape): XdrType<string> {
  const { fixed, length, element } = shape;
  let made: CharText | undefined;
  const codec = (): CharText => {
    made ??= charTextOf(element, shape.text ?? "utf8");
    return made;
  };
  return {
    shape,
    encode: (out, text) => (fixed ? codec().writeFixed(out, text, length) : codec().write(out, text, length)),
    decode: (from) => (fixed ? codec().readFixed(from, length) : codec().read(from, length)),
  };
}

function integerOf(element: Shape): IntegerShape {
  if (element.kind === "reference") return integerOf(element.shape());
  if (element.kind === "int" || element.kind === "unsigned int") return element;
  throw new XdrError("XDR_WRONG_TYPE", `no text is made of ${element.kind}`);
}

/** The bytes of a text that an array of char can hold. @throws XdrError */
function charBytes(text: string, encoding: CharEncoding): Uint8Array {
  if (typeof text !== "string") throw new XdrError("XDR_WRONG_TYPE", `${show(text)} is not a string`);
  if (text.includes("\0")) throw new XdrError("XDR_BAD_TEXT", `${show(text)} has a NUL, where text in chars ends`);
  if (encoding === "utf8") checkWellFormed(text);
  else if (/[\u0100-\uffff]/.test(text)) {
    throw new XdrError("XDR_BAD_TEXT", `${show(text)} has characters that are not of Latin-1 (U+0000 to U+00FF)`);
  }
  return Buffer.from(text, encoding);
}

function tooLong(bytes: number, length: number): never {
  throw new XdrError("XDR_BAD_LENGTH", `the text takes ${bytes} bytes, but at most ${length} are allowed`);
}

/** The text of `count` words, up to the first NUL. */
function readChars(from: XdrReader, count: number, encoding: CharEncoding): string {
  const at = from.take(count * 4);
  const bytes = Buffer.allocUnsafe(count);
  let length = 0;
  for (; length < count; length++) {
    const word = from.view.getInt32(at + length * 4);
    if (word === 0) break;
    // Accepts signed and unsigned chars alike: the signedness of a plain char depends on the machine.
    if (word < -128 || word > 255) notChar(word, at + length * 4);
    bytes[length] = word;
  }
  if (encoding === "latin1") return bufferOf(bytes).toString("latin1", 0, length);
  return readUtf8(bytes, 0, length) ?? badText(from, bytes.subarray(0, length), at);
}

function notChar(word: number, offset: number): never {
  throw new XdrError("XDR_OUT_OF_RANGE", `${word} is not a char (-128 to 255)`, { offset });
}
