// The server answers for any text whatever, and what it answers is in the text.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Range } from "vscode-languageserver";
import { formatText } from "../idl/format/index.js";
import { countOf, someOf } from "../testing/count-of.test-support.js";
import fc from "../testing/fast-check.test-support.js";
import { anyCharacter } from "../xdr/arbitrary.test-support.js";
import { codeActions } from "./code-actions.js";
import { complete } from "./completion.js";
import { findings, MAX_FINDINGS } from "./findings.js";
import { format, formatRange } from "./formatting.js";
import { hover } from "./hover.js";
import { inlayHints } from "./inlay-hints.js";
import {
  definition,
  highlights,
  prepareRename,
  RenameError,
  references,
  rename,
  typeDefinition,
} from "./navigation.js";
import { semanticTokens } from "./semantic-tokens.js";
import { signatureHelp } from "./signatures.js";
import { offsetOf, positionOf, type SourceFile } from "./source-file.js";
import { documentSymbols, foldingRanges } from "./symbols.js";
import { Workspace } from "./workspace.js";

const uri = "untitled:a.x";

const seeds = [
  "",
  readFileSync(fileURLToPath(new URL("../../examples/add/add.x", import.meta.url)), "utf8"),
  '#include "b.x"\n%#include "c.h"\n#define N (M + 1)\nconst M = 3;\r\nenum e { A, B = N };\nunion u switch (e k) { case A: int x<N>; default: void; };',
  "/* \u{1f600} */ struct s { s *next; int a[M]; opaque b<>; struct { int c; } d; };\rtypedef s list;\ntypedef struct s s;\n",
  "program P { version V { list GET(int a, u) = 1; } = 1; } = 0x20000001;\n#ifdef X\nstruct open {\n#endif\n",
];

const snippets = [
  ..."{}()[]<>;:,=*/%#\"'\\ \n\r\t\u0000\u{1f600}",
  ...["struct ", "union ", "switch (", "case ", "default:", "enum ", "typedef ", "const ", "program ", "version "],
  ...[
    "#include ",
    "#define A ",
    "#if ",
    "#endif\n",
    "/*",
    "*/",
    "//",
    "\n%",
    "\r\n",
    "__proto__ ",
    "constructor ",
    "s ",
  ],
];

interface Edit {
  readonly at: number;
  readonly removed: number;
  readonly text: string;
}

const edits: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.oneof(fc.constant(0), fc.nat(20)),
  text: fc.oneof(fc.constantFrom(...snippets), fc.string({ unit: anyCharacter, maxLength: 5 }), fc.constant("")),
});

function edited(text: string, { at, removed, text: more }: Edit): string {
  const start = Math.floor(at * text.length);
  return text.slice(0, start) + more + text.slice(start + removed);
}

function checkRange(file: SourceFile, { start, end }: Range): void {
  for (const position of [start, end]) assert.deepEqual(positionOf(file, offsetOf(file, position)), position);
  assert.ok(offsetOf(file, start) <= offsetOf(file, end));
}

function textAt(file: SourceFile, { start, end }: Range): string {
  return file.text.slice(offsetOf(file, start), offsetOf(file, end));
}

function askAll(workspace: Workspace, file: SourceFile, offset: number): void {
  const { path } = file;
  for (const found of findings(workspace, path)) checkRange(file, found.range);
  for (const { range, newText } of format(workspace, path)) {
    checkRange(file, range);
    const [start, end] = [offsetOf(file, range.start), offsetOf(file, range.end)];
    assert.equal(file.text.slice(0, start) + newText + file.text.slice(end), formatText(file.text));
  }
  for (const { range, selectionRange } of documentSymbols(workspace, path)) {
    checkRange(file, range);
    assert.ok(offsetOf(file, range.start) <= offsetOf(file, selectionRange.start));
    assert.ok(offsetOf(file, range.end) >= offsetOf(file, selectionRange.end));
  }
  for (const { startLine, endLine } of foldingRanges(workspace, path)) assert.ok(startLine < endLine);
  complete(workspace, path, offset, true);
  signatureHelp(workspace, path, offset);
  const about = hover(workspace, path, offset);
  if (about?.range !== undefined) checkRange(file, about.range);
  askAboutName(workspace, file, offset);
  askAboutRange(workspace, file, offset);
}

/** The file from an offset on: its tokens in order, its hints, its actions, and what formatting it leaves as it is. */
function askAboutRange(workspace: Workspace, file: SourceFile, offset: number): void {
  const { path, text } = file;
  const range = { start: positionOf(file, offset), end: positionOf(file, text.length) };
  for (const { data } of [semanticTokens(workspace, path), semanticTokens(workspace, path, range)]) {
    let [line, character] = [0, 0];
    for (let at = 0; at < data.length; at += 5) {
      const [down = 0, right = 0, length = 0] = data.slice(at, at + 3);
      [line, character] = [line + down, down === 0 ? character + right : right];
      assert.ok(down >= 0 && right >= 0 && length > 0);
      checkRange(file, { start: { line, character }, end: { line, character: character + length } });
    }
  }
  for (const { position } of inlayHints(workspace, path, range)) checkRange(file, { start: position, end: position });
  for (const { edit } of codeActions(workspace, path, { range, context: { diagnostics: [] } })) {
    for (const one of edit?.changes?.[uri] ?? []) checkRange(file, one.range);
  }
  // Formatting may add and drop spaces, and it drops Ctrl-Z, the end mark of a DOS file.
  const plain = (from: string): string => from.replace(/\s/g, "").replaceAll("\u001a", "");
  for (const one of formatRange(workspace, path, range)) {
    const [start, end] = [offsetOf(file, one.range.start), offsetOf(file, one.range.end)];
    assert.equal(plain(one.newText), plain(text.slice(start, end)));
  }
  const type = typeDefinition(workspace, path, offset);
  if (type !== null) assert.match(textAt(file, type.range), /^\w+$/);
}

/** All uses of a name, and what is renamed, have its text. */
function askAboutName(workspace: Workspace, file: SourceFile, offset: number): void {
  const { path } = file;
  const found = [definition(workspace, path, offset) ?? []].flat();
  const uses = references(workspace, path, offset, true);
  if (uses.length === 0) return;
  const name = textAt(file, prepareRename(workspace, path, offset) as Range);
  for (const { range } of found) assert.equal(textAt(file, range), name);
  for (const { range } of [...uses, ...highlights(workspace, path, offset)]) assert.equal(textAt(file, range), name);
  try {
    const { changes = {} } = rename(workspace, path, offset, "quite_new") ?? {};
    assert.deepEqual(
      changes[uri]?.map(({ range }) => range),
      uses.map(({ range }) => range),
    );
  } catch (error) {
    if (!(error instanceof RenameError)) throw error;
  }
}

test("any text, edited at random, is answered for without a throw, with ranges that are in it", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds),
      fc.array(edits, { maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (seed, steps, place) => {
        const workspace = new Workspace();
        let text = seed;
        for (const [version, step] of [{ at: 0, removed: 0, text: "" }, ...steps].entries()) {
          text = edited(text, step);
          const file = workspace.open(uri, text, version);
          askAll(workspace, file, Math.floor(place * file.text.length));
          askAll(workspace, file, Math.min(file.text.length, Math.floor(step.at * text.length) + step.text.length));
        }
      },
    ),
    { numRuns: Number(process.env["LUPINE_PROPERTY_RUNS"] ?? countOf(150, 10)) },
  );
});

test("a range is formatted in its place when Ctrl-Z, which formatting drops, stands before it", () => {
  const workspace = new Workspace();
  const file = workspace.open(uri, "\u001astruct a { int b; };\n\u001a\nstruct c { int d; };\n", 1);
  const start = file.text.indexOf("struct c");
  const range = { start: positionOf(file, start), end: positionOf(file, file.text.length) };
  assert.deepEqual(
    formatRange(workspace, file.path, range).map(({ newText }) => newText),
    ["struct c {\n  int d;\n};"],
  );
});

test("every prefix of a file is answered for: it is what a person has typed so far", () => {
  for (const seed of seeds) {
    const workspace = new Workspace();
    for (const end of someOf(Array(seed.length + 1).keys(), 4)) {
      const file = workspace.open(uri, seed.slice(0, end), end);
      askAll(workspace, file, file.text.length);
    }
  }
});

test("an editor that asks about all of a text gets the actions of as many findings as are shown", () => {
  const workspace = new Workspace();
  const { path, text } = workspace.open(uri, ";".repeat(5_000), 1);
  const range = { start: { line: 0, character: 0 }, end: { line: 0, character: text.length } };
  assert.equal(codeActions(workspace, path, { range, context: { diagnostics: [] } }).length, 2 * MAX_FINDINGS);
});
