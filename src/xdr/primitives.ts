// The types that are written as one word of the language: int to void (RFC 4506 sections 4.1 to 4.8, 4.16).
import { Quadruple } from "./quadruple.js";
import type { XdrReader } from "./reader.js";
import { wrongType } from "./refusals.js";
import {
  checkBool,
  checkChar,
  checkDouble,
  checkFloat,
  checkInt,
  checkShort,
  checkUnsignedChar,
  checkUnsignedInt,
  checkUnsignedShort,
  getHyperNumber,
  getUnsignedHyperNumber,
  setHyper,
  setHyperNumber,
  setUnsignedHyper,
  setUnsignedHyperNumber,
} from "./support.js";
import type { XdrType } from "./type.js";
import type { XdrWriter } from "./writer.js";

export { voidType } from "./void.js";

// Each encoder checks before it reserves space, so a rejected value leaves nothing behind.

/**
 * The codec of an int: -2^31 to 2^31 - 1, in four bytes (RFC 4506 section 4.1). Encoding any other value throws an XdrError.
 * @example
 * console.log(encode(int, -2)); // Uint8Array(4) [ 255, 255, 255, 254 ]
 */
export const int: XdrType<number> = {
  shape: { kind: "int" },
  encode(out, value) {
    checkInt(value);
    const at = out.reserve(4);
    out.view.setInt32(at, value);
  },
  decode: (from) => from.view.getInt32(from.take(4)),
};

/**
 * The codec of an unsigned int: 0 to 2^32 - 1, in four bytes (RFC 4506 section 4.2). Encoding any other value throws an
 * XdrError.
 * @example
 * console.log(encode(unsignedInt, 258)); // Uint8Array(4) [ 0, 0, 1, 2 ]
 */
export const unsignedInt: XdrType<number> = {
  shape: { kind: "unsigned int" },
  encode: (out, value) => out.writeWord(checkUnsignedInt(value)),
  decode: (from) => from.readWord(),
};

// Decoders accept any 32-bit number: some peers send more than the type holds, and C programs truncate it when they
// read it.

/**
 * The codec of C's char: -128 to 127, in four bytes. Encoding any other value throws an XdrError; decoding accepts any int.
 * @example
 * console.log(encode(char, 65)); // Uint8Array(4) [ 0, 0, 0, 65 ]
 */
export const char: XdrType<number> = {
  shape: { kind: "int", width: 8 },
  encode: (out, value) => out.writeWord(checkChar(value)),
  decode: (from) => from.readWord() | 0,
};

/**
 * The codec of C's unsigned char: 0 to 255, in four bytes. Encoding any other value throws an XdrError; decoding accepts any
 * unsigned int.
 * @example
 * console.log(encode(unsignedChar, 255)); // Uint8Array(4) [ 0, 0, 0, 255 ]
 */
export const unsignedChar: XdrType<number> = {
  shape: { kind: "unsigned int", width: 8 },
  encode: (out, value) => out.writeWord(checkUnsignedChar(value)),
  decode: (from) => from.readWord(),
};

/**
 * The codec of C's short: -32,768 to 32,767, in four bytes. Encoding any other value throws an XdrError; decoding accepts any int.
 * @example
 * console.log(encode(short, 256)); // Uint8Array(4) [ 0, 0, 1, 0 ]
 */
export const short: XdrType<number> = {
  shape: { kind: "int", width: 16 },
  encode: (out, value) => out.writeWord(checkShort(value)),
  decode: (from) => from.readWord() | 0,
};

/**
 * The codec of C's unsigned short: 0 to 65,535, in four bytes. Encoding any other value throws an XdrError; decoding accepts
 * any unsigned int.
 * @example
 * console.log(encode(unsignedShort, 256)); // Uint8Array(4) [ 0, 0, 1, 0 ]
 */
export const unsignedShort: XdrType<number> = {
  shape: { kind: "unsigned int", width: 16 },
  encode: (out, value) => out.writeWord(checkUnsignedShort(value)),
  decode: (from) => from.readWord(),
};

/**
 * The codec of a hyper as a bigint: -2^63 to 2^63 - 1, in eight bytes (RFC 4506 section 4.5). Encoding any other value, or a
 * number, throws an XdrError.
 * @example
 * console.log(encode(hyper, 1n).length); // 8
 */
export const hyper: XdrType<bigint> = {
  shape: { kind: "hyper" },
  encode(out, value) {
    const at = out.reserve(8);
    setHyper(out.view, at, value);
  },
  decode: (from) => from.view.getBigInt64(from.take(8)),
};

/**
 * The codec of an unsigned hyper as a bigint: 0 to 2^64 - 1, in eight bytes (RFC 4506 section 4.5). Encoding any other value,
 * or a number, throws an XdrError.
 * @example
 * console.log(encode(unsignedHyper, 1n).length); // 8
 */
export const unsignedHyper: XdrType<bigint> = {
  shape: { kind: "unsigned hyper" },
  encode(out, value) {
    const at = out.reserve(8);
    setUnsignedHyper(out.view, at, value);
  },
  decode: (from) => from.view.getBigUint64(from.take(8)),
};

/**
 * The codec of a hyper as a number. Encoding and decoding throw an XdrError for integers beyond 2^53 - 1, which a number cannot
 * hold exactly.
 * @example
 * console.log(decode(hyperNumber, encode(hyperNumber, -1))); // -1
 */
export const hyperNumber: XdrType<number> = {
  shape: { kind: "hyper", as: "number" },
  encode(out, value) {
    const at = out.reserve(8);
    setHyperNumber(out.view, at, value);
  },
  decode: (from) => getHyperNumber(from.view, from.take(8)),
};

/**
 * The codec of an unsigned hyper as a number. Encoding and decoding throw an XdrError for integers beyond 2^53 - 1, which a
 * number cannot hold exactly.
 * @example
 * console.log(decode(unsignedHyperNumber, encode(unsignedHyperNumber, 1))); // 1
 */
export const unsignedHyperNumber: XdrType<number> = {
  shape: { kind: "unsigned hyper", as: "number" },
  encode(out, value) {
    const at = out.reserve(8);
    setUnsignedHyperNumber(out.view, at, value);
  },
  decode: (from) => getUnsignedHyperNumber(from.view, from.take(8)),
};

/**
 * The codec of a float: IEEE 754 single precision, in four bytes (RFC 4506 section 4.6). Numbers are rounded. Encoding a number
 * that would become infinite throws an XdrError.
 * @example
 * console.log(decode(float, encode(float, 0.1))); // 0.10000000149011612
 */
export const float: XdrType<number> = {
  shape: { kind: "float" },
  encode(out, value) {
    checkFloat(value);
    const at = out.reserve(4);
    out.view.setFloat32(at, value);
  },
  decode: (from) => from.view.getFloat32(from.take(4)),
};

/**
 * The codec of a double: IEEE 754 double precision, in eight bytes (RFC 4506 section 4.7). Encoding anything but a number throws
 * an XdrError.
 * @example
 * console.log(decode(double, encode(double, 0.1))); // 0.1
 */
export const double: XdrType<number> = {
  shape: { kind: "double" },
  encode(out, value) {
    checkDouble(value);
    const at = out.reserve(8);
    out.view.setFloat64(at, value);
  },
  decode: (from) => from.view.getFloat64(from.take(8)),
};

/**
 * The codec of a quadruple: IEEE 754 quadruple precision, in 16 bytes (RFC 4506 section 4.8). A Quadruple keeps the bytes
 * unchanged.
 * @example
 * console.log(encode(quadruple, Quadruple.fromString("1.5")).length); // 16
 */
export const quadruple: XdrType<Quadruple> = {
  shape: { kind: "quadruple" },
  encode(out: XdrWriter, value: Quadruple): void {
    if (!(value instanceof Quadruple)) {
      const hint = typeof value === "number" ? ": write Quadruple.fromNumber(…)" : "";
      wrongType(`a Quadruple${hint}`, value);
    }
    const at = out.reserve(16);
    out.view.setBigUint64(at, value.bits >> 64n);
    out.view.setBigUint64(at + 8, BigInt.asUintN(64, value.bits));
  },
  decode(from: XdrReader): Quadruple {
    const at = from.take(16);
    return new Quadruple((from.view.getBigUint64(at) << 64n) | from.view.getBigUint64(at + 8));
  },
};

/**
 * The codec of a bool, in four bytes (RFC 4506 section 4.4). Encoding anything but true and false throws an XdrError, and so does
 * decoding a word other than 0 and 1.
 * @example
 * console.log(encode(bool, true)); // Uint8Array(4) [ 0, 0, 0, 1 ]
 */
export const bool: XdrType<boolean> = {
  shape: { kind: "bool" },
  encode: (out, value) => out.writeWord(checkBool(value)),
  decode: (from) => from.readBool(),
};
