// Alignment and conformance of types (C706 sections 14.2.2 and 14.3.3), found once for each type.
import type { NdrPrimitiveName, NdrShape, NdrUnion } from "./types.js";

/** The bytes of each built-in type, which are its alignment too (C706 table 14-1). */
export const primitiveSizes: Readonly<Record<NdrPrimitiveName, 1 | 2 | 4 | 8>> = {
  boolean: 1,
  byte: 1,
  char: 1,
  small: 1,
  "unsigned small": 1,
  wchar_t: 2,
  short: 2,
  "unsigned short": 2,
  long: 4,
  "unsigned long": 4,
  hyper: 8,
  "unsigned hyper": 8,
  float: 4,
  double: 8,
};

const alignments = new WeakMap<NdrShape, number>();

/** The alignment of a type: 1, 2, 4 or 8. */
export function alignmentOf(type: NdrShape): number {
  let found = alignments.get(type);
  if (found === undefined) {
    found = findAlignment(type);
    alignments.set(type, found);
  }
  return found;
}

function findAlignment(type: NdrShape): number {
  switch (type.kind) {
    case "enum":
      return type.size;
    case "struct":
      return widest(type.fields.map((field) => alignmentOf(field.type)));
    case "union":
      return Math.max(alignmentOf(type.tagType), armAlignmentOf(type));
    case "array":
      return Math.max(type.length === undefined || type.varying ? 4 : 1, alignmentOf(type.element));
    case "string":
    case "pointer":
    case "context_handle":
      return 4;
    default:
      return primitiveSizes[type.kind];
  }
}

/** The alignment of the arms of a union with `ms_union`. */
export function armAlignmentOf(type: NdrUnion): number {
  let found = armAlignments.get(type);
  if (found === undefined) {
    found = widest(type.arms.map(({ field }) => (field === undefined ? 1 : alignmentOf(field.type))));
    armAlignments.set(type, found);
  }
  return found;
}

const armAlignments = new WeakMap<NdrUnion, number>();

/** Whether the number of elements of this type, or of its last field, is sent before it (C706 section 14.3.3.2). */
export function isConformant(type: NdrShape): boolean {
  if (type.kind === "array" || type.kind === "string") return type.length === undefined;
  const last = type.kind === "struct" ? type.fields.at(-1) : undefined;
  return last !== undefined && isConformant(last.type);
}

// No arguments of Math.max: a structure may have more fields than a call has arguments.
function widest(numbers: readonly number[]): number {
  return numbers.reduce((most, one) => Math.max(most, one), 1);
}

const leastSizes = new WeakMap<NdrShape, number>();

/** The least bytes that a value takes, for refusing a number of elements that cannot be there. */
export function leastSize(type: NdrShape): number {
  let found = leastSizes.get(type);
  if (found === undefined) {
    found = findLeastSize(type);
    leastSizes.set(type, found);
  }
  return found;
}

function findLeastSize(type: NdrShape): number {
  switch (type.kind) {
    case "enum":
      return type.size;
    case "struct":
      return Math.max(1, sum(type.fields.map((field) => leastSize(field.type))));
    case "union":
      return leastSize(type.tagType);
    case "array":
      if (type.length === undefined || type.varying) return 4;
      return type.length * leastSize(type.element);
    case "string":
    case "pointer":
      return 4;
    case "context_handle":
      return 20;
    default:
      return primitiveSizes[type.kind];
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
