// Names for types that have none in the file: that of their place, unless another type has it.

/** The most characters of the outer type's name in that of an inner one: a long one would be there again and again. */
const MAX_OUTER = 200;

/** The name of a type without one, by its place. */
export function nameWithin(outer: string, name: string): string {
  return `${outer.slice(0, MAX_OUTER)}_${name}`;
}

/** Finds names that are free. */
export class FreeNames {
  readonly #isTaken: (name: string) => boolean;
  /** The next number for a name that is taken. */
  readonly #numbers = new Map<string, number>();

  constructor(isTaken: (name: string) => boolean) {
    this.#isTaken = isTaken;
  }

  /** The name, with `_` behind it if it is taken, or else with `_2`, `_3` and so on. */
  near(name: string): string {
    return [name, `${name}_`].find((one) => !this.#isTaken(one)) ?? this.#numbered(name);
  }

  #numbered(name: string): string {
    let number = this.#numbers.get(name) ?? 2;
    while (this.#isTaken(`${name}_${number}`)) number++;
    this.#numbers.set(name, number + 1);
    return `${name}_${number}`;
  }
}
