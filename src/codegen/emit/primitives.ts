// The TypeScript code for each primitive type. A new primitive has one row here.
import type { CharEncoding, PrimitiveName, PrimitiveType } from "../../idl/model/model.js";
import type { RuntimeValue } from "./runtime-value.js";

/** Imports values of the runtime into the file that is written. */
interface Names {
  /** @returns the local name. */
  use(name: RuntimeValue): string;
}

/** Where a value of fixed size is: expressions of the writer's or reader's view, and of the offset in it. */
interface Place {
  readonly view: string;
  readonly at: string;
}

/** An expression of the writer: it knows the numbers of nodes. */
type Cursor = string;

/** How a value of fixed size is stored and loaded. Neighbours of fixed size share one bounds check. */
interface InRun {
  /** The size in bytes. */
  readonly size: 4 | 8;
  /** The checked word of a value, if `writeWord` takes it. */
  readonly word?: (names: Names, value: string, cursor: Cursor) => string;
  /** A statement that stores a value in its reserved place. */
  readonly store: (names: Names, place: Place, value: string, cursor: Cursor) => string;
  /** An expression that loads a value from a place that was taken. */
  readonly load: (names: Names, place: Place, cursor: string) => string;
  /** An expression that takes and loads a single value. */
  readonly take: (names: Names, cursor: string) => string;
}

/** The typed arrays of the language. */
export type TypedArrayName =
  | "Int32Array"
  | "Uint32Array"
  | "BigInt64Array"
  | "BigUint64Array"
  | "Float32Array"
  | "Float64Array";

/** The code for one primitive. */
export interface PrimitiveCode {
  /** The type of its values. */
  readonly type: string;
  /** `type` is this class of the runtime, which has to be imported. */
  readonly class?: RuntimeValue;
  /** The smallest value. */
  readonly sample: string;
  /** The runtime's codec. */
  readonly codec: RuntimeValue;
  /** Absent: the codec encodes and decodes each value. */
  readonly inRun?: InRun;
  /** The function that rejects numbers outside the range of C's char or short. */
  readonly check?: RuntimeValue;
  /** The codec of arrays as a whole. Absent: a loop. */
  readonly bulk?: RuntimeValue;
  /** Absent: no typed array holds its values. */
  readonly typed?: { readonly codec: RuntimeValue; readonly type: TypedArrayName };
}

/** The code for a primitive with its options. Chars that are text have a codec of their own: see `charTextCodec`. */
export function primitiveCode({ name, as, width, ref }: PrimitiveType): PrimitiveCode {
  if (ref !== undefined) return reference;
  const row = primitives[name];
  if (as === "number") return row.asNumber ?? row;
  if (width === 8) return row.char ?? row;
  return width === 16 ? (row.short ?? row) : row;
}

/** The codec of chars that are text; of one char, with a length of 1. */
export function charTextCodec({ name }: PrimitiveType, encoding: CharEncoding): RuntimeValue {
  const isSigned = name === "int";
  if (encoding === "latin1") return isSigned ? "charLatin1" : "unsignedCharLatin1";
  return isSigned ? "charText" : "unsignedCharText";
}

interface Row extends PrimitiveCode {
  /** With the option that makes 64-bit integers numbers. */
  readonly asNumber?: PrimitiveCode;
  /** C's integers of 8 and 16 bits. */
  readonly char?: PrimitiveCode;
  readonly short?: PrimitiveCode;
}

function signed(check: RuntimeValue): InRun {
  const word = (names: Names, value: string): string => `${names.use(check)}(${value})`;
  return {
    size: 4,
    word,
    store: (names, { view, at }, value) => `${view}.setInt32(${at}, ${word(names, value)})`,
    load: (_, { view, at }) => `${view}.getInt32(${at})`,
    take: (_, cursor) => `${cursor}.readWord() | 0`,
  };
}

function unsigned(check: RuntimeValue): InRun {
  const word = (names: Names, value: string): string => `${names.use(check)}(${value})`;
  return {
    size: 4,
    word,
    store: (names, { view, at }, value) => `${view}.setUint32(${at}, ${word(names, value)})`,
    load: (_, { view, at }) => `${view}.getUint32(${at})`,
    take: (_, cursor) => `${cursor}.readWord()`,
  };
}

function real(size: 4 | 8, check: RuntimeValue): InRun {
  const kind = size === 4 ? "Float32" : "Float64";
  return {
    size,
    store: (names, { view, at }, value) => `${view}.set${kind}(${at}, ${names.use(check)}(${value}))`,
    load: (_, { view, at }) => `${view}.get${kind}(${at})`,
    take: (_, cursor) => `${cursor}.view.get${kind}(${cursor}.take(${size}))`,
  };
}

function wide(set: RuntimeValue, get: RuntimeValue): InRun {
  return {
    size: 8,
    store: (names, { view, at }, value) => `${names.use(set)}(${view}, ${at}, ${value})`,
    load: (names, { view, at }) => `${names.use(get)}(${view}, ${at})`,
    take: (names, cursor) => `${names.use(get)}(${cursor}.view, ${cursor}.take(8))`,
  };
}

const number = { type: "number", sample: "0" } as const;
const bigint = { type: "bigint", sample: "0n" } as const;

const primitives: Readonly<Record<PrimitiveName, Row>> = {
  int: {
    ...number,
    codec: "int",
    inRun: signed("checkInt"),
    bulk: "ints",
    typed: { codec: "int32Array", type: "Int32Array" },
    char: {
      ...number,
      codec: "char",
      inRun: signed("checkChar"),
      check: "checkChar",
      bulk: "chars",
      typed: { codec: "charArray", type: "Int32Array" },
    },
    short: {
      ...number,
      codec: "short",
      inRun: signed("checkShort"),
      check: "checkShort",
      bulk: "shorts",
      typed: { codec: "shortArray", type: "Int32Array" },
    },
  },
  "unsigned int": {
    ...number,
    codec: "unsignedInt",
    inRun: unsigned("checkUnsignedInt"),
    bulk: "unsignedInts",
    typed: { codec: "uint32Array", type: "Uint32Array" },
    char: {
      ...number,
      codec: "unsignedChar",
      inRun: unsigned("checkUnsignedChar"),
      check: "checkUnsignedChar",
      bulk: "unsignedChars",
      typed: { codec: "unsignedCharArray", type: "Uint32Array" },
    },
    short: {
      ...number,
      codec: "unsignedShort",
      inRun: unsigned("checkUnsignedShort"),
      check: "checkUnsignedShort",
      bulk: "unsignedShorts",
      typed: { codec: "unsignedShortArray", type: "Uint32Array" },
    },
  },
  hyper: {
    ...bigint,
    codec: "hyper",
    inRun: wide("setHyper", "getHyper"),
    bulk: "hypers",
    typed: { codec: "bigInt64Array", type: "BigInt64Array" },
    asNumber: { ...number, codec: "hyperNumber", inRun: wide("setHyperNumber", "getHyperNumber") },
  },
  "unsigned hyper": {
    ...bigint,
    codec: "unsignedHyper",
    inRun: wide("setUnsignedHyper", "getUnsignedHyper"),
    bulk: "unsignedHypers",
    typed: { codec: "bigUint64Array", type: "BigUint64Array" },
    asNumber: {
      ...number,
      codec: "unsignedHyperNumber",
      inRun: wide("setUnsignedHyperNumber", "getUnsignedHyperNumber"),
    },
  },
  float: {
    ...number,
    codec: "float",
    inRun: real(4, "checkFloat"),
    bulk: "floats",
    typed: { codec: "float32Array", type: "Float32Array" },
  },
  double: {
    ...number,
    codec: "double",
    inRun: real(8, "checkDouble"),
    bulk: "doubles",
    typed: { codec: "float64Array", type: "Float64Array" },
  },
  quadruple: { type: "Quadruple", class: "Quadruple", sample: "Quadruple.fromNumber(0)", codec: "quadruple" },
  bool: {
    type: "boolean",
    sample: "false",
    codec: "bool",
    inRun: {
      ...unsigned("checkBool"),
      load: (names, { at }, cursor) => `${names.use("getBool")}(${cursor}, ${at})`,
      take: (_, cursor) => `${cursor}.readBool()`,
    },
  },
  void: { type: "void", sample: "undefined", codec: "voidType" },
};

/** A reference to a node: its TypeScript type is the node's, see types.ts. */
const reference: PrimitiveCode = {
  type: "null",
  sample: "null",
  codec: "nodeReference",
  inRun: {
    size: 4,
    word: (names, value, cursor) => `${names.use("nodeNumber")}(${cursor}, ${value})`,
    store: (names, { view, at }, value, cursor) =>
      `${view}.setUint32(${at}, ${names.use("nodeNumber")}(${cursor}, ${value}))`,
    load: (names, { view, at }) => `${names.use("loadNode")}(${view}, ${at})`,
    take: (names, cursor) => `${names.use("readNode")}(${cursor})`,
  },
};

const rows: readonly PrimitiveCode[] = Object.values(primitives);

/** The runtime's codecs and classes of primitives. */
export const primitiveRuntimeNames: readonly RuntimeValue[] = rows.flatMap(({ codec, class: own }) =>
  own === undefined ? [codec] : [codec, own],
);

/** The classes of values of primitives. */
export const primitiveClasses: readonly RuntimeValue[] = rows.flatMap((row) => row.class ?? []);
