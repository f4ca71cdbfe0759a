import { forEachComponent } from "./components.js";
import type { Shape } from "./shape.js";

const known = new WeakMap<object, boolean>();

/**
 * Returns true if values of this shape can contain values of the same shape, so that their nesting must be limited. For all shapes of
 * an interface together it takes linear time.
 * @example
 * console.log(isRecursive(numbers.shape)); // false
 */
export function isRecursive(shape: Shape): boolean {
  if (!known.has(shape)) {
    forEachComponent([shape], partsOf, (members, isCycle) => {
      for (const member of members) known.set(member, isCycle);
    });
  }
  return known.get(shape) === true;
}

/**
 * Shapes are plain data, so every object in one is a part of it. The members of enums are skipped: there are many, and none matters. So are
 * parts that were looked at before: they do not contain a shape that was not.
 */
function partsOf(part: object): object[] {
  if ("members" in part) return [];
  return Object.values(part)
    .map((inner: unknown) => (typeof inner === "function" ? inner() : inner))
    .filter((value) => typeof value === "object" && value !== null && !known.has(value));
}
