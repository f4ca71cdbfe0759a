// Estimates the memory of decoded values from their shape: upper estimates for V8's objects, in bytes.
import type { ArrayShape, CompositeShape, ListShape, Shape } from "./shape.js";

const slot = 8;
const object = 24;

/** The bytes of one element of the heaviest array, list or recursive type in a shape; 8 if it has none. */
export function elementWeight(shape: Shape): number {
  let heaviest = slot;
  const weights: Weights = new Map();
  const seen = new Set<unknown>();
  const within = new Set<unknown>();
  const visit = (one: Shape): void => {
    const key = keyOf(one);
    if (within.has(key)) heaviest = Math.max(heaviest, slot + weightOf(one, weights));
    if (seen.has(key)) return;
    seen.add(key);
    if (holdsMany(one)) heaviest = Math.max(heaviest, slot + weightOfElement(one, weights));
    within.add(key);
    for (const part of partsOf(one)) visit(part);
    within.delete(key);
  };
  visit(shape);
  return heaviest;
}

/** Known weights; for a recursive type that is being weighed, the size of a reference. */
type Weights = Map<unknown, number>;

/** References to one type may return a different object each time. */
function keyOf(shape: Shape): unknown {
  return shape.kind === "reference" ? shape.name : shape;
}

/** Whether a value holds any number of elements. */
export function holdsMany(shape: Shape): shape is ArrayShape | ListShape {
  return "element" in shape && shape.kind !== "optional";
}

function weightOfElement(shape: CompositeShape, weights: Weights): number {
  const { typed, text } = shape as Partial<ArrayShape>;
  return typed || text ? 0 : weightOf(shape.element, weights);
}

/** The value itself, without the elements of arrays in it. */
function weightOf(shape: Shape, weights: Weights): number {
  const key = keyOf(shape);
  const known = weights.get(key);
  if (known !== undefined) return known;
  weights.set(key, slot);
  const weight = weigh(shape, () => partsOf(shape).map((part) => Math.max(slot, weightOf(part, weights))));
  weights.set(key, weight);
  return weight;
}

function weigh(shape: Shape, parts: () => number[]): number {
  if (holdsMany(shape)) return 40;
  switch (shape.kind) {
    case "int":
    case "unsigned int":
    case "float":
    case "double":
    case "bool":
    case "void":
    case "enum":
    case "ref":
      return slot;
    case "opaque":
      return 192;
    case "struct":
    case "tuple":
      return parts().reduce((sum, part) => sum + part, object);
    case "union":
      return parts().reduce((most, part) => Math.max(most, part), 0) + object + slot;
    default:
      // The type behind a pointer or a name; a string, a bigint or another object.
      return parts()[0] ?? 32;
  }
}

/** The types that a value consists of. */
export function partsOf(shape: Shape): readonly Shape[] {
  if ("element" in shape) return [shape.element];
  if ("shape" in shape) return [shape.shape()];
  if ("cases" in shape) return [...shape.cases, shape.default].flatMap((one) => one?.arm?.type ?? []);
  const fields = "fields" in shape ? shape.fields : "elements" in shape ? shape.elements : [];
  return fields.map(({ type }) => type);
}
