// Files that are made to hurt: deep, long and self-doubling text ends soon, in an error or in a model, never in a throw.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { countWork } from "../testing/count-work.test-support.js";
import { compileInterface } from "./compile.js";
import type { Diagnostic } from "./findings/diagnostics.js";

/** Blocks of the compiler that may run for one file. */
const MAX_WORK = 20_000_000;

const many = 10_000;
const times = (make: (index: number) => string): string => Array.from({ length: many }, (_, i) => make(i)).join("");
const sum = `${"1+".repeat(many)}1`;

/** The code of the first finding; undefined for none. */
const cases: readonly (readonly [string, string, string | undefined])[] = [
  ["a long sum", `const A = ${sum};`, "too-deep"],
  ["a long sum, twice", `const A = ${sum};\nconst A = ${sum};`, "too-deep"],
  ["a macro of a long sum", `#define A ${sum}\nconst B = A;`, "too-deep"],
  ["a length of a long sum that is C's", `%#include "c.h"\ntypedef opaque a[${"1+".repeat(many)}FAR];`, "too-deep"],
  ["many parentheses", `const A = ${"(".repeat(many)}1${")".repeat(many)};`, "too-deep"],
  ["many signs", `const A = ${"-".repeat(many)}1;`, "too-deep"],
  ["structs within structs", `struct s ${"{ struct ".repeat(many)}`, "too-deep"],
  ["unions within unions", `union u switch (int a) ${"{ case 1: union switch (int b) ".repeat(many)}`, "too-deep"],
  ["namespaces within namespaces", "namespace a { ".repeat(many), "too-deep"],
  ["brackets within brackets", "[".repeat(many), "syntax"],
  ["many attributes", `${"[a]".repeat(many)} const A = 1;`, "ignored"],
  ["many stars", `struct s { int ${"*".repeat(many)}x; };`, "nested-optional"],
  ["typedefs of typedefs", `typedef int t0;\n${times((i) => `typedef t${i} t${i + 1};\n`)}`, "too-deep"],
  ["constants of constants", `${times((i) => `const c${i} = c${i + 1};\n`)}const c${many} = 1;`, "too-deep"],
  ["a deep condition", `#if ${"(".repeat(many)}1\n#endif`, "unsupported-directive"],
  ["a long condition", `#if ${sum}\nconst A = 1;\n#endif`, undefined],
  [
    "macros that double in a condition",
    `#define F(x) x + x\n#if ${"F(".repeat(40)}1${")".repeat(40)}\n#endif`,
    "unsupported-directive",
  ],
  [
    "words that double",
    `#define D(x) x ## x\n#define E(x) D(x)\nconst ${"E(".repeat(30)}a${")".repeat(30)} = 1;`,
    "macro",
  ],
  ["a word of many", `#define P ${"a ## ".repeat(many)}a\nconst P = 1;`, "macro"],
  [
    "arguments that double",
    `#define V(...) __VA_ARGS__ __VA_ARGS__\nstruct s { ${"V(".repeat(50)}int a;${")".repeat(50)} };`,
    "empty-definition",
  ],
  ["open comments for C", `${"%/*\n".repeat(many)}struct s { elsewhere a; };`, "undefined-name"],
  ["many lines for C", `${"%typedef a b \n".repeat(many)}struct s { elsewhere a; };`, "left-to-c"],
  ["a long line for C", `%#define elsewhere ${"unsigned ".repeat(many)}\nstruct s { elsewhere a; };`, "left-to-c"],
];

describe("hostile files", () => {
  for (const [title, text, code] of cases) {
    test(`${title}: ${code ?? "nothing wrong"}, soon`, () => {
      let diagnostics: readonly Diagnostic[] = [];
      const work = countWork("/dist/idl/", () => {
        ({ diagnostics } = compileInterface({ file: "t.x", text }));
      });
      assert.equal(diagnostics[0]?.code, code, diagnostics[0]?.message);
      assert.ok(work < MAX_WORK, `${work} blocks of the compiler ran`);
    });
  }
});
