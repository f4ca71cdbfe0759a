import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "../compile.js";
import type { InterfaceModule } from "../model/model.js";
import { compareInterfaces } from "./breaking.js";

function compile(text: string): InterfaceModule {
  const { module, diagnostics } = compileInterface({ file: "x.x", text });
  assert.ok(module !== undefined, JSON.stringify(diagnostics));
  return module;
}

function changes(before: string, after: string): string[] {
  return compareInterfaces(compile(before), compile(after)).map(({ severity, code }) => `${severity} ${code}`);
}

const program = (procedures: string, version = 1, number = 7): string =>
  `program P { version V { ${procedures} } = ${version}; } = ${number};`;

const cases: readonly (readonly [what: string, before: string, after: string, expected: readonly string[]])[] = [
  ["nothing", "struct s { int a; };", "struct s { int a; };", []],
  ["a typedef of the same", "struct s { int a; };", "typedef int t; struct s { t a; };", ["note source/added"]],
  ["an added field", "struct s { int a; };", "struct s { int a; int b; };", ["error wire/field-added"]],
  ["a removed field", "struct s { int a; int b; };", "struct s { int b; };", ["error wire/field-removed"]],
  ["moved fields", "struct s { int a; int b; };", "struct s { int b; int a; };", ["error wire/field-moved"]],
  [
    "two ints that are an array of two",
    "struct s { int x; int y; };",
    "struct s { int xy[2]; };",
    ["error source/type-changed"],
  ],
  [
    "a struct that is its fields",
    "struct p { int a; int b; }; struct s { p one; };",
    "struct p { int a; int b; }; struct s { int a; int b; };",
    ["error source/type-changed"],
  ],
  [
    "an arm whose struct is an array",
    "struct p { int a; int b; }; union u switch (int k) { case 0: p one; default: void; };",
    "struct p { int a; int b; }; union u switch (int k) { case 0: int one[2]; default: void; };",
    ["error source/type-changed"],
  ],
  [
    "an arm whose struct is a longer array",
    "struct p { int a; int b; }; union u switch (int k) { case 0: p one; default: void; };",
    "struct p { int a; int b; }; union u switch (int k) { case 0: int one[3]; default: void; };",
    ["error wire/arm-changed"],
  ],
  [
    "an argument and a result whose struct is an array",
    `struct p { int a; int b; }; typedef int q[2]; ${program("p A(p) = 1;")}`,
    `struct p { int a; int b; }; typedef int q[2]; ${program("q A(q) = 1;")}`,
    ["error source/type-changed", "error source/type-changed"],
  ],
  ["a struct that is an array", "struct s { int x; int y; };", "typedef int s[2];", ["error source/type-changed"]],
  ["a short that is an int", "struct s { short x; };", "struct s { int x; };", ["warning wire/type-widened"]],
  ["an int that is a char", "struct s { int x; };", "struct s { char x; };", ["error wire/bound-narrowed"]],
  [
    "a typedef that its users feel, told once",
    "typedef string n<8>; struct s { n a; n b<3>; };",
    "typedef opaque n<8>; struct s { n a; n b<3>; };",
    ["error source/type-changed", "warning wire/type-widened"],
  ],
  [
    "two fields of one type in another order",
    "struct s { int x; int y; };",
    "struct s { int y; int x; };",
    ["error wire/field-moved"],
  ],
  ["a renamed field", "struct s { int a; };", "struct s { int b; };", ["error source/field-renamed"]],
  ["a field's type", "struct s { int a; };", "struct s { hyper a; };", ["error wire/type-changed"]],
  ["a sign", "struct s { int a; };", "struct s { unsigned a; };", ["error wire/type-changed"]],
  [
    "an enum to an int",
    "enum e { A }; struct s { e a; };",
    "enum e { A }; struct s { int a; };",
    ["error source/type-changed", "warning wire/type-widened"],
  ],
  [
    "a string to opaque data",
    "struct s { string a<>; };",
    "struct s { opaque a<>; };",
    ["error source/type-changed", "warning wire/type-widened"],
  ],
  [
    "a field's pointer to an array of one",
    "struct s { int *a; };",
    "struct s { int a<1>; };",
    ["error source/type-changed"],
  ],
  [
    "a wider bound in an arm",
    "union u switch (int d) { case 1: int a<3>; };",
    "union u switch (int d) { case 1: int a<4>; };",
    ["warning wire/bound-widened"],
  ],
  [
    "an arm's pointer to an array of one",
    "union u switch (int d) { case 1: int *a; };",
    "union u switch (int d) { case 1: int a<1>; };",
    ["error source/type-changed"],
  ],
  [
    "a result's text to bytes",
    "typedef opaque o<>; program P { version V { string F(void) = 1; } = 1; } = 1;",
    "typedef opaque o<>; program P { version V { o F(void) = 1; } = 1; } = 1;",
    ["error source/type-changed", "warning wire/type-widened"],
  ],
  ["a wider bound", "typedef opaque a<4>;", "typedef opaque a<5>;", ["warning wire/bound-widened"]],
  ["a lifted bound", "typedef string a<4>;", "typedef string a<>;", ["warning wire/bound-widened"]],
  ["a narrower bound", "typedef int a<5>;", "typedef int a<4>;", ["error wire/bound-narrowed"]],
  ["a fixed length", "typedef opaque a[4];", "typedef opaque a[5];", ["error wire/length-changed"]],
  [
    "a fixed length in an arm",
    "union u switch (int d) { case 1: int a[3]; };",
    "union u switch (int d) { case 1: int a[4]; };",
    ["error wire/length-changed"],
  ],
  ["fixed to variable", "typedef opaque a[4];", "typedef opaque a<4>;", ["error wire/type-changed"]],
  ["a pointer to an array of one", "typedef int *a;", "typedef int a<1>;", ["error source/type-changed"]],
  ["a list's element", "struct s { int a; s *n; };", "struct s { hyper a; s *n; };", ["error wire/type-changed"]],
  ["a list no more", "struct s { int a; s *n; };", "struct s { int a; };", ["error wire/field-removed"]],
  ["an added member", "enum e { A };", "enum e { A, B };", ["warning wire/member-added"]],
  ["a removed member", "enum e { A, B };", "enum e { A };", ["error wire/member-removed"]],
  ["a renumbered member", "enum e { A = 1 };", "enum e { A = 2 };", ["error wire/member-renumbered"]],
  ["a renamed member", "enum e { A = 1 };", "enum e { B = 1 };", ["error source/member-renamed"]],
  [
    "an added case",
    "union u switch (int a) { case 1: void; };",
    "union u switch (int a) { case 1: void; case 2: void; };",
    ["warning wire/case-added"],
  ],
  [
    "a case that default had",
    "union u switch (int a) { default: void; };",
    "union u switch (int a) { case 2: int b; default: void; };",
    ["error wire/arm-changed"],
  ],
  [
    "a removed case",
    "union u switch (int a) { case 1: void; case 2: void; };",
    "union u switch (int a) { case 1: void; };",
    ["error wire/case-removed"],
  ],
  [
    "an arm's type",
    "union u switch (int a) { case 1: int b; };",
    "union u switch (int a) { case 1: hyper b; };",
    ["error wire/arm-changed"],
  ],
  [
    "an arm's name",
    "union u switch (int a) { case 1: int b; };",
    "union u switch (int a) { case 1: int c; };",
    ["error source/field-renamed"],
  ],
  [
    "a default",
    "union u switch (int a) { case 1: void; };",
    "union u switch (int a) { case 1: void; default: void; };",
    ["warning wire/default-added"],
  ],
  [
    "no default",
    "union u switch (int a) { case 1: void; default: void; };",
    "union u switch (int a) { case 1: void; };",
    ["error wire/default-removed"],
  ],
  [
    "cases in place of an enum's default",
    "enum e { A, B, C }; union u switch (e d) { case A: int x; default: void; };",
    "enum e { A, B, C }; union u switch (e d) { case A: int x; case B: case C: void; };",
    [],
  ],
  [
    "an enum's default in place of its cases",
    "enum e { A, B, C }; union u switch (e d) { case A: int x; case B: case C: void; };",
    "enum e { A, B, C }; union u switch (e d) { case A: int x; default: void; };",
    [],
  ],
  [
    "cases in place of a bool's default",
    "union u switch (bool d) { case TRUE: int x; default: void; };",
    "union u switch (bool d) { case TRUE: int x; case FALSE: void; };",
    [],
  ],
  [
    "some of the cases in place of a default",
    "enum e { A, B, C }; union u switch (e d) { case A: int x; default: void; };",
    "enum e { A, B, C }; union u switch (e d) { case A: int x; case B: void; };",
    ["error wire/default-removed"],
  ],
  [
    "other cases in place of a default",
    "enum e { A, B }; union u switch (e d) { case A: int x; default: void; };",
    "enum e { A, B }; union u switch (e d) { case A: int x; case B: int y; };",
    ["error wire/arm-changed"],
  ],
  [
    "a renamed union with cases in place of a default",
    "enum e { A, B }; union u switch (e d) { case A: int x; default: void; }; struct s { u v; };",
    "enum e { A, B }; union w switch (e d) { case A: int x; case B: void; }; struct s { w v; };",
    ["error source/type-removed", "note source/added"],
  ],
  [
    "a renamed type",
    "struct a { int x; };",
    "struct b { int x; };",
    ["error source/type-removed", "note source/added"],
  ],
  ["a constant", "const A = 1;", "const A = 2;", ["warning source/const-changed"]],
  [
    "an added procedure",
    program("void A(void) = 1;"),
    program("void A(void) = 1; void B(void) = 2;"),
    ["note number/procedure-added"],
  ],
  [
    "a removed procedure",
    program("void A(void) = 1; void B(void) = 2;"),
    program("void A(void) = 1;"),
    ["error number/procedure-removed"],
  ],
  [
    "swapped procedures",
    program("void A(void) = 1; void B(void) = 2;"),
    program("void A(void) = 2; void B(void) = 1;"),
    ["error number/procedure-number", "error number/procedure-number"],
  ],
  ["a renamed procedure", program("void A(void) = 1;"), program("void B(void) = 1;"), ["error source/method-renamed"]],
  ["an argument", program("void A(void) = 1;"), program("void A(int) = 1;"), ["error wire/arguments-changed"]],
  [
    "a struct of arguments to arguments",
    `struct p { int x; int y; }; ${program("void A(p) = 1;")}`,
    `struct p { int x; int y; }; ${program("void A(int, int) = 1;")}`,
    ["error source/arguments-changed"],
  ],
  [
    "arguments to a struct of structs",
    `struct p { int x; int y; }; struct q { p a; p b; }; ${program("void A(int, p, int) = 1;")}`,
    `struct p { int x; int y; }; struct q { p a; p b; }; ${program("void A(q) = 1;")}`,
    ["error source/arguments-changed"],
  ],
  [
    "a struct of arguments to others",
    `struct p { int x; int y; }; ${program("void A(p) = 1;")}`,
    `struct p { int x; int y; }; ${program("void A(int, hyper) = 1;")}`,
    ["error wire/arguments-changed"],
  ],
  [
    "a list to its link alone",
    `struct p { int x; p *next; }; ${program("void A(p) = 1;")}`,
    `struct p { int x; p *next; }; ${program("void A(int, p *, int) = 1;")}`,
    ["error wire/arguments-changed"],
  ],
  ["an argument's type", program("void A(int) = 1;"), program("void A(hyper) = 1;"), ["error wire/type-changed"]],
  ["a result's type", program("int A(int) = 1;"), program("hyper A(int) = 1;"), ["error wire/type-changed"]],
  [
    "a version's number",
    program("void A(void) = 1;"),
    program("void A(void) = 1;", 2),
    ["error number/version-removed", "note number/version-added"],
  ],
  [
    "a program's number",
    program("void A(void) = 1;"),
    program("void A(void) = 1;", 1, 8),
    ["error number/program-number"],
  ],
];

for (const [what, before, after, expected] of cases) {
  test(`${what}: ${expected.join(", ") || "no change"}`, () => {
    assert.deepEqual(changes(before, after), expected);
  });
}

test("a change tells which procedures it reaches, and what to do", () => {
  const rest = "struct t { s a; }; program P { version V { t GET(void) = 1; void PUT(s) = 2; } = 1; } = 7;";
  const [found] = compareInterfaces(
    compile(`struct s { int a; }; ${rest}`),
    compile(`struct s { int a; int b; }; ${rest}`),
  );
  assert.deepEqual(found?.affects, ["P.V.GET (result)", "P.V.PUT (argument)"]);
  assert.match(found?.message ?? "", /old peers read its bytes as the next field/);
  assert.match(found?.hint ?? "", /XDR has no tags.*new version of the program/);
});

test("a procedure that is added renames no method; another name of the program may", () => {
  const before = program("void P_A(void) = 1; void P_B(void) = 2; void P_C(void) = 3;");
  const after = program("void P_A(void) = 1; void P_B(void) = 2; void P_C(void) = 3; void OTHER(void) = 4;");
  assert.deepEqual(changes(before, after), ["note number/procedure-added"]);
  const renamed = changes(before, before.replace("program P ", "program Q "));
  assert.equal(renamed.filter((code) => code === "error source/method-renamed").length, 3);
});

test("a method that another procedure has now is reported as a call of that one", () => {
  const of = (owner: string, procedures: string): string =>
    `program ${owner}_PROG { version V { ${procedures} } = 1; } = 0x20000001;`;
  const before = of("CALC", "int CALC_ADD(int) = 5; int SUM_ADD(int) = 6;");
  const after = of("SUM", "int CALC_ADD(int) = 5; int SUM_ADD(int) = 0x6;");
  const found = compareInterfaces(compile(before), compile(after)).map(({ message }) => message);
  assert.ok(
    found.some((one) => one.includes("TypeScript that calls add calls SUM_ADD (0x6) instead")),
    found.join("\n"),
  );
});

test("another fixed length is told as what it is: peers disagree on its length", () => {
  const [found] = compareInterfaces(compile("struct s { int a[3]; };"), compile("struct s { int a[4]; };"));
  assert.match(found?.message ?? "", /s\.a was 3 elements, is 4 elements: .* disagree on its length/);
});

test("types that hold each other are compared to an end", () => {
  const text = (name: string): string =>
    `struct ${name} { int a; ${name} *l; ${name} *r; }; struct top { ${name} x; };`;
  assert.deepEqual(changes(text("one"), text("two")), ["error source/type-removed", "note source/added"]);
});

test("numbers are told as the files have them", () => {
  const before = compileInterface({
    file: "a.x",
    text: "program P { version V { int A(int) = 1; } = 1; } = 0x20004321;\nconst M = 017;",
  });
  const after = compileInterface({
    file: "b.x",
    text: "program P { version V { int A(int) = 1; } = 1; } = 0x20004322;\nconst M = 0x10;",
  });
  assert.ok(before.module !== undefined && after.module !== undefined);
  const messages = compareInterfaces(before.module, after.module).map(({ message }) => message);
  assert.match(messages.join("\n"), /P had the number 0x20004321, has 0x20004322/);
  assert.match(messages.join("\n"), /constant M was 017, is 0x10/);
});

test("numbers of procedures and versions are shown as the files have them", () => {
  const of = (number: string): string => `program P { version V { int GET(void) = ${number}; } = 0x1; } = 7;`;
  const [moved] = compareInterfaces(compile(of("0x11")), compile(of("0x12")));
  assert.match(moved?.message ?? "", /P\.V\.GET had the number 0x11, has 0x12/);
  const versions = (more: string): string => `program P { version V { int GET(void) = 1; } = 0x1; ${more} } = 7;`;
  const second = "version W { int GET(void) = 0x1; } = 0x2;";
  const [added] = compareInterfaces(compile(versions("")), compile(versions(second)));
  assert.match(added?.message ?? "", /^version 0x2 \(W\)/);
  const [gone] = compareInterfaces(compile(versions(second)), compile(versions("")));
  assert.match(gone?.message ?? "", /^version 0x2 \(W\)/);
});

test("cases of unions are shown as the files have them", () => {
  const of = (label: string, type = "int"): string =>
    `union u switch (int k) { case ${label}: ${type} a; default: void; };`;
  const [added, removed] = compareInterfaces(compile(of("0x10")), compile(of("0x11"))).map(({ message }) => message);
  assert.match(removed ?? "", /^the arm of u for 0x10 was int, is void/);
  assert.match(added ?? "", /^the arm of u for 0x11 was void, is int/);
  const [changed] = compareInterfaces(compile(of("021")), compile(of("0x11", "hyper")));
  assert.match(changed?.message ?? "", /^the arm of u for 0x11 was int, is hyper/);
});

test("opaque data that is split at a word has the same bytes; at another place it has not", () => {
  const change = (before: string, after: string): string[] =>
    changes(`struct t { ${before} };`, `struct t { ${after} };`);
  assert.deepEqual(change("opaque a[8];", "opaque a[4]; opaque b[4];"), ["error source/type-changed"]);
  assert.deepEqual(change("opaque a[4]; opaque b[6];", "opaque a[10];"), ["error source/type-changed"]);
  assert.deepEqual(change("opaque a[8]; int c;", "opaque a[4]; opaque b[4]; int c;"), ["error source/type-changed"]);
  const isWire = (code: string): boolean => code.startsWith("error wire/");
  assert.ok(change("opaque a[8];", "opaque a[6]; opaque b[2];").every(isWire));
  assert.ok(change("opaque a[8];", "opaque b[4]; opaque a[4];").every(isWire));
});

test("@ref added or removed changes the TypeScript type, from a number to an object of the table or back, and not the bytes", () => {
  const graph = (next: string): string => `struct node { int id;\n${next}\n}; struct graph { node nodes<>; };`;
  const [number, reference] = [graph("unsigned int next;"), graph("unsigned int next; /* @ref node */")];
  assert.deepEqual(changes(number, reference), ["error source/type-changed"]);
  assert.deepEqual(changes(reference, number), ["error source/type-changed"]);
  assert.deepEqual(changes(reference, reference), []);
  const [change] = compareInterfaces(compile(number), compile(reference));
  assert.match(change?.hint ?? "", /it is a reference to node now/);
});

test("an argument that gains or loses @inout is reported, since the caller's object is changed or no longer", () => {
  const read = (annotation: string, name = "data"): string =>
    `struct bytes { opaque ${name}<>; }; ${program(`/** ${annotation} */ bytes READ(int, bytes b) = 1;`)}`;
  assert.deepEqual(changes(read("Reads."), read("@inout b")), ["warning wire/inout-changed"]);
  assert.deepEqual(changes(read("@inout b"), read("Reads.")), ["error wire/inout-changed"]);
  assert.deepEqual(changes(read("@inout b"), read("@inout b")), []);
  const renamed = read("@inout b").replace("bytes b)", "bytes c)").replace("@inout b", "@inout c");
  assert.deepEqual(changes(read("@inout b"), renamed), []);
  const [change] = compareInterfaces(compile(read("@inout b")), compile(read("Reads.")));
  assert.match(change?.message ?? "", /^argument b of P\.V\.READ is no longer @inout/);
});
