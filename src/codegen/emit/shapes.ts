// The shape each codec carries, as an object literal. Parts that have a codec of their own are named: those of later
// definitions by a function.
import type { Definition, StructDefinition, Type, TypeDefinition } from "../../idl/model/model.js";
import { type NamedType, ShapeMaker } from "../../idl/model/shapes.js";
import type { GraphShape, NodeTable } from "../../xdr/node-tables.js";
import type { Shape, StructShape } from "../../xdr/shape.js";
import { boundText } from "./bounds.js";
import type { Scope } from "./scope.js";
import { array, type Layout, object, prefixed } from "./text.js";

/** The text of a shape, and whether it refers to other constants of the generated file. */
export interface ShapeText {
  readonly layout: Layout;
  readonly namesOthers: boolean;
}

/** The shape of a type where it is used. */
export function typeShape(scope: Scope, user: Definition, type: Type): ShapeText {
  return written(scope, user, (maker) => maker.ofType(type));
}

/** The shape of a definition's own codec. */
export function definitionShape(scope: Scope, definition: TypeDefinition): ShapeText {
  return written(scope, definition, (maker) => maker.ofDefinition(definition));
}

/** The shape of a linked list of `definition`. */
export function listShape(scope: Scope, definition: StructDefinition, optional: boolean): ShapeText {
  return written(scope, definition, (maker) => maker.ofList(maker.ofStruct(definition), optional));
}

/** A part of a shape that is an expression. */
class Code {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function written(scope: Scope, user: Definition, make: (maker: ShapeMaker) => Shape): ShapeText {
  let namesOthers = false;
  const refer = (type: NamedType): Shape => {
    namesOthers = true;
    return reference(scope, user, type) as Shape;
  };
  const length = (bound: Parameters<typeof boundText>[1]): number => {
    const text = boundText(scope, bound, user);
    if (!/^\d/.test(text)) namesOthers = true;
    return new Code(text) as unknown as number;
  };
  const graph = (tables: readonly NodeTable[]): GraphShape<StructShape> => {
    namesOthers = true;
    const rows = tables.map(({ field, node }) => `{ field: ${JSON.stringify(field)}, node: ${JSON.stringify(node)} }`);
    return new Code(`${scope.use("nodeTables")}([${rows.join(", ")}])`) as unknown as GraphShape<StructShape>;
  };
  const layout = layoutOf(make(new ShapeMaker({ refer, length, graph })));
  return { layout, namesOthers };
}

/** The shape of a named type: that of a codec above, or a function that returns it. */
function reference(scope: Scope, user: Definition, type: NamedType): unknown {
  const definition = type.kind === "list" ? type.element : type.definition;
  const isPointed = type.kind === "list" && type.optional;
  const codec = isPointed ? scope.listCodecOf(type.element) : scope.codecOf(definition);
  if (scope.isBefore(definition, user)) return new Code(`${codec}.shape`);
  return { kind: "reference", name: definition.name, shape: new Code(`() => ${codec}.shape`) };
}

/** Plain data as a literal. A pair in an array, such as a member of an enum, stays on one line. */
function layoutOf(data: unknown): Layout {
  if (data instanceof Code) return data.text;
  if (Array.isArray(data)) {
    return array(data.map((item) => (Array.isArray(item) ? `[${item.map(layoutOf).join(", ")}]` : layoutOf(item))));
  }
  if (typeof data !== "object" || data === null) return JSON.stringify(data);
  return object(Object.entries(data).map(([key, value]) => prefixed(`${key}: `, layoutOf(value))));
}
