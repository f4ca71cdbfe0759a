// Whether two types have the same bytes (RFC 4506), and if not, which side notices.
import { composed, type Elements, isComposed, pointerTo } from "../model/composed.js";
import type { Field, StructDefinition, Type, TypeDefinition, UnionDefinition } from "../model/model.js";
import { typeText } from "../model/type-text.js";
import { behindTypedefs } from "../model/typedefs.js";

export interface WireDifference {
  /** `widened`: only old peers refuse what new ones may send. `broken`: anything else. */
  readonly effect: "widened" | "broken";
  /** The old and the new type: "was int, is hyper". */
  readonly text: string;
  /** `bound`: only the greatest length differs. `length`: only a fixed length differs. */
  readonly about: "type" | "bound" | "length";
}

/** The first difference between two types on the wire. Types with the same name count as equal. */
export function wireDifference(before: Type, after: Type, seen: Set<string> = new Set()): WireDifference | undefined {
  // A change of a named type is reported once, at its definition.
  if (before.kind === "named" && after.kind === "named" && before.definition.name === after.definition.name) return;
  const a = plain(before);
  const b = plain(after);
  if (a.kind === "named" && b.kind === "named") return namedDifference(a.definition, b.definition, seen);
  if (isWord(a) && isWord(b)) return wordDifference(a, b);
  if (isBytes(a) && isBytes(b)) return bytesDifference(a, b);
  const x = elementsOf(a);
  const y = elementsOf(b);
  if (x !== undefined && y !== undefined && x.fixed === y.fixed) {
    return wireDifference(x.element, y.element, seen) ?? boundDifference(x.fixed, x.bound, y.bound, "elements");
  }
  return a.kind === "primitive" && b.kind === "primitive" && a.name === b.name ? undefined : broken(a, b);
}

/** The most steps for comparing lists of types: nested structs can have many more fields than the file shows. */
const MAX_STEPS = 1000;

/**
 * Whether two lists of types are the same on the wire, counting a struct as its fields and a fixed array as its
 * elements (RFC 4506 sections 4.12, 4.14).
 */
export function haveSameBytes(before: readonly Type[], after: readonly Type[]): boolean {
  // The next type is the last one in each list.
  const [left, right] = [before.toReversed(), after.toReversed()];
  for (let step = 0; step < MAX_STEPS; step++) {
    const [a, b] = [left.pop(), right.pop()];
    if (a === undefined || b === undefined) return a === b;
    if (wireDifference(a, b) === undefined) continue;
    const [inA, inB] = [partsOf(a), partsOf(b)];
    if (inA === undefined && inB === undefined) return false;
    for (const part of (inA ?? [a]).toReversed()) left.push(part);
    for (const part of (inB ?? [b]).toReversed()) right.push(part);
  }
  return false;
}

/** The number of simple values in a type, at most MAX_STEPS. */
export function countOf(type: Type): number {
  let count = 0;
  const waiting = [type];
  for (let next = waiting.pop(); next !== undefined && count < MAX_STEPS; next = waiting.pop()) {
    const parts = partsOf(next);
    if (parts === undefined || waiting.length > MAX_STEPS) count++;
    else waiting.push(...parts);
  }
  return count;
}

/** The 4 bytes of a word; the last word may have fewer, and is padded. */
function wordsOf(length: number): Type[] | undefined {
  if (length <= WORD || length > WORD * MAX_STEPS) return undefined;
  const opaque = (value: number): Type => ({ kind: "opaque", fixed: true, bound: { value, name: undefined } });
  const rest = length % WORD;
  const words = new Array<Type>(Math.floor(length / WORD)).fill(opaque(WORD));
  return rest === 0 ? words : [...words, opaque(rest)];
}

const WORD = 4;

/** The fields of a struct, the elements of a fixed array, the words of fixed opaque data (RFC 4506 section 4.9). */
function partsOf(type: Type): Type[] | undefined {
  const behind = plain(type);
  if (behind.kind === "opaque" && behind.fixed) return wordsOf(behind.bound.value);
  const elements = elementsOf(behind);
  if (elements?.fixed && elements.bound <= MAX_STEPS) return new Array<Type>(elements.bound).fill(elements.element);
  const isStruct = behind.kind === "named" && behind.definition.kind === "struct";
  return isStruct ? wholeFields(behind.definition as StructDefinition).map((field) => field.type) : undefined;
}

/** Resolves typedefs. A linked list becomes a pointer to its struct, as it is sent on the wire. */
function plain(type: Type): Type {
  const behind = behindTypedefs(type);
  if (behind.kind !== "list") return behind;
  const element: Type = { kind: "named", definition: behind.element };
  return behind.optional ? pointerTo(element) : element;
}

function elementsOf(type: Type): Elements | undefined {
  return isComposed(type) ? composed(type).elements(type) : undefined;
}

function broken(before: Type, after: Type): WireDifference {
  return { effect: "broken", text: `was ${typeText(before)}, is ${typeText(after)}`, about: "type" };
}

type Word = "bool" | "enum" | "int" | "unsigned int";

/** The types that are sent as an integer of four bytes. */
function wordOf(type: Type): Word | undefined {
  if (type.kind === "named") return type.definition.kind === "enum" ? "enum" : undefined;
  if (type.kind !== "primitive") return undefined;
  return type.name === "int" || type.name === "unsigned int" || type.name === "bool" ? type.name : undefined;
}

function isWord(type: Type): boolean {
  return wordOf(type) !== undefined;
}

function wordDifference(before: Type, after: Type): WireDifference | undefined {
  const [a, b] = [wordOf(before), wordOf(after)];
  if (a === b) return widthDifference(before, after);
  const effect = b === "int" && (a === "enum" || a === "bool") ? "widened" : "broken";
  return { ...broken(before, after), effect };
}

/** An int that was a short, or the reverse: the bytes are the same, the range is not. */
function widthDifference(before: Type, after: Type): WireDifference | undefined {
  const [was, is] = [before, after].map((type) => (type.kind === "primitive" ? (type.width ?? 32) : 32)) as [
    number,
    number,
  ];
  if (was === is) return undefined;
  const { text } = broken(before, after);
  return is > was ? { effect: "widened", text, about: "type" } : { effect: "broken", text, about: "bound" };
}

type Bytes = Type & { readonly kind: "opaque" | "string" };

function isBytes(type: Type): type is Bytes {
  return type.kind === "opaque" || type.kind === "string";
}

function bytesDifference(before: Bytes, after: Bytes): WireDifference | undefined {
  const [a, b] = [before.kind === "opaque" && before.fixed, after.kind === "opaque" && after.fixed];
  if (a !== b || (before.kind === "opaque" && after.kind === "string")) return broken(before, after);
  const bound = boundDifference(a, before.bound.value, after.bound.value, "bytes");
  if (bound?.effect === "broken" || before.kind === after.kind) return bound;
  return { ...broken(before, after), effect: "widened" };
}

function boundDifference(fixed: boolean, before: number, after: number, unit: string): WireDifference | undefined {
  if (before === after) return undefined;
  const least = fixed ? "" : "at most ";
  const length = (n: number): string => (n === UNBOUNDED ? `any number of ${unit}` : `${least}${n} ${unit}`);
  const effect = !fixed && after > before ? "widened" : "broken";
  return { effect, text: `was ${length(before)}, is ${length(after)}`, about: fixed ? "length" : "bound" };
}

const UNBOUNDED = 0xffff_ffff;

function namedDifference(a: TypeDefinition, b: TypeDefinition, seen: Set<string>): WireDifference | undefined {
  const key = `${a.name} ${b.name}`;
  if (a.name === b.name || seen.has(key)) return undefined;
  seen.add(key);
  const different: WireDifference = { effect: "broken", text: `was ${a.name}, is ${b.name}`, about: "type" };
  if (a.kind === "struct" && b.kind === "struct") {
    return sameFields(wholeFields(a), wholeFields(b), seen) ? undefined : different;
  }
  if (a.kind === "enum" && b.kind === "enum") {
    const values = new Set(a.members.map(({ value }) => value));
    const same = values.size === new Set(b.members.map(({ value }) => value)).size;
    return same && b.members.every(({ value }) => values.has(value)) ? undefined : different;
  }
  if (a.kind !== "union" || b.kind !== "union") return different;
  const [left, right] = [armsByValue(a), armsByValue(b)];
  const same =
    left.size === right.size && [...left].every(([v, arm]) => right.has(v) && sameArm(arm, right.get(v), seen));
  return same && wireDifference(a.discriminant.type, b.discriminant.type, seen) === undefined ? undefined : different;
}

/** If all values are known, the default arm covers those without a case; otherwise it has its own entry. */
function armsByValue(union: UnionDefinition): Map<number | "default", Field | undefined> {
  const arms = new Map<number | "default", Field | undefined>();
  for (const { values, arm } of union.cases) for (const { value } of values) arms.set(value, arm);
  if (union.default === undefined) return arms;
  for (const value of discriminantValues(union) ?? ["default" as const]) {
    if (!arms.has(value)) arms.set(value, union.default.arm);
  }
  return arms;
}

/** The values of a discriminant; undefined for an integer. */
export function discriminantValues({ discriminant, discriminantKind }: UnionDefinition): number[] | undefined {
  if (discriminantKind === "bool") return [0, 1];
  const type = behindTypedefs(discriminant.type);
  if (type.kind !== "named" || type.definition.kind !== "enum") return undefined;
  return type.definition.members.map(({ value }) => value);
}

function sameFields(a: readonly Field[], b: readonly Field[], seen: Set<string>): boolean {
  return a.length === b.length && a.every((field, i) => sameArm(field, b[i], seen));
}

function sameArm(a: Field | undefined, b: Field | undefined, seen: Set<string>): boolean {
  if (a === undefined || b === undefined) return a === b;
  return wireDifference(a.type, b.type, seen) === undefined;
}

/** The fields of a struct as they are sent: including the link of a linked list. */
export function wholeFields(struct: StructDefinition): Field[] {
  const { fields, link, span } = struct;
  if (link === undefined) return [...fields];
  const type: Type = { kind: "optional", element: { kind: "named", definition: struct } };
  return [...fields, { name: link, type, comment: undefined, span }];
}
