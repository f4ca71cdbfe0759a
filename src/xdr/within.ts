// Questions about the types inside a shape.
import type { Shape } from "./shape.js";

/**
 * `isRecursive` (recursive.ts) in less code, because every program has this one, for the path of an error. It looks at everything within
 * the shape each time.
 */
export function containsItself(shape: Shape): boolean {
  const within = new Set<object>();
  // Shapes are plain data, so every object in one is a part of it. The members of enums are skipped: there are many,
  // and none matters.
  const collect = (part: object): void => {
    if ("members" in part) return;
    for (const key in part) {
      const inner: unknown = part[key as keyof typeof part];
      const value: unknown = typeof inner === "function" ? inner() : inner;
      if (typeof value === "object" && value !== null) within.add(value);
    }
  };
  collect(shape);
  for (const part of within) {
    if (part === shape) return true;
    collect(part);
  }
  return false;
}

/** The struct of a list's entries, also if the list is behind references or within other lists. */
export function entryShape(element: Shape): Shape {
  if (element.kind === "reference") return entryShape(element.shape());
  return element.kind === "list" ? entryShape(element.element) : element;
}

/** Whether a discriminant is an integer: its default arm is then tagged with `isDefault`. */
export function isInteger(shape: Shape): boolean {
  if (shape.kind === "reference") return isInteger(shape.shape());
  return shape.kind === "int" || shape.kind === "unsigned int";
}
