import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileInterface } from "../compile.js";
import type { Span } from "../model/model.js";
import { applicable, applyFixes, type Fix, inserting, removing, replacing } from "./fixes.js";

const at = (offset: number, length: number): Span => ({ file: "t.x", line: 1, column: offset + 1, offset, length });

/** The text after the first fix of the first finding that has one. */
function fixed(text: string): string | undefined {
  const { diagnostics } = compileInterface({ file: "t.x", text });
  const fix = diagnostics.find(({ fixes }) => fixes !== undefined)?.fixes?.[0];
  return fix && applyFixes("t.x", text, [fix]).text;
}

describe("the fix of a hint", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["a type that is misspelt", "struct s { strin name<>; };", "struct s { string name<>; };"],
    ["a constant that is misspelt", "const LIMIT = 3; typedef int a[LIMT];", "const LIMIT = 3; typedef int a[LIMIT];"],
    ["a definition's word", "strcut s { int a; };", "struct s { int a; };"],
    ["another language's word", "class s { int a; };", "struct s { int a; };"],
    ["a constant without its word", "LIMIT = 5;", "const LIMIT = 5;"],
    ["one `}` too many", "struct s { int a; };\n}", "struct s { int a; };\n"],
    ["a semicolon that is missing", "struct s { int a };", "struct s { int a; };"],
    ["one `;` too many", "struct s { int a;; };", "struct s { int a; };"],
    ["a value of a field", "struct s { int a = 5; };", "struct s { int a ; };"],
    ["a length before the name", "struct s { int<5> a; };", "struct s { int a<5>; };"],
    ["a type behind the name", "struct s { a: int; };", "struct s { int a; };"],
    ["a hyphen in a name", "struct s { int a-b; };", "struct s { int a_b; };"],
    ["a word of other languages", "struct s { required int a; };", "struct s {  int a; };"],
    [
      "several values of a case",
      "union u switch (int k) { case 0, 1: int a; default: void; };",
      "union u switch (int k) { case 0: case 1: int a; default: void; };",
    ],
    [
      "a break",
      "union u switch (int k) { case 0: int a; break; default: void; };",
      "union u switch (int k) { case 0: int a;  default: void; };",
    ],
    [
      "a number that is missing",
      "program P { version V { void A(void) = 1; }; } = 0x20000001;",
      "program P { version V { void A(void) = 1; } = 1; } = 0x20000001;",
    ],
    [
      "a result that is missing",
      "program P { version V { A(void) = 1; } = 1; } = 0x20000001;",
      "program P { version V { void A(void) = 1; } = 1; } = 0x20000001;",
    ],
    ["an unsigned number", "enum e { A = 4294967295 };", "enum e { A = -1 };"],
    ["what follows a directive", "#if 1\n#endif X\nconst A = 1;", "#if 1\n#endif /* X */\nconst A = 1;"],
    ["a semicolon in a macro", "#define N 5;\ntypedef int a[N];", "#define N 5\ntypedef int a[N];"],
  ];
  for (const [title, before, after] of cases) {
    test(`changes ${title}, and nothing is wrong any more`, () => {
      assert.equal(fixed(before), after);
      assert.deepEqual(compileInterface({ file: "t.x", text: after }).diagnostics, []);
    });
  }

  test("is missing where the text comes from a macro, which is used elsewhere too", () => {
    assert.equal(fixed("#define WIDE strin name<>\nstruct s { WIDE; };"), undefined);
  });
});

describe("fixes", () => {
  test("are applied together, from the first in the text to the last", () => {
    const fixes: Fix[] = [
      replacing(at(4, 1), "Z"),
      inserting(at(2, 1), "!", "mark"),
      removing(at(0, 1), "leave out"),
      { title: "two places", edits: [replacing(at(7, 1), "Y").edits[0], replacing(at(6, 1), "X").edits[0]] as never },
    ];
    assert.deepEqual(applyFixes("t.x", "abcdefgh", fixes), { text: "bc!dZfXY", applied: 4 });
  });

  test("that overlap others or change another file are left out", () => {
    const fixes = [replacing(at(0, 3), "1"), replacing(at(2, 2), "2"), replacing({ ...at(5, 1), file: "u.x" }, "3")];
    assert.deepEqual(applyFixes("t.x", "abcdef", fixes), { text: "1def", applied: 1 });
    assert.equal(applicable([replacing({ ...at(0, 1), expandedFrom: at(5, 1) }, "x")]), undefined);
  });
});
