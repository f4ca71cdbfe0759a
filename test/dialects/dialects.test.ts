// Each deviation of real interface files from the grammar by itself: what it compiles to, and that what is generated
// from it type-checks and runs.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { externs, generate } from "lupine/codegen";
import { decode, encode, type XdrType } from "lupine/xdr";
import { compile, folder, project, show } from "./fixtures.js";

/** Definitions, and findings as `line code`. */
const expected: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  anonymous: [
    [
      "outer_inner { int a; int b }",
      "outer_choice (int kind) { 0: void; *: int v }",
      "outer_level { LOW=0 HIGH=1 }",
      "outer { outer_inner inner; outer_choice choice; outer_level level }",
      "point { int x }",
      "power { OFF=0 ON=1 }",
    ],
    [],
  ],
  arguments: [
    [
      "list is item*...",
      "item... { int value }",
      "program ARGUMENTS 20000102 1 { 0 none() void; 1 add(a: int,b: int) int; 2 one(id: int) int; 3 all() item*...; 4 rest(arg: item...) list }",
    ],
    [],
  ],
  "built-in-names": [
    [
      "numbers { unsigned int a; unsigned int b; unsigned int c; unsigned int d; unsigned int e; int f; unsigned hyper g; int h; int i; hyper j; hyper k; hyper l; unsigned hyper m; int n; int o; bool p; quadruple q; unsigned hyper r; opaque<1024> s; opaque[8] t; string<64> u }",
    ],
    [],
  ],
  comments: [["annotated { int a; int b }"], []],
  conditionals: [["size is int", "file { int narrow; size length }", "FOR_CLIENTS = 1"], ["14 extra-tokens"]],
  constants: [
    [
      "OCTAL = 15",
      "HEX = 255",
      "NEGATIVE = -5",
      "TEXT = text",
      "NAMED = 15",
      "WIDE = 19338090747351197150085120",
      "GROUPED = 1000000",
      "counted { FIRST=0 SECOND=1 TENTH=10 ELEVENTH=11 SAME=10 }",
      "other { BORROWED=11 BOTH=4 }",
      "by_character (int c) { 97: int lower; 65: void; *: void }",
      "PROGRAM_NUMBER = 536871171",
      "VERSION_NUMBER = 1",
      "program CONSTANTS 20000103 1 { 0 null() void }",
    ],
    [],
  ],
  "crlf-bom": [["SIZE = 2", "pair is int[2]"], []],
  externs: [["uses_extern { int before; elsewhere there; elsewhere* maybe; elsewhere<2> many }"], []],
  importing: [
    ["placed { point at; shade tint; point* other; path way }", "shaded (shade s) { 1: void; 5: placed where }"],
    [],
  ],
  neighbor: [["MOST = 4", "shade { PALE=1 DEEP=5 }", "point { int x; hyper y }", "path is point<4>"], []],
  "imported-a": [
    [
      "ROOM = 8",
      "buffer is opaque<8>",
      "sort { PLAIN=0 FANCY=1 }",
      "top { node*... first; tone paint; spot where; word w }",
      "painted (tone t) { 1: void; 2: spot at }",
      "spots is spot<>",
      "program IMPORTS 20000106 1 { 1 round(arg1: node...,arg2: tone,arg3: buffer) top; 2 where(arg: spot) spots }",
    ],
    [],
  ],
  "imported-b": [
    [
      "UNIT = 4",
      "word is int",
      "tone { DARK=1 LIGHT=2 }",
      "spot { int x; tone y }",
      "node... { int v; buffer data; top<> back; sort how }",
    ],
    [],
  ],
  included: [["included { int a }"], []],
  including: [["included { int a }", "including { included one; int from_a_file }"], []],
  "latin-1": [["s { int size }"], ["1 not-utf8"]],
  macros: [
    [
      "LIMIT = 5",
      "TWICE = 10",
      "SUM = 3",
      "blob is opaque<10>",
      "row is int[7]",
      "s { unsigned hyper n; int[2] both }",
    ],
    [],
  ],
  namespaces: [
    [
      "SIZE = 4",
      "key is opaque[4]",
      "kind { NONE=0 SOME=1 }",
      "entry { key name; kind what }",
      "maybe (kind k) { 1: entry* e; 0: void }",
    ],
    [],
  ],
  "one-number": [
    [
      "note { int id; string<16> text }",
      "program NOTES_KEEPER 20000702 1 { 1 keep(arg: note) note }",
      "program NOTES_READER 20000702 1 { 1 read(arg: int) note; 2 count() int }",
    ],
    ["10 duplicate-number"],
  ],
  packages: [["uses { word w }"], ["1 ignored", "2 ignored"]],
  "percent-lines": [["handle is opaque<16>"], []],
  pragmas: [["state { IDLE=0 BUSY=1 }"], ["1 ignored", "3 ignored", "4 ignored", "6 ignored", "7 ignored"]],
  "reserved-words": [
    [
      "array { int bytes; int destroy; int free; int pointer; int set; int union_; int vector }",
      "class { int delete; int default_; int new; int function; int await }",
      "pointer is array",
      "set { destroy=1 free=2 }",
    ],
    [],
  ],
  "same-again": [["number is int", "N = 3"], ["2 duplicate-name"]],
  "shared-arms": [
    [
      "sort { SMALL=0 LARGE=1 TEXT=2 NONE=3 MANY=4 }",
      "content (sort which) { 0: int value; 1: hyper value; 2: string<16> value; 4: content<2> value; *: void }",
      "amount (int scale) { 0: int value; 1,2: opaque<4> value; *: double value }",
      "answer (bool known) { 1: amount value; 0: content* value }",
    ],
    [
      "8 shared-arm-name",
      "10 shared-arm-name",
      "12 shared-arm-name",
      "22 shared-arm-name",
      "24 shared-arm-name",
      "31 shared-arm-name",
    ],
  ],
  "strange-cases": [
    [
      "fruit { APPLE=1 PEAR=2 }",
      "nut { HAZEL=2 WALNUT=7 }",
      "STONE = 100",
      "produce is fruit",
      "basket_kind { APPLE=1 PEAR=2 3=3 WALNUT=7 STONE=100 }",
      "basket (basket_kind kind) { 1: int apples; 3: hyper threes; 7,100: string<8> other; *: void }",
      "crate_kind { APPLE=1 PEAR=2 -1=-1 FALSE=0 }",
      "crate (crate_kind kind) { 2: int pears; 1: void; -1: unsigned int none; 0: void }",
      "market { fruit best; basket<4> baskets; crate<4> crates }",
      "program STRANGE_MARKET 20000701 1 { 1 sort(arg: basket) market }",
    ],
    ["10 unknown-case", "12 unknown-case", "13 unknown-case", "24 unknown-case", "26 unknown-case"],
  ],
  strings: [
    [
      "names { string<> any; string<> some; string<8> few }",
      "program STRINGS 20000101 1 { 1 echo(arg: string<>) string<> }",
    ],
    [],
  ],
  tags: [
    [
      "pointer is later*",
      "self { color paint; later other; choice picked }",
      "later { pointer more; int v }",
      "color { RED=0 GREEN=1 BLUE=2 }",
      "choice (color c) { 0: later a; *: void }",
    ],
    [],
  ],
  "two-programs": [
    ["program FIRST 20000105 1 { 0 a() void }", "program second 20000105 2 { 0 b() second }", "second { int a }"],
    [],
  ],
  unions: [
    [
      "stacked (unsigned int n) { 1,2: int a; 3: void; *: void }",
      "truth (bool b) { 1: int a; 0: void }",
      "rest (int n) { *: int a }",
    ],
    [],
  ],
  "c-names": [
    ["named_in_c { unsigned int n; unsigned hyper w; int paint; string<5> name }"],
    ["12 left-to-c", "13 left-to-c", "14 left-to-c"],
  ],
  "c-constants": [["machine_id is opaque[16]", "handle is opaque<64>", "trouble { MISSING=2 DENIED=13 }"], []],
  "left-to-c": [
    [
      "event { clock_reading at; clock_reading* before; string<> source; int how; opaque<16> badge }",
      "detail (int how) { 1: clock_reading until; *: void }",
      "program EVENTS 20000107 1 { 1 report(arg: event) clock_reading }",
    ],
    ["4 left-to-c", "6 left-to-c", "7 left-to-c"],
  ],
  hints: [
    [
      "entry { hyper size; unsigned int count; string<8> name }",
      "state { IDLE=0 BUSY=1 }",
      "outcome { state now; opaque<16> data }",
      "entries is entry<>",
      "program HINTS 20000108 1 { 1 both() entry[2] }",
    ],
    [
      "2 ignored",
      "3 ignored",
      "4 ignored",
      "5 ignored",
      "6 ignored",
      "8 ignored",
      "9 ignored",
      "11 ignored",
      "15 ignored",
    ],
  ],
  quoted: [["ROOM = 4", "box { opaque[4] inside; bool open }"], []],
  pages: [["box { int inside; bool open }"], []],
  "hoisted-names": [["lid_kind { ROUND=0 }", "lid_kind_ { int width }", "lid { lid_kind_ kind }"], []],
  "macro-operators": [["my_pair { int first_field; unsigned hyper second_field }", "pairs is my_pair<3>"], []],
  "unsigned-members": [
    [
      "mark { NONE=0 TOP=-2147483648 OLD=-2 ALL=-1 }",
      "marked (mark kind) { -2147483648: int height; -1: string<8> all; *: void }",
    ],
    ["4 unsigned-value", "5 unsigned-value", "6 unsigned-value", "12 unsigned-value"],
  ],
  "upper-case": [["program UPPER 20000104 1 { 0 nothing() void }"], []],
};

describe("what real files write", () => {
  const names = readdirSync(folder).filter((name) => name.endsWith(".x") && !name.endsWith(".inc.x"));
  test("has an expectation for each fixture", () => {
    assert.deepEqual(names.map((name) => name.slice(0, -".x".length)).sort(), Object.keys(expected).sort());
  });

  for (const [name, [definitions, findings]] of Object.entries(expected)) {
    test(`${name}.x compiles to what it says`, () => {
      const result = compile(name);
      assert.deepEqual(result.module?.definitions.map(show), definitions);
      assert.deepEqual(
        result.diagnostics.map(({ span, code }) => `${span.line} ${code}`),
        findings,
      );
    });
  }

  test("conditionals follow the symbols that are given", () => {
    const withWide = (value: string) => compile("conditionals", { WIDE: value }).module?.definitions.map(show);
    assert.deepEqual(withWide("2")?.slice(0, 2), ["size is hyper", "file { size length }"]);
    assert.deepEqual(withWide("1")?.slice(0, 2), ["size is int", "file { size length }"]);
  });
});

const out = join(project, "build/dialects-test");

function generateAll(): void {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const name of Object.keys(expected)) {
    const { module } = compile(name);
    assert.ok(module, name);
    writeFileSync(join(out, `${name}.gen.ts`), generate(module));
    const leftOpen = externs(module);
    if (leftOpen !== undefined) writeFileSync(join(out, `${name}.externs.ts`), leftOpen);
  }
  const elsewhere =
    'import { type XdrType, int } from "lupine/codegen/v1";\nexport type elsewhere = number;\nexport const elsewhere: XdrType<elsewhere> = int;\n';
  writeFileSync(join(out, "elsewhere.ts"), elsewhere);
  const options = { noEmit: false, composite: false, declaration: false, outDir: "js", rootDir: "." };
  const config = { extends: "../../tsconfig.base.json", compilerOptions: options, include: ["*.ts"] };
  writeFileSync(join(out, "tsconfig.json"), JSON.stringify(config));
}

describe("what is generated from it", () => {
  test("compiles under the strictest flags", () => {
    generateAll();
    const tsc = join(project, "node_modules/typescript/bin/tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", out], { encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });

  const load = async (name: string): Promise<Record<string, XdrType<unknown>>> =>
    (await import(pathToFileURL(join(out, "js", `${name}.gen.js`)).href)) as Record<string, XdrType<unknown>>;

  test("runs where two files import each other: values go through types of both, whichever is loaded first", async () => {
    const b = await load("imported-b");
    const a = await load("imported-a");
    const node = { v: 1, data: new Uint8Array([7]), back: [], how: 1 };
    const top = { first: [node, node], paint: 2, where: { x: 3, y: 1 }, w: 4 };
    const type = a["top"] as XdrType<unknown>;
    const bytes = encode(type, top);
    assert.equal(bytes.length, 4 + 2 * (4 + 8 + 4 + 4 + 4) + 4 + 8 + 4);
    assert.deepEqual(decode(type, bytes), top);
    const outer = { ...node, back: [top] };
    assert.deepEqual(decode(b["node"] as XdrType<unknown>, encode(b["node"] as XdrType<unknown>, [outer])), [outer]);
    assert.throws(() => encode(a["painted"] as XdrType<unknown>, { t: 9 }), /not a member of enum tone/);
  });

  test("refuses to encode what was left to C and is not written yet, and says where to write it", async () => {
    const { event } = await load("left-to-c");
    const value = { at: 1, before: null, source: "", how: 0 };
    assert.throws(() => encode(event as XdrType<unknown>, value), /clock_reading has no codec yet.*left-to-c\.externs/);
  });

  test("has the numbers that are sent for unsigned members of an enum", async () => {
    const { mark, markType, marked } = await load("unsigned-members");
    assert.deepEqual(mark, { NONE: 0, TOP: -2147483648, OLD: -2, ALL: -1 });
    for (const value of Object.values(mark as unknown as Record<string, number>)) {
      assert.equal(decode(markType as XdrType<unknown>, encode(markType as XdrType<unknown>, value)), value);
    }
    const value = { kind: -1, all: "x" };
    assert.deepEqual(decode(marked as XdrType<unknown>, encode(marked as XdrType<unknown>, value)), value);
  });

  test("takes types that are written by hand from where --extern says", async () => {
    const { uses_extern: type } = await load("externs");
    const value = { before: 1, there: 2, maybe: null, many: [3] };
    assert.deepEqual(decode(type as XdrType<unknown>, encode(type as XdrType<unknown>, value)), value);
  });
});
