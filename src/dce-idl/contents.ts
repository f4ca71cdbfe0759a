// Finds the types that a structure or union contains by value, once, when its definition was read: chains of types of any length and types that
// double what they contain cost no more than others.
import { primitiveSizes } from "../dce/ndr/layout.js";
import type { FieldModel, Model, NamedType, Size } from "./model.js";

/** The most structures and unions within each other, without a pointer in between. */
export const maxLevels = 200;

/** The structure or union that a value of this type contains. */
function containedIn(type: Model): NamedType | undefined {
  let inner = type;
  while (inner.kind === "array") inner = inner.element;
  return inner.kind === "named" || inner.kind === "union" ? inner.type : undefined;
}

function levelsOf({ type }: FieldModel): number {
  return containedIn(type)?.levels ?? 0;
}

/** The levels of a type with these fields. Those beyond the limit, which was reported, count as one. */
export function levelsOver(fields: readonly FieldModel[]): number {
  const most = fields.reduce((found, field) => Math.max(found, levelsOf(field)), 0);
  return Math.min(most + 1, maxLevels + 1);
}

/** The field with which the levels pass the limit. */
export function deepest(fields: readonly FieldModel[]): FieldModel | undefined {
  return fields.find((field) => levelsOf(field) === maxLevels);
}

const sizes: Readonly<Record<string, number>> = primitiveSizes;

/** The bytes of a type in C, if they are the same on every machine. */
export function sizeOf(type: Model): Size | undefined {
  if (type.kind === "named") return sizeOfNamed(type.type);
  if (type.kind === "array" && type.length !== undefined && !type.varying) {
    const element = sizeOf(type.element);
    return element && { ...element, size: element.size * type.length };
  }
  const size = type.kind === "primitive" ? sizes[type.name] : undefined;
  return size === undefined ? undefined : { size, alignment: size };
}

/** The same of a structure. */
export function sizeOfNamed({ body }: NamedType): Size | undefined {
  return body?.kind === "struct" ? body.size : undefined;
}

/** The same of a structure with these fields. */
export function sizeOfFields(fields: readonly FieldModel[]): Size | undefined {
  let end = 0;
  let most = 1;
  for (const { type } of fields) {
    const found = sizeOf(type);
    if (found === undefined) return undefined;
    end = Math.ceil(end / found.alignment) * found.alignment + found.size;
    most = Math.max(most, found.alignment);
  }
  return { size: Math.ceil(end / most) * most, alignment: most };
}
