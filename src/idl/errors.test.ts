// Every error: its code, its exact place (between « and »), its message and its hint.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileInterface } from "./compile.js";
import type { Diagnostic, DiagnosticCode } from "./diagnostics.js";

interface Expected {
  readonly code: DiagnosticCode;
  /** With « before and » after the place. */
  readonly text: string;
  readonly message: string;
  readonly hint?: string;
  /** The text at the related places. */
  readonly related?: readonly string[];
}

/** The marked place, found by counting and not by the code under test. */
function marked(text: string): { clean: string; line: number; column: number; offset: number; length: number } {
  const offset = text.indexOf("«");
  const end = text.indexOf("»") - 1;
  const before = text.slice(0, offset).split("\n");
  const clean = text.replace("«", "").replace("»", "");
  return { clean, line: before.length, column: (before.at(-1) ?? "").length + 1, offset, length: end - offset };
}

function assertOnly({ code, text, message, hint, related = [] }: Expected, severity: Diagnostic["severity"]): void {
  const { clean, ...place } = marked(text);
  const { diagnostics, module } = compileInterface({ file: "t.x", text: clean });
  assert.equal(diagnostics.length, 1, JSON.stringify(diagnostics, undefined, 1));
  const [found] = diagnostics;
  assert.ok(found);
  assert.deepEqual([found.severity, found.code, found.message], [severity, code, message]);
  assert.deepEqual(found.span, { file: "t.x", ...place });
  assert.equal(found.hint, hint);
  const places = (found.related ?? []).map(({ span }) => clean.slice(span.offset, span.offset + span.length));
  assert.deepEqual(places, related);
  assert.equal(module === undefined, severity === "error");
}

function program(procedures: string): string {
  return `program P {\n version V {\n  ${procedures}\n } = 1;\n} = 1;`;
}

const DEFINITION_HINT = "a definition begins with const, typedef, enum, struct, union or program";
const MAYBE_HINT = "wrap the inner one: `struct maybe { T *value; };`, then `maybe *x;`";

const SYNTAX: readonly Expected[] = [
  {
    code: "syntax",
    text: "«strcut» s { int a; };",
    message: "expected a definition, but found `strcut`",
    hint: "did you mean `struct`?",
  },
  { code: "syntax", text: "«5»;", message: "expected a definition, but found `5`", hint: DEFINITION_HINT },
  { code: "syntax", text: "const «=» 5;", message: "expected a name for the constant, but found `=`" },
  { code: "syntax", text: "const A «5»;", message: "expected `=` after the constant's name, but found `5`" },
  { code: "syntax", text: "const A = «;»", message: "expected a value, but found `;`" },
  { code: "syntax", text: "const A = (1 + 2«;»", message: "expected `)` to close the parenthesis, but found `;`" },
  { code: "syntax", text: "const A = 1 + «;»", message: "expected a value after the operator, but found `;`" },
  { code: "syntax", text: "struct s {\n int a«\n»  int b;\n};", message: "expected `;` after the field" },
  { code: "syntax", text: "struct s { int a« »};", message: "expected `;` after the field" },
  { code: "syntax", text: "struct s {\n int a;\n}«\n»const A = 1;", message: "expected `;` after the struct" },
  { code: "syntax", text: "struct s { int «;» };", message: "expected a field name, but found `;`" },
  { code: "syntax", text: "struct s { int a «b»; };", message: "expected `;` after the field, but found `b`" },
  { code: "syntax", text: "struct s { «5» a; };", message: "expected a type, but found `5`" },
  {
    code: "syntax",
    text: "struct s {\n int a;\n«struct» t { int b; };",
    message: "expected `}` to close struct s, but found `struct`",
    related: ["struct"],
  },
  {
    code: "syntax",
    text: "struct s { int a;«»",
    message: "expected `}` to close struct s, but found the end of the file",
    related: ["struct"],
  },
  { code: "syntax", text: "struct «{» int a; };", message: "expected a name after `struct`, but found `{`" },
  {
    code: "syntax",
    text: "struct s { struct «5»; int b; };",
    message: "expected a name or `{` after `struct`, but found `5`",
  },
  {
    code: "syntax",
    text: "struct s { int a[«]»; };",
    message: "expected a length between `[` and `]`",
    hint: "for any number write `<>`",
  },
  { code: "syntax", text: "struct s { int a[2«;» };", message: "expected `]` after the length, but found `;`" },
  {
    code: "syntax",
    text: "struct s { int a<2«;» };",
    message: "expected `>` after the greatest length, but found `;`",
  },
  { code: "syntax", text: "enum e { A = «,» B = 2 };", message: "expected a value, but found `,`" },
  { code: "syntax", text: "enum e { A = 1 «B» = 2 };", message: "expected `,` or `}` after the member, but found `B`" },
  {
    code: "syntax",
    text: "union u «{» case 1: int a; };",
    message: "expected `switch` after union u, but found `{`",
    hint: "a union is told apart by a value: `union name switch (int kind) { case 0: ... }`",
  },
  {
    code: "syntax",
    text: "union u switch «int» k) { case 1: void; };",
    message: "expected `(` after `switch`, but found `int`",
  },
  {
    code: "syntax",
    text: "union u switch (int «)» { case 1: void; };",
    message: "expected the name of the discriminant, but found `)`",
  },
  {
    code: "syntax",
    text: "union u switch (int k) { case 1: void; «int» a; };",
    message: "expected `case` or `default`, but found `int`",
  },
  {
    code: "syntax",
    text: "union u switch (int k) { case 1 «int» a; default: void; };",
    message: "expected `:` after the case, but found `int`",
  },
  {
    code: "syntax",
    text: "union u switch (int k) { case «:» int a; default: void; };",
    message: "expected a value after `case`, but found `:`",
  },
  {
    code: "syntax",
    text: "program P { «void» F(void) = 1; } = 1;",
    message: "expected `version`, but found `void`",
    hint: "a program holds versions: `version NAME { ... } = 1;`",
  },
  { code: "syntax", text: program("void F«=» 1;"), message: "expected `(` before the arguments, but found `=`" },
  {
    code: "syntax",
    text: program("void F(void)«;»"),
    message: "expected `=` and the procedure's number, but found `;`",
  },
  { code: "syntax", text: program("void F(int «=» 1;"), message: "expected `)` after the arguments, but found `=`" },
  {
    code: "syntax",
    text: "program P { version V { void F(void) = 1; }«;» } = 1;",
    message: "expected `=` and the version's number, but found `;`",
  },
  {
    code: "syntax",
    text: "program P { version V { void F(void) = 1; } = 1; }«;»",
    message: "expected `=` and the program's number, but found `;`",
  },
  { code: "syntax", text: "typedef void«;»", message: "a typedef cannot be void" },
  { code: "invalid-character", text: "const A = 1; «@@»", message: "`@@` has no meaning in an interface file" },
  {
    code: "unterminated",
    text: "const A = 1; «/*» never",
    message: "this comment is never closed",
    hint: "close it with `*/`",
  },
  { code: "unterminated", text: 'const A = «"abc»\n;', message: "this string is never closed" },
  {
    code: "malformed-number",
    text: "const A = «089»;",
    message: "`089` is not a number",
    hint: "a number that begins with 0 is octal and has digits up to 7",
  },
  {
    code: "malformed-number",
    text: "const A = «12ab»;",
    message: "`12ab` is not a number",
    hint: "numbers are decimal (12), hexadecimal (0x1F) or octal (017)",
  },
  {
    code: "reserved-word",
    text: "typedef hyper «long»;",
    message: "a type cannot be called `long`",
    hint: "this word always begins a type of the language itself; choose another name",
  },
];

const NAMES: readonly Expected[] = [
  {
    code: "undefined-name",
    text: "struct s { «intt» a; intt b; };",
    message: "the type intt is not defined",
    hint: "did you mean `int`?",
  },
  {
    code: "undefined-name",
    text: "struct s { «boolean» a; };",
    message: "the type boolean is not defined",
    hint: "did you mean `bool`?",
  },
  {
    code: "undefined-name",
    text: "typedef struct «nowhere» *p;",
    message: "the type nowhere is not defined",
    hint: "define it: `typedef int nowhere;` or `struct nowhere { ... };`",
  },
  {
    code: "undefined-name",
    text: "const MAXIMUM = 1; typedef int a<«MAXIMUN»>;",
    message: "the constant MAXIMUN is not defined",
    hint: "did you mean `MAXIMUM`?",
  },
  {
    code: "undefined-name",
    text: "const A = «B»;",
    message: "the constant B is not defined",
    hint: "did you mean `A`?",
  },
  {
    code: "wrong-kind",
    text: "struct s { int a; }; const A = «s»;",
    message: "s is a type, but a constant is needed here",
  },
  {
    code: "wrong-kind",
    text: "const A = 1; struct s { «A» a; };",
    message: "A is a constant, but a type is needed here",
  },
  {
    code: "wrong-kind",
    text: `${program("void F(void) = 1;")} typedef «P» x;`,
    message: "P is a program, but a type is needed here",
  },
  {
    code: "duplicate-name",
    text: "struct s { int a; };\nenum «s» { A };",
    message: "s is defined twice",
    hint: "rename one of the two",
    related: ["s"],
  },
  {
    code: "duplicate-name",
    text: "struct s { int a; int «a»; };",
    message: "struct s has two fields called a",
    related: ["a"],
  },
  {
    code: "duplicate-name",
    text: "struct s { int «next»; s *next; };",
    message: "struct s has two fields called next",
    hint: "its last field has this name too",
  },
  {
    code: "duplicate-name",
    text: "enum e { A, B, «A» };",
    message: "the enum has two members called A",
    hint: "rename one of the two",
    related: ["A"],
  },
  {
    code: "duplicate-name",
    text: "union u switch (int k) { case 1: int a; case 2: int «a»; default: void; };",
    message: "union u has two arms called a",
    related: ["a"],
  },
  {
    code: "duplicate-name",
    text: program("void F(void) = 1; void «F»(void) = 2;"),
    message: "version V has two procedures called F",
    related: ["F"],
  },
  {
    code: "duplicate-name",
    text: program("void «F»(int a, int a) = 1;"),
    message: "F has two arguments called a",
    related: ["F"],
  },
  {
    code: "duplicate-name",
    text: "program P { version V { void F(void) = 1; } = 1; version «V» { void F(void) = 1; } = 2; } = 1;",
    message: "program P has two versions called V",
    related: ["V"],
  },
  {
    code: "duplicate-number",
    text: program("void F(void) = 1; void «G»(void) = 1;"),
    message: "G has the procedure number 1, as F has",
    related: ["F"],
  },
  {
    code: "duplicate-number",
    text: "program P { version V { void F(void) = 1; } = 1; version «W» { void F(void) = 1; } = 1; } = 1;",
    message: "W has the version number 1, as V has",
    related: ["V"],
  },
  {
    code: "duplicate-number",
    text: `${program("void F(void) = 1;")} program «Q» { version W { void F(void) = 1; } = 1; } = 1;`,
    message: "Q has the program number 1, as P has",
    related: ["P"],
  },
];

const RANGES: readonly Expected[] = [
  {
    code: "out-of-range",
    text: "const A = «18446744073709551616»;",
    message: "18446744073709551616 is out of range for a constant of 64 bits",
    hint: "it must lie between -9223372036854775808 and 18446744073709551615",
  },
  {
    code: "out-of-range",
    text: "typedef int a<«4294967296»>;",
    message: "4294967296 is out of range for a length (an unsigned int)",
    hint: "it must lie between 0 and 4294967295",
  },
  {
    code: "out-of-range",
    text: "typedef int a[«-1»];",
    message: "-1 is out of range for a length (an unsigned int)",
    hint: "it must lie between 0 and 4294967295",
  },
  {
    code: "out-of-range",
    text: "enum e { A = «0x80000000» };",
    message: "2147483648 is out of range for the value of an enum member (a signed int)",
    hint: "the same 32 bits as a signed number: -2147483648",
  },
  {
    code: "out-of-range",
    text: "enum e { A = 0x7fffffff, «B» };",
    message: "2147483648 is out of range for the value of an enum member (a signed int)",
    hint: "the same 32 bits as a signed number: -2147483648",
  },
  {
    code: "out-of-range",
    text: "union u switch (unsigned k) { case «-1»: int a; default: void; };",
    message: "-1 is out of range for a case of an unsigned int",
    hint: "it must lie between 0 and 4294967295",
  },
  {
    code: "out-of-range",
    text: "union u switch (bool k) { case «2»: int a; default: void; };",
    message: "2 is out of range for a case of a bool (TRUE or FALSE)",
    hint: "it must lie between 0 and 1",
  },
  {
    code: "out-of-range",
    text: program("void F(void) = «4294967296»;"),
    message: "4294967296 is out of range for a procedure number (an unsigned int)",
    hint: "it must lie between 0 and 4294967295",
  },
  { code: "out-of-range", text: "const A = «1 / 0»;", message: "this has no value: the right operand is not allowed" },
  { code: "out-of-range", text: "const A = «(1 << 64) * (1 << 64)»;", message: "this value is too large" },
  { code: "not-constant", text: 'const A = «"x" + 1»;', message: "a string cannot be calculated with" },
  {
    code: "not-constant",
    text: 'const A = "x"; typedef int a[«A»];',
    message: "a string cannot be a length (an unsigned int)",
  },
  { code: "circular-constant", text: "const «A» = B + 1; const B = A;", message: "the value of A depends on itself" },
];

const TYPES: readonly Expected[] = [
  {
    code: "circular-type",
    text: "struct s { int a; s «again»; };",
    message: "struct s contains itself, so it has no end",
    hint: "put a pointer in between, as in `node *next;`",
  },
  {
    code: "circular-type",
    text: "struct a { b «x»; }; typedef b2 b; struct b2 { a y[2]; };",
    message: "struct a contains itself through b, b2, so it has no end",
    hint: "put a pointer in between, as in `node *next;`",
    related: ["b", "y"],
  },
  {
    code: "circular-type",
    text: "union u switch (bool k) { case TRUE: u «a»; case FALSE: u b; };",
    message: "union u contains itself, so it has no end",
    hint: "put a pointer in between, as in `node *next;`",
  },
  {
    code: "circular-type",
    text: "typedef b «a»; typedef a b;",
    message: "the typedef a stands for itself",
    hint: "one of the typedefs must name another type",
    related: ["b"],
  },
  {
    code: "invalid-discriminant",
    text: "union u switch («hyper» k) { case 1: int a; default: void; };",
    message: "a union cannot be told apart by this type",
    hint: "the discriminant is an int, an unsigned int, a bool or an enum (RFC 4506 section 4.15)",
  },
  {
    code: "duplicate-case",
    text: "union u switch (int k) { case 1: int a; case «1»: int b; default: void; };",
    message: "union u has two cases for 1",
    related: ["1"],
  },
  {
    code: "duplicate-case",
    text: "union u switch (int k) { default: int a; «default»: void; };",
    message: "union u has two default arms",
    related: ["default"],
  },
  {
    code: "unknown-case",
    text: "enum e { A, B, C }; const X = 7; union u switch (e k) { case «X»: int a; default: void; };",
    message: "X (7) is not a value of the discriminant k",
    hint: "it can be A, B or C",
  },
  {
    code: "invalid-void",
    text: "struct s { int a; «void»; };",
    message: "a field cannot be void",
    hint: "leave it out",
  },
  {
    code: "invalid-void",
    text: "struct s { «void» a; };",
    message: "void has no value, so it cannot have a name or a modifier",
    hint: "write `void;` alone",
  },
  {
    code: "invalid-void",
    text: program("void F(int, «void») = 1;"),
    message: "void stands alone, or there is no argument at all",
    hint: "for bytes of any kind use `opaque data<>`",
  },
  {
    code: "invalid-declaration",
    text: "struct s { string a«[5]»; };",
    message: "a string has no fixed length",
    hint: "write `string a<n>` for at most n bytes; for an array of strings: `typedef string text<>;`",
  },
  {
    code: "invalid-declaration",
    text: "struct s { opaque «a»; };",
    message: "opaque data needs a length",
    hint: "write `opaque a[16]` for exactly 16 bytes, `opaque a<>` for any number",
  },
  {
    code: "typedef-needed",
    text: "struct s { int a[2]«[3]»; };",
    message: "an array of arrays needs a typedef",
    hint: "typedef the inner array: `typedef int inner[3];`, then `inner a[2];`",
  },
  {
    code: "typedef-needed",
    text: "struct s { int *a«<3>»; };",
    message: "an array of pointers needs a typedef",
    hint: "typedef the pointer first: `typedef T *maybe_T;`",
  },
  {
    code: "typedef-needed",
    text: "struct s { string «*»a; };",
    message: "a pointer to string needs a typedef",
    hint: "`typedef string text<>;`, then `text *x;`",
  },
  {
    code: "typedef-needed",
    text: program("void F(int«<>») = 1;"),
    message: "an array cannot be an argument or a result directly",
    hint: "give it a name: `typedef int numbers<>;`, then write `numbers` here",
  },
  {
    code: "typedef-needed",
    text: program("«opaque» F(void) = 1;"),
    message: "opaque data cannot be a result directly",
    hint: "give it a name: `typedef opaque data<>;`, then write `data` here",
  },
  {
    code: "typedef-needed",
    text: program("void F(«opaque» data<5>) = 1;"),
    message: "opaque data cannot be an argument directly",
    hint: "give it a name: `typedef opaque data<>;`, then write `data` here",
  },
  {
    code: "nested-optional",
    text: "struct s { int *«*»a; };",
    message: "a pointer to a pointer is not allowed",
    hint: MAYBE_HINT,
  },
  {
    code: "nested-optional",
    text: "typedef int *p; struct s { «p *»a; };",
    message: "a pointer to a pointer cannot be told apart from none",
    hint: MAYBE_HINT,
  },
  {
    code: "empty-definition",
    text: "struct s «{ }»;",
    message: "struct s is empty",
    hint: "a struct needs a field; where nothing is sent write void",
  },
  {
    code: "empty-definition",
    text: "enum e «{}»;",
    message: "enum e is empty",
    hint: "an enum needs a member: `{ NONE = 0 }`",
  },
  {
    code: "empty-definition",
    text: "program P «{}» = 1;",
    message: "program P is empty",
    hint: "a program needs a version: `version NAME { ... } = 1;`",
  },
];

const WARNINGS: readonly Expected[] = [
  {
    code: "missing-case",
    text: "enum e { A, B, C }; union «u» switch (e k) { case B: int a; };",
    message: "union u has no case for A or C",
    hint: "add `default: void;` if nothing follows these",
  },
  {
    code: "missing-case",
    text: "union «u» switch (bool k) { case TRUE: int a; };",
    message: "union u has no case for FALSE",
    hint: "add `default: void;` if nothing follows these",
  },
  {
    code: "ambiguous-name",
    text: "enum a { X }; enum b { «X» };",
    message: "X is also the name of another constant",
    hint: "outside this enum's unions the name means the first one",
    related: ["X"],
  },
];

const GROUPS = { syntax: SYNTAX, names: NAMES, ranges: RANGES, types: TYPES } as const;

for (const [group, cases] of Object.entries(GROUPS)) {
  describe(`errors of ${group}`, () => {
    for (const expected of cases) {
      test(`${expected.message}: ${marked(expected.text).clean.replace(/\s+/g, " ")}`, () =>
        assertOnly(expected, "error"));
    }
  });
}

describe("warnings", () => {
  for (const expected of WARNINGS) test(expected.message, () => assertOnly(expected, "warning"));
});

function codes(text: string): string[] {
  const { diagnostics } = compileInterface({ file: "t.x", text });
  return diagnostics.map(({ span, code }) => `${span.line}:${span.column} ${code}`);
}

describe("several errors in one run", () => {
  test("each broken member is reported once and the others are read", () => {
    const text = [
      "struct a {",
      "  int 5;",
      "  int ok;",
      "  @ int x;",
      "  nothing y;",
      "};",
      "enum e { A = , B = 1 };",
      "strct b { int x; };",
      "union u switch (e k) {",
      "  case A: int;",
      "  case B: void;",
      "};",
      "program P {",
      "  version V {",
      "    int F(int = 1;",
      "    int G(void) = 2;",
      "    int G(ok) = 2;",
      "  } = 1;",
      "} = 1;",
    ].join("\n");
    assert.deepEqual(codes(text), [
      "2:7 syntax",
      "4:3 invalid-character",
      "5:3 undefined-name",
      "7:14 syntax",
      "8:1 syntax",
      "10:14 syntax",
      "15:15 syntax",
      "17:9 duplicate-name",
      "17:9 duplicate-number",
      "17:11 undefined-name",
    ]);
  });

  test("a lost brace costs one error and not the rest of the file", () => {
    const text =
      "struct a {\n  int x;\n\nstruct b {\n  intt y;\n};\n\nunion c switch (int k) {\ncase 1: int z;\n\nconst D = E;\n";
    assert.deepEqual(codes(text), ["4:1 syntax", "5:3 undefined-name", "11:1 syntax", "11:11 undefined-name"]);
  });

  test("no more than the limit is reported, and a note says so", () => {
    const text = Array.from({ length: 500 }, (_, i) => `struct s${i} { missing${i} a; };`).join("\n");
    const { diagnostics } = compileInterface({ file: "t.x", text });
    assert.equal(diagnostics.filter(({ severity }) => severity === "error").length, 100);
    assert.deepEqual(diagnostics.at(-1)?.code, "too-many-errors");
    assert.equal(compileInterface({ file: "t.x", text, maxErrors: 3 }).diagnostics.length, 4);
  });

  test("warnings do not hold the module back", () => {
    const text = "union u switch (bool k) { case TRUE: int a; };";
    assert.ok(compileInterface({ file: "t.x", text }).module);
  });
});
