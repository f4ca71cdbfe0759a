// The names in attributes such as size_is: the fields of the structure, or the parameters, beside them.
import type { NdrField, NdrShape } from "./types.js";
import { pointee } from "./types.js";

/** Values of fields or parameters by name. Null: a pointer that leads to none. Undefined: the value is not known. */
export type Scope = (name: string) => number | null | undefined;

/** A scope that knows nothing. */
export const emptyScope: Scope = () => undefined;

/**
 * The scope of the fields of an object, with the values that are not part of it: numbers of elements and discriminants.
 */
export function scopeOf(fields: readonly NdrField[], values: Readonly<Record<string, unknown>>): Scope {
  return (name) => {
    const field = fields.find((one) => one.name === name);
    const value = field === undefined ? values[name] : fieldValue(field, fields, values);
    return countedAs(value);
  };
}

/** A value in an expression. */
export function countedAs(value: unknown): number | null | undefined {
  if (value === null) return null;
  return typeof value === "number" || typeof value === "bigint" || typeof value === "boolean"
    ? Number(value)
    : undefined;
}

/** The value of a field of an object: its own, or the one that follows from another field. */
export function fieldValue(
  field: NdrField,
  fields: readonly NdrField[],
  values: Readonly<Record<string, unknown>>,
): unknown {
  const { countOf, tagOf } = field;
  if (countOf !== undefined) {
    const count = countIn(values[countOf], fields.find(({ name }) => name === countOf)?.type);
    return field.type.kind.endsWith("hyper") ? BigInt(count) : count;
  }
  if (tagOf === undefined) return values[field.name];
  const type = behindPointers(fields.find(({ name }) => name === tagOf)?.type);
  const union = values[tagOf];
  if (type?.kind !== "union") return undefined;
  if (typeof union !== "object" || union === null)
    return type.arms.find(({ cases }) => cases.length > 0)?.cases[0] ?? 0;
  return (union as Record<string, unknown>)[type.tag];
}

/** The name of a field in paths: a value that follows from another field is reported for that one. */
export function ownerOf({ name, countOf, tagOf }: NdrField): string {
  return countOf ?? tagOf ?? name;
}

function behindPointers(type: NdrShape | undefined): NdrShape | undefined {
  let found = type;
  while (found?.kind === "pointer") found = pointee(found);
  return found;
}

/** The number of elements of an array, or of characters of a string with its NUL. */
function countIn(value: unknown, type: NdrShape | undefined): number {
  if (typeof value === "string") {
    const found = behindPointers(type);
    const isWide = found?.kind === "string" && found.wide === true;
    return 1 + (isWide ? value.length : new TextEncoder().encode(value).length);
  }
  const length = (value as { length?: unknown } | null | undefined)?.length;
  return typeof length === "number" ? length : 0;
}
