// How many bytes a type takes on the wire (RFC 4506 section 4).
import type { Field, Type, TypeDefinition } from "../idl/model.js";
import { partsOf, targetOf } from "../idl/references.js";

export interface WireSize {
  readonly least: number;
  /** Infinity where nothing limits it. */
  readonly most: number;
}

type Sizes = Map<TypeDefinition, WireSize>;

const UNBOUNDED = 0xffff_ffff;
const ENDLESS = Number.POSITIVE_INFINITY;
const WORD: WireSize = { least: 4, most: 4 };
/** Of what contains itself, until more is known. */
const UNKNOWN: WireSize = { least: ENDLESS, most: ENDLESS };

/** Rounds in which least sizes are drawn nearer to the truth; recursion through several unions takes more than one. */
const MAX_ROUNDS = 50;

/** The size of values of a type; of a struct that is a linked list, of the whole list. */
export function wireSize(type: Type): WireSize {
  const sizes: Sizes = new Map();
  const target = targetOf(type);
  const order = target === undefined ? [] : innermostFirst(target);
  for (let round = 0, isStable = false; !isStable && round < MAX_ROUNDS; round++) {
    isStable = true;
    for (const definition of order) {
      const before = sizes.get(definition);
      const { least, most } = measure(definition, sizes);
      // What is not known in the first round contains itself, and so has no limit.
      const size = { least, most: before?.most ?? most };
      if (before?.least !== least) isStable = false;
      sizes.set(definition, size);
    }
  }
  return sizeOf(type, sizes);
}

/** What a definition is made of, each before what holds it, but where they hold each other. */
function innermostFirst(root: TypeDefinition): TypeDefinition[] {
  const order: TypeDefinition[] = [];
  const seen = new Set([root]);
  const path = [{ definition: root, parts: partsOf(root) }];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const part = top.parts.pop();
    if (part === undefined) {
      order.push(top.definition);
      path.pop();
      continue;
    }
    const target = targetOf(part);
    if (target === undefined || seen.has(target)) continue;
    seen.add(target);
    path.push({ definition: target, parts: partsOf(target) });
  }
  return order;
}

function sizeOf(type: Type, sizes: Sizes): WireSize {
  switch (type.kind) {
    case "primitive":
      return primitiveSize(type.name);
    case "opaque":
      return type.fixed ? fixed(padded(type.bound.value)) : counted(type.bound.value, 1, padded);
    case "string":
      return counted(type.bound.value, 1, padded);
    case "array": {
      const { value } = type.bound;
      if (!type.fixed) return counted(value, sizeOf(type.element, sizes).most);
      if (value === 0) return fixed(0);
      const element = sizeOf(type.element, sizes);
      return { least: value * element.least, most: value * element.most };
    }
    case "optional":
      return { least: 4, most: 4 + sizeOf(type.element, sizes).most };
    case "list":
      return { least: type.optional ? 4 : sizeOfFields(type.element.fields, sizes).least + 4, most: ENDLESS };
    case "named":
      return sizes.get(type.definition) ?? UNKNOWN;
  }
}

function measure(definition: TypeDefinition, sizes: Sizes): WireSize {
  switch (definition.kind) {
    case "enum":
      return WORD;
    case "typedef":
      return sizeOf(definition.type, sizes);
    case "struct": {
      const size = sizeOfFields(definition.fields, sizes);
      return definition.link === undefined ? size : { least: size.least + 4, most: ENDLESS };
    }
    case "union": {
      const arms = definition.cases.map((one) => one.arm);
      if (definition.default !== undefined) arms.push(definition.default.arm);
      const all = arms.map((arm) => (arm === undefined ? fixed(0) : sizeOf(arm.type, sizes)));
      if (all.length === 0) return WORD;
      return {
        least: 4 + Math.min(...all.map(({ least }) => least)),
        most: 4 + Math.max(...all.map(({ most }) => most)),
      };
    }
  }
}

function sizeOfFields(fields: readonly Field[], sizes: Sizes): WireSize {
  let [least, most] = [0, 0];
  for (const field of fields) {
    const size = sizeOf(field.type, sizes);
    least += size.least;
    most += size.most;
  }
  return { least, most };
}

function primitiveSize(name: (Type & { kind: "primitive" })["name"]): WireSize {
  switch (name) {
    case "void":
      return fixed(0);
    case "hyper":
    case "unsigned hyper":
    case "double":
      return fixed(8);
    case "quadruple":
      return fixed(16);
    default:
      return WORD;
  }
}

function fixed(bytes: number): WireSize {
  return { least: bytes, most: bytes };
}

/** A count, and as many elements as the bound allows: `<>` has none that matters. */
function counted(bound: number, element: number, round = (bytes: number): number => bytes): WireSize {
  if (bound === 0) return WORD;
  return { least: 4, most: bound === UNBOUNDED ? ENDLESS : 4 + round(bound * element) };
}

function padded(length: number): number {
  return length + ((4 - (length % 4)) % 4);
}

/** `8 bytes`, `4 to 260 bytes`, `4 bytes or more`; undefined for what would never end. */
export function describeSize({ least, most }: WireSize): string | undefined {
  if (least === ENDLESS) return undefined;
  if (least === most) return bytes(least);
  return most === ENDLESS ? `${bytes(least)} or more` : `${grouped(least)} to ${bytes(most)}`;
}

function bytes(count: number): string {
  return `${grouped(count)} ${count === 1 ? "byte" : "bytes"}`;
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
