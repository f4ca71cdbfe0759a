// Functions that generated encoders and decoders call: checks of one value, and 64-bit integers in a DataView.
// Errors have no path here; the entry points in codec.ts find it (see locate.ts).

import { show } from "../base/show.js";
import { isLittleEndian } from "./memory.js";
import type { XdrReader } from "./reader.js";
import { notAn, notInt, notUnsignedInt, outOfRange, refuse, wrongType } from "./refusals.js";

/** @returns `value`. @throws XdrError unless it is an int (RFC 4506 section 4.1). */
export function checkInt(value: number): number {
  if (typeof value !== "number" || (value | 0) !== value) notInt(value);
  return value;
}

/** @returns `value`. @throws XdrError unless it is an unsigned int (RFC 4506 section 4.2). */
export function checkUnsignedInt(value: number): number {
  if (typeof value !== "number" || value >>> 0 !== value) notUnsignedInt(value);
  return value;
}

// C's integers of 8 and 16 bits take four bytes. Decoders that are to be strict pass the word's offset.

/** @returns `value`. @throws XdrError unless it is a char: -128 to 127. */
export function checkChar(value: number, offset?: number): number {
  if (typeof value !== "number" || (value << 24) >> 24 !== value) notAn("a char (-128 to 127)", value, offset);
  return value;
}

/** @returns `value`. @throws XdrError unless it is an unsigned char: 0 to 255. */
export function checkUnsignedChar(value: number, offset?: number): number {
  if (typeof value !== "number" || (value & 0xff) !== value) notAn("an unsigned char (0 to 255)", value, offset);
  return value;
}

/** @returns `value`. @throws XdrError unless it is a short: -32768 to 32767. */
export function checkShort(value: number, offset?: number): number {
  if (typeof value !== "number" || (value << 16) >> 16 !== value) notAn("a short (-32768 to 32767)", value, offset);
  return value;
}

/** @returns `value`. @throws XdrError unless it is an unsigned short: 0 to 65535. */
export function checkUnsignedShort(value: number, offset?: number): number {
  if (typeof value !== "number" || (value & 0xffff) !== value) notAn("an unsigned short (0 to 65535)", value, offset);
  return value;
}

/** @returns `value`. @throws XdrError unless it is a number that a float can hold, rounded (RFC 4506 section 4.6). */
export function checkFloat(value: number): number {
  if (typeof value !== "number") notAn("a float", value);
  if (!Number.isFinite(Math.fround(value)) && Number.isFinite(value)) notAn("a float", value);
  return value;
}

/** @returns `value`. @throws XdrError unless it is a number (RFC 4506 section 4.7). */
export function checkDouble(value: number): number {
  if (typeof value !== "number") notAn("a double", value);
  return value;
}

/** @returns The word on the wire: 1 for true, 0 for false. @throws XdrError unless it is a boolean. */
export function checkBool(value: boolean): number {
  if (value === true) return 1;
  if (value === false) return 0;
  return wrongType("a bool", value);
}

/** @throws XdrError unless `value` is an object that can have fields. */
export function checkObject(value: unknown): void {
  if (typeof value !== "object" || value === null) wrongType("an object with fields", value);
}

/** @returns The length. @throws XdrError unless `value` is an array. */
export function checkArray(value: readonly unknown[]): number {
  if (!Array.isArray(value)) wrongType("an array", value);
  return value.length;
}

/** @returns The length. @throws XdrError unless `value` is an array of at least one entry: a list not behind a pointer. */
export function checkEntries(value: readonly unknown[]): number {
  const length = checkArray(value);
  if (length === 0) refuse("XDR_BAD_LENGTH", "0 entries, but at least 1 is needed");
  return length;
}

/** @throws XdrError unless `value` is an array of exactly `length` elements (RFC 4506 section 4.12). */
export function checkFixedArray(value: readonly unknown[], length: number): void {
  if (checkArray(value) !== length) {
    refuse("XDR_BAD_LENGTH", `${value.length} elements, but exactly ${length} are needed`);
  }
}

/** @returns `value`. @throws XdrError unless it is a Uint8Array of exactly `length` bytes (RFC 4506 section 4.9). */
export function checkFixedOpaque(value: Uint8Array, length: number): Uint8Array {
  if (!(value instanceof Uint8Array)) wrongType("a Uint8Array", value);
  if (value.length !== length) {
    refuse("XDR_BAD_LENGTH", `${value.length} bytes, but exactly ${length} are needed`);
  }
  return value;
}

/** Refuses a value for which an enum has no name (RFC 4506 section 4.3). Decoders pass the word's offset. */
export function badEnum(name: string, value: unknown, offset?: number): never {
  return notAn(`a member of enum ${name}`, value, offset);
}

/** Refuses a discriminant for which a union has no arm (RFC 4506 section 4.15). Decoders pass the word's offset. */
export function badDiscriminant(union: string, value: unknown, offset?: number): never {
  return refuse("XDR_OUT_OF_RANGE", `${show(value)} selects no arm of union ${union}`, offset);
}

/** Refuses a union value whose arm is missing. */
export function missingArm(union: string, arm: string, discriminant: unknown): never {
  return refuse("XDR_WRONG_TYPE", `discriminant ${show(discriminant)} of union ${union} needs the arm "${arm}"`);
}

/** The bool at `at`, already taken: 0 or 1, unless the reader is lenient (RFC 4506 section 4.4). */
export function getBool(from: XdrReader, at: number): boolean {
  const word = from.view.getUint32(at);
  if (word > 1) from.forgiveBool(word, at);
  return word !== 0;
}

// Hyper integers (RFC 4506 section 4.5). A bigint goes through a scratch array: DataView.setBigInt64 takes twice as long.
const scratch = /* @__PURE__ */ new ArrayBuffer(8);
const signed = /* @__PURE__ */ new BigInt64Array(scratch);
const unsigned = /* @__PURE__ */ new BigUint64Array(scratch);
const words = /* @__PURE__ */ new Uint32Array(scratch);
const lowWord = isLittleEndian ? 0 : 1;
const highWord = isLittleEndian ? 1 : 0;

/** Stores a hyper. @throws XdrError unless `value` is a bigint from -2^63 to 2^63 - 1. */
export function setHyper(view: DataView, at: number, value: bigint): void {
  if (typeof value !== "bigint") notHyper(value);
  signed[0] = value;
  if (signed[0] !== value) notHyper(value);
  view.setUint32(at, words[highWord] as number);
  view.setUint32(at + 4, words[lowWord] as number);
}

/** Stores an unsigned hyper. @throws XdrError unless `value` is a bigint from 0 to 2^64 - 1. */
export function setUnsignedHyper(view: DataView, at: number, value: bigint): void {
  if (typeof value !== "bigint") notUnsignedHyper(value);
  unsigned[0] = value;
  const top = words[highWord] as number;
  // V8 compares bigints without a call if all that it has seen at this place fit in 64 bits with a sign, as most do.
  if (top < 0x8000_0000 ? signed[0] !== value : unsigned[0] !== value) notUnsignedHyper(value);
  view.setUint32(at, top);
  view.setUint32(at + 4, words[lowWord] as number);
}

export function getHyper(view: DataView, at: number): bigint {
  return view.getBigInt64(at);
}

export function getUnsignedHyper(view: DataView, at: number): bigint {
  return view.getBigUint64(at);
}

/** Stores a hyper kept as a number. @throws XdrError unless `value` is a safe integer. */
export function setHyperNumber(view: DataView, at: number, value: number): void {
  if (!Number.isSafeInteger(value)) notAn("a hyper from -2^53+1 to 2^53-1", value);
  view.setInt32(at, Math.floor(value / 0x1_0000_0000));
  view.setUint32(at + 4, value >>> 0);
}

/** Stores an unsigned hyper kept as a number. @throws XdrError unless `value` is a safe integer of at least 0. */
export function setUnsignedHyperNumber(view: DataView, at: number, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) notAn("an unsigned hyper up to 2^53-1", value);
  view.setUint32(at, Math.floor(value / 0x1_0000_0000));
  view.setUint32(at + 4, value >>> 0);
}

/** @throws XdrError when a number cannot hold the hyper exactly. */
export function getHyperNumber(view: DataView, at: number): number {
  const value = view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
  if (!Number.isSafeInteger(value)) tooLarge(view.getBigInt64(at), at);
  return value;
}

/** @throws XdrError when a number cannot hold the unsigned hyper exactly. */
export function getUnsignedHyperNumber(view: DataView, at: number): number {
  const value = view.getUint32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
  if (!Number.isSafeInteger(value)) tooLarge(view.getBigUint64(at), at);
  return value;
}

// Each kind of error has its own function with one argument: so the checks that call them stay small enough to be
// inlined.

function notHyper(value: unknown): never {
  return notBigInt("a hyper", value, "-2^63 to 2^63-1");
}

function notUnsignedHyper(value: unknown): never {
  return notBigInt("an unsigned hyper", value, "0 to 2^64-1");
}

/** Refuses `value`, which should have been `what` ("a hyper"), a bigint of a range. */
function notBigInt(what: string, value: unknown, range: string): never {
  if (typeof value === "bigint") return outOfRange(value, what, range);
  const hint = typeof value === "number" && Number.isInteger(value) ? `: write ${value}n` : ", which is a bigint";
  return refuse("XDR_WRONG_TYPE", `${show(value)} is not ${what}${hint}`);
}

function tooLarge(value: bigint, offset: number): never {
  return refuse("XDR_OUT_OF_RANGE", `${value} is beyond the integers that a number holds exactly (2^53)`, offset);
}
