// The attribute `range`: limits of numbers, and of the sizes of conformant arrays and strings.
import type { NdrRange, NdrShape } from "./types.js";

/** The rule that a value breaks which is outside of its range; undefined if it is inside. `unit` is what it counts. */
export function outside(range: NdrRange | undefined, value: number | bigint, unit = ""): string | undefined {
  if (range === undefined || (value >= range[0] && value <= range[1])) return undefined;
  return `${value}${unit}: the least is ${range[0]}, the most ${range[1]} (range)`;
}

/** The unit of the size of a conformant array or string, for `outside`. */
export function sizeUnit({ kind }: NdrShape): string {
  return kind === "string" ? " characters with the NUL at the end" : " elements";
}
