// The primitive types as tools use them: the codec of each, and its form in JSON. A new primitive has one row here.

import { show } from "../base/show.js";
import { checkInteger } from "./check-integer.js";
import { XdrError } from "./errors.js";
import { integerType } from "./integers.js";
import {
  bool,
  double,
  float,
  hyper,
  hyperNumber,
  quadruple,
  unsignedHyper,
  unsignedHyperNumber,
  voidType,
} from "./primitives.js";
import { Quadruple } from "./quadruple.js";
import type { IntegerShape, PrimitiveKind, PrimitiveShape, Shape } from "./shape.js";
import { shapeText } from "./shape.js";
import { checkBool, checkFloat, checkInt, checkUnsignedInt } from "./support.js";
import type { XdrType } from "./type.js";

/** Anything that JSON.stringify writes and JSON.parse reads. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The row of one primitive. */
interface Form<S extends Shape> {
  codec(shape: S): XdrType<unknown>;
  /** The JSON form of a value. @throws XdrError if the value does not have this type. */
  write(value: unknown, shape: S): Json;
  /** The value of a JSON form. @throws XdrError if the form does not match the type. */
  read(json: unknown, shape: S): unknown;
}

type HyperShape = Shape & { readonly kind: "hyper" | "unsigned hyper" };

const integer: Form<IntegerShape> = {
  codec: (shape) => integerType(shape) as XdrType<unknown>,
  write: writeInteger,
  read: readInteger,
};

const forms: { readonly [K in PrimitiveKind]: Form<Shape & { readonly kind: K }> } = {
  int: integer,
  "unsigned int": integer,
  hyper: {
    codec: ({ as }) => of(as === "number" ? hyperNumber : hyper),
    write: writeHyper,
    read: readHyper,
  },
  "unsigned hyper": {
    codec: ({ as }) => of(as === "number" ? unsignedHyperNumber : unsignedHyper),
    write: writeHyper,
    read: readHyper,
  },
  float: {
    codec: () => of(float),
    write: writeReal,
    read: (json, shape) => checkFloat(readReal(json, shape)),
  },
  double: { codec: () => of(double), write: writeReal, read: readReal },
  quadruple: {
    codec: () => of(quadruple),
    write(value, shape) {
      if (!(value instanceof Quadruple)) throw wrong(shape, value);
      return value.toString();
    },
    read: (json) => Quadruple.fromString(String(json)),
  },
  bool: {
    codec: () => of(bool),
    write: (value) => checkBool(value as boolean) === 1,
    read: (json) => checkBool(json as boolean) === 1,
  },
  void: {
    codec: () => of(voidType),
    write: () => null,
    read(json, shape) {
      if (json !== null && json !== undefined) throw wrong(shape, json);
      return undefined;
    },
  },
};

function of(codec: { readonly shape: Shape }): XdrType<unknown> {
  return codec as XdrType<unknown>;
}

/** The row of a primitive. */
export function formOf(shape: PrimitiveShape): Form<PrimitiveShape> {
  return forms[shape.kind] as unknown as Form<PrimitiveShape>;
}

/** A value outside the range of a char may have been received, and is shown unchanged. */
function writeInteger(value: unknown, shape: IntegerShape): Json {
  if (shape.text !== undefined) return typed(shape, value, "string") as string;
  return shape.kind === "int" ? checkInt(value as number) : checkUnsignedInt(value as number);
}

function readInteger(json: unknown, shape: IntegerShape): number | string {
  if (shape.text !== undefined) return typed(shape, json, "string") as string;
  if (typeof json === "string" && isChar(shape)) throw wrong(shape, json, charHint(json));
  return checkInteger(shape, json as number);
}

/** Whether values are chars, as numbers or as text. */
export function isChar(shape: Shape): boolean {
  if (shape.kind === "reference") return isChar(shape.shape());
  return (shape.kind === "int" || shape.kind === "unsigned int") && shape.width === 8;
}

function charHint(text: string): string {
  const code = text.length === 1 ? `, ${JSON.stringify(text)} is ${text.charCodeAt(0)}` : "";
  return `: a char is a number here${code}; the option char=text makes text of it (--type NAME.FIELD:char=text)`;
}

function writeReal(real: unknown, shape: Shape): Json {
  const value = typed(shape, real, "number") as number;
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return Object.is(value, -0) ? "-0" : String(value);
}

function readReal(json: unknown, shape: Shape): number {
  if (typeof json === "number") return json;
  if (json === "NaN" || json === "Infinity" || json === "-Infinity" || json === "-0") return Number(json);
  throw wrong(shape, json, ': write a number, "NaN", "Infinity", "-Infinity" or "-0"');
}

const HYPER_RANGES = {
  hyper: "a hyper (-2^63 to 2^63-1)",
  "unsigned hyper": "an unsigned hyper (0 to 2^64-1)",
} as const;

function writeHyper(value: unknown, shape: HyperShape): Json {
  return shape.as === "number" ? (value as number) : String(typed(shape, value, "bigint"));
}

function readHyper(json: unknown, shape: HyperShape): bigint | number {
  const isDecimal = typeof json === "string" && /^-?\d{1,20}$/.test(json);
  if (!isDecimal && !Number.isSafeInteger(json)) throw wrong(shape, json, ': write a decimal in quotes, like "123"');
  const value = BigInt(json as string | number);
  const inRange = shape.kind === "hyper" ? BigInt.asIntN(64, value) === value : BigInt.asUintN(64, value) === value;
  if (!inRange) throw new XdrError("XDR_OUT_OF_RANGE", `${value} is not ${HYPER_RANGES[shape.kind]}`);
  if (shape.as !== "number") return value;
  if (!Number.isSafeInteger(Number(value))) throw new XdrError("XDR_OUT_OF_RANGE", `${value} is beyond 2^53`);
  return Number(value);
}

/** The value, if `typeof` is `type`. @throws XdrError if not. */
export function typed(shape: Shape, value: unknown, type: "bigint" | "number" | "string"): unknown {
  if (typeof value !== type) throw wrong(shape, value);
  return value;
}

/** The error for a value that does not have the type. */
export function wrong(shape: Shape, value: unknown, hint = ""): XdrError {
  return new XdrError("XDR_WRONG_TYPE", `${show(value)} is not a value of ${shapeText(shape)}${hint}`);
}
