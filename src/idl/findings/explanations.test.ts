import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { compileInterface } from "../compile.js";
import { EXPLANATIONS, explanationsPage, explanationText } from "./explanations.js";

// Compiled tests run in dist/idl.
const page = new URL("../../../docs/diagnostics.md", import.meta.url);

describe("every code of a diagnostic", () => {
  const codesOf = (text: string): string[] =>
    compileInterface({ file: "t.x", text }).diagnostics.map(({ code }) => code);
  for (const [code, { wrong, right }] of Object.entries(EXPLANATIONS)) {
    if (wrong === undefined) continue;
    test(`${code} is what its example gets, and is gone from the example put right`, () => {
      assert.deepEqual([...new Set(codesOf(wrong))], [code]);
      if (right !== undefined) assert.deepEqual(codesOf(right), []);
    });
  }

  test("stands for one section, and every section for a code", () => {
    const sections = [...readFileSync(page, "utf8").matchAll(/^## (.+)$/gm)].map(([, title]) => title as string);
    assert.deepEqual(sections, [...new Set(sections)]);
    assert.deepEqual(sections.toSorted(), Object.keys(EXPLANATIONS).toSorted());
    for (const title of sections) {
      assert.match(title, /^[a-z0-9-]+$/, "its anchor is its name");
      assert.ok(explanationText(title)?.startsWith(`## ${title}\n`));
    }
    assert.equal(explanationText("toString"), undefined);
  });

  test("without an example on the page is one that no text of a few lines has", () => {
    const deep = `const A = ${"(".repeat(400)}1${")".repeat(400)};`;
    const circle = {
      resolveInclude: ({ name }: { name: string }) => ({ file: `${Math.random()}.x`, text: `#include "${name}"` }),
    };
    const beside = Object.assign(
      ({ name }: { name: string }) => (name === "b.x" ? { file: name, text: "struct t { int a; };" } : undefined),
      { beside: () => ["b.x"] },
    );
    const made: Readonly<Record<string, string[]>> = {
      "too-deep": codesOf(deep),
      "too-many-errors": codesOf("struct s { nothing a; };\n".repeat(200)),
      "not-utf8": compileInterface({ file: "t.x", text: Uint8Array.from([0x2f, 0x2f, 0xe9, 0x0a]) }).diagnostics.map(
        ({ code }) => code,
      ),
      "include-too-deep": compileInterface({ file: "t.x", text: '#include "a.x"', ...circle }).diagnostics.map(
        ({ code }) => code,
      ),
      "found-beside": compileInterface({
        file: "t.x",
        text: "struct s { t a; };",
        resolveInclude: beside,
      }).diagnostics.map(({ code }) => code),
    };
    const bare = Object.entries(EXPLANATIONS).filter(([, one]) => one.wrong === undefined);
    for (const [code] of bare) assert.ok(made[code]?.includes(code), `${code}: ${made[code]}`);
  });

  test("has a section in docs/diagnostics.md, which is what the table says", () => {
    assert.equal(readFileSync(page, "utf8"), explanationsPage());
  });
});
