// The names of the locals of one generated function.
import { isReserved } from "./reserved.js";
import { runtimeNames } from "./runtime-names.js";

/** Names of one function's locals, which never shadow module-level names. */
export class Locals {
  readonly #outer: ReadonlySet<string>;
  readonly #taken: Set<string>;

  constructor(outer: ReadonlySet<string>, taken: Iterable<string> = []) {
    this.#outer = outer;
    this.#taken = new Set(taken);
  }

  /** Names for a nested block: different from the enclosing ones, and free again after it. */
  inner(): Locals {
    return new Locals(this.#outer, this.#taken);
  }

  /** `name`, or `name2`, `name3`, ... if it is in use. */
  fresh(name: string): string {
    const base = isReserved(name) ? `${name}_` : name;
    let free = base;
    for (let n = 2; this.#taken.has(free) || this.#outer.has(free) || runtimeNames.has(free); n++) free = `${base}${n}`;
    this.#taken.add(free);
    return free;
  }
}
