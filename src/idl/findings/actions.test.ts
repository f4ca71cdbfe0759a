// The catalogue of codes: each finding comes with a change that removes it, or stands here with the reason.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileInterface, lintInterface } from "../index.js";
import { lintRules } from "../lint/index.js";
import type { Finding } from "./diagnostics.js";
import { EXPLANATIONS } from "./explanations.js";
import { applyFixes } from "./fixes.js";

/** Codes whose example only a person can put right. */
const FOR_A_PERSON: Readonly<Record<string, string>> = {
  "ambiguous-name": "uses of the name would have to change, too",
  "circular-constant": "one of the values has to be chosen",
  "error-directive": "the file says what it needs",
  macro: "the missing argument is not known",
  "not-constant": "the number is not known",
  "unknown-case": "the enum or the case is wrong",
  "unsupported-directive": "the rest of the condition is its author's choice",
  "wrong-kind": "the type is not known",
};

/** Codes without an example of a few lines. */
const NO_EXAMPLE = ["found-beside", "include-too-deep", "not-utf8", "too-deep", "too-many-errors"];

const program = (procedures: string): string => `program P { version V { ${procedures} } = 1; } = 0x20000001;\n`;

/** An interface for each rule of the linter. Editors offer a comment that silences the finding for every one. */
const ofRule: Readonly<Record<string, string>> = {
  "rpcgen-cannot-read": "const A = 1 + 2;\n",
  "char-array": "struct s { char name[32]; };\n",
  "number-pointer": "struct s { int n; int *values; };\n",
  unbounded: "typedef opaque blob<>;\n",
  "procedure-zero": program("int F(int) = 0;"),
  "renumbered-procedure":
    "program P { version V { int F(int) = 1; } = 1; version W { int F(int) = 2; } = 2; } = 0x20000001;\n",
  "shadowed-name": "const LIMIT = 3;\nstruct s { int LIMIT; };\n",
  "program-number": program("int F(int) = 1;").replace("0x20000001", "5"),
  "missing-default": "union u switch (int k) { case 0: int a; };\n",
  "shared-pointer": "struct tree { tree *left; tree *right; };\n",
  "unused-type": `struct lone { int a; };\n${program("int F(int) = 1;")}`,
  suppression: "/* lupine-ignore unbonded: reason */\ntypedef opaque blob<>;\n",
};

/** Rules whose remedy is another one. */
const OTHERWISE: Readonly<Record<string, string>> = {
  "case-style": "editors rename a name in all files that use it",
  "procedure-gap": "the comment that editors offer for every rule",
};

function findingsOf(text: string): readonly Finding[] {
  const { module, diagnostics } = compileInterface({ file: "a.x", text });
  return module === undefined ? diagnostics : [...diagnostics, ...lintInterface({ file: "a.x", text, module })];
}

function mendsItself(code: string, text: string): void {
  const found = findingsOf(text).find((one) => one.code === code);
  const [fix] = found?.fixes ?? [];
  assert.ok(fix !== undefined, `no change for ${JSON.stringify(found ?? findingsOf(text))}`);
  const after = applyFixes("a.x", text, [fix]).text;
  const left = findingsOf(after).filter((one) => one.code === code && one.message === found?.message);
  assert.deepEqual(left, [], `"${fix.title}" leaves it in ${after}`);
}

describe("the example of a code has a change that removes the finding:", () => {
  for (const [code, { wrong }] of Object.entries(EXPLANATIONS)) {
    if (wrong !== undefined && !(code in FOR_A_PERSON)) test(code, () => mendsItself(code, wrong));
  }
  for (const [rule, text] of Object.entries(ofRule)) test(rule, () => mendsItself(rule, text));
});

test("every code and every rule is among them, or has its reason", () => {
  const codes = Object.entries(EXPLANATIONS).flatMap(([code, { wrong }]) => (wrong === undefined ? [code] : []));
  assert.deepEqual(codes.sort(), NO_EXAMPLE);
  assert.deepEqual(lintRules.map(({ id }) => id).sort(), [...Object.keys(ofRule), ...Object.keys(OTHERWISE)].sort());
  for (const code of Object.keys(FOR_A_PERSON)) {
    const { wrong = "" } = EXPLANATIONS[code as keyof typeof EXPLANATIONS];
    const found = findingsOf(wrong).find((one) => one.code === code);
    assert.equal(found?.fixes, undefined, `${code} has a change now: take it off the list`);
  }
});
