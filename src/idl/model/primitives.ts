// The primitive types in the interface language and in messages. A new primitive has one row here.

import type { PrimitiveKind } from "../../xdr/shape.js";
import { leastSize } from "../../xdr/shape.js";

interface Row {
  /** Its values in TypeScript, for messages. */
  readonly face: string;
  /** Arrays of it can be typed arrays. */
  readonly hasTypedArray?: true;
  /** A number with a fraction, in C a floating type: `long` and `unsigned` before it are mistakes. */
  readonly isFraction?: true;
}

const rows: Readonly<Record<PrimitiveKind, Row>> = {
  int: { face: "number", hasTypedArray: true },
  "unsigned int": { face: "number", hasTypedArray: true },
  hyper: { face: "a bigint", hasTypedArray: true },
  "unsigned hyper": { face: "a bigint", hasTypedArray: true },
  float: { face: "number", hasTypedArray: true, isFraction: true },
  double: { face: "number", hasTypedArray: true, isFraction: true },
  quadruple: { face: "a quadruple", isFraction: true },
  bool: { face: "a boolean" },
  void: { face: "number" },
};

/** The primitive types in the order in which they are listed, as the interface language names them. */
export const PRIMITIVE_NAMES = Object.keys(rows) as readonly PrimitiveKind[];

/** The primitive types that one word names. */
export const PRIMITIVE_WORDS = PRIMITIVE_NAMES.filter((name) => !name.includes(" "));

/** The facts of a primitive for messages and for the mapping. */
export function primitiveFacts(name: PrimitiveKind): Row {
  return rows[name];
}

/** The bytes of its values on the wire. */
export function primitiveBytes(kind: PrimitiveKind): number {
  return leastSize({ kind });
}
