import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileInterface } from "./compile.js";
import { applicable, applyFixes, type Fix, inserting, removing, replacing } from "./fixes.js";
import type { Span } from "./model.js";

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
