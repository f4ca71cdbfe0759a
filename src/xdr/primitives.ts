// The types that are written as one word of the language: int to void (RFC 4506 sections 4.1 to 4.8, 4.16).
import { Quadruple } from "./quadruple.js";
import type { XdrReader } from "./reader.js";
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
  wrongType,
} from "./support.js";
import type { XdrType } from "./type.js";
import type { XdrWriter } from "./writer.js";

// Each encoder checks before it reserves space, so a rejected value leaves nothing behind.

/** 32 bits with a sign. */
export const int: XdrType<number> = {
  shape: { kind: "int" },
  encode(out, value) {
    checkInt(value);
    const at = out.reserve(4);
    out.view.setInt32(at, value);
  },
  decode: (from) => from.view.getInt32(from.take(4)),
};

/** 32 bits without a sign. */
export const unsignedInt: XdrType<number> = {
  shape: { kind: "unsigned int" },
  encode: (out, value) => out.writeWord(checkUnsignedInt(value)),
  decode: (from) => from.readWord(),
};

// Decoders accept any 32-bit number: some peers send more than the type holds, and C programs truncate it when they
// read it.

/** C's char: -128 to 127, in four bytes. Decodes any int. */
export const char: XdrType<number> = {
  shape: { kind: "int", width: 8 },
  encode: (out, value) => out.writeWord(checkChar(value)),
  decode: (from) => from.readWord() | 0,
};

/** C's unsigned char: 0 to 255, in four bytes. Decodes any unsigned int. */
export const unsignedChar: XdrType<number> = {
  shape: { kind: "unsigned int", width: 8 },
  encode: (out, value) => out.writeWord(checkUnsignedChar(value)),
  decode: (from) => from.readWord(),
};

/** C's short: -32768 to 32767, in four bytes. Decodes any int. */
export const short: XdrType<number> = {
  shape: { kind: "int", width: 16 },
  encode: (out, value) => out.writeWord(checkShort(value)),
  decode: (from) => from.readWord() | 0,
};

/** C's unsigned short: 0 to 65535, in four bytes. Decodes any unsigned int. */
export const unsignedShort: XdrType<number> = {
  shape: { kind: "unsigned int", width: 16 },
  encode: (out, value) => out.writeWord(checkUnsignedShort(value)),
  decode: (from) => from.readWord(),
};

/** 64 bits with a sign. */
export const hyper: XdrType<bigint> = {
  shape: { kind: "hyper" },
  encode(out, value) {
    const at = out.reserve(8);
    setHyper(out.view, at, value);
  },
  decode: (from) => from.view.getBigInt64(from.take(8)),
};

/** 64 bits without a sign. */
export const unsignedHyper: XdrType<bigint> = {
  shape: { kind: "unsigned hyper" },
  encode(out, value) {
    const at = out.reserve(8);
    setUnsignedHyper(out.view, at, value);
  },
  decode: (from) => from.view.getBigUint64(from.take(8)),
};

/** A hyper as a number; beyond 2^53 an XdrError rather than a rounded value. */
export const hyperNumber: XdrType<number> = {
  shape: { kind: "hyper", as: "number" },
  encode(out, value) {
    const at = out.reserve(8);
    setHyperNumber(out.view, at, value);
  },
  decode: (from) => getHyperNumber(from.view, from.take(8)),
};

/** An unsigned hyper as a number; beyond 2^53 an XdrError rather than a rounded value. */
export const unsignedHyperNumber: XdrType<number> = {
  shape: { kind: "unsigned hyper", as: "number" },
  encode(out, value) {
    const at = out.reserve(8);
    setUnsignedHyperNumber(out.view, at, value);
  },
  decode: (from) => getUnsignedHyperNumber(from.view, from.take(8)),
};

/** IEEE 754 single precision. A number is rounded to it; one that would become infinite is refused. */
export const float: XdrType<number> = {
  shape: { kind: "float" },
  encode(out, value) {
    checkFloat(value);
    const at = out.reserve(4);
    out.view.setFloat32(at, value);
  },
  decode: (from) => from.view.getFloat32(from.take(4)),
};

/** IEEE 754 double precision. */
export const double: XdrType<number> = {
  shape: { kind: "double" },
  encode(out, value) {
    checkDouble(value);
    const at = out.reserve(8);
    out.view.setFloat64(at, value);
  },
  decode: (from) => from.view.getFloat64(from.take(8)),
};

/** IEEE 754 quadruple precision, in 16 bytes kept as they are. */
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

/** true or false, as 1 or 0. */
export const bool: XdrType<boolean> = {
  shape: { kind: "bool" },
  encode: (out, value) => out.writeWord(checkBool(value)),
  decode: (from) => from.readBool(),
};

/** The codec of no bytes, for results of type void. */
export const voidType: XdrType<void> = {
  shape: { kind: "void" },
  encode(_out, value) {
    if (value !== undefined && value !== null) wrongType("void (undefined)", value);
  },
  decode: () => undefined,
};
