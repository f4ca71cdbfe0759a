// The context of one generated function body: the names in scope, and the definition it belongs to.
import type { CharEncoding, Definition, PrimitiveType, Type } from "../../idl/model/model.js";
import { isPureTypedefRecursion, seeThrough } from "./layout.js";
import type { RuntimeValue } from "./runtime-names.js";
import type { GlobalName, Locals, Scope } from "./scope.js";

/** Where code is being written. */
export interface Body {
  readonly scope: Scope;
  readonly user: Definition;
  readonly locals: Locals;
  /** The local that holds the writer or reader. */
  readonly cursor: string;
}

/** The same context for a nested block. */
export function inBlock(body: Body): Body {
  return { ...body, locals: body.locals.inner() };
}

/** The bulk codec for arrays of `element`, a type seen through its typedefs. */
export function bulkCodec(element: Type): RuntimeValue | undefined {
  if (element.kind !== "primitive" || element.as !== undefined || element.strict || element.text !== undefined) {
    return undefined;
  }
  return element.width === undefined ? bulkCodecs.get(element.name) : narrowCodecs(element).bulk;
}

/** The codec of an array that is moved as a whole; undefined for arrays that need a loop. */
export function arrayCodec(type: Type & { kind: "array" }): RuntimeValue | undefined {
  const element = seeThrough(type.element);
  if (type.text !== undefined) return charTextCodec(element, type.text);
  if (!type.typed) return bulkCodec(element);
  if (element.kind === "primitive" && element.width !== undefined) return narrowCodecs(element).typed;
  return element.kind === "primitive" ? typedArrays.get(element.name)?.codec : undefined;
}

/** The codec of chars that are text; of one char, with a length of 1. */
export function charTextCodec(element: Type, encoding: CharEncoding): RuntimeValue {
  const isSigned = element.kind === "primitive" && element.name === "int";
  if (encoding === "latin1") return isSigned ? "charLatin1" : "unsignedCharLatin1";
  return isSigned ? "charText" : "unsignedCharText";
}

interface NarrowCodecs {
  readonly codec: RuntimeValue;
  readonly check: RuntimeValue;
  readonly bulk: RuntimeValue;
  readonly typed: RuntimeValue;
}

/** The runtime's codecs for a char or a short. */
export function narrowCodecs({ name, width }: PrimitiveType): NarrowCodecs {
  const isSigned = name === "int";
  if (width === 8) return isSigned ? narrow.char : narrow.unsignedChar;
  return isSigned ? narrow.short : narrow.unsignedShort;
}

const narrow = {
  char: { codec: "char", check: "checkChar", bulk: "chars", typed: "charArray" },
  unsignedChar: {
    codec: "unsignedChar",
    check: "checkUnsignedChar",
    bulk: "unsignedChars",
    typed: "unsignedCharArray",
  },
  short: { codec: "short", check: "checkShort", bulk: "shorts", typed: "shortArray" },
  unsignedShort: {
    codec: "unsignedShort",
    check: "checkUnsignedShort",
    bulk: "unsignedShorts",
    typed: "unsignedShortArray",
  },
} as const satisfies Record<string, NarrowCodecs>;

/** The typed array that holds elements of `element`, a numeric primitive behind its typedefs. */
export function typedArrayOf(element: Type): GlobalName | undefined {
  const seen = seeThrough(element);
  return seen.kind === "primitive" ? typedArrays.get(seen.name)?.type : undefined;
}

interface TypedArray {
  readonly codec: RuntimeValue;
  readonly type: GlobalName;
}

const typedArrays: ReadonlyMap<string, TypedArray> = new Map<string, TypedArray>([
  ["int", { codec: "int32Array", type: "Int32Array" }],
  ["unsigned int", { codec: "uint32Array", type: "Uint32Array" }],
  ["hyper", { codec: "bigInt64Array", type: "BigInt64Array" }],
  ["unsigned hyper", { codec: "bigUint64Array", type: "BigUint64Array" }],
  ["float", { codec: "float32Array", type: "Float32Array" }],
  ["double", { codec: "float64Array", type: "Float64Array" }],
]);

const bulkCodecs: ReadonlyMap<string, RuntimeValue> = new Map<string, RuntimeValue>([
  ["int", "ints"],
  ["unsigned int", "unsignedInts"],
  ["hyper", "hypers"],
  ["unsigned hyper", "unsignedHypers"],
  ["float", "floats"],
  ["double", "doubles"],
]);

/** Whether the codec of `definition` counts depth. Each recursion passes at least one that does. */
export function countsDepth(definition: Definition): boolean {
  if (definition.kind === "struct" || definition.kind === "union") return definition.recursive;
  return definition.kind === "typedef" && definition.recursive && isPureTypedefRecursion(definition);
}

/** `at + 8`. */
export function place(at: string, offset: number): string {
  return offset === 0 ? at : `${at} + ${offset}`;
}
