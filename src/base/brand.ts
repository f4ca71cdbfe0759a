// Errors that `instanceof` knows although two copies of the package are loaded, as happens when a program and a library it
// uses depend on different versions.

const brand: unique symbol = Symbol.for("lupine.error");

/**
 * The base of every error class that users can catch. A subclass gives its name in a static `kind`; one that gives none is
 * known by its prototype, the ordinary way.
 */
export abstract class BrandedError extends Error {
  /** The name of the class, written out: a minifier renames classes but not strings. */
  static readonly kind: string = "Error";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.kind;
  }

  /** The kinds this error is, by its own copy of the package. */
  get [brand](): readonly string[] {
    const kinds: string[] = [];
    for (let type: object | null = this.constructor; type !== null; type = Object.getPrototypeOf(type)) {
      if (Object.hasOwn(type, "kind")) kinds.push((type as { kind: string }).kind);
    }
    return kinds;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: `this` is the class on the right of `instanceof`, maybe a subclass.
    return isInstance(this, value);
  }
}

function isInstance(type: object & { readonly kind: string }, value: unknown): boolean {
  if (!Object.hasOwn(type, "kind")) return Function.prototype[Symbol.hasInstance].call(type, value);
  const kinds = (value as { [brand]?: readonly string[] } | null | undefined)?.[brand];
  return Array.isArray(kinds) && kinds.includes(type.kind);
}
