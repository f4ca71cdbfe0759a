// The words that begin a type.
import type { PrimitiveName } from "../model/model.js";

/** `char`, `short` and `long` are C's names for integers that take four bytes on the wire. */
export const PRIMITIVES: ReadonlyMap<string, PrimitiveName> = new Map([
  ["void", "void"],
  ["bool", "bool"],
  ["int", "int"],
  ["char", "int"],
  ["short", "int"],
  ["long", "int"],
  ["hyper", "hyper"],
  ["float", "float"],
  ["double", "double"],
  ["quadruple", "quadruple"],
]);
export const INTEGER_WORDS = new Set(["int", "char", "short", "long", "hyper"]);
export const BODY_WORDS = new Set(["struct", "union", "enum"]);
/** The words that begin a definition. */
export const DEFINITION_WORDS = ["const", "typedef", "enum", "struct", "union", "program"];
export const FRACTIONS = new Set(["float", "double", "quadruple"]);
export const NOT_A_TYPE = new Set(["case", "default", "switch", "const", "typedef"]);

/** Whether this word always begins a type, so that no type can have its name. */
export function isTypeWord(text: string): boolean {
  return PRIMITIVES.has(text) || BODY_WORDS.has(text) || text === "unsigned" || text === "opaque" || text === "string";
}
