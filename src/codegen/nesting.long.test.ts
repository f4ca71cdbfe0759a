import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "../idl/index.js";
import { generate } from "./index.js";

/** Structs of which each has the one before it, and an array of the last. */
function nested(levels: number, member: (type: string) => string): string[] {
  const lines = Array.from(
    { length: levels },
    (_, i) => `struct n${i} { int a; ${i > 0 ? member(`n${i - 1}`) : ""} };`,
  );
  return [...lines, `struct top { n${levels - 1} x<>; };`];
}

function generated(lines: readonly string[]): string {
  const { module, diagnostics } = compileInterface({ file: "nested.x", text: `${lines.join("\n")}\n` });
  assert.deepEqual(diagnostics, []);
  assert.ok(module);
  return generate(module);
}

for (const [how, member] of [
  ["by value", (type: string) => `${type} part;`],
  ["in arrays of fixed length", (type: string) => `${type} parts[1];`],
  ["behind pointers", (type: string) => `${type} *part;`],
] as const) {
  test(`thousands of structs, each within the next ${how}, are generated in any order without recursion`, () => {
    const lines = nested(5_000, member);
    for (const order of [lines, lines.toReversed()]) assert.match(generated(order), /\bn4999\b/);
  });
}

test("an array of structs of many levels checks its count against the bytes of all levels", () => {
  assert.match(generated(nested(3_000, (type) => `${type} part;`)), /readCount\([^)]*12000\)/);
});
