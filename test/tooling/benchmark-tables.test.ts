// The tables of docs/benchmarks.md are made from the results of benchmarks, never typed.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const pathOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const page = readFileSync(pathOf("docs/benchmarks.md"), "utf8");
const { withTables } = (await import(pathOf("scripts/benchmark-tables.mjs"))) as {
  withTables(text?: string): Promise<string>;
};

test("docs/benchmarks.md has the tables of the results in bench/results", async () => {
  assert.equal(page, await withTables(page), "run node scripts/benchmark-tables.mjs");
});

test("every file of results has a place on the page", () => {
  const folder = pathOf("bench/results");
  const names = existsSync(folder) ? readdirSync(folder).map((file) => file.replace(/\.json$/, "")) : [];
  for (const name of names) assert.ok(page.includes(`<!-- results: ${name} -->`), name);
});

test("a result that is not there leaves the page as it is", async () => {
  const text = "<!-- results: nothing -->\nold\n<!-- end of results -->";
  assert.equal(await withTables(text), text);
});
