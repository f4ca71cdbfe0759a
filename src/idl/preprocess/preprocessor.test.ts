import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileInterface } from "../compile.js";
import { createReporter } from "../findings/diagnostics.js";
import { createSource } from "../source.js";
import { endOf } from "../syntax/lexemes.js";
import { MAX_CONDITIONAL_DEPTH } from "./directives.js";
import { preprocess } from "./preprocessor.js";

/** What is left of the text, and the diagnostics as `line:column+length code`. */
function run(text: string, symbols: Readonly<Record<string, string>> = {}): { kept: string; found: string[] } {
  const reporter = createReporter(100);
  const source = createSource({ file: "t.x", text });
  const { unit: output } = preprocess(source, { symbols: { RPC_HDR: "1", ...symbols }, reporter });
  for (const lexeme of output.lexemes) {
    assert.equal(text.slice(lexeme.offset, endOf(lexeme)), lexeme.text, `${lexeme.text} has moved`);
  }
  const found = reporter.diagnostics.map(({ span, code }) => `${span.line}:${span.column}+${span.length} ${code}`);
  return {
    kept: output.lexemes.map((lexeme) => lexeme.text.replace(/\s+/g, " ")).join(" "),
    found,
  };
}

function constants(text: string): Record<string, unknown> {
  const { module, diagnostics } = compileInterface({ file: "t.x", text });
  assert.ok(module, JSON.stringify(diagnostics));
  return Object.fromEntries(module.definitions.map((d) => [d.name, d.kind === "const" ? d.value : d.kind]));
}

describe("lines that are dropped", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["a percent line", "a\n%#include <rpc.h>\nb", "a b"],
    ["a percent line after blanks", "a\n  \t% /* never closed\nb", "a b"],
    ["the lines after a percent line that ends in a backslash", "a\n%#define X \\\n y \\\n z\nb", "a b"],
    ["#ident, # and #line", 'a\n#ident y\n# 1 "f"\n#\n#line 4\nb', "a b"],
    ["a directive with carriage returns", "a\r\n#define X 1\r\nb\r\n", "a b"],
    ["what follows a directive's backslash", "a\n#define X 1 + \\\n 2\nb", "a b"],
  ];
  for (const [title, text, kept] of cases) {
    test(title, () => assert.deepEqual(run(text), { kept, found: [] }));
  }

  test("but not inside a comment", () => {
    const text = "/*\n% not a directive\n#if neither\n*/ a";
    assert.equal(run(text).kept, "/* % not a directive #if neither */ a");
  });

  test("with the rest of a comment that began on them", () => {
    assert.deepEqual(run("#define X 1 /* begins\n still ends */ a\nb"), { kept: "a b", found: [] });
  });

  test("a comment mark in a string opens no comment", () => {
    assert.equal(run('const A = "/*";\n#define B 1\nc').kept, 'const A = "/*" ; c');
  });
});

describe("conditionals", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["#ifdef RPC_HDR\na\n#else\nb\n#endif\nc", "a c"],
    ["#ifdef RPC_SVC\na\n#else\nb\n#endif\nc", "b c"],
    ["#ifndef RPC_SVC\na\n#endif\nc", "a c"],
    ["#define X\n#ifdef X\na\n#endif", "a"],
    ["#define X\n#undef X\n#ifdef X\na\n#endif", ""],
    ["#ifdef GIVEN\na\n#endif", "a"],
    ["#if 0\na\n#elif 1\nb\n#elif 1\nc\n#else\nd\n#endif", "b"],
    ["#if defined(GIVEN)\na\n#endif", "a"],
    ["#if !defined GIVEN\na\n#endif", ""],
    ["#if GIVEN\na\n#endif", "a"],
    ["#if !NOT_GIVEN\na\n#endif", "a"],
    ["#ifdef NO\n#ifdef GIVEN\na\n#else\nb\n#endif\n#else\nc\n#endif", "c"],
    ["#ifdef NO\n#define X\n/* open\n#endif\nnot yet */\n#endif\n#ifdef X\na\n#endif\nb", "b"],
    ["#ifdef NO\n#nonsense\n#endif /* NO */\na", "a"],
    ["# ifdef\tGIVEN\na\n  #  endif", "a"],
  ];
  for (const [text, kept] of cases) {
    test(JSON.stringify(text), () => assert.deepEqual(run(text, { GIVEN: "1" }), { kept, found: [] }));
  }

  const broken: readonly (readonly [string, string])[] = [
    ["a\n#ifdef X\nb", "2:1+6 unbalanced-conditional"],
    ["a\n #endif", "2:2+6 unbalanced-conditional"],
    ["#else", "1:1+5 unbalanced-conditional"],
    ["#ifdef X\n#else\n#elif 1\n#endif", "3:1+5 unbalanced-conditional"],
    ["#if X > \n#endif", "1:1+3 unsupported-directive"],
    ["#if\n#endif", "1:1+3 unsupported-directive"],
    ["#if 1 / 0\n#endif", "1:1+3 unsupported-directive"],
    ["#ifdef X\n#endif X", "2:8+1 extra-tokens"],
    ["#ifdef X\n#else  not X\n#endif", "2:8+5 extra-tokens"],
    ["#pragma ident x", "1:1+7 ignored"],
    ["#include other.x", "1:1+8 syntax"],
    ["#frobnicate", "1:1+11 unsupported-directive"],
    ["#error stop", "1:1+6 error-directive"],
    ['#include "other.x"', "1:10+9 include-not-found"],
    ["#define 5", "1:1+7 syntax"],
    ["#define MAX(a, 5) a", "1:9+3 macro"],
  ];
  for (const [text, expected] of broken) {
    test(`${JSON.stringify(text)}: ${expected}`, () => assert.deepEqual(run(text).found, [expected]));
  }

  test("too many inside one another are one error", () => {
    const depth = MAX_CONDITIONAL_DEPTH;
    const nested = (n: number): string => `${"#if 1\n".repeat(n)}a\n${"#endif\n".repeat(n)}`;
    assert.deepEqual(run(nested(depth)), { kept: "a", found: [] });
    assert.equal(run(nested(depth + 1)).found[0], `${depth + 1}:1+3 too-deep`);
  });

  test("a megabyte of blanks in a condition is read", () => {
    run(`#if defined${" ".repeat(1_000_000)}(X\n#endif`);
  });
});

describe("macros", () => {
  test("with a constant for a body are constants", () => {
    const text =
      '#define N 5 /* five */\n#define M (N * 2)\n#define S "text"\n#define FLAG\ntypedef int row[M];\nconst K = N;\n';
    assert.deepEqual(constants(text), { N: 5n, M: 10n, S: "text", row: "typedef", K: 5n });
  });

  test("with any other body are left to C", () => {
    assert.deepEqual(constants("#define LOOP for (;;)\n#define SIG void *\nconst K = 1;"), { K: 1n });
  });

  test("defined again with the same body are defined once", () => {
    assert.deepEqual(constants("#define N 5\n#define N 5\n"), { N: 5n });
  });

  test("in a branch that is not taken do not count", () => {
    assert.deepEqual(constants("#ifdef NO\n#define N 5\n#else\n#define N 6\n#endif\n"), { N: 6n });
  });
});
