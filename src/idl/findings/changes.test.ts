// The changes behind hints that name a definition, a number, a header or another name: the file after each.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface, lintInterface } from "../index.js";
import type { Finding } from "./diagnostics.js";
import { applyFixes } from "./fixes.js";

function findingsOf(text: string): readonly Finding[] {
  const { module, diagnostics } = compileInterface({ file: "a.x", text });
  return module === undefined ? diagnostics : [...diagnostics, ...lintInterface({ file: "a.x", text, module })];
}

const P = (procedures: string, number = "0x20000001"): string =>
  `program P { version V { ${procedures} } = 1; } = ${number};\n`;
const S = "struct s { int a; };\n";

const rows: readonly [code: string, before: string, after: string][] = [
  ["unbalanced-conditional", `#ifdef X\n${S}`, `#ifdef X\n${S}\n#endif\n`],
  ["unbalanced-conditional", `${S}  #endif\nconst A = 1;\n`, `${S}const A = 1;\n`],
  ["ignored", `#pragma pack(1)\n${S}`, S],
  ["malformed-number", "const A = 0x;", "const A = 0x0;"],
  ["malformed-number", "const A = 0x1fg;", "const A = 0x1f;"],
  [
    "syntax",
    "program P { version V { int F(int) = 1; } } = 0x20000001;",
    "program P { version V { int F(int) = 1; } = 1; } = 0x20000001;",
  ],
  [
    "syntax",
    "program P { version V { int F(int) = 1; } = 1; }",
    "program P { version V { int F(int) = 1; } = 1; } = 0x20000000;",
  ],
  [
    "syntax",
    "program P { version V { int F(int) = 1; } = ; } = 0x20000001;",
    "program P { version V { int F(int) = 1; } =  1; } = 0x20000001;",
  ],
  [
    "syntax",
    "program P { version 1 { int F(int) = 1; } V; } = 0x20000001;",
    "program P { version V { int F(int) = 1; } = 1; } = 0x20000001;",
  ],
  [
    "syntax",
    "program 0x20000001 { version V { int F(int) = 1; } = 1; } = P;",
    "program P { version V { int F(int) = 1; } = 1; } = 0x20000001;",
  ],
  ["syntax", P("1: int F(int);"), P("int F(int) = 1;")],
  ["syntax", P("int F(int) = 1; int G(int) =;"), P("int F(int) = 1; int G(int) = 2;")],
  ["program-number", P("int F(int) = 1;", "100003"), P("int F(int) = 1;", "0x20000000")],
  [
    "program-number",
    P("int F(int) = 1;", "0x20000000") + P("int G(int) = 1;", "5").replace("P", "Q"),
    P("int F(int) = 1;", "0x20000000") + P("int G(int) = 1;", "0x20000001").replace("P", "Q"),
  ],
  [
    "shadowed-name",
    "typedef int uint64_t;\nstruct s { uint64_t a; uint64_t b; };\n",
    "typedef int uint64_t_2;\nstruct s { uint64_t_2 a; uint64_t_2 b; };\n",
  ],
  ["shadowed-name", "const LIMIT = 3;\nstruct s { int LIMIT; };\n", "const LIMIT = 3;\nstruct s { int LIMIT2; };\n"],
  [
    "include-not-found",
    `/* a */ const A = 1;\n  # include "foo.h"\n${S}`,
    `/* a */ const A = 1;\n%# include "foo.h"\n${S}`,
  ],
  [
    "left-to-c",
    '%#include "c.h"\nstruct s { elsewhere a; };\n',
    '%#include "c.h"\nstruct elsewhere { int value; };\nstruct s { elsewhere a; };\n',
  ],
  [
    "left-to-c",
    '%#include "c.h"\nstruct s { enum hue a; };\n',
    '%#include "c.h"\nenum hue { hue_0 = 0 };\nstruct s { enum hue a; };\n',
  ],
  [
    "left-to-c",
    '%#include "c.h"\nstruct s { string a<FAR>; };\n',
    '%#include "c.h"\nconst FAR = 1;\nstruct s { string a<FAR>; };\n',
  ],
  [
    "undefined-name",
    '%#include "c.h"\nstruct s { opaque a[FAR]; };\n',
    '%#include "c.h"\nconst FAR = 1;\nstruct s { opaque a[FAR]; };\n',
  ],
  ["duplicate-name", "struct s { int a; int a; };\n", "struct s { int a; int a_2; };\n"],
  ["misplaced-annotation", `/* @idempotent */\n${S}`, `/*  */\n${S}`],
  ["unbounded", "struct s { string name; opaque b< >; };\n", "struct s { string name<1024>; opaque b< >; };\n"],
  ["unbounded", "typedef int list<>;\n", "typedef int list<1024>;\n"],
  ["unbounded", "typedef opaque blob< 0xFFFFFFFF >;\n", "typedef opaque blob<1024>;\n"],
  ["malformed-number", "const A = 08x;", "const A = 8;"],
  ["syntax", "typedef title<80> string;\n", "typedef string title<80>;\n"],
  ["syntax", "struct s { row[4] int; };\n", "struct s { int row[4]; };\n"],
  ["syntax", "struct s { int a : 4; int b; };\n", "struct s { int a ; int b; };\n"],
  ["unterminated", 'const A = "b c; \n', 'const A = "b c"; \n'],
  [
    "duplicate-case",
    "enum e { A = 1, B = 2 };\nunion u switch (e k) { case A: int a; case A: int b; };\n",
    "enum e { A = 1, B = 2 };\nunion u switch (e k) { case A: int a; case B: int b; };\n",
  ],
  [
    "duplicate-case",
    "union u switch (int k) { case 7: int a; case 7: int b; default: void; };\n",
    "union u switch (int k) { case 7: int a; case 8: int b; default: void; };\n",
  ],
  [
    "duplicate-case",
    "union u switch (int k) { case 1: int a; default: void; default: int b; };\n",
    "union u switch (int k) { case 1: int a; default: void;  };\n",
  ],
  ["duplicate-name", P("int F(int) = 1; int F(void) = 2;"), P("int F(int) = 1; int F_2(void) = 2;")],
  ["misplaced-annotation", `/* @inout buffer */\n${S}`, `/*  */\n${S}`],
  ["misplaced-annotation", `// @since 2, the second\n${S}`, `// \n${S}`],
  ["ignored", "struct s { _int64 hyper a; };\n", "struct s {  hyper a; };\n"],
  ["ignored", '[doc("x")] struct s { int a; };\n', " struct s { int a; };\n"],
  [
    "suppression",
    `/* lupine-ignore unbonded: y */\ntypedef int list<>;\n`,
    `/* lupine-ignore unbounded: y */\ntypedef int list<>;\n`,
  ],
  [
    "suppression",
    "typedef int list<>; /* lupine-ignore unbounded */\n",
    "typedef int list<>; /* lupine-ignore unbounded: reason */\n",
  ],
  [
    "suppression",
    "typedef int list<>; // lupine-ignore unbounded:\n",
    "typedef int list<>; // lupine-ignore unbounded: reason\n",
  ],
  ["rpcgen-cannot-read", "const A = (1 + 2) * 3;\nconst B = 4;\n", "const A = 9;\nconst B = 4;\n"],
  ["rpcgen-cannot-read", "const B = 4;\nenum e { A = 1, C = B << 1 };\n", "const B = 4;\nenum e { A = 1, C = 8 };\n"],
  [
    "rpcgen-cannot-read",
    "union u switch (int k) { case 0: void; case 1: case 2: default: int b; };\n",
    "union u switch (int k) { case 0: void; default: int b; };\n",
  ],
  [
    "renumbered-procedure",
    "program P { version V { int F(int) = 0x2; } = 1; version W { int F(int) = 3; } = 2; } = 0x20000001;\n",
    "program P { version V { int F(int) = 0x2; } = 1; version W { int F(int) = 0x2; } = 2; } = 0x20000001;\n",
  ],
];

for (const [code, before, after] of rows) {
  test(`${code}: ${JSON.stringify(before)} becomes ${JSON.stringify(after)}`, () => {
    const found = findingsOf(before).find((one) => one.code === code);
    const [fix] = found?.fixes ?? [];
    assert.ok(fix !== undefined, JSON.stringify(findingsOf(before)));
    assert.equal(applyFixes("a.x", before, [fix]).text, after);
    const left = findingsOf(after).map((one) => `${one.code} ${one.message}`);
    assert.ok(!left.includes(`${code} ${found?.message}`), left.join("\n"));
  });
}
