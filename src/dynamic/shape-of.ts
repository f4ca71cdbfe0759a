// The shapes of an interface at run time, the same ones that generated code contains.
import type { StructDefinition, Type, TypeDefinition } from "../idl/model/model.js";
import { type NamedType, ShapeMaker } from "../idl/model/shapes.js";
import type { Shape, StructShape, TupleShape } from "../xdr/shape.js";

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
