// Hints are what is typed next: each is the file's own words, put right, and is accepted when it is followed.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileInterface } from "../compile.js";

function hintsOf(text: string): string[] {
  const { diagnostics } = compileInterface({ file: "a.x", text });
  return diagnostics.filter(({ hint }) => hint !== undefined).map(({ hint }) => hint ?? "");
}

const version = (procedures: string): string => `program P { version V { ${procedures} } = 1; } = 0x20004321;`;

function accepts(text: string): void {
  const { diagnostics } = compileInterface({ file: "a.x", text });
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === "error"),
    [],
    text,
  );
}

describe("a hint", () => {
  const cases: readonly [what: string, wrong: string, hint: string | RegExp, right: string][] = [
    [
      "of a second `=` shows its own member",
      "enum e { X == 1, Y == 2 };",
      "one `=`: `Y = 2`",
      "enum e { X = 1, Y = 2 };",
    ],
    [
      "of empty brackets behind a typedef is a typedef",
      "typedef char text[];",
      "for text write `typedef string text<>;`",
      "typedef string text<>;",
    ],
    [
      "of a length before the name moves it behind the name",
      "struct s { int[3] row; };",
      "a length comes after the name: `int row[3];`",
      "struct s { int row[3]; };",
    ],
    [
      "of `char[]` before the name of a field is text",
      "struct s { char[] line; };",
      "a length comes after the name: `string line<>;`",
      "struct s { string line<>; };",
    ],
    [
      "of a typedef with its length before the name keeps the typedef",
      "typedef int[3] row;",
      "a length comes after the name: `typedef int row[3];`",
      "typedef int row[3];",
    ],
    [
      "of `char *` as a result is the type alone",
      version("char *GET(int) = 1;"),
      /^for text write `string`,/,
      version("string GET(int) = 1;"),
    ],
    [
      "of `char *` as an argument with a name is the type alone",
      version("int PUT(char *who) = 1;"),
      /^for text write `string`,/,
      version("int PUT(string who) = 1;"),
    ],
    [
      "of `char[]` as a result is text",
      version("char[] GET(int) = 1;"),
      "for text write `string GET(int) = 1;`",
      version("string GET(int) = 1;"),
    ],
    [
      "of an array as an argument has the argument's type and length",
      `struct point { int x; }; ${version("int PUT(point[5]) = 1;")}`,
      "give it a name: `typedef point numbers[5];`, then write `numbers` here",
      `struct point { int x; }; typedef point numbers[5]; ${version("int PUT(numbers) = 1;")}`,
    ],
    [
      "of an array of C's texts is an array of strings",
      "struct s { char *lines[10]; };",
      "for any number of strings: `typedef string text<>;`, then `text lines[10];`",
      "typedef string text<>; struct s { text lines[10]; };",
    ],
    [
      "of an array of bounded bytes keeps the bound with the bytes",
      "struct s { opaque keys<16>[4]; };",
      "`typedef opaque key<16>;`, then `key keys[4];`",
      "typedef opaque key<16>; struct s { key keys[4]; };",
    ],
  ];
  for (const [what, wrong, hint, right] of cases) {
    test(what, () => {
      const found = hintsOf(wrong).at(-1) ?? "";
      if (typeof hint === "string") assert.equal(found, hint);
      else assert.match(found, hint);
      accepts(right);
    });
  }
});

describe("long double", () => {
  for (const [place, text] of [
    ["an argument without a name", version("int F(long double) = 1;")],
    ["the last of several arguments", version("int F(int, unsigned double) = 1;")],
    ["a pointer", "struct s { long double *next; };"],
  ] as const) {
    test(`is refused as ${place}`, () => {
      const [first, ...more] = compileInterface({ file: "a.x", text }).diagnostics;
      assert.match(first?.message ?? "", /^there is no `(?:long|unsigned) double`$/);
      assert.deepEqual(more, []);
    });
  }
});

test("a number that is there twice is said as it is written", () => {
  const text = version("int F(void) = 0x10; int G(void) = 0x10;");
  assert.match(
    compileInterface({ file: "a.x", text }).diagnostics[0]?.message ?? "",
    /G has the procedure number 0x10,/,
  );
});

test("the stars at the left of a comment are nothing that it swallowed", () => {
  assert.deepEqual(hintsOf("/*\n * /* nested\n */\nconst A = 1;"), ["close it with `*/` on line 1"]);
});
