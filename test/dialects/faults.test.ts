// A corpus of interfaces with one fault each. The first line says what must be found: its code and its hint. « and » stand
// around the place. One fault is one finding: nothing that follows from it is told.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { compileInterface, type Diagnostic, type FoundFile, formatDiagnostics, type IncludeRequest } from "lupine/idl";
import type * as fixes from "../../src/idl/findings/fixes.js";

const root = new URL("../../../", import.meta.url);
const { applyFixes } = (await import(new URL("dist/idl/findings/fixes.js", root).href)) as typeof fixes;

// Compiled tests run in build/test/dialects.
const folder = new URL("../../../test/fixtures/faults/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".x"));

interface Fault {
  readonly code: string;
  readonly hint: string;
  readonly text: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

function readFault(name: string): Fault {
  const marked = readFileSync(new URL(name, folder), "utf8");
  const [, code = "", hint = ""] = /^\/\* ([a-z-]+):(?: (.*))? \*\/\n/.exec(marked) ?? [];
  const start = marked.indexOf("«");
  const before = marked.slice(0, start).split("\n");
  return {
    code,
    hint: hint.replaceAll("*\\/", "*/"),
    text: marked.replace("«", "").replace("»", ""),
    line: before.length,
    column: (before.at(-1) ?? "").length + 1,
    length: marked.indexOf("»") - 1 - start,
  };
}

/** Beside each fault there is an interface types.x, with nothing in it. */
function compile(file: string, text: string): readonly Diagnostic[] {
  const resolveInclude = ({ name, isImport }: IncludeRequest): FoundFile | undefined =>
    name === "types.x" && isImport !== true ? { file: name, text: "" } : undefined;
  return compileInterface({ file, text, resolveInclude }).diagnostics;
}

describe("every seeded fault is found at its place, with what to do", () => {
  for (const name of files) {
    test(name, () => {
      const { code, hint, text, ...place } = readFault(name);
      const diagnostics = compile(name, text);
      const told = formatDiagnostics(diagnostics, [{ file: name, text }]);
      const found = diagnostics.find((one) => one.code === code);
      assert.ok(found, told);
      const { line, column, length } = found.span;
      assert.deepEqual({ line, column, length }, place, told);
      assert.equal(found.hint ?? "", hint, told);
      assert.equal(diagnostics.length, 1, `one fault, one finding:\n${told}`);
      const [fix] = found.fixes ?? [];
      if (fix === undefined) return;
      const mended = applyFixes(name, text, [fix]).text;
      const left = compile(name, mended);
      assert.deepEqual(left, [], `"${fix.title}" leaves:\n${formatDiagnostics(left, [{ file: name, text: mended }])}`);
    });
  }
});

/** Faults whose hint no edit can follow, with the reason. */
const FOR_A_PERSON: Readonly<Record<string, string>> = {
  "case-of-no-member": "every member has its case already",
  "duplicate-program-number": "peers know the number already",
  "bad-condition": "the rest of the condition is its author's choice",
  "if-without-condition": "the condition is its author's choice",
  "include-missing": "the folder of the file is not known",
  "include-without-name": "the file is not known",
  "c-logical-and": "there is no logic in constants",
  "c-ternary": "there is no logic in constants",
  "circular-typedefs": "one of the types has to be another",
  "typedef-of-itself": "one of the types has to be another",
  "infinite-fixed-array": "an array of pointers needs a typedef with a name",
  "rxgen-one-procedure": "ONC RPC has no such calls",
  "rxgen-procedures": "ONC RPC has no such calls",
  "shadowed-member": "uses of the name would have to change, too",
  message: "its fields have to be written anew",
  "nested-comment": "where the comment was meant to end",
  "program-in-program": "the outer program would be empty",
  "void-with-name": "the struct would be empty",
};

test("every hint comes with a change that does what it says, but for those that only a person can follow", () => {
  const without = files.flatMap((name) =>
    compile(name, readFault(name).text).some(({ hint, fixes = [] }) => hint !== undefined && fixes.length === 0)
      ? [name.replace(/\.x$/, "")]
      : [],
  );
  assert.deepEqual(without.sort(), Object.keys(FOR_A_PERSON).sort());
});

test("every change, applied, leads to a file without that finding", () => {
  let applied = 0;
  for (const name of files) {
    const { text } = readFault(name);
    for (const { code, message, fixes = [] } of compile(name, text)) {
      for (const fix of fixes) {
        const left = compile(name, applyFixes(name, text, [fix]).text);
        assert.ok(
          left.every((one) => one.code !== code || one.message !== message),
          `${name}: "${fix.title}" leaves ${message}`,
        );
        applied++;
      }
    }
  }
  assert.ok(applied >= 200, `${applied}`);
});

test("there are at least 200 of them", () => assert.ok(files.length >= 200, `${files.length} faults`));

test("most of them come with a hint", () => {
  const hinted = files.filter((name) => readFault(name).hint !== "");
  assert.ok(hinted.length / files.length > 0.65, `${hinted.length} of ${files.length}`);
});

test("every hint that asks whether a word was meant has the change to that word", () => {
  let asked = 0;
  for (const name of files) {
    for (const { hint = "", fixes = [] } of compile(name, readFault(name).text)) {
      const word = /^did you mean `(\w+)`\?/.exec(hint)?.[1];
      // The body of a message has to be written anew, too.
      if (word === undefined || name === "message.x") continue;
      asked++;
      assert.ok(
        fixes.some(({ edits }) => edits.some(({ text }) => text === word)),
        `${name}: ${hint}`,
      );
    }
  }
  assert.ok(asked >= 15, `${asked}`);
});

test("a word that is left out, whichever it is, gives one error nearly always", () => {
  const text = readFileSync(new URL("../everything.x", folder), "utf8");
  const parts = text.match(/\/\*[\s\S]*?\*\/|\w+|[^\s\w]|\s+/g) ?? [];
  const step = process.env["LUPINE_TEST_ALL"] ? 3 : 24;
  const counts = new Map<number, number>();
  for (const [i, part] of parts.entries()) {
    if (i % step > 0 || /^(?:\s|\/\*)/.test(part)) continue;
    const without = [...parts.slice(0, i), ...parts.slice(i + 1)].join("");
    const errors = compile("everything.x", without).filter(({ severity }) => severity === "error").length;
    counts.set(errors, (counts.get(errors) ?? 0) + 1);
  }
  const told = JSON.stringify([...counts]);
  const of = (least: number, most: number): number =>
    [...counts].reduce((sum, [errors, times]) => sum + (errors >= least && errors <= most ? times : 0), 0);
  assert.ok(of(1, 1) > 3 * of(2, 1000), told);
  assert.ok(of(4, 1000) <= 4, told);
});
