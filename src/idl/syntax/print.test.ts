// What is written down is read as it was meant: parse(print(ast)) = ast, in any spelling.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../../testing/fast-check.test-support.js";
import { analyzeInterface } from "../analyze.js";
import { formatText } from "../format/index.js";
import { syntaxErrors } from "../format/syntax-errors.js";
import { SyntaxMaker } from "./arbitrary-syntax.test-support.js";
import type { DefinitionSyntax } from "./ast.js";
import { printSyntax } from "./print.test-support.js";

const runs = {
  numRuns: Number(process.env["LUPINE_PROPERTY_RUNS"] ?? (process.env["LUPINE_TEST_ALL"] ? 1000 : 40)),
  includeErrorInReport: true,
};

/** Where something stands in the text. */
const PLACES = new Set(["span", "start", "close", "whole", "numberSpan"]);

/** A tree without places, and without what is undefined. */
function bare(tree: unknown): unknown {
  if (typeof tree === "bigint") return `${tree}n`;
  if (Array.isArray(tree)) return tree.map(bare);
  if (typeof tree !== "object" || tree === null) return tree;
  const entries = Object.entries(tree).filter(
    ([key, value]) => !PLACES.has(key) && key !== "written" && value !== undefined,
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, bare(value)]));
}

/** The text's tree. Only what is wrong with its syntax matters. */
function parsed(text: string): readonly DefinitionSyntax[] {
  const { syntax, diagnostics } = analyzeInterface({ file: "random.x", text });
  assert.deepEqual(syntaxErrors(diagnostics), [], text);
  return syntax;
}

const randomFile = fc.gen().map((g) => {
  const choose = (limit: number): number => g(fc.nat, { max: limit - 1 });
  const tree = new SyntaxMaker(choose).file();
  return { tree, text: printSyntax(tree, choose) };
});

test("a random syntax tree that is written down in any spelling is read again", () => {
  fc.assert(
    fc.property(randomFile, ({ tree, text }) => {
      assert.deepEqual(bare(parsed(text)), bare(tree), text);
    }),
    runs,
  );
});

test("formatting such a text changes no tree", () => {
  fc.assert(
    fc.property(randomFile, ({ tree, text }) => {
      const formatted = formatText(text);
      assert.equal(formatText(formatted), formatted, text);
      assert.deepEqual(bare(parsed(formatted)), bare(tree), formatted);
    }),
    runs,
  );
});
