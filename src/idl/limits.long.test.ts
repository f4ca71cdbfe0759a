// Limits of what an interface may hold: a diagnostic beyond them, never an exception.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CompileResult, compileInterface } from "./compile.js";
import { interfaces, largeTexts } from "./large-texts.test-support.js";
import { MAX_EMPTY_PARTS, MAX_LEVELS } from "./model/nesting.js";
import { MAX_TYPEDEF_DEPTH } from "./model/typedefs.js";
import { MAX_CONSTANT_DEPTH } from "./names/constants.js";
import { MAX_NESTING } from "./syntax/cursor.js";
import { MAX_NAME } from "./syntax/lexer.js";

function compile(text: string): CompileResult {
  return compileInterface({ file: "t.x", text });
}

function firstError(text: string): string | undefined {
  return compile(text).diagnostics.find(({ severity }) => severity === "error")?.code;
}

function many(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join("\n");
}

describe("limits", () => {
  test(`types are nested at most ${MAX_NESTING} deep`, () => {
    const nested = (n: number): string => `${"struct { ".repeat(n - 1)}int x;${" } a;".repeat(n - 1)}`;
    assert.ok(compile(`struct s { ${nested(MAX_NESTING)} };`).module);
    assert.equal(firstError(`struct s { ${nested(MAX_NESTING + 1)} };`), "too-deep");
    assert.equal(firstError(`struct s { ${nested(30_000)} };`), "too-deep");
  });

  test("parentheses and signs are nested no deeper either", () => {
    assert.ok(compile(`const A = ${"(".repeat(MAX_NESTING)}1${")".repeat(MAX_NESTING)};`).module);
    assert.equal(firstError(`const A = ${"(".repeat(30_000)}1${")".repeat(30_000)};`), "too-deep");
    assert.equal(firstError(`const A = ${"-".repeat(30_000)}1;`), "too-deep");
  });

  test(`a constant is built from at most ${MAX_CONSTANT_DEPTH} others ahead of it`, () => {
    const chain = (n: number): string => `${many(n, (i) => `const A${i} = A${i + 1};`)}\nconst A${n} = 1;`;
    assert.ok(compile(chain(MAX_CONSTANT_DEPTH / 2 - 1)).module);
    assert.equal(firstError(chain(20_000)), "too-deep");
    assert.equal(firstError(`const A = 1${" + 1".repeat(30_000)};`), "too-deep");
  });

  test("constants that build on earlier ones may be as many as one likes", () => {
    assert.ok(compile(`const A0 = 1;\n${many(20_000, (i) => `const A${i + 1} = A${i};`)}`).module);
    assert.ok(compile(`const LAST = M19999; enum e { ${many(20_000, (i) => `M${i},`)} };`).module);
  });

  test(`typedefs are at most ${MAX_TYPEDEF_DEPTH} deep`, () => {
    const chain = (n: number): string => `typedef int t0;\n${many(n, (i) => `typedef t${i} t${i + 1};`)}`;
    assert.ok(compile(chain(MAX_TYPEDEF_DEPTH)).module);
    assert.equal(firstError(chain(MAX_TYPEDEF_DEPTH + 10)), "too-deep");
  });

  for (const [how, member] of [
    ["structs", (type: string) => `${type} a; ${type} b;`],
    ["structs behind pointers", (type: string) => `${type} *a; ${type} *b;`],
    ["structs in arrays", (type: string) => `${type} a<>; ${type} b[2];`],
  ] as const) {
    test(`${how}: at most ${MAX_LEVELS} types within each other, and one error says so`, () => {
      const chain = (n: number): string =>
        `struct s1 { int x; };\n${many(n - 1, (i) => `struct s${i + 2} { ${member(`s${i + 1}`)} };`)}`;
      assert.ok(compile(chain(MAX_LEVELS)).module);
      for (const text of [chain(MAX_LEVELS + 1), chain(20_000), chain(20_000).split("\n").toReversed().join("\n")]) {
        const { diagnostics } = compile(text);
        assert.deepEqual(
          diagnostics.map(({ code, message }) => [code, message]),
          [["too-deep", `struct s${MAX_LEVELS + 1} contains more than ${MAX_LEVELS} types within each other`]],
        );
      }
    });
  }

  test("unions and typedefs of arrays are levels, other typedefs and types that contain themselves are not", () => {
    const unions = many(MAX_LEVELS, (i) => `union u${i + 1} switch (int k) { case 1: u${i} a; default: void; };`);
    const arrays = many(MAX_LEVELS, (i) => `typedef t${i} t${i + 1}[2];`);
    assert.equal(firstError(`struct u0 { int x; };\n${unions}`), "too-deep");
    assert.equal(firstError(`typedef struct { int x; } t0;\n${arrays}`), "too-deep");
    const names = many(20_000, (i) => `struct s${i} { int x; }; typedef s${i} t${i};`);
    assert.ok(compile(`${names}\nstruct z { t0 a; z *next; };`).module);
    assert.ok(compile(many(2 * MAX_LEVELS, (i) => `struct s${i} { s${(i + 1) % (2 * MAX_LEVELS)} *a; };`)).module);
  });

  test(`a value has at most ${MAX_EMPTY_PARTS} parts that take no bytes`, () => {
    const doubled = (n: number): string =>
      `struct s0 { int a[0]; };\n${many(n, (i) => `struct s${i + 1} { s${i} a; s${i} b; };`)}`;
    assert.ok(compile(doubled(10)).module);
    const { diagnostics } = compile(doubled(40));
    assert.deepEqual(
      diagnostics.map(({ code, message }) => [code, message]),
      [["too-deep", `a value of struct s12 contains more than ${MAX_EMPTY_PARTS} parts that take no bytes`]],
    );
  });

  test(`a name has at most ${MAX_NAME} characters`, () => {
    const named = (n: number): string => `struct ${"s".repeat(n)} { int a; };`;
    assert.ok(compile(named(MAX_NAME)).module);
    assert.equal(compile(named(500_000)).diagnostics[0]?.message, `this name has more than ${MAX_NAME} characters`);
  });

  test("a numeral has at most 80 digits", () => {
    assert.equal(firstError(`const A = ${"9".repeat(500_000)};`), "malformed-number");
  });
});

describe("large text", () => {
  test("of ten thousand lines has a model", () => assert.ok(compile(interfaces(1000)).module));

  for (const [title, size, text] of largeTexts) {
    test(`${title}, ${Math.floor(size / 8)}: a bounded number of diagnostics`, () => {
      assert.ok(compile(text(Math.floor(size / 8))).diagnostics.length <= 501);
    });
  }
});
