// Unions by every discriminant, also behind typedefs, with default arms, void arms, several cases an arm, cases that are
// missing, and very many arms; and the lists and pointers that unions hold.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { generate } from "lupine/codegen";
import { interfaceOf } from "lupine/dynamic";
import { compileInterface, type InterfaceModule } from "lupine/idl";
import { decode, encode, XdrError, type XdrType } from "lupine/xdr";
import { emptyFolder, typeErrors } from "../fuzz/support/typescript.js";
import { countOf, thoroughTest } from "../support/count-of.js";

const folder = emptyFolder("unions-test");

function compiled(text: string): InterfaceModule {
  const { module, diagnostics } = compileInterface({ file: "unions.x", text });
  assert.ok(module, diagnostics[0]?.message);
  return module;
}

/** The generated and the dynamic codec of each type. */
async function codecsOf(name: string, module: InterfaceModule): Promise<(type: string) => XdrType<unknown>[]> {
  writeFileSync(join(folder, `${name}.gen.ts`), generate(module));
  writeFileSync(join(folder, `${name}-js.js`), generate(module, { target: "js" }));
  const exported = (await import(pathToFileURL(join(folder, `${name}-js.js`)).href)) as Record<string, unknown>;
  const dynamic = interfaceOf(module).types;
  return (type) => [exported[type] as XdrType<unknown>, dynamic.get(type) as XdrType<unknown>];
}

const kinds = await codecsOf(
  "kinds",
  compiled(`
enum color { RED = 1, GREEN = 2, BLUE = 5, SCARLET = 1 };
typedef color paint; typedef paint shade;
typedef int number; typedef number count; typedef unsigned int size; typedef size extent; typedef bool flag;
union by_int switch (count n) { case -1: case 3: int a; case 7: void; default: string b<>; };
union by_unsigned switch (extent n) { case 4294967295: hyper h; default: void; };
union by_bool switch (flag f) { case TRUE: int a; default: void; };
union by_enum switch (shade s) { case RED: case BLUE: int a; default: opaque rest<4>; };
union partial switch (shade s) { case RED: void; };
union only_default switch (int n) { default: int a; };
union only_void switch (flag f) { case FALSE: case TRUE: void; };
union of_unions switch (shade s) { case GREEN: by_int inner; default: of_unions *more; };
`),
);

const good: readonly (readonly [string, unknown, string])[] = [
  ["by_int", { n: -1, a: 5 }, "ffffffff 00000005"],
  ["by_int", { n: 3, a: 5 }, "00000003 00000005"],
  ["by_int", { n: 7 }, "00000007"],
  ["by_int", { n: 8, isDefault: true, b: "x" }, "00000008 00000001 78000000"],
  ["by_unsigned", { n: 4294967295, h: -1n }, "ffffffff ffffffff ffffffff"],
  ["by_unsigned", { n: 4294967294, isDefault: true }, "fffffffe"],
  ["by_bool", { f: true, a: 1 }, "00000001 00000001"],
  ["by_bool", { f: false }, "00000000"],
  ["by_enum", { s: 1, a: 7 }, "00000001 00000007"],
  ["by_enum", { s: 5, a: 7 }, "00000005 00000007"],
  ["by_enum", { s: 2, rest: new Uint8Array([9]) }, "00000002 00000001 09000000"],
  ["partial", { s: 1 }, "00000001"],
  ["only_default", { n: 6, isDefault: true, a: 1 }, "00000006 00000001"],
  ["only_void", { f: true }, "00000001"],
  ["of_unions", { s: 1, more: { s: 2, inner: { n: 7 } } }, "00000001 00000001 00000002 00000007"],
];

for (const [type, value, hex] of good) {
  test(`${type} ${JSON.stringify(value, (_, each) => (typeof each === "bigint" ? `${each}n` : each))} is ${hex}`, () => {
    for (const codec of kinds(type)) {
      const bytes = encode(codec, value);
      assert.equal(Buffer.from(bytes).toString("hex"), hex.replaceAll(" ", ""));
      assert.deepStrictEqual(decode(codec, bytes), value);
    }
  });
}

const bad: readonly (readonly [string, unknown, string])[] = [
  ["by_int", { n: 8, b: "x" }, "without isDefault"],
  ["by_int", { n: 3, isDefault: true, b: "x" }, "the default's arm under a case"],
  ["by_int", { n: 2 ** 31, isDefault: true, b: "x" }, "a discriminant out of range"],
  ["by_int", { n: 3 }, "a missing arm"],
  ["by_unsigned", { n: -1, isDefault: true }, "a negative discriminant"],
  ["by_bool", { f: 1, a: 1 }, "a number for a bool"],
  ["by_enum", { s: 3, rest: new Uint8Array() }, "a number that is no member"],
  ["partial", { s: 2 }, "a member without a case"],
  ["only_default", { n: 6, a: 1 }, "without isDefault"],
];

for (const [type, value, why] of bad) {
  test(`${type} is not encoded with ${why}`, () => {
    for (const codec of kinds(type)) assert.throws(() => encode(codec, value), XdrError);
  });
}

for (const [type, hex] of [
  ["by_enum", "00000003 00000000"],
  ["partial", "00000002"],
  ["by_bool", "00000002"],
] as const) {
  test(`${type} is not decoded from ${hex}`, () => {
    const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
    for (const codec of kinds(type)) assert.throws(() => decode(codec, bytes), { code: "XDR_OUT_OF_RANGE" });
  });
}

test("a union of hundreds of arms goes over and back, each arm", async () => {
  const numbers = [...Array(countOf(450, 60)).keys()];
  const cases = numbers.map((i) => `case OP_${i}: ${i % 3 === 0 ? "void" : `arguments arm_${i}`};`).join("\n");
  const text = `enum op { ${numbers.map((i) => `OP_${i}`).join(", ")} };
struct arguments { int first; string second<>; };
union request switch (op which) {\n${cases}\n};
struct compound { request requests<>; };`;
  const codecs = await codecsOf("many", compiled(text));
  const requests = numbers.map((i) =>
    i % 3 === 0 ? { which: i } : { which: i, [`arm_${i}`]: { first: i, second: `${i}` } },
  );
  for (const codec of codecs("compound")) {
    assert.deepStrictEqual(decode(codec, encode(codec, { requests })), { requests });
  }
});

test("a long list in an arm goes over and back", async () => {
  const text = `struct entry { int id; entry *next; };
struct named { string name<>; entry *all; };
union listing switch (bool ok) { case TRUE: named found; default: void; };`;
  const codecs = await codecsOf("lists", compiled(text));
  const all = Array.from({ length: countOf(100_000, 30_000) }, (_, id) => ({ id }));
  for (const codec of codecs("listing")) {
    const value = { ok: true, found: { name: "all", all } };
    const bytes = encode(codec, value);
    assert.equal(bytes.length, 4 + 8 + 8 * all.length + 4);
    const back = decode(codec, bytes) as typeof value;
    assert.equal(back.found.all.length, all.length);
    assert.deepEqual(back.found.all.at(-1), { id: all.length - 1 });
  }
});

for (const [what, text] of [
  ["two stars", "struct s { int **x; };"],
  ["a pointer to a pointer's name", "typedef int *p; struct s { p *x; };"],
  ["a pointer to a name of a pointer's name", "typedef int *p; typedef p q; typedef q *r;"],
  ["a pointer to a list's name", "struct e { int a; e *next; }; typedef e *list; struct s { list *x; };"],
  ["an argument", "typedef int *p; program P { version V { void F(p *) = 1; } = 1; } = 0x20000000;"],
] as const) {
  test(`optional of optional, as ${what}, is refused with the way out`, () => {
    const { module, diagnostics } = compileInterface({ file: "s.x", text });
    if (what === "a pointer to a list's name") {
      // A list is an array, which null differs from.
      assert.ok(module ?? diagnostics.every(({ code }) => code === "nested-optional"));
      return;
    }
    assert.equal(module, undefined);
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ["nested-optional"],
    );
    assert.match(diagnostics[0]?.hint ?? "", /wrap (?:the inner one|it): `struct maybe/);
  });
}

thoroughTest("switches narrow, and what is missing does not compile", () => {
  writeFileSync(
    join(folder, "narrowing.ts"),
    `import { type by_bool, type by_enum, type by_int, color, type of_unions, type partial } from "./kinds.gen.js";

export function int(value: by_int): string {
  if (value.isDefault) return value.b;
  // @ts-expect-error: only the default arm has b
  if (value.n === 3) return value.b;
  return value.n === 7 ? "void" : String(value.a);
}
export function member(value: by_enum): number {
  switch (value.s) {
    case color.RED:
    case color.BLUE:
      return value.a;
    case color.GREEN:
      return value.rest.length;
  }
}
export const bool = (value: by_bool): number => (value.f ? value.a : 0);
export const red: partial = { s: color.RED };
// @ts-expect-error: GREEN has no case
export const green: partial = { s: color.GREEN };
export function depth(value: of_unions): number {
  return value.s === color.GREEN || value.more === null ? 0 : 1 + depth(value.more);
}
`,
  );
  assert.deepEqual([...typeErrors(folder).values()], []);
});
