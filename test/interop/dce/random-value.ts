// Random values of NDR types, for comparisons with other implementations.
import type { NdrField, NdrShape, NdrUnion } from "lupine/dce";

/** A number from 0 inclusive to 1 exclusive. */
export type Random = () => number;

/** Mulberry32: the same numbers for the same seed. */
export function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function below(random: Random, most: number): number {
  return Math.floor(random() * most);
}

const letters = ["a", "Z", "0", " ", "\u00e9", "\u20ac", "\u65e5", "\u{1f600}"];

/** A text of at most 12 characters. */
function textOf(random: Random): string {
  return Array.from({ length: below(random, 13) }, () => letters[below(random, letters.length)]).join("");
}

const bits: Readonly<Record<string, number>> = {
  byte: 8,
  char: 8,
  "unsigned small": 8,
  "unsigned short": 16,
  "unsigned long": 32,
};

/** Deeper than this, pointers are null. */
const deepest = 5;

/** A value of a type. `depth`: how many pointers lead to it. */
export function randomValue(type: NdrShape, random: Random, depth = 0): unknown {
  switch (type.kind) {
    case "boolean":
      return random() < 0.5;
    case "small":
      return below(random, 0x100) - 0x80;
    case "short":
      return below(random, 0x1_0000) - 0x8000;
    case "long":
      return below(random, 2 ** 32) - 2 ** 31;
    case "hyper":
      return BigInt.asIntN(64, wide(random));
    case "unsigned hyper":
      return wide(random);
    case "wchar_t":
      // No surrogates: samba converts arrays of characters to UTF-8.
      return 1 + below(random, 0xd7ff);
    case "float":
      return Math.fround(random() * 1e6);
    case "double":
      return random() * 1e300;
    case "enum": {
      const members = Object.values(type.members);
      return members[below(random, members.length)];
    }
    case "struct":
      return randomFields(type.fields, random, depth);
    case "union":
      return randomUnion(type, random, depth);
    case "string":
      return textOf(random);
    case "pointer":
      if (type.pointer !== "ref" && (depth >= deepest || random() < 0.25)) return null;
      return randomValue(typeof type.to === "function" ? type.to() : type.to, random, depth + 1);
    case "array": {
      const values = Array.from({ length: type.length ?? below(random, 6) }, () =>
        randomValue(type.element, random, depth),
      );
      return (bits[type.element.kind] ?? 0) === 8 ? Uint8Array.from(values as number[]) : values;
    }
    case "context_handle":
      return null;
    default:
      return below(random, 2 ** (bits[type.kind] ?? 0));
  }
}

/** Values of the fields or parameters that are not derived from others. */
export function randomFields(fields: readonly NdrField[], random: Random, depth = 0): Record<string, unknown> {
  const visible = fields.filter(({ countOf, tagOf }) => countOf === undefined && tagOf === undefined);
  const values = Object.fromEntries(visible.map(({ name, type }) => [name, randomValue(type, random, depth)]));
  for (const { name, type } of visible) fitSizes(values, name, type);
  return values;
}

/** Sizes in bytes of arrays of words, `size_is(size / 2)`: fields of their own, which have to agree with the array. */
function fitSizes(values: Record<string, unknown>, name: string, type: NdrShape): void {
  const target = type.kind === "pointer" ? (typeof type.to === "function" ? type.to() : type.to) : type;
  if (target.kind !== "array") return;
  const length = (values[name] as { length: number } | null)?.length ?? 0;
  for (const expression of [target.sizeIs, target.lengthIs]) {
    if (Array.isArray(expression) && expression[0] === "/")
      values[expression[1] as string] = length * Number(expression[2]);
  }
}

function randomUnion(type: NdrUnion, random: Random, depth: number): unknown {
  const arms = type.arms.filter(({ cases }) => cases.length > 0);
  const arm = arms[below(random, arms.length)];
  if (arm === undefined) throw new Error(`${type.name} has no arm`);
  const tag = arm.cases[below(random, arm.cases.length)];
  return { [type.tag]: tag, ...(arm.field && { [arm.field.name]: randomValue(arm.field.type, random, depth) }) };
}

function wide(random: Random): bigint {
  return (BigInt(below(random, 2 ** 32)) << 32n) | BigInt(below(random, 2 ** 32));
}
