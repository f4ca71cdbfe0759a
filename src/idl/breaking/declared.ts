// Compares a declared type before and after: its bytes, and its TypeScript type.
import { composed } from "../model/composed.js";
import type { Type } from "../model/model.js";
import { primitiveFacts } from "../model/primitives.js";
import { elementOf } from "../model/references.js";
import { typeText } from "../model/type-text.js";
import { behindTypedefs } from "../model/typedefs.js";
import { tellAffected } from "./affects.js";
import { type Change, change, NEW_VERSION } from "./change.js";
import { haveSameBytes, type WireDifference, wireDifference } from "./wire.js";

/**
 * Compares the old and the new type of a field, an arm, a typedef, an argument or a result. If their bytes are equal, it compares
 * the types in TypeScript, too.
 */
export function compareDeclared(
  place: string,
  before: Type,
  after: Type,
  span: Change["span"],
  affects: readonly string[],
): Change[] {
  const found = wireDifference(before, after);
  // A struct is its fields, a fixed array its elements.
  const difference = found?.effect === "broken" && haveSameBytes([before], [after]) ? undefined : found;
  const wire = difference === undefined ? [] : [differenceChange(difference, place, span, affects)];
  if (difference?.effect === "broken") return wire;
  const source = sourceChange(place, before, after, span);
  return source === undefined ? wire : [...wire, source];
}

/** Describes a difference between two types at one position. */
function differenceChange(
  { effect, text, about }: WireDifference,
  place: string,
  span: Change["span"],
  affects: readonly string[],
): Change {
  if (effect === "widened") {
    const message = `${place} ${text}: old peers refuse values that only new ones allow; ${tellAffected(affects)}`;
    const hint = "send no value outside the old range until every peer is updated";
    return change("warning", about === "bound" ? "wire/bound-widened" : "wire/type-widened", span, message, {
      hint,
      affects,
    });
  }
  const { code, who } = BROKEN[about];
  const message = `${place} ${text}: ${who}; ${tellAffected(affects)}`;
  return change("error", code, span, message, { hint: NEW_VERSION, affects });
}

const BROKEN = {
  type: { code: "wire/type-changed", who: "old and new peers read each other's bytes wrongly" },
  bound: { code: "wire/bound-narrowed", who: "the other side refuses the message" },
  length: {
    code: "wire/length-changed",
    who: "old and new peers disagree on its length, and misread the bytes that follow or refuse the message",
  },
} as const;

/** A change of a type that appears when a program is compiled again, whether or not the bytes change. */
function sourceChange(place: string, before: Type, after: Type, span: Change["span"]): Change | undefined {
  if (isToldElsewhere(before, after)) return undefined;
  const [was, is] = [faceOf(before), faceOf(after)];
  if (was === is) return undefined;
  const message = `${place} was ${typeText(before)}, is ${typeText(after)}: TypeScript that uses it as ${was} does not compile`;
  const hint = `it is ${is} now`;
  return change("error", "source/type-changed", span, message, { hint });
}

/** A change of a named type is reported once, at its definition. */
function isToldElsewhere(before: Type, after: Type): boolean {
  if (before.kind === "named" && after.kind === "named") return before.definition.name === after.definition.name;
  const [inner, other] = [elementOf(before), elementOf(after)];
  return before.kind === after.kind && inner !== undefined && other !== undefined && isToldElsewhere(inner, other);
}

/**
 * A type as TypeScript sees it. Structs, unions and enums are compared by their contents, since their names are
 * reported elsewhere.
 */
function faceOf(type: Type): string {
  const behind = behindTypedefs(type);
  switch (behind.kind) {
    case "primitive":
      if (behind.ref !== undefined) return `a reference to ${behind.ref.name}`;
      if (behind.text !== undefined) return "a string";
      return behind.as ?? primitiveFacts(behind.name).face;
    case "opaque":
      return "a Uint8Array";
    case "string":
      return behind.as === "bytes" ? "a Uint8Array" : "a string";
    case "list":
      return "an array of a struct";
    case "named":
      return behind.definition.kind === "enum" ? "an enum" : `a ${behind.definition.kind}`;
    default:
      return composed(behind).face(behind, () => faceOf(behind.element));
  }
}
