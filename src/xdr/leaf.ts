// The leaves of a walk: values without parts, and the lengths of arrays, checked as codecs check them.

import { checkInteger } from "./check-integer.js";
import type { XdrReader } from "./reader.js";
import type {
  ArrayShape,
  EnumShape,
  IntegerShape,
  NodeReferenceShape,
  OpaqueShape,
  PrimitiveShape,
  Shape,
  StringShape,
} from "./shape.js";
import { leastSize } from "./shape.js";
import { readExactly, writeExactly } from "./string.js";
import {
  badEnum,
  checkArray,
  checkBool,
  checkFixedArray,
  checkInt,
  getHyperNumber,
  getUnsignedHyperNumber,
} from "./support.js";
import { entryShape } from "./within.js";
import type { XdrWriter } from "./writer.js";

/** A shape without parts. */
export type LeafShape = PrimitiveShape | NodeReferenceShape | EnumShape | OpaqueShape | StringShape;

/**
 * Whether `value` has its type; if not, the codec has reported why.
 * @throws XdrError if it reports the error itself.
 */
export function fits(out: XdrWriter, shape: LeafShape, value: unknown): boolean {
  switch (shape.kind) {
    case "void":
      return value === undefined || value === null;
    case "ref":
      return true; // The codec of the graph has checked it.
    case "hyper":
    case "unsigned hyper":
      return hyperFits(shape, value);
    case "float":
      return typeof value === "number" && (Number.isFinite(Math.fround(value)) || !Number.isFinite(value));
    case "double":
      return typeof value === "number";
    case "quadruple":
      return typeof (value as { readonly bits?: unknown } | null | undefined)?.bits === "bigint";
    case "opaque":
      if (shape.fixed) return value instanceof Uint8Array && value.length === shape.length;
      out.writeOpaque(value as Uint8Array, shape.length);
      return true;
    case "string":
      return stringFits(out, shape, value);
    default:
      checkWord(shape, value);
      return true;
  }
}

// Check the discriminant here: a codec may have reported that the value selects no arm.
function checkWord(shape: LeafShape, value: unknown): void {
  if (shape.kind === "int" || shape.kind === "unsigned int") checkInteger(shape, value as number);
  else if (shape.kind === "bool") checkBool(value as boolean);
  else if (shape.kind === "enum" && !isMember(shape, value)) badEnum(shape.name, value);
  else checkInt(value as number);
}

function hyperFits({ kind, as }: Shape & { kind: "hyper" | "unsigned hyper" }, value: unknown): boolean {
  const isSigned = kind === "hyper";
  if (as === "number") return Number.isSafeInteger(value) && (isSigned || (value as number) >= 0);
  return typeof value === "bigint" && (isSigned ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) === value;
}

function stringFits(out: XdrWriter, { as, length }: Shape & { kind: "string" }, value: unknown): boolean {
  if (as === undefined) writeExactly(out, value as string, length);
  else if (as === "bytes") out.writeOpaque(value as Uint8Array, length);
  else if (typeof value !== "string" || /[\u0100-\uffff]/.test(value)) return false;
  else out.writeOpaque(Buffer.from(value, "latin1"), length);
  return true;
}

function isMember({ open, members }: EnumShape, value: unknown): boolean {
  return open === true || members.some(([, number]) => number === value);
}

const typedNames: Readonly<Record<string, string>> = {
  int: "Int32Array",
  "unsigned int": "Uint32Array",
  hyper: "BigInt64Array",
  "unsigned hyper": "BigUint64Array",
  float: "Float32Array",
  double: "Float64Array",
};

/** The elements to check one by one. Undefined: `values` does not have its type, as for `fits`. */
export function elementsToCheck(out: XdrWriter, shape: ArrayShape, values: readonly unknown[]): number | undefined {
  if (shape.typed) {
    // Elements of a typed array are always in the range of its type.
    const element = entryShape(shape.element);
    if (Object(values)[Symbol.toStringTag] !== typedNames[element.kind]) return undefined;
    const count = "width" in element && element.width !== undefined ? values.length : 0;
    if (shape.fixed) return values.length === shape.length ? count : undefined;
    out.writeCount(values.length, shape.length);
    return count;
  }
  checkArray(values);
  if (shape.fixed) checkFixedArray(values, shape.length);
  else out.writeCount(values.length, shape.length);
  return values.length;
}

/** Reads the value at the reader. @returns the value, if it can be a discriminant. @throws XdrError */
export function readLeaf(from: XdrReader, shape: LeafShape): unknown {
  switch (shape.kind) {
    case "bool":
      return from.readBool();
    case "int":
    case "unsigned int":
      return readInteger(from, shape);
    case "hyper":
    case "unsigned hyper": {
      const at = from.take(8);
      if (shape.as === undefined) return undefined;
      return (shape.kind === "hyper" ? getHyperNumber : getUnsignedHyperNumber)(from.view, at);
    }
    case "opaque":
      return from.takePadded(shape.fixed ? shape.length : from.readLength(shape.length));
    case "string":
      if (shape.as === undefined) return readExactly(from, shape.length);
      return from.takePadded(from.readLength(shape.length));
    default: {
      const size = leastSize(shape);
      return size === 4 ? readInt(from, shape) : from.take(size);
    }
  }
}

function readInteger(from: XdrReader, shape: IntegerShape): number {
  const word = from.readWord();
  const value = shape.kind === "int" ? word | 0 : word;
  return shape.strict ? checkInteger(shape, value, from.offset - 4) : value;
}

function readInt(from: XdrReader, shape: LeafShape): number {
  const value = from.readWord() | 0;
  if (shape.kind === "enum" && !isMember(shape, value)) badEnum(shape.name, value, from.offset - 4);
  return value;
}

/** Whether chars can hold `text`; if not, the codec has reported why. @throws XdrError if it is too long. */
export function textFits(out: XdrWriter, shape: ArrayShape | IntegerShape, text: unknown): boolean {
  const isWrong = shape.text === "latin1" ? /[\0\u0100-\uffff]/ : /[\0\ud800-\udfff]/u;
  if (typeof text !== "string" || isWrong.test(text)) return false;
  const { length } = Buffer.from(text, shape.text);
  if (shape.kind === "array" && !shape.fixed) out.writeCount(length, shape.length);
  return length <= (shape.kind === "array" ? shape.length : 1);
}

/** Reads the number of elements. @throws XdrError */
export function readElements(from: XdrReader, { fixed, length, element }: ArrayShape): number {
  if (!fixed) return from.readCount(length, leastSize(element));
  from.expectElements(length, leastSize(element));
  return length;
}
