// The imports of a scaffold file from the generated one, under names that do not shadow its own.
import { primitiveClasses } from "./primitives.js";

/** Names that a server or a client of the scaffold has, or takes from the language. */
const own: ReadonlySet<string> = new Set([
  ...primitiveClasses,
  ..."Array BigInt64Array BigUint64Array Float32Array Float64Array Int32Array Server Uint32Array Uint8Array".split(" "),
  ..."closeOnSignals console createClient host process register server".split(" "),
]);

/** `client`, `client2`, ...: one for each version. */
function isOwn(name: string): boolean {
  return own.has(name) || /^client\d*$/.test(name);
}

/** Collects the names of the generated file that a scaffold file uses. */
export class ScaffoldImports {
  readonly #locals = new Map<string, string>();

  /** @param exported all names that may be used: no other import gets one of them. */
  constructor(exported: Iterable<string>) {
    const taken = new Set(exported);
    for (const name of [...taken]) {
      let local = name;
      while (isOwn(local) || (local !== name && taken.has(local))) local += "_";
      taken.add(local);
      this.#locals.set(name, local);
    }
  }

  readonly #used = new Set<string>();

  /** The local name of an export of the generated file. */
  use(name: string): string {
    this.#used.add(name);
    return this.#locals.get(name) ?? name;
  }

  /** `add`, or `process as process_`: sorted. */
  list(): string[] {
    return [...this.#used].sort().map((name) => {
      const local = this.#locals.get(name) ?? name;
      return local === name ? name : `${name} as ${local}`;
    });
  }

  /** Names for a handler's arguments that do not shadow names used in `text`, its result. */
  static argumentNames(names: readonly string[], text: string): string[] {
    const words = new Set(["console", ...(text.match(/\w+/g) ?? [])]);
    const taken = new Set<string>();
    return names.map((name) => {
      let free = name;
      while (taken.has(free) || words.has(free)) free += "_";
      taken.add(free);
      return free;
    });
  }
}
