// Only one file reads the characters of interface files: src/idl/syntax/lexemes.ts. Everything else reads its lexemes.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const source = new URL("../../../src/", import.meta.url);

/** The rooms that read interface files. */
const ROOMS = /^(?:idl|lsp|project|codegen|dynamic|cli\/check|cli\/gen)\//;

/** Files that may search a text for comments and directives, and why. */
const SCANNERS: Readonly<Record<string, string>> = {
  "idl/syntax/lexemes.ts": "it is the lexer",
  "idl/preprocess/rfc-text.ts": "it finds the interface in the prose of an RFC, before there is a text for the lexer",
};

/** Constructions that search a text for the beginning or the end of a comment, or for the beginning of a line. */
const SEARCHES: readonly RegExp[] = [
  /(?:indexOf|split|includes)\("(?:\/\*|\*\/|\/\/)"/,
  /(?:search|match|matchAll|replace|replaceAll|split)\(\/\\\/(?:\\[/*]|\[)/,
  // A regular expression for every line of a text that begins with # or %.
  /\^\[ \\t\]\*[^\n]*[#%][^\n]*\/[a-z]*m/,
];

/** The rest of one directive and the text of one comment. */
const ALLOWED = /\b(?:rest|above)\??\.includes\(/;

function scanners(): string[] {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).map((file) => file.replaceAll("\\", "/"));
  return files.filter((file) => {
    if (!ROOMS.test(file) || !file.endsWith(".ts") || /\.(?:test|test-support|gen)\.ts$/.test(file)) return false;
    return readFileSync(new URL(file, source), "utf8")
      .split("\n")
      .some((line) => isSearch(line));
  });
}

function isSearch(line: string): boolean {
  return !/^\s*(?:\/\/|\*|\/\*)/.test(line) && !ALLOWED.test(line) && SEARCHES.some((search) => search.test(line));
}

test("only the lexer searches interface files for comments and directives", () => {
  assert.deepEqual(scanners().sort(), Object.keys(SCANNERS).sort());
});

test("the search for scanners finds those that this project once had", () => {
  for (const line of [
    'const close = text.indexOf("*/", at + 2);',
    'if (line.includes("//")) return;',
    "const comment = rest.search(/\\/[/*]/);",
    "for (const { index } of text.matchAll(/\\/\\*/g)) {",
    'return out.replace(/\\/\\/.*/g, "");',
    "const INCLUDE = /^[ \\t]*(%[ \\t]*)?#[ \\t]*include[ \\t]*/gm;",
    'const code = text.replace(/^[ \\t]*#[ \\t]*[A-Za-z]+.*$/gm, "");',
  ]) {
    assert.ok(isSearch(line), line);
  }
});
