// A sample value of any type, as TypeScript: the result of a new server's procedures, and the arguments of a new
// client's calls.
import type { Definition, Field, Type, TypeDefinition, UnionDefinition } from "../../idl/model/model.js";
import { composedCode } from "./composed.js";
import { primitiveCode } from "./primitives.js";
import type { ScaffoldImports } from "./scaffold-imports.js";
import type { Scope } from "./scope.js";
import { propertyName } from "./text.js";
import { hasDefaultTag } from "./types.js";

/** The most characters of a sample. Types that contain each other several times have values of any length. */
const longestSample = 5_000;

/** In place of a longer one: it has every type, and cannot be sent. */
const noSample = "null as never";

/** Writes sample values, and collects what their text refers to. */
export class Samples {
  readonly #scope: Scope;
  readonly #imports: ScaffoldImports;
  /** The classes of the runtime whose values are samples. */
  readonly classes = new Set<string>();
  readonly #known = new Map<TypeDefinition, string>();

  constructor(scope: Scope, imports: ScaffoldImports) {
    this.#scope = scope;
    this.#imports = imports;
  }

  /** The smallest value of `type`, or a placeholder for a long one. */
  of(type: Type): string {
    const text = this.#written(type);
    return text.length > longestSample ? noSample : text;
  }

  #written(type: Type): string {
    switch (type.kind) {
      case "primitive":
        return this.#primitive(type);
      case "opaque":
        return type.fixed ? `new Uint8Array(${type.bound.value})` : "new Uint8Array()";
      case "string":
        return type.as === "bytes" ? "new Uint8Array()" : '""';
      case "list":
        return type.optional ? "[]" : `[${this.#object(type.element.fields)}]`;
      case "named":
        return this.#named(type.definition);
      default:
        return composedCode(type).sample(type, () => this.of(type.element));
    }
  }

  #primitive(type: Type & { kind: "primitive" }): string {
    if (type.text !== undefined) return '""';
    const { sample, class: own } = primitiveCode(type);
    if (own !== undefined) this.classes.add(own);
    return sample;
  }

  /** Each type is written once. */
  #named(definition: TypeDefinition): string {
    let text = this.#known.get(definition);
    if (text === undefined) {
      text = this.#definition(definition);
      this.#known.set(definition, text);
    }
    return text;
  }

  #definition(definition: TypeDefinition): string {
    switch (definition.kind) {
      case "typedef":
        return this.of(definition.type);
      case "struct":
        return this.#object(definition.fields);
      case "union":
        return this.#union(definition);
      case "enum": {
        const [first] = definition.members;
        return first === undefined ? "0" : this.#member(definition, first.name);
      }
    }
  }

  #member(definition: Definition, name: string): string {
    return `${this.#imports.use(this.#scope.nameOf(definition))}.${name}`;
  }

  #object(fields: readonly Field[], ...first: readonly string[]): string {
    const parts = [...first, ...fields.map((field) => `${propertyName(field.name)}: ${this.of(field.type)}`)];
    return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
  }

  /** A void arm, if the union has one: a union can contain itself through its arms. */
  #union(definition: UnionDefinition): string {
    const one =
      definition.cases.find(({ arm }) => arm === undefined) ??
      definition.cases.find(({ arm }) => !leadsTo(arm, definition));
    const arm = one === undefined ? definition.default?.arm : one.arm;
    const tags = one === undefined && hasDefaultTag(definition) ? ["isDefault: true"] : [];
    const value = one?.values[0];
    const discriminant =
      value === undefined ? this.#unclaimed(definition) : this.#discriminant(definition, value.value);
    const head = `${propertyName(definition.discriminant.name)}: ${discriminant}`;
    return this.#object(arm === undefined ? [] : [arm], head, ...tags);
  }

  #discriminant(definition: UnionDefinition, value: number): string {
    if (definition.discriminantKind === "bool") return String(value !== 0);
    const owner = behindTypedefs(definition.discriminant.type);
    const member = owner?.kind === "enum" ? owner.members.find((one) => one.value === value) : undefined;
    return owner !== undefined && member !== undefined ? this.#member(owner, member.name) : String(value);
  }

  /** A discriminant of the default arm. */
  #unclaimed(definition: UnionDefinition): string {
    const claimed = new Set(definition.cases.flatMap(({ values }) => values.map(({ value }) => value)));
    const owner = behindTypedefs(definition.discriminant.type);
    const candidates =
      owner?.kind === "enum" ? owner.members.map(({ value }) => value) : [...Array(claimed.size + 1).keys()];
    return this.#discriminant(definition, candidates.find((value) => !claimed.has(value)) ?? 0);
  }
}

function behindTypedefs(type: Type): TypeDefinition | undefined {
  if (type.kind !== "named") return undefined;
  return type.definition.kind === "typedef" ? behindTypedefs(type.definition.type) : type.definition;
}

/** Whether a value of the arm always holds a value of `definition`. */
function leadsTo(arm: Field | undefined, definition: TypeDefinition): boolean {
  return arm !== undefined && holds(arm.type, definition, new Set());
}

function holds(type: Type, definition: TypeDefinition, within: Set<TypeDefinition>): boolean {
  if (type.kind === "array") return type.fixed && holds(type.element, definition, within);
  if (type.kind !== "named") return false;
  if (type.definition === definition) return true;
  if (within.has(type.definition)) return false;
  within.add(type.definition);
  if (type.definition.kind === "typedef") return holds(type.definition.type, definition, within);
  if (type.definition.kind === "enum") return false;
  const fields =
    type.definition.kind === "struct"
      ? type.definition.fields
      : type.definition.cases.flatMap(({ arm }) => (arm === undefined ? [] : [arm]));
  return fields.some((field) => holds(field.type, definition, within));
}
