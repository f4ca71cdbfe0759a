import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { compileInterface } from "./compile.js";
import { EXPLANATIONS, explanationsPage } from "./explanations.js";

// Compiled tests run in dist/idl.
const page = new URL("../../docs/diagnostics.md", import.meta.url);

describe("every code of a diagnostic", () => {
  const codesOf = (text: string): string[] =>
    compileInterface({ file: "t.x", text }).diagnostics.map(({ code }) => code);
  for (const [code, { wrong, right }] of Object.entries(EXPLANATIONS)) {
    if (wrong === undefined) continue;
    test(`${code} is what its example gets, and is gone from the example put right`, () => {
      assert.ok(codesOf(wrong).includes(code), codesOf(wrong).join());
      if (right !== undefined) assert.deepEqual(codesOf(right), []);
    });
  }

  test("has a section in docs/diagnostics.md, which is what the table says", () => {
    assert.equal(readFileSync(page, "utf8"), explanationsPage());
  });
});
