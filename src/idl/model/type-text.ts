// A type as the interface language has it, in pieces: documents link the definitions, messages join everything.
import { brackets, composed, star, type TypePiece } from "./composed.js";
import type { Bound, Type } from "./model.js";
import { primitiveName } from "./typedefs.js";

/** The pieces of a type. @param length the text of a length; "" for `<>`. */
export function typePieces(type: Type, length: (bound: Bound) => string): TypePiece[] {
  switch (type.kind) {
    case "primitive":
      return [{ text: primitiveName(type) }];
    case "opaque":
    case "string":
      return [{ text: type.kind + brackets("fixed" in type && type.fixed, type.bound, length) }];
    case "list":
      return [{ definition: type.element }, ...(type.optional ? star : []), { note: " (a linked list)" }];
    case "named":
      return [{ definition: type.definition }];
    default:
      return [...typePieces(type.element, length), ...composed(type).suffix(type, length)];
  }
}

/** A type as a person would write it, with its lengths as numbers. */
export function typeText(type: Type): string {
  const texts = typePieces(type, lengthText).map((piece) => {
    if ("text" in piece) return piece.text;
    return "definition" in piece ? piece.definition.name : "space" in piece ? " " : "";
  });
  return texts.join("");
}

/** A length as a number; "" for `<>`. */
export function lengthText({ value }: Bound): string {
  return value === 0xffff_ffff ? "" : String(value);
}
