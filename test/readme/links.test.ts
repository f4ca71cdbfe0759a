// Every link from one of the project's documents to another leads somewhere.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { root } from "./typescript.js";

function documentsUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
    .map((entry) => join(entry.parentPath, entry.name));
}

test("relative links lead to files that exist", () => {
  const atRoot = readdirSync(root).filter((name) => name.endsWith(".md"));
  const documents = [...atRoot.map((name) => join(root, name)), ...documentsUnder(join(root, "docs"))];
  const links = documents.flatMap((document) =>
    [...readFileSync(document, "utf8").matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => ({
      document: relative(root, document),
      target: match[1] as string,
      exists: existsSync(join(dirname(document), match[1] as string)),
    })),
  );
  assert.ok(links.length > 5);
  assert.deepEqual(
    links.filter(({ exists }) => !exists),
    [],
  );
});
