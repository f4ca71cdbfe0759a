// Every change that lint and check offer for a file that compiles leaves a file that compiles, and a safe one leaves the
// same interface.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  type CompileResult,
  compareInterfaces,
  compileInterface,
  formatDiagnostics,
  type InterfaceModule,
  lintInterface,
} from "lupine/idl";
import type * as findings from "../../src/idl/findings/diagnostics.js";
import type * as changes from "../../src/idl/findings/fixes.js";
import { folder, project, resolver } from "./fixtures.js";

const root = new URL("../../../", import.meta.url);
const { applyFixes } = (await import(new URL("dist/idl/findings/fixes.js", root).href)) as typeof changes;

interface Input {
  readonly file: string;
  readonly text: string;
}

/** Findings that the file says something else than its author means, or allows too much. The changes for every other one keep the wire as it is. */
const CHANGES_THE_WIRE: ReadonlySet<string> = new Set([
  "char-array",
  "char-pointer",
  "comment-in-comment",
  "left-to-c",
  "missing-case",
  "missing-default",
  "number-pointer",
  "procedure-zero",
  "program-number",
  "shared-pointer",
  "unbounded",
  "unknown-case",
]);

function compile({ file, text }: Input): CompileResult {
  const externs = { elsewhere: "./elsewhere.js" };
  return compileInterface({ file, text, externs, resolveInclude: resolver() });
}

function compiled(input: Input, why: string): InterfaceModule {
  const { module, diagnostics } = compile(input);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  assert.ok(
    module !== undefined && errors.length === 0,
    `${why}\n${input.text}\n${formatDiagnostics(errors, [input])}`,
  );
  return module;
}

/** The findings of both commands with changes of this file; none of a file that does not compile. */
function findingsOf(input: Input): findings.Finding[] {
  const { module, diagnostics } = compile(input);
  if (module === undefined || diagnostics.some(({ severity }) => severity === "error")) return [];
  return [...diagnostics, ...lintInterface({ ...input, module })];
}

function isHere({ edits }: changes.Fix, { file }: Input): boolean {
  return edits.every(({ span }) => span.file === file);
}

/** The interface without places, comments and the spelling of numbers. */
function meaning(module: InterfaceModule): string {
  const seen = new Map<unknown, number>();
  return JSON.stringify(module, (key, value: unknown) => {
    if (/comment|licence|written/i.test(key)) return undefined;
    if (typeof value === "bigint") return String(value);
    if (typeof value !== "object" || value === null) return value;
    if ("offset" in value && "line" in value) return undefined;
    const number = seen.get(value);
    if (number !== undefined) return number;
    seen.set(value, seen.size);
    return value;
  });
}

function breaks(before: InterfaceModule, after: InterfaceModule): string[] {
  return compareInterfaces(before, after)
    .filter(({ code }) => code.startsWith("wire/"))
    .map(({ message }) => message);
}

/** Names that are not in the style of the file. */
function oddNames(input: Input): string[] {
  const odd = findingsOf(input).filter(({ code }) => code === "case-style");
  return odd.map(({ message }) => message.replace(/ is not .*/, ""));
}

/** @returns the number of changes that were tried. */
function tryAll(input: Input): number {
  const found = findingsOf(input);
  const before = found.length === 0 ? undefined : compile(input).module;
  if (before === undefined) return 0;
  let tried = 0;
  for (const { code, fixes = [] } of found) {
    for (const [at, fix] of fixes.filter((one) => isHere(one, input)).entries()) {
      const text = applyFixes(input.file, input.text, [fix]).text;
      const after = compiled({ ...input, text }, `${code}: ${fix.title}`);
      if (fix.safe) assert.equal(meaning(after), meaning(before), `${code}: ${fix.title}\n${text}`);
      if (!CHANGES_THE_WIRE.has(code)) assert.deepEqual(breaks(before, after), [], `${code}: ${fix.title}\n${text}`);
      // A second change may keep the name that generated code has.
      if (at === 0) assert.deepEqual(oddNames({ ...input, text }), oddNames(input), `${fix.title}\n${text}`);
      tried++;
    }
  }
  const safe = found.flatMap(({ fixes = [] }) => fixes).filter((one) => one.safe && isHere(one, input));
  const text = applyFixes(input.file, input.text, safe).text;
  assert.equal(meaning(compiled({ ...input, text }, "all safe changes")), meaning(before), text);
  return tried;
}

const PROGRAM = "program P { version V { int GET(int) = 1; } = 1; } = 0x20000001;\n";

const written: readonly string[] = [
  // A name behind the braces: the only one, or one more.
  "struct { int a; } point;\nstruct line { point from; point to; };\n",
  "struct line { point from; };\nstruct{int a;}point;\n",
  "enum { LOW = 1, HIGH } level;\nstruct s { level l; };\n",
  "enum{LOW,HIGH}level;\n",
  "union switch (int k) { case 0: int v; default: void; } choice;\nstruct s { choice c; };\n",
  "union switch(enum level l) { case LOW: int v; case HIGH: void; } choice;\nenum { LOW, HIGH } level;\n",
  "struct pt { int a; } spare;\nenum co { RED, BLUE } spare_too;\nunion un switch (bool b) { case TRUE: int i; default: void; } last;\n",
  "struct *next { int value; next rest; } spare;\n",
  "/* The point. */\nstruct { // in it\n  int a; /* one */\n} /* its name */ point /* behind */ ; // tail\nstruct s { point p; };\n",
  "struct { struct { int deep; } mid; enum { ON, OFF } state; } top;\nstruct s { top t<4>; };\n",
  "struct outer { struct { struct { int deep; } mid; } top; };\n",
  "struct outer { struct inner { int a; } one; struct { inner i; } two; };\n",
  "union switch (int k) { case 0: struct { int a; } x; case 1: enum { P1, Q1 } y; default: void; } arm;\n",
  "%#include <a.h>\nstruct {\n%/* kept */\n  int a;\n} point;\n",
  "#define N 4\nstruct { int a[N]; } point;\n#ifdef N\nenum { A1 } state;\n#endif\n",
  "namespace n { struct { int a; } point; struct pt { int b; } spare; }\nstruct s { n::point p; };\n",
  `struct { int a; } query;\nprogram P { version V { query ASK(query) = 1; } = 1; } = 0x20000001;\n`,
  // typedefs of types in braces.
  "typedef struct { int x; } pair;\ntypedef struct two { int x; } two;\ntypedef struct three { int x; } four;\ntypedef struct five { int x; } *six;\n",
  "typedef enum { A1, B1 } state;\ntypedef enum{C1}other;\ntypedef union switch (int k) { case 0: int v; default: void; } choice;\n",
  "struct s { pair p; };\ntypedef struct{int x;}pair;\n",
  // Types that no procedure reaches, alone and through each other.
  `struct inner { int b; };\nstruct outer { inner b; };\n${PROGRAM}`,
  `struct node { int v; node *next; };\nenum kind { ONE = 1, TWO = 2 };\nunion u switch (kind k) { case ONE: node n; default: void; };\n${PROGRAM}`,
  `struct o { struct i { int x; } f; };\nstruct p { i z; };\ntypedef o twice[2];\n${PROGRAM}`,
  `struct a { b *next; };\nstruct b { a *next; };\n${PROGRAM}`,
  `struct { int a; } alone;\nstruct pair { int a; } spare;\n${PROGRAM}`,
  // Arguments and pointers of procedures, where the name is taken, too.
  "struct GET_args { int a; };\nprogram P { version V { int GET(int a, GET_args b) = 1; GET_args *NEXT(void) = 2; } = 1; } = 0x20000001;\n",
  "program P { version V { int GET(int, string name<9>) = 1; int GET(int a, int) = 2; } = 1; } = 0x20000001;\n".replace(
    "int GET(int a",
    "int PUT(int a",
  ),
  // The style of the names.
  "struct Lorry { int wheels; };\nstruct Motor { int power; };\nstruct Convoy { struct { int length; } trailer; Lorry lorry; Motor motor; };\n",
  "struct lorry { int wheels; };\nprogram P { version V { int FIND_ONE(int a, lorry b) = 1; } = 1; } = 0x20000001;\n",
  "struct BigLorry { int a; };\nprogram P { version V { int FIND_ONE(int a, int b) = 1; BigLorry *NEXT(void) = 2; } = 1; } = 0x20000001;\n",
  "struct LORRY { struct { int a; } load; enum { FULL, EMPTY } state; };\n",
  // Arrays of chars, unions that may grow, words and comments.
  "typedef char letter;\nconst MAX = 8;\nstruct s { char a[MAX]; unsigned char b<MAX>; letter c[4]; };\n",
  "union u switch (int k) { case 1: int a; };\nunion v switch (unsigned k) {\ncase 1:\n  int a;\n};\n",
  "const A = 0XFF;\nconst B = 10UL;\nenum e { C1 = 'a', D1, };\nstruct s { long long a; unsigned long long int b; string c; };;\n",
  "union u switch (int k) { case 'a': case 2: default: int a; };\nunion v switch (int k) { case 1: default: };\n",
  "// one \\\nconst A = 1; // says /* here\n/* two */ // three */ end\nstruct s { string url<9>; }; // http://x\n  %// kept\n#pragma once\n",
  "PROGRAM P { VERSION V { int GET(int) = 1; } = 1; } = 0x20000001;\n",
  "%#include <c.h>\nstruct s { mesuremnts r; point p; };\nstruct measurement { int a; };\nstruct point { int x; };\n",
];

/** Types that no procedure reaches, and that the rest of the file needs. */
const needed: readonly string[] = [
  `enum { FOUR = 4, FIVE } lengths;\nstruct s { int a[FOUR]; };\n${PROGRAM}`,
  `enum lengths { FOUR = 4, FIVE };\nconst SIX = FIVE;\n${PROGRAM}`,
  `enum lengths { FOUR = 4 };\nprogram P { version V { int GET(int) = FOUR; } = 1; } = 0x20000001;\n`,
  `enum lengths { FOUR = 4 };\ntypedef opaque data<FOUR>;\nprogram P { version V { int GET(data) = 1; } = 1; } = 0x20000001;\n`,
  `struct o { enum { FOUR = 4 } f; };\nconst FIVE = FOUR;\n${PROGRAM}`,
  `enum lengths { FOUR = 4 };\n#define FIVE FOUR\nprogram P { version V { int GET(int) = FIVE; } = 1; } = 0x20000001;\n`,
];

describe("a change for a file that compiles leaves a file that compiles", () => {
  for (const text of written) {
    test(text.replaceAll("\n", " ").slice(0, 90), () => {
      compiled({ file: join(folder, "written.x"), text }, "the file itself");
      assert.ok(tryAll({ file: join(folder, "written.x"), text }) > 0, "nothing was offered");
    });
  }

  for (const text of needed) {
    test(`without a type that is needed: ${text.replaceAll("\n", " ").slice(0, 70)}`, () => {
      const input = { file: join(folder, "written.x"), text };
      compiled(input, "the file itself");
      tryAll(input);
      const [unused] = findingsOf(input).filter(({ code }) => code === "unused-type");
      assert.ok(unused !== undefined && unused.fixes === undefined, JSON.stringify(unused));
    });
  }

  test("in every fixture and example", () => {
    const inFolder = (path: string): string[] =>
      readdirSync(join(project, path), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".x"))
        .map((name) => join(project, path, name));
    // In `npm test` each eighth file.
    const step = process.env["LUPINE_TEST_ALL"] ? 1 : 8;
    const files = ["test/fixtures", "examples", "src"].flatMap(inFolder).filter((_, at) => at % step === 0);
    const counts = files.map((file) => tryAll({ file, text: readFileSync(file, "utf8").replace(/^\ufeff/, "") }));
    assert.ok(counts.filter((count) => count > 0).length > 20 / step, String(counts));
  });

  test("in every fault that is only told, such as a note", () => {
    const folderOfFaults = join(project, "test/fixtures/faults");
    for (const name of readdirSync(folderOfFaults).filter((one) => one.endsWith(".x"))) {
      const text = readFileSync(join(folderOfFaults, name), "utf8").replace(/[«»]/g, "");
      tryAll({ file: join(folderOfFaults, name), text });
    }
  });
});
