// Creates the codec of a shape, without generated code. Slower than generated code, with the same bytes and the same
// error paths.

import { compositeForm, counted } from "./composite-forms.js";
import { graphType, nodeReference } from "./graph.js";
import { opaqueType, stringType } from "./opaque.js";
import { formOf } from "./primitive-forms.js";
import { isRecursive } from "./recursive.js";
import type { FieldShape, Shape, StructShape, UnionShape } from "./shape.js";
import { enumerationOf, type Field, structOf, tuple, union } from "./structured.js";
import { lazily, type XdrType } from "./type.js";

type AnyType = XdrType<unknown>;

/** Codecs of the named shapes of one interpretation, so that recursion ends. */
type Built = Map<Shape, AnyType>;

/**
 * The codec of any shape. Its errors have the path, and the byte offset when decoding.
 * @example
 * const pair = fromShape({ kind: "array", fixed: true, length: 2, element: { kind: "int" } });
 * console.log(encode(pair, [1, 2]).length); // 8
 */
export function fromShape(shape: Shape): XdrType<unknown> {
  const built: Built = new Map();
  return byName(shape, () => shape, built);
}

function byName(shape: Shape, find: () => Shape, built: Built): AnyType {
  const target = lazily(() => named(find(), built));
  return {
    shape,
    encode: (out, value) => target().encode(out, value),
    decode: (from) => target().decode(from),
  };
}

function named(shape: Shape, built: Built): AnyType {
  let type = built.get(shape);
  if (type === undefined) {
    type = build(shape, built);
    if (shape.kind !== "reference" && shape.kind !== "list" && isRecursive(shape)) type = counted(type);
    built.set(shape, type);
  }
  return type;
}

function build(shape: Shape, built: Built): AnyType {
  switch (shape.kind) {
    case "enum":
      return enumerationOf(shape.name, shape.members, shape.open ?? false) as AnyType;
    case "opaque":
      return opaqueType(shape) as AnyType;
    case "string":
      return stringType(shape) as AnyType;
    case "struct":
      return structure(shape, built);
    case "tuple":
      return tuple(fieldsOf(shape.elements, built)) as AnyType;
    case "union":
      return unionOf(shape, built);
    case "ref":
      return nodeReference(shape.node) as AnyType;
    case "reference":
      return byName(shape, shape.shape, built);
    default:
      return "element" in shape
        ? compositeForm(shape).codec(shape, (element) => build(element, built))
        : (formOf(shape).codec(shape) as AnyType);
  }
}

function structure(shape: StructShape, built: Built): AnyType {
  const type = structOf(shape.name, fieldsOf(shape.fields, built)) as AnyType;
  return shape.graph === undefined ? type : graphType({ ...type, shape });
}

function unionOf(shape: UnionShape, built: Built): AnyType {
  const fallback = shape.default;
  return union(shape.name, {
    discriminant: fieldOf(shape.discriminant, built),
    cases: shape.cases.map(({ values, arm }) =>
      arm === undefined ? { values } : { values, arm: fieldOf(arm, built) },
    ),
    ...(fallback === undefined
      ? {}
      : { default: fallback.arm === undefined ? {} : { arm: fieldOf(fallback.arm, built) } }),
  }) as AnyType;
}

function fieldsOf(fields: readonly FieldShape[], built: Built): Field[] {
  return fields.map((field) => fieldOf(field, built));
}

function fieldOf({ name, type }: FieldShape, built: Built): Field {
  return { name, type: build(type, built) };
}
