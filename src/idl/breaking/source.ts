// What TypeScript sees of a type: two types of the same bytes may be different ones to a program.
import type { Type } from "../model.js";
import { behindTypedefs } from "../typedefs.js";
import { type Change, change } from "./change.js";
import { describe } from "./wire.js";

/** The change of a type that a program which is compiled again notices, whatever becomes of the bytes. */
export function sourceChange(place: string, before: Type, after: Type, span: Change["span"]): Change | undefined {
  const [was, is] = [faceOf(before), faceOf(after)];
  if (was === is) return undefined;
  const message = `${place} was ${describe(before)}, is ${describe(after)}: TypeScript that uses it as ${was} does not compile`;
  const hint = `it is ${is} now`;
  return change("error", "source/type-changed", span, message, { hint });
}

/** A type as TypeScript has it; of those with fields or members, what they are, since their names are told elsewhere. */
function faceOf(type: Type): string {
  const behind = behindTypedefs(type);
  switch (behind.kind) {
    case "primitive":
      return behind.as ?? primitives.get(behind.name) ?? "number";
    case "opaque":
      return "a Uint8Array";
    case "string":
      return behind.as === "bytes" ? "a Uint8Array" : "a string";
    case "array":
      return `an array of ${faceOf(behind.element)}`;
    case "optional":
      return `${faceOf(behind.element)} or null`;
    case "list":
      return "an array of a struct";
    case "named":
      return behind.definition.kind === "enum" ? "an enum" : `a ${behind.definition.kind}`;
  }
}

const primitives: ReadonlyMap<string, string> = new Map([
  ["bool", "a boolean"],
  ["hyper", "a bigint"],
  ["unsigned hyper", "a bigint"],
  ["quadruple", "a quadruple"],
]);
