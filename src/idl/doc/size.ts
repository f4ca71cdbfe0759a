// How many bytes a value takes on the wire (RFC 4506), at least and at most.
import type { Type, TypeDefinition } from "../model.js";
import { partsOf, targetOf } from "../references.js";

/** In bytes. `most` is infinite for what nothing bounds. */
export interface WireSize {
  readonly least: number;
  readonly most: number;
}

const UNBOUNDED = 0xffff_ffff;

/**
 * The size of values of a type. Of a type that holds itself, the inner one counts as nothing to anything.
 * @param known sizes of definitions that are known already; new ones are added.
 */
export function wireSize(type: Type, known: Known = new Map()): WireSize {
  const target = targetOf(type);
  if (target !== undefined) measureAll(target, known);
  return sizeOf(type, known);
}

export type Known = Map<TypeDefinition, WireSize>;

function sizeOf(type: Type, known: Known): WireSize {
  switch (type.kind) {
    case "primitive":
      return exactly(PRIMITIVES[type.name] ?? 4);
    case "opaque":
      return type.fixed ? exactly(padded(type.bound.value)) : counted(type.bound.value, exactly(1), 1);
    case "string":
      return counted(type.bound.value, exactly(1), 1);
    case "array": {
      const element = sizeOf(type.element, known);
      if (!type.fixed) return counted(type.bound.value, element, 0);
      return { least: type.bound.value * element.least, most: times(type.bound.value, element.most) };
    }
    case "optional":
      return { least: 4, most: 4 + sizeOf(type.element, known).most };
    case "list":
      return {
        least: type.optional ? 4 : 4 + sizeOfDefinition(type.element, known).least,
        most: Number.POSITIVE_INFINITY,
      };
    case "named":
      return sizeOfDefinition(type.definition, known);
  }
}

const PRIMITIVES: Readonly<Record<string, number>> = {
  hyper: 8,
  "unsigned hyper": 8,
  double: 8,
  quadruple: 16,
  void: 0,
};

function exactly(bytes: number): WireSize {
  return { least: bytes, most: bytes };
}

function padded(length: number): number {
  return length + ((4 - (length % 4)) % 4);
}

function times(count: number, bytes: number): number {
  return count === 0 ? 0 : count * bytes;
}

/** A length, then so many elements; `pad` where they are single bytes. */
function counted(bound: number, element: WireSize, pad: 0 | 1): WireSize {
  if (bound === UNBOUNDED) return { least: 4, most: Number.POSITIVE_INFINITY };
  return { least: 4, most: 4 + (pad === 1 ? padded(bound) : times(bound, element.most)) };
}

function sizeOfDefinition(definition: TypeDefinition, known: Known): WireSize {
  return known.get(definition) ?? { least: 0, most: Number.POSITIVE_INFINITY };
}

/** What a definition is made of before itself, without recursion: definitions may follow each other by the thousand. */
function measureAll(root: TypeDefinition, known: Known): void {
  const waiting = [root];
  const entered = new Set<TypeDefinition>();
  for (let definition = waiting.at(-1); definition !== undefined; definition = waiting.at(-1)) {
    if (known.has(definition) || entered.has(definition)) {
      waiting.pop();
      if (!known.has(definition)) known.set(definition, measure(definition, known));
      continue;
    }
    entered.add(definition);
    for (const part of partsOf(definition)) {
      const target = targetOf(part);
      if (target !== undefined && !known.has(target) && !entered.has(target)) waiting.push(target);
    }
  }
}

function measure(definition: TypeDefinition, known: Known): WireSize {
  switch (definition.kind) {
    case "enum":
      return exactly(4);
    case "typedef":
      return sizeOf(definition.type, known);
    case "struct": {
      const sizes = definition.fields.map((field) => sizeOf(field.type, known));
      return { least: sum(sizes.map(({ least }) => least)), most: sum(sizes.map(({ most }) => most)) };
    }
    case "union": {
      const arms = [...definition.cases.map(({ arm }) => arm), ...(definition.default ? [definition.default.arm] : [])];
      const sizes = arms.map((arm) => (arm === undefined ? exactly(0) : sizeOf(arm.type, known)));
      const least = Math.min(...sizes.map((size) => size.least));
      return { least: 4 + least, most: 4 + Math.max(...sizes.map(({ most }) => most)) };
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** "8 bytes", "4 to 12 bytes", "at least 4 bytes". */
export function sizeText({ least, most }: WireSize): string {
  const unit = (n: number): string => (n === 1 ? "byte" : "bytes");
  if (least === most) return `${least} ${unit(least)}`;
  return Number.isFinite(most) ? `${least} to ${most} bytes` : `at least ${least} ${unit(least)}`;
}
