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
