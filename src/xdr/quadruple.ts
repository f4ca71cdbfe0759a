// IEEE 754 binary128, for which JavaScript has no number: kept as 16 bytes (RFC 4506 section 4.8).
import { XdrError } from "./errors.js";

const fractionBits = 112n;
const fractionMask = (1n << fractionBits) - 1n;
const exponentMask = 0x7fff;
const bias = 16_383;

/**
 * A quadruple-precision number, without loss. Immutable.
 * @example
 * const quarter = Quadruple.fromString("0.25");
 * console.log(quarter.toNumber(), decode(quadruple, encode(quadruple, quarter)).equals(quarter)); // 0.25 true
 */
export class Quadruple {
  /** The sign, exponent and fraction as one 128-bit integer. */
  readonly bits: bigint;

  /** Makes a number from its 128 bits. @throws XdrError unless `bits` is from 0 to 2^128 - 1. */
  constructor(bits: bigint) {
    if (BigInt.asUintN(128, bits) !== bits) throw new XdrError("XDR_OUT_OF_RANGE", "a quadruple has 128 bits");
    this.bits = bits;
  }

  /** The same number: every double is a quadruple too. Keeps -0, and the sign of infinities. */
  static fromNumber(value: number): Quadruple {
    const scratch = new DataView(new ArrayBuffer(8));
    scratch.setFloat64(0, value);
    const double = scratch.getBigUint64(0);
    const sign = (double >> 63n) << 127n;
    const exponent = Number((double >> 52n) & 0x7ffn);
    const fraction = double & 0xf_ffff_ffff_ffffn;
    if (exponent === 0x7ff) return new Quadruple(sign | (BigInt(exponentMask) << fractionBits) | (fraction << 60n));
    if (exponent !== 0) {
      return new Quadruple(sign | (BigInt(exponent - 1023 + bias) << fractionBits) | (fraction << 60n));
    }
    if (fraction === 0n) return new Quadruple(sign);
    // A subnormal double (fraction x 2^-1074) is a normal quadruple.
    const highest = fraction.toString(2).length - 1;
    const normalized = (fraction << (fractionBits - BigInt(highest))) & fractionMask;
    return new Quadruple(sign | (BigInt(highest - 1074 + bias) << fractionBits) | normalized);
  }

  /** Exactly 16 bytes, big-endian. @throws XdrError for any other length. */
  static fromBytes(bytes: Uint8Array): Quadruple {
    if (bytes.length !== 16) throw new XdrError("XDR_BAD_LENGTH", `${bytes.length} bytes, but exactly 16 are needed`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
    return new Quadruple((view.getBigUint64(0) << 64n) | view.getBigUint64(8));
  }

  /** Text as `toString` makes it, or any decimal number. @throws XdrError when it is neither. */
  static fromString(text: string): Quadruple {
    if (/^0x[0-9a-fA-F]{32}$/.test(text)) return new Quadruple(BigInt(text));
    if (/^(NaN|-?Infinity|-?\d+(\.\d+)?([eE][+-]?\d+)?)$/.test(text)) return Quadruple.fromNumber(Number(text));
    throw new XdrError("XDR_WRONG_TYPE", "a quadruple is a decimal number, or 0x and 32 hexadecimal digits");
  }

  /** The 16 bytes of the number, big-endian, as on the wire. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, this.bits >> 64n);
    view.setBigUint64(8, this.bits & 0xffff_ffff_ffff_ffffn);
    return bytes;
  }

  /** The nearest number (ties to even); beyond the range of a double, an infinity or a zero of the same sign. */
  toNumber(): number {
    const sign = this.bits >> 127n === 0n ? 1 : -1;
    const exponent = Number((this.bits >> fractionBits) & BigInt(exponentMask));
    const fraction = this.bits & fractionMask;
    if (exponent === exponentMask) return fraction === 0n ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (exponent === 0) return sign * 0; // subnormal quadruples are far below the least double
    const power = exponent - bias - 112;
    // 113 bits to 53, or to fewer if the result is a subnormal double.
    const dropped = Math.max(60, -1074 - power);
    const kept = Number(shiftRightToEven(fraction | (1n << fractionBits), dropped));
    return sign * kept * 2 ** Math.min(power + dropped, 1023) * 2 ** Math.max(0, power + dropped - 1023);
  }

  /** Returns true if the 128 bits are equal: -0 differs from 0, and a NaN is equal to itself. */
  equals(other: Quadruple): boolean {
    return this.bits === other.bits;
  }

  /** Decimal if a number holds it exactly, else 0x and 32 hexadecimal digits. Lossless. */
  toString(): string {
    const value = this.toNumber();
    if (!this.equals(Quadruple.fromNumber(value))) return `0x${this.bits.toString(16).padStart(32, "0")}`;
    return Object.is(value, -0) ? "-0" : String(value);
  }

  /** The same text as `toString`, so that JSON keeps the number without loss. */
  toJSON(): string {
    return this.toString();
  }
}

/** `value / 2^count`, rounded to the nearest integer, ties to even. */
function shiftRightToEven(value: bigint, count: number): bigint {
  const bits = BigInt(count);
  const quotient = value >> bits;
  const twice = (value - (quotient << bits)) * 2n;
  const one = 1n << bits;
  if (twice > one || (twice === one && (quotient & 1n) === 1n)) return quotient + 1n;
  return quotient;
}
