// The names of one generated file: what it exports, what it imports, and locals that collide with neither.
import type {
  ConstDefinition,
  Definition,
  EnumDefinition,
  InterfaceModule,
  ProgramDefinition,
  StructDefinition,
  TypeDefinition,
  VersionDefinition,
} from "../../idl/model/model.js";
import { Shapes } from "../../idl/model/shapes.js";
import type { Shape } from "../../xdr/shape.js";
import { bytesHolders } from "./bytes.js";
import { type Foreign, foreignTo } from "./foreign.js";
import { Locals } from "./locals.js";
import { isReserved } from "./reserved.js";
import type { RuntimeType } from "./runtime-names.js";
import type { RuntimeValue } from "./runtime-value.js";

/** The output: TypeScript, or JavaScript and its declarations. */
export type OutputLanguage = "ts" | "js" | "d.ts";

export interface ScopeOptions {
  readonly serviceNames?: boolean;
  /** True: the scope is used only to determine the names of the file's exports. */
  readonly ownNamesOnly?: boolean;
}

/** The names of one generated file, assigned so that no two meanings share one. */
export class Scope {
  readonly module: InterfaceModule;
  /** Implementations have names with `_svc` too. */
  readonly serviceNames: boolean;
  /** Least sizes that are already known, for `leastSize`. */
  readonly leastSizes: Map<Shape, number> = new Map();
  /** The shapes of types, to measure them. */
  readonly shapes: Shapes = new Shapes();
  /** Types that contain bytes: their encoders accept more types than their decoders return. */
  readonly bytesHolders: ReadonlySet<TypeDefinition>;
  /** The interface's constants by name. */
  readonly constants: ReadonlyMap<string, ConstDefinition>;
  readonly #taken = new Set<string>();
  /** How many versions have a name. */
  readonly #versionNames = new Map<string, number>();
  readonly #definitions = new Map<Definition, string>();
  readonly #derived = new Map<string, string>();
  readonly #values = new Map<string, string>();
  readonly #types = new Map<string, string>();
  /** The import from lupine/stream, if a procedure is a stream. */
  readonly #streaming = new Map<string, string>();
  readonly #order = new Map<Definition, number>();
  readonly #used = new Set<string>();
  readonly #functions: string[][] = [];
  readonly #foreign: Foreign;
  /** The names imported from other interfaces' files: by local name, the module and the name there. */
  readonly #imported = new Map<string, { readonly module: InterfaceModule; readonly name: string }>();
  readonly #foreignNames = new Map<Definition, ForeignNames>();
  #target: OutputLanguage = "ts";

  constructor(module: InterfaceModule, { serviceNames = false, ownNamesOnly = false }: ScopeOptions = {}) {
    this.module = module;
    this.serviceNames = serviceNames;
    this.bytesHolders = ownNamesOnly ? new Set() : bytesHolders(module);
    this.constants = new Map(
      module.definitions.flatMap((one) => (one.kind === "const" ? [[one.name, one] as const] : [])),
    );
    for (const { name } of module.definitions.flatMap((one) => (one.kind === "program" ? one.versions : []))) {
      this.#versionNames.set(name, (this.#versionNames.get(name) ?? 0) + 1);
    }
    // If a program has the name of a type, the type keeps it.
    const ordered = [...module.definitions].sort((a, b) => rank(a) - rank(b));
    for (const definition of ordered) this.#definitions.set(definition, this.#claim(definition.name));
    for (const [index, definition] of module.definitions.entries()) {
      this.#order.set(definition, index);
    }
    for (const definition of ordered) this.#deriveNames(definition);
    this.#foreign = ownNamesOnly ? { owners: new Map(), circular: new Set() } : foreignTo(module);
    this.#nameForeign();
  }

  get target(): OutputLanguage {
    return this.#target;
  }

  /** Starts another output: the imports are reset, and assigned names stay. */
  restart(target: OutputLanguage): void {
    this.#target = target;
    this.#used.clear();
    this.#functions.length = 0;
  }

  /** Adds a function declaration to the end of the file. */
  addFunction(lines: string[]): void {
    this.#functions.push(lines);
  }

  /**
   * The functions of the file, which come after all constants. The type checker follows each name of a constant, from a
   * method too, back through the constants before it, but not out of a function declaration; and it does so for each
   * constant that comes after a function. In any other order checking takes quadratic time.
   */
  get functions(): readonly (readonly string[])[] {
    return this.#functions;
  }

  /** `: type` after a name, if the target has types. */
  annotation(type: string): string {
    return this.#target === "ts" ? `: ${type}` : "";
  }

  /** The exported name of a definition: unchanged, or with `_` appended if TypeScript reserves the word. */
  nameOf(definition: Definition): string {
    const foreign = this.#foreignNames.get(definition);
    if (foreign !== undefined) return this.#take(foreign.name);
    return this.#definitions.get(definition) ?? definition.name;
  }

  /** The codec's name: the type's own, but `ColorType` for an enum, whose own name holds its members. */
  codecOf(definition: TypeDefinition): string {
    const foreign = this.#foreignNames.get(definition);
    if (foreign !== undefined) return this.#take(foreign.codec);
    return definition.kind === "enum" ? this.derive(`${definition.name}Type`, "codec") : this.nameOf(definition);
  }

  /** The codec of a linked list behind a pointer: `entryList`. */
  listCodecOf(definition: StructDefinition): string {
    const foreign = this.#foreignNames.get(definition);
    if (foreign !== undefined) return this.#take(foreign.list);
    return this.derive(`${definition.name}List`, "list");
  }

  /** The functions that a codec of this file is made of: `encode_entry`, `decodeColor`, `shapeOf_entry`; of an alias `codecOf_entry`. */
  partOf(codec: string, part: CodecPart): string {
    return this.derive(`${part}${/^[A-Z]/.test(codec) ? "" : "_"}${codec}`, part);
  }

  /** Whether a definition belongs to another interface. */
  isForeign(definition: Definition): boolean {
    return this.#foreignNames.has(definition);
  }

  /** The function that rejects numbers that are not members of an enum: `checkColor`, `check_color`. */
  checkOf(definition: TypeDefinition): string {
    const foreign = this.#foreignNames.get(definition);
    if (foreign !== undefined) return this.#take(foreign.check);
    return this.derive(`check${/^[A-Z]/.test(definition.name) ? "" : "_"}${definition.name}`, "check");
  }

  /** The version's own name, with the program's name before it if a version of another program has the same name. */
  versionOf(program: ProgramDefinition, version: VersionDefinition): string {
    const isAlone = this.#versionNames.get(version.name) === 1;
    const name = isAlone ? version.name : `${program.name}_${version.name}`;
    return this.derive(name, `version of ${program.name}`);
  }

  /** A module-level name made from definitions: always the same for the same `name` and `meaning`. */
  derive(name: string, meaning: string): string {
    const key = `${meaning} ${name}`;
    let found = this.#derived.get(key);
    if (found === undefined) {
      found = this.#claim(name);
      this.#derived.set(key, found);
    }
    return found;
  }

  /** Whether `definition` has been initialised when `user`'s initialiser runs. */
  isBefore(definition: Definition, user: Definition): boolean {
    const owner = this.#foreign.owners.get(definition);
    if (owner !== undefined) return !this.#foreign.circular.has(owner);
    const at = this.#order.get(definition);
    const userAt = this.#order.get(user);
    return (
      at !== undefined &&
      userAt !== undefined &&
      (at < userAt || (user.kind === "program" && definition.kind !== "program"))
    );
  }

  /** Imports a value from the runtime. @returns its local name. */
  use(name: RuntimeValue): string {
    return this.#import(this.#values, name);
  }

  /** Imports a type or a class, as a type, from the runtime. @returns its local name. */
  useType(name: RuntimeType | RuntimeValue): string {
    return this.#import(this.#types, name);
  }

  /** Imports the code for streams. @returns its local name. */
  useStreaming(): string {
    return this.#import(this.#streaming, "streaming");
  }

  /** A TypeScript global, also accessible if a definition has its name. */
  global(name: GlobalName): string {
    return this.#taken.has(name) ? `globalThis.${name}` : name;
  }

  /** Local names for one function body. */
  locals(): Locals {
    return new Locals(this.#taken);
  }

  /** The imported names, for the import statement: types first, each sorted. */
  imports(): string[] {
    const values = importList(this.#values, this.#used);
    if (this.#target === "js") return values;
    const types = importList(this.#types, this.#used).map((name) => `type ${name}`);
    return this.#target === "d.ts" ? types : [...types, ...values];
  }

  /** The import of the code for streams: none without a stream, and in declarations. */
  streamImports(): string[] {
    return this.#target === "d.ts" ? [] : importList(this.#streaming, this.#used);
  }

  /** Enums of other interfaces whose checks this file needs. They are not imported: each file has checks of its own. */
  foreignChecks(): EnumDefinition[] {
    return [...this.#foreignNames].flatMap(([definition, { check }]) =>
      definition.kind === "enum" && this.#used.has(check) ? [definition] : [],
    );
  }

  /** The imports from the files of other interfaces, by interface. */
  foreignImports(): Map<InterfaceModule, string[]> {
    const byModule = new Map<InterfaceModule, string[]>();
    for (const [local, { module, name }] of [...this.#imported].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!this.#used.has(local)) continue;
      const item = name === local ? name : `${name} as ${local}`;
      byModule.set(module, [...(byModule.get(module) ?? []), item]);
    }
    return byModule;
  }

  #nameForeign(): void {
    const scopes = new Map<InterfaceModule, Scope>();
    for (const [definition, module] of this.#foreign.owners) {
      const there = scopes.get(module) ?? new Scope(module, { ownNamesOnly: true });
      scopes.set(module, there);
      const here = (name: string): string => {
        const local = this.#unique(name);
        this.#imported.set(local, { module, name });
        return local;
      };
      const type = definition as TypeDefinition;
      const name = here(there.nameOf(type));
      this.#foreignNames.set(definition, {
        name,
        codec: type.kind === "enum" ? here(there.codecOf(type)) : name,
        list: type.kind === "struct" && type.link !== undefined ? here(there.listCodecOf(type)) : name,
        check: type.kind === "enum" ? this.#unique(there.checkOf(type)) : name,
      });
    }
  }

  /** Marks a name as used. */
  #take(local: string): string {
    this.#used.add(local);
    return local;
  }

  // Assigned early, so that no local or import takes one of them first.
  #deriveNames(definition: Definition): void {
    if (definition.kind === "program") {
      for (const version of definition.versions) this.versionOf(definition, version);
    } else if (definition.kind !== "const") {
      this.#deriveParts(this.codecOf(definition));
      if (definition.kind === "enum") this.checkOf(definition);
      if (definition.kind === "struct" && definition.link !== undefined) {
        this.#deriveParts(this.listCodecOf(definition));
      }
    }
  }

  #deriveParts(codec: string): void {
    for (const part of codecParts) this.partOf(codec, part);
  }

  #import(kind: Map<string, string>, name: string): string {
    let local = kind.get(name);
    if (local === undefined) {
      local = this.#unique(name);
      kind.set(name, local);
    }
    this.#used.add(local);
    return local;
  }

  #claim(name: string): string {
    return this.#unique(isReserved(name) ? `${name}_` : name);
  }

  #unique(name: string): string {
    let free = name;
    while (this.#taken.has(free)) free += "_";
    this.#taken.add(free);
    return free;
  }
}

/** The names that are used, sorted: `name`, or `name as local`. */
function importList(names: ReadonlyMap<string, string>, used: ReadonlySet<string>): string[] {
  return [...names]
    .filter(([, local]) => used.has(local))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, local]) => (name === local ? name : `${name} as ${local}`));
}

/** The purposes of a codec's functions. */
export type CodecPart = (typeof codecParts)[number];

const codecParts = ["shapeOf", "encode", "decode", "codecOf"] as const;

/** The local names of a type of another interface and its parts. */
interface ForeignNames {
  readonly name: string;
  readonly codec: string;
  readonly list: string;
  readonly check: string;
}

function rank({ kind, name }: Definition): number {
  return (isReserved(name) ? 2 : 0) + (kind === "program" ? 1 : 0);
}

/** A global that generated code names. */
export type GlobalName = "Exclude" | (string & keyof typeof globalThis);
