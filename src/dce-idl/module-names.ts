// The names of a generated module: its exports and imports. Decision 0010 has the rules, which are those of .x files.
import { isReserved } from "../codegen/emit/reserved.js";
import type { InterfaceModel, NamedType } from "./model.js";

/** The imports of generated code. */
export type RuntimeName = "ContextHandle" | "DceInterface" | "DceOperation" | "NdrType";

/** The names of an interface: its descriptor, and the type of its operations. */
export interface InterfaceNames {
  readonly descriptor: string;
  readonly operations: string;
}

export interface Named {
  readonly types: readonly NamedType[];
  readonly constants: readonly { readonly name: string }[];
  readonly interfaces: readonly InterfaceModel[];
}

/** Assigned so that no two meanings share a name. A name that is derived or imported yields to one of the interface. */
export class ModuleNames {
  readonly #taken = new Set<string>();
  readonly #constants = new Map<string, string>();
  readonly #types = new Map<NamedType, string>();
  readonly #shapes = new Map<NamedType, string>();
  readonly #interfaces = new Map<InterfaceModel, InterfaceNames>();
  readonly #imports = new Map<RuntimeName, string>();

  constructor({ types, constants, interfaces }: Named) {
    // A name that is written as it is keeps its form; one that gets a `_` yields.
    for (const areReserved of [false, true]) {
      for (const { name } of constants)
        if (isReserved(name) === areReserved) this.#constants.set(name, this.#claim(name));
      for (const type of types)
        if (isReserved(type.name) === areReserved) this.#types.set(type, this.#claim(type.name));
    }
    for (const type of types) {
      const name = this.type(type);
      this.#shapes.set(type, type.body?.kind === "enum" ? this.#claim(`${name}Type`) : name);
    }
    for (const one of interfaces) {
      const { name, major, minor } = one;
      const descriptor = this.#claim(`${name}_v${major}${minor === 0 ? "" : `_${minor}`}`);
      this.#interfaces.set(one, { descriptor, operations: this.#claim(`${descriptor}_Operations`) });
    }
  }

  constant(name: string): string {
    return this.#constants.get(name) ?? name;
  }

  /** The TypeScript type. For an enum also the object of its members, for others the value that describes it. */
  type(type: NamedType): string {
    return this.#types.get(type) ?? type.name;
  }

  /** The value that describes a type. */
  shape(type: NamedType): string {
    return this.#shapes.get(type) ?? type.name;
  }

  interface(given: InterfaceModel): InterfaceNames {
    return this.#interfaces.get(given) as InterfaceNames;
  }

  /** A type of the runtime, which is imported because of this. */
  runtime(name: RuntimeName): string {
    let local = this.#imports.get(name);
    if (local === undefined) {
      local = this.#claim(name);
      this.#imports.set(name, local);
    }
    return local;
  }

  /** A type that every module knows, also if a definition has its name. */
  global(name: "Uint8Array"): string {
    return this.#taken.has(name) ? `globalThis.${name}` : name;
  }

  /** The names in braces of the import, sorted. */
  get imports(): string[] {
    return [...this.#imports]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, local]) => (name === local ? name : `${name} as ${local}`));
  }

  #claim(name: string): string {
    let free = isReserved(name) ? `${name}_` : name;
    while (this.#taken.has(free)) free += "_";
    this.#taken.add(free);
    return free;
  }
}

/** The name of a parameter: it stands in a list of its own, where only the words of the language are a problem. */
export function parameterName(name: string): string {
  return isReserved(name) ? `${name}_` : name;
}
