// The files that name the kinds of types: ARCHITECTURE.md lists them, and a new kind touches no other.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { parseSync } from "oxc-parser";
import { root } from "../readme/typescript.js";

const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");

/** The files in one table of the section about kinds of types. */
function listed(heading: string): string[] {
  const part = page.split(`### ${heading}\n`)[1]?.split(/^##/m)[0] ?? "";
  return [...part.matchAll(/^\| `(\S+)` \|/gm)].map(([, file = ""]) => file).sort();
}

const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /(?<!\.gen|\.test|\.test-support|\.test\.support)\.ts$/.test(entry.name))
  .map((entry) => relative(join(root, "src"), join(entry.parentPath, entry.name)).replaceAll("\\", "/"));

/** The strings and the keys of object literals in a file, without its comments. */
function wordsIn(path: string, text: string): Set<string> {
  const words = new Set<string>();
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) for (const one of node) walk(one);
    if (typeof node !== "object" || node === null || Array.isArray(node)) return;
    const { type, value, key } = node as { type?: string; value?: unknown; key?: { name?: string } };
    if (type === "Literal" && typeof value === "string") words.add(value);
    if (type === "Property" && key?.name !== undefined) words.add(key.name);
    for (const part of Object.values(node)) walk(part);
  };
  walk(parseSync(path, text).program);
  return words;
}

/** The files of src/ that name all of these kinds in their code. */
function naming(...kinds: string[]): string[] {
  return sources
    .filter((path) => {
      const text = readFileSync(join(root, "src", path), "utf8");
      if (!kinds.every((kind) => text.includes(kind))) return false;
      const words = wordsIn(path, text);
      return kinds.every((kind) => words.has(kind));
    })
    .sort();
}

const grammar = "editors/vscode/syntaxes/xdr.tmLanguage.json";

test("a primitive type is named by the files that ARCHITECTURE.md lists, at most 8", () => {
  const files = [...naming("quadruple"), grammar].sort();
  assert.deepEqual(files, listed("A primitive type"));
  assert.ok(files.length <= 8, `${files.length} files`);
  assert.match(readFileSync(join(root, grammar), "utf8"), /\|quadruple\|/);
});

test("types with parts are distinguished by the files that ARCHITECTURE.md lists, at most 8", () => {
  const files = naming("array", "optional");
  assert.deepEqual(files, listed("A type with parts"));
  assert.ok(files.length <= 8, `${files.length} files`);
});
