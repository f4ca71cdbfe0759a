// The model as shapes: the one conversion, for generated code, for codecs without generated code, and for tools.
import { nodeTables } from "../../xdr/graph.js";
import type { GraphShape, NodeTable } from "../../xdr/node-tables.js";
import type { FieldShape, ListShape, Shape, StructShape, TupleShape, UnionShape } from "../../xdr/shape.js";
import { composed } from "./composed.js";
import type { Bound, Field, PrimitiveType, StructDefinition, Type, TypeDefinition, UnionDefinition } from "./model.js";

/** A type that is used by its name: a linked list is a list of a named struct. */
export type NamedType = Type & { readonly kind: "named" | "list" };

/** The parts of shapes for which generated code has text of its own. */
export interface ShapeParts {
  /** The shape of a named type where it is used. */
  readonly refer: (type: NamedType) => Shape;
  /** A length, as its number by default. */
  readonly length?: (bound: Bound) => number;
  /** The node tables of a struct. */
  readonly graph?: (tables: readonly NodeTable[]) => GraphShape<StructShape>;
}

/** Makes the shapes of types and definitions. */
export class ShapeMaker {
  readonly #refer: ShapeParts["refer"];
  readonly #length: NonNullable<ShapeParts["length"]>;
  readonly #graph: NonNullable<ShapeParts["graph"]>;

  constructor({ refer, length = ({ value }) => value, graph = nodeTables }: ShapeParts) {
    this.#refer = refer;
    this.#graph = graph;
    this.#length = length;
  }

  /** The shape of a type where it is used. */
  ofType(type: Type): Shape {
    switch (type.kind) {
      case "primitive":
        return primitiveShape(type);
      case "opaque": {
        const shape = { kind: type.kind, fixed: type.fixed, length: this.#length(type.bound) };
        return type.borrowed ? { ...shape, borrowed: true } : shape;
      }
      case "string": {
        const shape = { kind: type.kind, length: this.#length(type.bound) };
        return type.as === undefined ? shape : { ...shape, as: type.as };
      }
      case "list":
      case "named":
        return this.#refer(type);
      default:
        return composed(type).shape(type, this.ofType(type.element), this.#length);
    }
  }

  /** The shape of a definition. The struct of a linked list is one entry: see `ofList`. */
  ofDefinition(definition: TypeDefinition): Shape {
    switch (definition.kind) {
      case "enum":
        return {
          kind: "enum",
          name: definition.name,
          members: definition.members.map(({ name, value }) => [name, value] as const),
          ...(definition.open ? { open: true } : {}),
        };
      case "struct":
        return this.ofStruct(definition);
      case "union":
        return this.#unionOf(definition);
      case "typedef":
        return this.ofType(definition.type);
    }
  }

  /** The shape of a struct, without its link. */
  ofStruct({ name, fields, tables }: StructDefinition): StructShape {
    const shape: StructShape = { kind: "struct", name, fields: fields.map((field) => this.#fieldOf(field)) };
    if (tables === undefined) return shape;
    return { ...shape, graph: this.#graph(tables.map(({ field, node }) => ({ field, node: node.name }))) };
  }

  /** The shape of a linked list of these entries. */
  ofList(element: ListShape["element"], optional: boolean): ListShape {
    return { kind: "list", optional, element };
  }

  /** The shape of a procedure's argument list. */
  ofArguments(args: readonly { readonly name: string; readonly type: Type }[]): TupleShape {
    return { kind: "tuple", elements: args.map(({ name, type }) => ({ name, type: this.ofType(type) })) };
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
        ...this.#armOf(arm),
      })),
      ...(fallback === undefined ? {} : { default: this.#armOf(fallback.arm) }),
    };
  }

  #armOf(arm: Field | undefined): { readonly arm?: FieldShape } {
    return arm === undefined ? {} : { arm: this.#fieldOf(arm) };
  }

  #fieldOf(field: Field): FieldShape {
    return { name: field.name, type: this.ofType(field.type) };
  }
}

/**
 * Makes shapes, one for each definition, so that equal types share a shape object.
 * @example
 * console.log(new Shapes().ofType({ kind: "optional", element: { kind: "primitive", name: "int" } }).kind); // optional
 */
export class Shapes {
  readonly #definitions = new Map<TypeDefinition, Shape>();
  readonly #structs = new Map<StructDefinition, StructShape>();
  readonly #externs: ReadonlyMap<TypeDefinition, () => Shape>;
  readonly #maker = new ShapeMaker({ refer: (type) => this.#refer(type) });

  /**
   * Makes an empty collection: shapes are made when they are asked for. @param externs the shapes of types that are
   * written by hand, requested when they are needed.
   */
  constructor(externs: ReadonlyMap<TypeDefinition, () => Shape> = new Map()) {
    this.#externs = externs;
  }

  /** The shape of a type at its place of use. Named types are references. */
  ofType(type: Type): Shape {
    return this.#maker.ofType(type);
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
    return this.#maker.ofArguments(args);
  }

  #define(definition: TypeDefinition): Shape {
    if (definition.kind !== "struct") return this.#maker.ofDefinition(definition);
    const entry = this.#structOf(definition);
    return definition.link === undefined ? entry : this.#maker.ofList(entry, false);
  }

  #refer(type: NamedType): Shape {
    if (type.kind === "list") {
      const { element, optional } = type;
      return this.#maker.ofList(
        { kind: "reference", name: element.name, shape: () => this.#structOf(element) },
        optional,
      );
    }
    const { definition } = type;
    const shape = this.#externs.get(definition) ?? (() => this.ofDefinition(definition));
    return { kind: "reference", name: definition.name, shape };
  }

  #structOf(definition: StructDefinition): StructShape {
    let shape = this.#structs.get(definition);
    if (shape === undefined) {
      shape = this.#maker.ofStruct(definition);
      this.#structs.set(definition, shape);
    }
    return shape;
  }
}

function primitiveShape({ name, as, width, strict, text, ref }: PrimitiveType): Shape {
  if (ref !== undefined) return { kind: "ref", node: ref.name };
  if (as !== undefined) return { kind: name === "unsigned hyper" ? name : "hyper", as };
  if (width === undefined || (name !== "int" && name !== "unsigned int")) return { kind: name };
  return {
    kind: name,
    width,
    ...(strict === undefined ? {} : { strict }),
    ...(text === undefined ? {} : { text }),
  };
}
