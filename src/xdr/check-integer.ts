// The check of integers by their shape. Generated code has a function for each kind of integer: see support.ts.
import { notAn } from "./refusals.js";
import { type IntegerShape, shapeText } from "./shape.js";

/** Refuses a value that the shape does not allow, except for chars that are text. @throws XdrError */
export function checkInteger(shape: IntegerShape, value: number, offset?: number): number {
  // Checked before the shifts, which throw for symbols and bigints.
  if (typeof value !== "number") notInteger(shape, value, offset);
  const { kind, width = 32 } = shape;
  const unused = 32 - width;
  const kept = kind === "int" ? (value << unused) >> unused : (value << unused) >>> unused;
  if (kept !== value) notInteger(shape, value, offset);
  return value;
}

/** In the words of the functions in support.ts. */
function notInteger(shape: IntegerShape, value: unknown, offset?: number): never {
  const { kind, width } = shape;
  const name = shapeText(shape);
  const what = `${/^[iu]/.test(name) ? "an" : "a"} ${name}`;
  const most = 2 ** ((width ?? 32) - (kind === "int" ? 1 : 0)) - 1;
  const range = `${kind === "int" ? -most - 1 : 0} to ${most}`;
  return width === undefined ? notAn(what, value, offset, range) : notAn(`${what} (${range})`, value, offset);
}
