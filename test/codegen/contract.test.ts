import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { generate } from "lupine/codegen";
import * as runtime from "lupine/codegen/v1";
import { compileInterface } from "lupine/idl";

const folder = mkdtempSync(join(tmpdir(), "lupine-contract-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What generated code says when it is imported with a runtime of these exports alone. */
function importWith(names: readonly string[]): string {
  const text = "enum e { A = 0 }; struct s { int a<>; hyper b; e c; string d<>; };";
  const { module } = compileInterface({ file: "x.x", text });
  assert.ok(module !== undefined);
  writeFileSync(join(folder, "x.gen.mjs"), generate(module, { target: "js", runtime: "./runtime.mjs" }));
  writeFileSync(join(folder, "runtime.mjs"), names.map((name) => `export const ${name} = () => undefined;\n`).join(""));
  const { status, stderr } = spawnSync(process.execPath, [join(folder, "x.gen.mjs")], { encoding: "utf8" });
  return status === 0 ? "" : stderr;
}

test("a runtime older than the generator fails at import with a message that says what to run", () => {
  for (const names of [["checkInt"], []]) {
    const told = importWith(names);
    assert.match(told, /does not provide an export named 'runtimeVersion3'/);
    assert.match(told, /install a newer lupine/);
  }
});

test("a runtime that fulfils the contract is imported without a word", () => {
  assert.equal(importWith(Object.keys(runtime)), "");
});
