// Input that is large, deep or broken on purpose: an answer, soon, and never an exception.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CompileResult, compileInterface } from "./compile.js";
import { MAX_CONSTANT_DEPTH } from "./constants.js";
import { MAX_NESTING } from "./cursor.js";
import { MAX_TYPEDEF_DEPTH } from "./typedefs.js";

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
    assert.equal(firstError(`struct s { ${nested(100_000)} };`), "too-deep");
  });

  test("parentheses and signs are nested no deeper either", () => {
    assert.ok(compile(`const A = ${"(".repeat(MAX_NESTING)}1${")".repeat(MAX_NESTING)};`).module);
    assert.equal(firstError(`const A = ${"(".repeat(100_000)}1${")".repeat(100_000)};`), "too-deep");
    assert.equal(firstError(`const A = ${"-".repeat(100_000)}1;`), "too-deep");
  });

  test(`a constant is built from at most ${MAX_CONSTANT_DEPTH} others ahead of it`, () => {
    const chain = (n: number): string => `${many(n, (i) => `const A${i} = A${i + 1};`)}\nconst A${n} = 1;`;
    assert.ok(compile(chain(MAX_CONSTANT_DEPTH / 2 - 1)).module);
    assert.equal(firstError(chain(20_000)), "too-deep");
    assert.equal(firstError(`const A = 1${" + 1".repeat(100_000)};`), "too-deep");
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

  test("a numeral has at most 80 digits", () => {
    assert.equal(firstError(`const A = ${"9".repeat(1_000_000)};`), "malformed-number");
  });
});

describe("large input", () => {
  function within(milliseconds: number, text: string): CompileResult {
    const started = performance.now();
    const result = compile(text);
    const took = performance.now() - started;
    assert.ok(took < milliseconds, `${Math.round(took)} ms for ${text.length} characters`);
    return result;
  }

  test("ten thousand lines take less than a second", () => {
    const text = many(1000, (i) =>
      [
        `/* Number ${i}. */`,
        `enum e${i} { A${i} = 0, B${i} = ${i} + 1, C${i} };`,
        `struct s${i} {`,
        `  e${i} kind;      /* which */`,
        `  string name<255>;`,
        `  opaque data[${i + 1}];`,
        `  s${(i + 1) % 1000} *other;`,
        "};",
        `union u${i} switch (e${i} k) { case A${i}: s${i} a; case B${i}: case C${i}: void; };`,
        `typedef u${i} t${i}<>;`,
      ].join("\n"),
    );
    assert.ok(within(1000, text).module);
  });

  const hostile: readonly (readonly [string, string])[] = [
    ["a chain of a hundred thousand structs", many(100_000, (i) => `struct s${i} { s${i + 1} a; };`)],
    [
      "a chain of structs that ends",
      `${many(50_000, (i) => `struct s${i} { s${i + 1} a; };`)} struct s50000 { int a; };`,
    ],
    ["a circle of fifty thousand structs", many(50_000, (i) => `struct s${i} { s${(i + 1) % 50_000} *a; };`)],
    ["a circle of fifty thousand structs by value", many(50_000, (i) => `struct s${i} { s${(i + 1) % 50_000} a; };`)],
    ["a circle of fifty thousand typedefs", many(50_000, (i) => `typedef t${(i + 1) % 50_000} t${i};`)],
    ["a struct of a hundred thousand fields", `struct s { ${many(100_000, (i) => `int f${i};`)} };`],
    ["a hundred thousand opening braces", "{".repeat(100_000)],
    ["half a million closing braces", "}".repeat(500_000)],
    ["a hundred thousand structs without an end", "struct s {\n".repeat(100_000)],
    ["a megabyte of quotes", '"'.repeat(1_000_000)],
    ["a megabyte of one string", `const A = "${"x".repeat(1_000_000)}";`],
    ["a megabyte of backslashes", `const A = "${"\\".repeat(1_000_000)}`],
    ["a megabyte of comment marks", "/*".repeat(500_000)],
    ["a megabyte of comments", "/**/".repeat(250_000)],
    ["two hundred thousand comment lines", "//\n".repeat(200_000)],
    ["a megabyte of line ends", "\n\r".repeat(500_000)],
    ["a megabyte of lines that go on", "%\\\n".repeat(300_000)],
    ["a megabyte of NUL", "\0".repeat(1_000_000)],
    ["a megabyte of one name", `struct ${"s".repeat(1_000_000)} { t a; };`],
    ["misspelt names among many", many(3000, (i) => `struct structure${i} { strukture${i} *a; };`)],
    ["a hundred thousand stars", `struct s { int ${"*".repeat(100_000)} a; };`],
    ["a hundred thousand bounds", `struct s { int a${"[1]".repeat(100_000)}; };`],
  ];
  for (const [title, text] of hostile) {
    test(`${title}: an answer in time`, () => {
      const { diagnostics } = within(5000, text);
      assert.ok(diagnostics.length <= 501);
    });
  }
});
