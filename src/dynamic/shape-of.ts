// Converts the checked interface to shapes, the same ones that generated code contains.
import type {
  Definition,
  Field,
  PrimitiveType,
  StructDefinition,
  Type,
  TypeDefinition,
  UnionDefinition,
} from "../idl/model/model.js";
import type { FieldShape, Shape, StructShape, TupleShape, UnionShape } from "../xdr/shape.js";

/**
 * Makes shapes, one for each definition, so that equal types share a shape object.
 * @example
 * console.log(new Shapes().ofType({ kind: "optional", element: { kind: "primitive", name: "int" } }).kind); // optional
 */
export class Shapes {
  readonly #definitions = new Map<TypeDefinition, Shape>();
  readonly #structs = new Map<StructDefinition, StructShape>();
  readonly #externs: ReadonlyMap<TypeDefinition, () => Shape>;

  /**
   * Makes an empty collection: shapes are made when they are asked for. @param externs the shapes of types that are
   * written by hand, requested when they are needed.
   */
  constructor(externs: ReadonlyMap<TypeDefinition, () => Shape> = new Map()) {
    this.#externs = externs;
  }

  /** The shape of a type at its place of use. Named types are references. */
  ofType(type: Type): Shape {
    switch (type.kind) {
      case "primitive":
        return primitiveShape(type);
      case "opaque": {
        const shape = { kind: type.kind, fixed: type.fixed, length: type.bound.value };
        return type.borrowed ? { ...shape, borrowed: true } : shape;
      }
      case "string": {
        const shape = { kind: type.kind, length: type.bound.value };
        return type.as === undefined ? shape : { ...shape, as: type.as };
      }
      case "array": {
        const shape = {
          kind: type.kind,
          fixed: type.fixed,
          length: type.bound.value,
          element: this.ofType(type.element),
        };
        if (type.text !== undefined) return { ...shape, text: type.text };
        return type.typed ? { ...shape, typed: true } : shape;
      }
      case "optional":
        return { kind: "optional", element: this.ofType(type.element) };
      case "list":
        return { kind: "list", optional: type.optional, element: this.#entryOf(type.element) };
      case "named": {
        const { definition } = type;
        const shape = this.#externs.get(definition) ?? (() => this.ofDefinition(definition));
        return { kind: "reference", name: definition.name, shape };
      }
    }
  }

  /** The shape of a type as its definition describes it. */
  ofDefinition(definition: TypeDefinition): Shape {
    let shape = this.#definitions.get(definition);
    if (shape === undefined) {
      shape = this.#define(definition);
      this.#definitions.set(definition, shape);
    }
    return shape;
  }

  /** The shape of a procedure's argument list. */
  ofArguments(args: readonly { readonly name: string; readonly type: Type }[]): TupleShape {
    return { kind: "tuple", elements: args.map(({ name, type }) => ({ name, type: this.ofType(type) })) };
  }

  #define(definition: TypeDefinition): Shape {
    switch (definition.kind) {
      case "enum":
        return {
          kind: "enum",
          name: definition.name,
          members: definition.members.map((m) => [m.name, m.value] as const),
          ...(definition.open ? { open: true } : {}),
        };
      case "struct": {
        const element = this.#structOf(definition);
        return definition.link === undefined ? element : { kind: "list", optional: false, element };
      }
      case "union":
        return this.#unionOf(definition);
      case "typedef":
        return this.ofType(definition.type);
    }
  }

  #entryOf(definition: StructDefinition): Shape & { kind: "reference" } {
    return { kind: "reference", name: definition.name, shape: () => this.#structOf(definition) };
  }

  #structOf(definition: StructDefinition): StructShape {
    let shape = this.#structs.get(definition);
    if (shape === undefined) {
      shape = { kind: "struct", name: definition.name, fields: definition.fields.map((f) => this.#fieldOf(f)) };
      this.#structs.set(definition, shape);
    }
    return shape;
  }

  #unionOf(definition: UnionDefinition): UnionShape {
    const isBool = definition.discriminantKind === "bool";
    const fallback = definition.default;
    return {
      kind: "union",
      name: definition.name,
      discriminant: this.#fieldOf(definition.discriminant),
      cases: definition.cases.map(({ values, arm }) => ({
        values: values.map(({ value }) => (isBool ? value !== 0 : value)),
        ...(arm === undefined ? {} : { arm: this.#fieldOf(arm) }),
      })),
      ...(fallback === undefined
        ? {}
        : { default: fallback.arm === undefined ? {} : { arm: this.#fieldOf(fallback.arm) } }),
    };
  }

  #fieldOf(field: Field): FieldShape {
    return { name: field.name, type: this.ofType(field.type) };
  }
}

function primitiveShape({ name, as, width, strict, text }: PrimitiveType): Shape {
  if (as !== undefined) return { kind: name === "unsigned hyper" ? name : "hyper", as };
  if (width === undefined || (name !== "int" && name !== "unsigned int")) return { kind: name };
  return {
    kind: name,
    width,
    ...(strict === undefined ? {} : { strict }),
    ...(text === undefined ? {} : { text }),
  };
}

/** Whether a definition is a type (not a constant, not a program). */
export function isType(definition: Definition): definition is TypeDefinition {
  return definition.kind !== "const" && definition.kind !== "program";
}
