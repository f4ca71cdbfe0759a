// What an editor asks about a place in a file: hover, definition, references, completion, outline.
import assert from "node:assert/strict";
import { test } from "node:test";
import { edit, marked, type Position, type Range, textIn } from "./client.js";

interface Location {
  readonly uri: string;
  readonly range: Range;
}
interface Hover {
  readonly contents: { readonly value: string };
  readonly range: Range;
}
interface Symbol {
  readonly name: string;
  readonly kind: number;
  readonly range: Range;
  readonly selectionRange: Range;
  readonly children?: readonly Symbol[];
}
interface Item {
  readonly label: string;
  readonly sortText?: string;
}

const range = (line: number, from: number, to: number): Range => ({
  start: { line, character: from },
  end: { line, character: to },
});

const shapes = `/* Colours that are sold. */
enum color { RED = 0, GREEN = 1, BLUE = 7 };
const MAX_NAME = 255;
typedef string name_t<MAX_NAME>;
/* A car,
   used or new. */
struct car {
  name_t model;     /* as on the lid */
  color paint;
  unsigned hyper serial;
  opaque key[6];
};
union offer switch (color kind) {
case RED:
  car one;
case GREEN:
  car many<3>;
default:
  void;
};
struct entry { car what; entry *next; };
program SHOP {
  version SHOP_V1 {
    offer SHOP_ASK(color) = 1;
    entry SHOP_LIST(int from, color like) = 2;
  } = 1;
} = 0x20000001;
`;

test("hover tells the TypeScript, the size on the wire, the comment and the place of a type", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("shapes.x");
  editor.open(file, shapes);
  const on = async (line: number, character: number): Promise<string> =>
    (await editor.at<Hover>("hover", file, { line, character })).contents.value;
  assert.equal(
    await on(14, 3),
    [
      "```typescript",
      "export interface car {",
      "  model: name_t;",
      "  paint: color;",
      "  serial: bigint;",
      "  key: Uint8Array<ArrayBuffer>;",
      "}",
      "```",
      "",
      "on the wire: 24 to 280 bytes",
      "",
      "A car,  ",
      "used or new.",
      "",
      "struct `car`, declared in shapes.x:7",
    ].join("\n"),
  );
  const color = await on(8, 4);
  assert.match(
    color,
    /export const color = \{\n {2}RED: 0,\n {2}GREEN: 1,\n {2}BLUE: 7,\n\} as const;\nexport type color = /,
  );
  assert.match(color, /on the wire: 4 bytes\n\nColours that are sold\.\n\nenum `color`, declared in shapes\.x:2$/);
});

test("hover tells a constant's value, a member's, a field's type, and a procedure's method", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("shapes.x");
  editor.open(file, shapes);
  const on = async (line: number, character: number): Promise<string> =>
    (await editor.at<Hover>("hover", file, { line, character })).contents.value;
  assert.match(
    await on(3, 25),
    /^```typescript\nexport const MAX_NAME = 255;\n```\n\n0xff\n\nconst `MAX_NAME`, declared in shapes\.x:3$/,
  );
  assert.match(await on(12, 6), /on the wire: 4 to 848 bytes/);
  assert.match(await on(15, 7), /color\.GREEN = 1/);
  assert.match(
    await on(7, 10),
    /model: name_t[\s\S]*on the wire: 4 to 260 bytes\n\nas on the lid\n\nfield `model` of struct `car`/,
  );
  assert.match(await on(9, 10), /unsigned hyper: bigint[\s\S]*8 bytes/);
  assert.match(
    await on(23, 12),
    /ask\(arg: color, options\?: CallOptions\): Promise<offer>[\s\S]*procedure number 1[\s\S]*arguments 4 bytes, result 4 to 848 bytes/,
  );
  assert.match(
    await on(24, 12),
    /^```typescript\nlist\(from: number, like: color, options\?: CallOptions\): Promise<entry\[\]>[\s\S]*result at least 28 bytes/,
  );
  assert.match(await on(21, 9), /536870913 = 0x20000001/);
  assert.match(
    await on(20, 34),
    /^the link of a linked list, whose values are `entry\[\]`\n\nfield `next` of struct `entry`/,
  );
  assert.equal(await editor.at("hover", file, { line: 4, character: 5 }), null, "in a comment");
});

test("the range of a hover is the word that it is about", async (t) => {
  const { editor, uri } = await edit(t);
  editor.open(uri("shapes.x"), shapes);
  const hover = await editor.at<Hover>("hover", uri("shapes.x"), { line: 7, character: 4 });
  assert.deepEqual(hover.range, range(7, 2, 8));
});

test("a definition is found from a use, behind a use, and from itself", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("shapes.x");
  editor.open(file, shapes);
  const expected: Location = { uri: file, range: range(3, 15, 21) };
  for (const character of [2, 5, 8]) {
    assert.deepEqual(await editor.at("definition", file, { line: 7, character }), expected, `character ${character}`);
  }
  assert.deepEqual(await editor.at("definition", file, { line: 3, character: 16 }), expected);
  assert.deepEqual(await editor.at("definition", file, { line: 3, character: 24 }), {
    uri: file,
    range: range(2, 6, 14),
  });
});

test("a definition is found through #include and %#include, in files that are open or not, and the file itself", async (t) => {
  const { editor, uri } = await edit(t, {
    "base.x": "const LIMIT = 4;\ntypedef int base_t;\n",
    "other.x": '#include "base.x"\nstruct other { base_t one; };\n',
  });
  const main = '#include "base.x"\n%#include "other.h"\nstruct mine { base_t a[LIMIT]; other b; };\n';
  editor.open(uri("main.x"), main);
  const at = (line: number, character: number): Promise<Location> =>
    editor.at<Location>("definition", uri("main.x"), { line, character });
  assert.deepEqual(await at(2, 15), { uri: uri("base.x"), range: range(1, 12, 18) });
  assert.deepEqual(await at(2, 24), { uri: uri("base.x"), range: range(0, 6, 11) });
  assert.deepEqual(await at(2, 33), { uri: uri("other.x"), range: range(1, 7, 12) });
  assert.deepEqual(await at(0, 12), { uri: uri("base.x"), range: range(0, 0, 0) });
  editor.open(uri("base.x"), "\n\ntypedef int base_t;\nconst LIMIT = 4;\n");
  assert.deepEqual(await at(2, 15), { uri: uri("base.x"), range: range(2, 12, 18) });
});

test("a case label is a member of its union's enum, though another enum has the same name", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  const text =
    "enum a { OK = 0 };\nenum b { OK = 5, NO = 6 };\nunion u switch (b s) { case OK: int x; case NO: void; };\nconst C = OK;\n";
  editor.open(file, text);
  assert.deepEqual(await editor.at("definition", file, { line: 2, character: 29 }), {
    uri: file,
    range: range(1, 9, 11),
  });
  assert.deepEqual(await editor.at("definition", file, { line: 3, character: 11 }), {
    uri: file,
    range: range(0, 9, 11),
  });
  const uses = await editor.at<Location[]>(
    "references",
    file,
    { line: 1, character: 9 },
    { context: { includeDeclaration: true } },
  );
  assert.deepEqual(
    uses.map((one) => one.range),
    [range(1, 9, 11), range(2, 28, 30)],
  );
});

test("definitions are found in a file whose end is missing", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  editor.open(file, "struct done { int a; };\nenum e { A, B };\nstruct broken { done d; e x\nstruct open { done d;");
  assert.deepEqual(await editor.at("definition", file, { line: 3, character: 15 }), {
    uri: file,
    range: range(0, 7, 11),
  });
  assert.deepEqual(await editor.at("definition", file, { line: 2, character: 24 }), {
    uri: file,
    range: range(1, 5, 6),
  });
  assert.deepEqual(await editor.at("definition", file, { line: 3, character: 9 }), {
    uri: file,
    range: range(3, 7, 11),
  });
});

test("references are found in every file that is known, with and without the declaration, and not in fields of the same name", async (t) => {
  const { editor, uri } = await edit(t, {
    "base.x": "typedef int size;\n",
    "user.x": '#include "base.x"\nstruct u { size size; };\n',
    "stranger.x": "typedef hyper size;\nstruct s { size x; };\n",
  });
  const text = '%#include "base.h"\nstruct m { size a; }; /* size */\n';
  editor.open(uri("main.x"), text);
  const ask = (includeDeclaration: boolean): Promise<Location[]> =>
    editor.at("references", uri("main.x"), { line: 1, character: 12 }, { context: { includeDeclaration } });
  const byPlace = (a: Location, b: Location): number => (a.uri < b.uri ? -1 : 1);
  const uses = [
    { uri: uri("main.x"), range: range(1, 11, 15) },
    { uri: uri("user.x"), range: range(1, 11, 15) },
  ];
  assert.deepEqual((await ask(false)).sort(byPlace), uses);
  assert.deepEqual(
    (await ask(true)).sort(byPlace),
    [{ uri: uri("base.x"), range: range(0, 12, 16) }, ...uses].sort(byPlace),
  );
});

test("positions count UTF-16 units, behind any line end and a byte order mark", async (t) => {
  const { editor, uri } = await edit(t);
  const file = uri("a.x");
  const text = "\ufefftypedef int a;/* 😀 */ a_t b;\r\n/* 😀é */ struct s { a x; };\rstruct u { a y; };\r\n";
  editor.open(file, text);
  const expected = { uri: file, range: range(0, 13, 14) };
  assert.deepEqual(await editor.at("definition", file, { line: 1, character: 21 }), expected);
  assert.equal(text.split("\r\n")[1]?.charAt(21), "a");
  assert.deepEqual(await editor.at("definition", file, { line: 2, character: 11 }), expected);
});

async function labels(
  text: string,
  t: Parameters<typeof edit>[0],
  files: Record<string, string> = {},
): Promise<string[]> {
  const { editor, uri } = await edit(t, files);
  const { text: plain, marks } = marked(text);
  editor.open(uri("a.x"), plain);
  const items = await editor.at<Item[]>("completion", uri("a.x"), marks[0] as Position);
  return [...items]
    .sort((a, b) => ((a.sortText ?? a.label) < (b.sortText ?? b.label) ? -1 : 1))
    .map(({ label }) => label);
}

const colors = "enum color { RED, GREEN, BLUE };\ntypedef color paint;\nconst N = 3;\nstruct s { int a; };\n";

test("behind case the members of the discriminant's enum are offered, those without a case first", async (t) => {
  assert.deepEqual(await labels(`${colors}union u switch (color c) { case GREEN: int a; case |`, t), [
    "BLUE",
    "RED",
    "GREEN",
  ]);
  assert.deepEqual(await labels(`${colors}union u switch (paint c) { case R|: void; };`, t), ["BLUE", "GREEN", "RED"]);
  assert.deepEqual(await labels(`${colors}union u switch (bool c) { case |`, t), ["FALSE", "TRUE"]);
  assert.deepEqual(
    await labels('#include "c.x"\nunion u switch (far c) {\ncase |\n', t, { "c.x": "enum far { NEAR, AWAY };\n" }),
    ["AWAY", "NEAR"],
  );
});

test("in bounds and behind = constants are offered, and no types", async (t) => {
  const constants = ["BLUE", "GREEN", "N", "RED"];
  for (const place of [
    "struct t { int a[|",
    "struct t { int a<|>; };",
    "const M = |;",
    "typedef int x[N|",
    "program P { version V { void A(void) = |",
  ]) {
    assert.deepEqual(await labels(colors + place, t), constants, place);
  }
});

test("where a type stands types are offered, and void where it can be", async (t) => {
  for (const place of [
    "struct t { |",
    "struct t { int a; |",
    "typedef |",
    "union u switch (|",
    "union u switch (int i) { case 1: |",
    "program P { version V { |",
    "program P { version V { int A(|",
    "program P { version V { int A(int, |",
  ]) {
    const offered = await labels(colors + place, t);
    for (const one of ["color", "paint", "s", "int", "unsigned hyper", "uint32_t"])
      assert.ok(offered.includes(one), `${one} in ${place}`);
    assert.ok(!offered.includes("N"), place);
    assert.equal(offered.includes("void"), /program|case/.test(place), place);
  }
});

test("keywords are offered where they can stand, and nothing where a name is to be made up", async (t) => {
  assert.deepEqual(await labels("|", t), ["const", "enum", "program", "struct", "typedef", "union"]);
  assert.deepEqual(await labels("const A = 1;\nstr|", t), ["const", "enum", "program", "struct", "typedef", "union"]);
  assert.deepEqual(await labels("program P { |", t), ["version"]);
  assert.deepEqual(await labels("union u switch (int i) { |", t), ["case", "default"]);
  assert.deepEqual(await labels("struct s { unsigned |", t), ["char", "hyper", "int", "long", "short"]);
  for (const place of [
    "struct |",
    "struct s { int |",
    "enum e { |",
    "enum e { A, |",
    "/* struct | */",
    '#include "|',
    "%int |",
    "typedef int |",
  ]) {
    assert.deepEqual(await labels(colors + place, t), [], place);
  }
});

test("the outline has every definition with its parts, each name within its whole", async (t) => {
  const { editor, uri } = await edit(t);
  editor.open(uri("shapes.x"), shapes);
  const symbols = await editor.of<Symbol[]>("documentSymbol", uri("shapes.x"));
  const named = (list: readonly Symbol[]): unknown[] =>
    list.map(({ name, children }) => (children === undefined ? name : [name, ...named(children)]));
  assert.deepEqual(named(symbols), [
    ["color", "RED", "GREEN", "BLUE"],
    "MAX_NAME",
    "name_t",
    ["car", "model", "paint", "serial", "key"],
    ["offer", "kind", "one", "many"],
    ["entry", "what", "next"],
    ["SHOP", ["SHOP_V1", "SHOP_ASK", "SHOP_LIST"]],
  ]);
  const car = symbols[3] as Symbol;
  assert.equal(car.kind, 23);
  assert.deepEqual(car.selectionRange, range(6, 7, 10));
  assert.deepEqual(car.range, { start: { line: 6, character: 0 }, end: { line: 11, character: 2 } });
  assert.equal(textIn(shapes, (car.children as Symbol[])[3]?.range as Range), "opaque key[6];");
});

test("braces, comments and conditionals fold", async (t) => {
  const { editor, uri } = await edit(t);
  editor.open(
    uri("a.x"),
    "/* a\n b */\nstruct s {\n  int a;\n};\n#ifdef A\nconst B = 1;\n#else\nconst C = 1;\n#endif\n",
  );
  const folds = await editor.of<{ startLine: number; endLine: number }[]>("foldingRange", uri("a.x"));
  assert.deepEqual(
    folds.map(({ startLine, endLine }) => [startLine, endLine]),
    [
      [0, 1],
      [2, 3],
      [5, 6],
      [7, 8],
    ],
  );
});
