// Whether two models of interfaces are the same in everything but places in the file.

/** The members of a model that are places. */
const PLACES = new Set(["span", "numberSpan", "close", "whole"]);

/** Compares plain data that may contain itself. A pair that is being compared counts as equal. */
export function isSameModel(a: object, b: object): boolean {
  return new Comparison().isSame(a, b);
}

class Comparison {
  readonly #begun = new Map<object, object>();

  isSame(a: unknown, b: unknown): boolean {
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
    if (this.#begun.get(a) === b) return true;
    this.#begun.set(a, b);
    const keys = Object.keys(a);
    return (
      Array.isArray(a) === Array.isArray(b) &&
      keys.length === Object.keys(b).length &&
      keys.every((key) => PLACES.has(key) || (key in b && this.isSame(a[key as never], b[key as never])))
    );
  }
}
