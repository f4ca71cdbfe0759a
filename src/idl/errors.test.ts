// Errors of syntax, and how the parser goes on after them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileInterface } from "./compile.js";
import { type Expected, program, testEach } from "./syntax/expected.test.support.js";

const DEFINITION_HINT = "a definition begins with const, typedef, enum, struct, union or program";
const SYNTAX: readonly Expected[] = [
  {
    code: "syntax",
    text: "«strcut» s { int a; };",
    message: "expected a definition, but found `strcut`",
    hint: "did you mean `struct`?",
  },
  { code: "syntax", text: "«5»;", message: "expected a definition, but found `5`", hint: DEFINITION_HINT },
  { code: "syntax", text: "const «=» 5;", message: "expected a name for the constant, but found `=`" },
  {
    code: "syntax",
    text: "const A «5»;",
    message: "expected `=` after the constant's name, but found `5`",
    hint: "`const A = 5;`",
  },
  {
    code: "syntax",
    text: "namespace clocks«;»",
    message: "expected `{` to open the namespace, but found `;`",
    hint: "`namespace clocks { ... }` around its definitions",
  },
  { code: "syntax", text: "const A = «;»", message: "expected a value, but found `;`" },
  { code: "syntax", text: "const A = (1 + 2«;»", message: "expected `)` to close the parenthesis, but found `;`" },
  { code: "syntax", text: "const A = 1 + «;»", message: "expected a value after the operator, but found `;`" },
  { code: "syntax", text: "struct s {\n int a«\n»  int b;\n};", message: "expected `;` after the field" },
  { code: "syntax", text: "struct s { int a« »};", message: "expected `;` after the field" },
  { code: "syntax", text: "struct s {\n int a;\n}«\n»const A = 1;", message: "expected `;` after the struct" },
  {
    code: "syntax",
    text: "struct s { int «;» };",
    message: "expected a field name, but found `;`",
    hint: "`int value;`",
  },
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
  {
    code: "syntax",
    text: "«struct» { int a; };",
    message: "the struct has no name",
    hint: "give it a name: `struct NAME { ... };`",
  },
  {
    code: "syntax",
    text: "struct s { struct «5»; int b; };",
    message: "expected a name or `{` after `struct`, but found `5`",
  },
  {
    code: "syntax",
    text: "struct s { int a[«]»; };",
    message: "expected a length between `[` and `]`",
    hint: "for any number write `int a<>;`",
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
    hint: "a union has a discriminant: `union name switch (int kind) { case 0: ... }`",
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
    hint: "an arm is one declaration; for several fields use a struct",
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
    hint: "`void F(void) = 1;`",
  },
  { code: "syntax", text: program("void F(int «=» 1;"), message: "expected `)` after the arguments, but found `=`" },
  {
    code: "syntax",
    text: "program P { version V { void F(void) = 1; }«;» } = 1;",
    message: "expected `=` and the version's number, but found `;`",
    hint: "`version V { ... } = 1;`",
  },
  {
    code: "syntax",
    text: "program P { version V { void F(void) = 1; } = 1; }«;»",
    message: "expected `=` and the program's number, but found `;`",
    hint: "`program P { ... } = 0x20000000;`",
  },
  { code: "syntax", text: "typedef void«;»", message: "a typedef cannot be void" },
  {
    code: "invalid-character",
    text: "const A = 1; «@@»",
    message: "`@@` has no meaning in an interface file",
    hint: "names are made of the letters a to z, digits and `_`",
  },
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

describe("errors of syntax", () => testEach("error", SYNTAX));

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

  test("a package without a semicolon leaves the next definition alone", () => {
    const text = "package clocks\nstruct reading { int seconds; };\nstruct pair { reading first; reading last; };\n";
    const { diagnostics } = compileInterface({ file: "t.x", text });
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    assert.deepEqual(
      errors.map(({ message, span }) => `${span.line} ${message}`),
      ["1 expected `;` after the package"],
    );
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
