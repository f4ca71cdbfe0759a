// Errors that `instanceof` recognises even if two copies of the package are loaded, as happens when a program and a
// library that it uses depend on different versions.

const brand: unique symbol = Symbol.for("lupine.error");

/**
 * The base of every error class that users can catch. A subclass sets its name in a static `kind`. A subclass without
 * one is recognised by its prototype, as usual.
 */
export abstract class BrandedError extends Error {
  /** The name of the class as a string: a minifier renames classes, but not strings. */
  declare static readonly kind: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.kind;
  }

  /** The class as this copy of the package defines it. */
  get [brand](): ErrorClass {
    return this.constructor as unknown as ErrorClass;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: `this` is the class on the right of `instanceof`, maybe a subclass.
    return isInstance(this, value as { [brand]?: ErrorClass } | null | undefined);
  }
}

type ErrorClass = object & { readonly kind: string };

function isInstance(wanted: ErrorClass, value: { [brand]?: ErrorClass } | null | undefined): boolean {
  const isNamed = Object.hasOwn(wanted, "kind");
  for (let type = value?.[brand]; type; type = Object.getPrototypeOf(type) as ErrorClass | undefined) {
    if (type === wanted || (isNamed && type.kind === wanted.kind)) return true;
  }
  return false;
}
