// The lint for tests finds what it is there to find.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const script = new URL("../../../scripts/lint-tests.mjs", import.meta.url);
const { lint: lintProject } = (await import(script.href)) as { lint(project: string): string[] };

/** What the lint says about a line of a test. */
function lint(line: string): string {
  const project = mkdtempSync(join(tmpdir(), "lupine-lint-tests-"));
  try {
    mkdirSync(join(project, "src"));
    writeFileSync(join(project, "src", "a.test.ts"), `\n${line}\n`);
    writeFileSync(join(project, "src", "a.ts"), "const now = performance.now();\nawait sleep(5_000);\n");
    return lintProject(project).join("\n");
  } finally {
    rmSync(project, { recursive: true });
  }
}

for (const line of [
  "assert.ok(performance.now() - started < 500);",
  "const before = process.cpuUsage();",
  "for (const end = Date.now() + 1_000; Date.now() < end; );",
]) {
  test(`the time is not measured: ${line}`, () => {
    assert.match(lint(line), /^src\/a\.test\.ts:2: a test that measures time/);
    assert.equal(lint(`${line} // clock: a reason`), "");
    assert.equal(lint(`const program = ${JSON.stringify(line)};`), "");
  });
}

for (const line of ["await sleep(1_000);", "await new Promise((resolve) => setTimeout(resolve, 200));"]) {
  test(`nothing is slept through: ${line}`, () => {
    assert.match(lint(line), /^src\/a\.test\.ts:2: a test that sleeps to be sure/);
    assert.equal(lint(`${line} // waits: a reason`), "");
  });
}

test("a short sleep between two looks is fine", () => assert.equal(lint("await sleep(20);"), ""));

test("random cases come from the module that sets their seed", () => {
  assert.match(lint('import fc from "fast-check";'), /^src\/a\.test\.ts:2: random cases of each run's own/);
  assert.equal(lint('import fc from "../testing/fast-check.test-support.js";'), "");
});
