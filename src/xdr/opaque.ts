// Opaque data and strings (RFC 4506 sections 4.9 to 4.11) as types.

import { show } from "../base/show.js";
import { XdrError } from "./errors.js";
import { bufferOf } from "./memory.js";
import type { XdrReader } from "./reader.js";
import { wrongType } from "./refusals.js";
import type { OpaqueShape, StringShape } from "./shape.js";
import { readString, writeString } from "./string.js";
import { checkFixedOpaque } from "./support.js";
import type { XdrType } from "./type.js";
import type { XdrWriter } from "./writer.js";

/** Decoded bytes, as web APIs take them. */
type Bytes = Uint8Array<ArrayBuffer>;

/** The bound of `opaque<>`, `string<>` and `T x<>`. */
export const unbounded = 0xffff_ffff;

/**
 * Exactly `length` bytes, copied on decode.
 * @example
 * console.log(encode(fixedOpaque(3), new Uint8Array([1, 2, 3])).length); // 4
 */
export function fixedOpaque(length: number): XdrType<Bytes, Uint8Array> {
  return opaqueType({ kind: "opaque", fixed: true, length });
}

/**
 * At most `bound` bytes, copied on decode.
 * @example
 * console.log(encode(opaque(8), new Uint8Array([1, 2, 3])).length); // 8
 */
export function opaque(bound: number = unbounded): XdrType<Bytes, Uint8Array> {
  return opaqueType({ kind: "opaque", fixed: false, length: bound });
}

/**
 * Exactly `length` bytes. Decode gives a view that is valid only until the call that received it returns.
 * @example
 * console.log(decode(borrowedFixedOpaque(4), new Uint8Array([1, 2, 3, 4])).length); // 4
 */
export function borrowedFixedOpaque(length: number): XdrType<Uint8Array> {
  return opaqueType({ kind: "opaque", fixed: true, length, borrowed: true });
}

/**
 * At most `bound` bytes. Decode gives a view that is valid only until the call that received it returns.
 * @example
 * console.log(decode(borrowedOpaque(), new Uint8Array([0, 0, 0, 1, 7, 0, 0, 0])).length); // 1
 */
export function borrowedOpaque(bound: number = unbounded): XdrType<Uint8Array> {
  return opaqueType({ kind: "opaque", fixed: false, length: bound, borrowed: true });
}

/** The codec of any opaque shape. */
export function opaqueType(shape: OpaqueShape): XdrType<Bytes, Uint8Array> {
  const { fixed, length, borrowed } = shape;
  if (fixed) {
    return {
      shape,
      encode: (out, value) => out.writeFixedOpaque(checkFixedOpaque(value, length)),
      decode: (from) => (borrowed ? from.borrowFixedOpaque(length) : from.readFixedOpaque(length)) as Bytes,
    };
  }
  return {
    shape,
    encode: (out, value) => out.writeOpaque(value, length),
    decode: (from) => (borrowed ? from.borrowOpaque(length) : from.readOpaque(length)) as Bytes,
  };
}

/**
 * Text of at most `bound` bytes as UTF-8, strict both ways.
 * @example
 * console.log(encode(string(255), "hi").length); // 8
 */
export function string(bound: number = unbounded): XdrType<string> {
  return {
    shape: { kind: "string", length: bound },
    encode: (out, value) => writeString(out, value, bound),
    decode: (from) => readString(from, bound),
  };
}

/**
 * A string whose encoding is unknown, as its bytes; at most `bound`.
 * @example
 * console.log(encode(byteString(8), new Uint8Array([0x80])).length); // 8
 */
export function byteString(bound: number = unbounded): XdrType<Bytes, Uint8Array> {
  return {
    shape: { kind: "string", length: bound, as: "bytes" },
    encode: (out, value) => out.writeOpaque(value, bound),
    decode: (from) => from.readOpaque(bound),
  };
}

/**
 * Text of at most `bound` characters, U+0000 to U+00FF, a byte each.
 * @example
 * console.log(decode(latin1String(), encode(latin1String(), "café"))); // café
 */
export function latin1String(bound: number = unbounded): XdrType<string> {
  return {
    shape: { kind: "string", length: bound, as: "latin1" },
    encode: (out, value) => writeLatin1(out, value, bound),
    decode: (from) => readLatin1(from, bound),
  };
}

/** The codec of any string shape. */
export function stringType(shape: StringShape): XdrType<string> | XdrType<Bytes, Uint8Array> {
  if (shape.as === "bytes") return byteString(shape.length);
  return shape.as === "latin1" ? latin1String(shape.length) : string(shape.length);
}

/** Appends a string, a byte a character. @throws XdrError for a character over U+00FF, or more than `bound` bytes. */
export function writeLatin1(out: XdrWriter, value: string, bound: number): void {
  if (typeof value !== "string") wrongType("a string", value);
  for (let i = 0; i < value.length; i++) {
    if (value.charCodeAt(i) > 0xff) {
      throw new XdrError("XDR_BAD_TEXT", `${show(value[i])} is not a character of Latin-1 (U+0000 to U+00FF)`);
    }
  }
  out.writeOpaque(Buffer.from(value, "latin1"), bound);
}

/** Takes a string of at most `bound` bytes, a character each. */
export function readLatin1(from: XdrReader, bound: number): string {
  const length = from.readLength(bound);
  const at = from.takePadded(length);
  return bufferOf(from.buffer).toString("latin1", at, at + length);
}
