// Random shapes and random values of them, for property tests (fast-check). Not part of the package.
import fc from "../testing/fast-check.test-support.js";
import { Quadruple } from "./quadruple.js";
import type { CharEncoding, EnumShape, FieldShape, IntegerShape, Shape, StructShape, UnionShape } from "./shape.js";
import { setField } from "./structured.js";
import { typedBulkOf } from "./typed-arrays.js";
import { isInteger } from "./within.js";

const names = ["a", "b", "length", "constructor", "toString", "__proto__", "value", "then"];

const words: readonly Shape[] = [
  { kind: "int" },
  { kind: "int", width: 8 },
  { kind: "int", width: 16, strict: true },
  { kind: "int", width: 8, text: "utf8" },
  { kind: "unsigned int" },
  { kind: "unsigned int", width: 8, strict: true },
  { kind: "unsigned int", width: 8, text: "latin1" },
  { kind: "unsigned int", width: 16 },
  { kind: "hyper" },
  { kind: "unsigned hyper" },
  { kind: "hyper", as: "number" },
  { kind: "unsigned hyper", as: "number" },
  { kind: "float" },
  { kind: "double" },
  { kind: "quadruple" },
  { kind: "bool" },
];

const chars = words.filter((shape) => "width" in shape && shape.width === 8 && shape.text === undefined);
const typedElements = words.filter(
  (shape) =>
    !("as" in shape || "text" in shape || "strict" in shape) && shape.kind !== "quadruple" && shape.kind !== "bool",
);

const bound = fc.oneof(fc.nat(6), fc.constant(0xffff_ffff));

/** A tree whose nodes have any number of children: the recursion that is not a linked list. */
export const treeShape: StructShape = {
  kind: "struct",
  name: "tree",
  fields: [
    { name: "label", type: { kind: "string", length: 8 } },
    {
      name: "children",
      type: {
        kind: "array",
        fixed: false,
        length: 4,
        element: { kind: "reference", name: "tree", shape: () => treeShape },
      },
    },
    { name: "next", type: { kind: "optional", element: { kind: "reference", name: "tree", shape: () => treeShape } } },
  ],
};

/** Any shape of RFC 4506, a few levels deep. */
export const arbitraryShape: fc.Arbitrary<Shape> = fc.letrec<{ any: Shape; struct: StructShape }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      fc.constantFrom(...words),
      arbitraryEnum(),
      fc.record({ kind: fc.constant("opaque" as const), fixed: fc.constant(true), length: fc.nat(9) }),
      fc.record({ kind: fc.constant("opaque" as const), fixed: fc.constant(false), length: bound }),
      fc.record({ kind: fc.constant("string" as const), length: bound }),
      fc.record({ kind: fc.constant("string" as const), length: bound, as: fc.constantFrom("bytes", "latin1") }),
      fc.constant<Shape>({ kind: "reference", name: "tree", shape: () => treeShape }),
    ) as fc.Arbitrary<Shape>,
    fc.record({
      kind: fc.constant("array" as const),
      fixed: fc.constant(true),
      length: fc.nat(3),
      element: tie("any"),
    }),
    fc.record({ kind: fc.constant("array" as const), fixed: fc.constant(false), length: bound, element: tie("any") }),
    fc.record({
      kind: fc.constant("array" as const),
      fixed: fc.boolean(),
      length: fc.nat(5),
      element: fc.constantFrom(...typedElements),
      typed: fc.constant(true),
    }),
    fc.record({
      kind: fc.constant("array" as const),
      fixed: fc.boolean(),
      length: fc.nat(9),
      element: fc.constantFrom(...chars),
      text: fc.constantFrom<CharEncoding>("utf8", "latin1"),
    }),
    fc.record({ kind: fc.constant("optional" as const), element: tie("any") }),
    fc.record({ kind: fc.constant("list" as const), optional: fc.boolean(), element: tie("struct") }),
    tie("struct"),
    arbitraryFields(tie("any")).map((elements): Shape => ({ kind: "tuple", elements })),
    arbitraryUnion(tie("any")),
    tie("any").map((shape): Shape => ({ kind: "reference", name: "named", shape: () => shape })),
  ),
  struct: arbitraryFields(tie("any")).map((fields): StructShape => ({ kind: "struct", name: "record", fields })),
})).any;

function arbitraryFields(type: fc.Arbitrary<Shape>): fc.Arbitrary<FieldShape[]> {
  const field = fc.record({ name: fc.constantFrom(...names), type });
  return fc.uniqueArray(field, { selector: ({ name }) => name, maxLength: 4 });
}

function arbitraryEnum(): fc.Arbitrary<EnumShape> {
  return fc
    .tuple(fc.uniqueArray(fc.integer({ min: -3, max: 9 }), { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([numbers, open]) => ({
      kind: "enum",
      name: "color",
      members: numbers.map((value, i) => [`MEMBER_${i}`, value] as const),
      ...(open ? { open } : {}),
    }));
}

function arbitraryUnion(type: fc.Arbitrary<Shape>): fc.Arbitrary<UnionShape> {
  const arm = fc.option(
    type.map((shape): FieldShape => ({ name: "arm", type: shape })),
    { nil: undefined },
  );
  const kinds = fc.oneof(
    fc.constantFrom<Shape>({ kind: "int" }, { kind: "unsigned int" }, { kind: "bool" }),
    arbitraryEnum(),
  );
  return fc.tuple(kinds, arm, arm, fc.option(arm, { nil: "none" as const })).map(([kind, first, second, fallback]) => {
    const [one, two] = discriminantsOf(kind);
    const cases = [{ values: [one as number | boolean], ...(first === undefined ? {} : { arm: first }) }];
    if (two !== undefined) cases.push({ values: [two], ...(second === undefined ? {} : { arm: second }) });
    return {
      kind: "union",
      name: "choice",
      discriminant: { name: "discriminant", type: kind },
      cases,
      ...(fallback === "none" ? {} : { default: fallback === undefined ? {} : { arm: fallback } }),
    };
  });
}

/** Two discriminants to make cases of, and others that fall to the default. */
function discriminantsOf(kind: Shape): (number | boolean)[] {
  if (kind.kind === "reference") return discriminantsOf(kind.shape());
  if (kind.kind === "bool") return [true, false];
  if (kind.kind === "enum") return kind.members.map(([, value]) => value);
  return [0, 7, 3, "width" in kind && kind.width !== undefined ? 99 : 2 ** 31 - 1];
}

/** Any value of a shape. Recursive types nest at most `depth` levels. */
export function arbitraryValue(shape: Shape, depth = 3): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "ref":
      return fc.constant(null);
    case "int":
    case "unsigned int":
      return shape.text === undefined ? arbitraryInteger(shape) : arbitraryChars(shape.text, 1);
    case "hyper":
      return shape.as === "number" ? fc.maxSafeInteger() : fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case "unsigned hyper":
      return shape.as === "number" ? fc.maxSafeNat() : fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case "float":
      return fc.float();
    case "double":
      return fc.double();
    case "quadruple":
      return fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((bits) => new Quadruple(bits));
    case "bool":
      return fc.boolean();
    case "void":
      return fc.constant(undefined);
    case "enum":
      return arbitraryMember(shape);
    case "opaque":
      return arbitraryBytes(shape.fixed ? shape.length : 0, shape.length);
    case "string":
      return arbitraryText(shape);
    case "array":
      if (shape.text !== undefined) return arbitraryChars(shape.text, shape.length);
      return shape.typed
        ? arbitraryElements(shape.element, shape.fixed ? shape.length : 0, shape.length, 1).map((values) =>
            typedBulkOf(shape.element).from(values as number[]),
          )
        : arbitraryElements(shape.element, shape.fixed ? shape.length : 0, shape.length, depth);
    case "list":
      return arbitraryElements(shape.element, shape.optional ? 0 : 1, 5, depth);
    case "optional":
      return depth <= 0 ? fc.constant(null) : fc.option(arbitraryValue(shape.element, depth));
    case "struct":
      return arbitraryObject(shape.fields, depth);
    case "tuple":
      return fc.tuple(...shape.elements.map(({ type }) => arbitraryValue(type, depth)));
    case "union":
      return arbitraryChoice(shape, depth);
    case "reference":
      return arbitraryValue(shape.shape(), depth - 1);
  }
}

function arbitraryMember({ members, open }: EnumShape): fc.Arbitrary<number> {
  const known = fc.constantFrom(...members.map(([, value]) => value));
  return open === true ? fc.oneof(known, fc.integer({ min: -100, max: 100 })) : known;
}

function arbitraryBytes(least: number, most: number): fc.Arbitrary<Uint8Array> {
  return fc
    .uint8Array({ minLength: least, maxLength: Math.max(least, Math.min(most, 40)) })
    .map((bytes) => new Uint8Array(bytes));
}

function arbitraryText({ as, length }: Shape & { kind: "string" }): fc.Arbitrary<unknown> {
  if (as === "bytes") return arbitraryBytes(0, length);
  if (as === "latin1") return arbitraryBytes(0, length).map((bytes) => Buffer.from(bytes).toString("latin1"));
  return fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => {
    let cut = text;
    while (Buffer.byteLength(cut) > length) cut = [...cut].slice(0, -1).join("");
    return cut;
  });
}

function arbitraryInteger(shape: IntegerShape): fc.Arbitrary<number> {
  const { kind } = shape;
  const width = shape.width ?? 32;
  if (kind === "unsigned int") return fc.integer({ min: 0, max: 2 ** width - 1 });
  return fc.integer({ min: -(2 ** (width - 1)), max: 2 ** (width - 1) - 1 });
}

function arbitraryChars(text: CharEncoding, length: number): fc.Arbitrary<unknown> {
  const any = arbitraryText(text === "latin1" ? { kind: "string", as: text, length } : { kind: "string", length });
  return any.map((value) => (value as string).replaceAll("\0", ""));
}

function arbitraryElements(element: Shape, least: number, most: number, depth: number): fc.Arbitrary<unknown[]> {
  const maxLength = depth <= 0 ? least : Math.max(Math.min(most, 5), least);
  if (maxLength === 0) return fc.constant([]);
  return fc.array(arbitraryValue(element, depth), { minLength: least, maxLength });
}

function arbitraryObject(fields: readonly FieldShape[], depth: number): fc.Arbitrary<Record<string, unknown>> {
  return fc.tuple(...fields.map(({ type }) => arbitraryValue(type, depth))).map((values) => {
    const value: Record<string, unknown> = {};
    fields.forEach(({ name }, i) => {
      setField(value, name, values[i]);
    });
    return value;
  });
}

function arbitraryChoice(shape: UnionShape, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const { discriminant, cases } = shape;
  const cased = cases.flatMap(({ values, arm }) => values.map((value) => ({ value, arm, tagged: false })));
  const fallback = shape.default;
  const others =
    fallback === undefined
      ? []
      : discriminantsOf(discriminant.type)
          .filter((value) => !cased.some((one) => one.value === value))
          .map((value) => ({ value, arm: fallback.arm, tagged: isInteger(discriminant.type) }));
  return fc.constantFrom(...cased, ...others).chain(({ value, arm, tagged }) =>
    arbitraryObject(arm === undefined ? [] : [arm], depth).map((fields) => {
      const whole: Record<string, unknown> = { [discriminant.name]: value };
      if (tagged) whole["isDefault"] = true;
      for (const name of Object.keys(fields)) setField(whole, name, fields[name]);
      return whole;
    }),
  );
}

/** Any code point but halves of pairs, of each length in UTF-8 alike. fast-check's unit "binary" takes two seconds to make. */
export const anyCharacter: fc.Arbitrary<string> = fc
  .oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0x80, max: 0x7ff }),
    fc.integer({ min: 0x800, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0xffff }),
    fc.integer({ min: 0x10000, max: 0x10ffff }),
  )
  .map((point) => String.fromCodePoint(point));

/** Values of wrong types, to put in place of valid ones. */
export const misfits: readonly unknown[] = [
  ...[undefined, null, true, 0, 1, 5, -1, 1.5, 2 ** 32, 1e300, Number.NaN, 5n, -1n, 2n ** 70n, Symbol("s")],
  ...["x", "\ud800", "€".repeat(20), new Uint8Array(3), new Int32Array(3), new Float64Array(3), {}, [], [1, 2, 3]],
];

/** Every property within `value`: the object that has it, and its name. */
export function placesIn(value: unknown): [object: object, key: string][] {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || value instanceof Quadruple) return [];
  return Object.entries(value).flatMap(([key, part]) => [[value, key] as [object, string], ...placesIn(part)]);
}
