// Integers by their shape: of any width, strict when they decode, or chars that are text.
import { charTextOf } from "./char-text.js";
import { checkInteger } from "./check-integer.js";
import { char, int, short, unsignedChar, unsignedInt, unsignedShort } from "./primitives.js";
import type { IntegerShape } from "./shape.js";
import type { XdrType } from "./type.js";

/** The codec of an integer shape. */
export function integerType(shape: IntegerShape): XdrType<number> | XdrType<string> {
  if (shape.text !== undefined) return charTextType(shape);
  const type = numberType(shape);
  if (!shape.strict) return type;
  return {
    shape,
    encode: type.encode,
    decode: (from) => checkInteger(shape, type.decode(from), from.offset - 4),
  };
}

function numberType({ kind, width }: IntegerShape): XdrType<number> {
  if (kind === "int") return width === undefined ? int : width === 8 ? char : short;
  return width === undefined ? unsignedInt : width === 8 ? unsignedChar : unsignedShort;
}

/** A single char is text in the same way as an array of one char. */
function charTextType(shape: IntegerShape): XdrType<string> {
  const codec = charTextOf(shape, shape.text ?? "utf8");
  return {
    shape,
    encode: (out, value) => codec.writeFixed(out, value, 1),
    decode: (from) => codec.readFixed(from, 1),
  };
}
