// Names that are legal in an interface and mean something in JavaScript, in TypeScript, in the runtime or in generated
// code; and names that become one when their case is changed.
import { pick, type Random } from "./random.js";

/** For definitions and their parts. */
export const HOSTILE_NAMES: readonly string[] = [
  ..."Object Promise Error Array Map Set String Number Boolean Function Symbol BigInt Date Math JSON Proxy".split(" "),
  ..."undefined null true false NaN Infinity await async arguments eval yield let static this super new".split(" "),
  ..."delete typeof instanceof in of function class extends import export return throw try catch finally".split(" "),
  ..."any unknown never number object symbol bigint boolean type interface namespace module declare".split(" "),
  ..."constructor __proto__ prototype toString valueOf hasOwnProperty then catch_ close name length".split(" "),
  ..."apply call bind caller get set is as from satisfies keyof readonly unique infer asserts abstract override globalThis window process".split(
    " ",
  ),
  ..."Uint8Array Int32Array Uint32Array BigInt64Array BigUint64Array Float32Array Float64Array Exclude".split(" "),
  ..."XdrType XdrReader XdrWriter Program Procedure ProgramGroup Implementation Quadruple UnknownMember".split(" "),
  ..."checkInt checkBool getBool setHyper voidType noArguments oneArgument argumentList badEnum int_".split(" "),
  ..."value view at out i count entry entries left encode decode shape kind isDefault isDefault_ tag".split(" "),
  ..."get_attr GET_ATTR getAttr GetAttr getattr a_b aB A_B ab AB foo Foo FOO foo_ Foo_ fooType FooType".split(" "),
  ..."fooList checkFoo check_foo checkfoo foo__ default_ class_ delete_ then_ THEN _then _ __ _1 $contract".split(" "),
].filter((name) => /^[A-Za-z_]\w*$/.test(name));

/** Words with which the interface language itself begins something. */
const KEYWORDS = new Set(
  (
    "const typedef enum struct union switch case default program version void bool int unsigned hyper long short char " +
    "float double quadruple string opaque TRUE FALSE PROGRAM VERSION"
  ).split(" "),
);

/** Gives names out, none of them twice. */
export class NameSource {
  readonly #random: Random;
  readonly #names: readonly string[];
  readonly #taken: Set<string>;
  readonly #macros = new Set<string>();
  #count = 0;

  /** @param names of which some are taken; the others are made of `kind` and a number. */
  constructor(random: Random, names: readonly string[], taken: Iterable<string> = []) {
    this.#random = random;
    this.#names = names.filter((name) => !KEYWORDS.has(name));
    this.#taken = new Set(taken);
  }

  next(kind: string): string {
    for (let tries = 0; tries < 4 && this.#names.length > 0 && this.#random(3) > 0; tries++) {
      const name = pick(this.#random, this.#names);
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
    this.#count++;
    const name = `${kind}_${this.#count}`;
    if (this.#taken.has(name)) return this.next(kind);
    this.#taken.add(name);
    return name;
  }

  /** `name` is a macro from here on: nothing else may have it, not even a field. */
  macro(name: string): void {
    this.#macros.add(name);
  }

  /** For names that need only differ from each other, and from macros. */
  inner(): NameSource {
    return new NameSource(this.#random, this.#names, this.#macros);
  }
}
