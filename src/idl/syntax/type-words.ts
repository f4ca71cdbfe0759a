// The words that begin a type.
import type { PrimitiveName } from "../model/model.js";
import { PRIMITIVE_NAMES, PRIMITIVE_WORDS, primitiveFacts } from "../model/primitives.js";

/** `char`, `short` and `long` are C's names for integers that take four bytes on the wire. */
export const PRIMITIVES: ReadonlyMap<string, PrimitiveName> = new Map<string, PrimitiveName>([
  ...PRIMITIVE_WORDS.map((name): [string, PrimitiveName] => [name, name]),
  ["char", "int"],
  ["short", "int"],
  ["long", "int"],
]);
export const INTEGER_WORDS = new Set(["int", "char", "short", "long", "hyper"]);
export const BODY_WORDS = new Set(["struct", "union", "enum"]);
/** The words that begin a definition. */
export const DEFINITION_WORDS = ["const", "typedef", "enum", "struct", "union", "program"];
export const FRACTION_NAMES = PRIMITIVE_NAMES.filter((name) => primitiveFacts(name).isFraction);
export const FRACTIONS: ReadonlySet<string> = new Set(FRACTION_NAMES);
export const NOT_A_TYPE = new Set(["case", "default", "switch", "const", "typedef"]);

/** All words that begin a type. */
export const TYPE_WORDS: readonly string[] = [...PRIMITIVES.keys(), "unsigned", "opaque", "string", ...BODY_WORDS];

/** Whether this word always begins a type, so that no type can have its name. */
export function isTypeWord(text: string): boolean {
  return typeWords.has(text);
}

const typeWords: ReadonlySet<string> = new Set(TYPE_WORDS);
