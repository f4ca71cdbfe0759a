// Limits of what a value contains, which codecs and tools walk through: the levels of types within each other, and the parts that
// take no bytes, which no length of a message bounds.
import { type Reporter, reportError } from "../findings/diagnostics.js";
import type { Definition, Type, TypeDefinition } from "./model.js";
import { forEachComponent } from "./recursion.js";
import { partsOf, targetOf } from "./references.js";

/**
 * The most types within each other, also behind pointers: each takes room on the stack of a codec. A type that contains itself counts
 * once, because `limits.depth` bounds its values.
 */
export const MAX_LEVELS = 6_000;

/** The most parts of a value that takes no bytes: arrays of length 0, and structs of nothing else. */
export const MAX_EMPTY_PARTS = 10_000;

interface Measure {
  /** Types within each other, this one included. */
  readonly levels: number;
  /** The parts of a value that takes no bytes; undefined for a type whose values take some. */
  readonly parts: number | undefined;
}

/** Reports the types with which a limit is passed; those that contain them are not reported again. */
export function checkNesting(definitions: readonly Definition[], reporter: Reporter): void {
  const measures = new Map<TypeDefinition, Measure>();
  // A type comes after those that it refers to.
  forEachComponent(definitions, (members) => {
    const below = members.flatMap(partsOf).map((type) => measures.get(targetOf(type) as TypeDefinition)?.levels ?? 0);
    const inner = below.reduce((most, one) => Math.max(most, one), 0);
    const levels = Math.min(inner + Number(members.some(isLevel)), MAX_LEVELS + 1);
    const [first] = members;
    if (first !== undefined && levels > MAX_LEVELS && inner <= MAX_LEVELS) {
      const message = `${textOf(first)} contains more than ${MAX_LEVELS} types within each other`;
      reportError(reporter, "too-deep", first.span, message, { hint: "join some of these types" });
    }
    for (const type of members) {
      const parts = emptyPartsOf(type, measures) ?? 0;
      const isOver = parts > MAX_EMPTY_PARTS;
      measures.set(type, { levels, parts: parts === 0 || isOver ? undefined : parts });
      if (!isOver) continue;
      const message = `a value of ${textOf(type)} contains more than ${MAX_EMPTY_PARTS} parts that take no bytes`;
      reportError(reporter, "too-deep", type.span, message, { hint: "remove the arrays of length 0" });
    }
  });
}

function textOf({ kind, name }: TypeDefinition): string {
  return kind === "typedef" ? `the typedef ${name}` : `${kind} ${name}`;
}

/** Another name for a type is no level. */
function isLevel(type: TypeDefinition): boolean {
  return type.kind !== "enum" && !(type.kind === "typedef" && type.type.kind === "named");
}

function emptyPartsOf(type: TypeDefinition, measures: ReadonlyMap<TypeDefinition, Measure>): number | undefined {
  if (type.kind === "typedef") return emptyParts(type.type, measures);
  if (type.kind !== "struct") return undefined;
  let sum = 1;
  for (const field of type.fields) {
    const parts = emptyParts(field.type, measures);
    if (parts === undefined) return undefined;
    sum += parts;
  }
  return sum;
}

/** Elements of fixed arrays are counted, and limited, as they are decoded (`limits.elements`). */
function emptyParts(type: Type, measures: ReadonlyMap<TypeDefinition, Measure>): number | undefined {
  if (type.kind === "named") return measures.get(type.definition)?.parts;
  if (type.kind !== "array" && type.kind !== "opaque") return undefined;
  if (!type.fixed) return undefined;
  if (type.bound.value === 0) return 1;
  return type.kind === "array" ? emptyParts(type.element, measures) : undefined;
}
