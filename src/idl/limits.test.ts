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

  test("a numeral has at most 80 digits", () => {
    assert.equal(firstError(`const A = ${"9".repeat(500_000)};`), "malformed-number");
  });
});

describe("large input", () => {
  /** Processor time, so that a busy machine does not count. */
  function within(milliseconds: number, text: string): CompileResult {
    const before = process.cpuUsage();
    const result = compile(text);
    const { user, system } = process.cpuUsage(before);
    const took = (user + system) / 1000;
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
    ["a chain of thirty thousand structs", many(30_000, (i) => `struct s${i} { s${i + 1} a; };`)],
    [
      "a chain of structs that ends",
      `${many(20_000, (i) => `struct s${i} { s${i + 1} a; };`)} struct s20000 { int a; };`,
    ],
    ["a circle of twenty thousand structs", many(20_000, (i) => `struct s${i} { s${(i + 1) % 20_000} *a; };`)],
    ["a circle of twenty thousand structs by value", many(20_000, (i) => `struct s${i} { s${(i + 1) % 20_000} a; };`)],
    ["a circle of twenty thousand typedefs", many(20_000, (i) => `typedef t${(i + 1) % 20_000} t${i};`)],
    ["a struct of thirty thousand fields", `struct s { ${many(30_000, (i) => `int f${i};`)} };`],
    ["thirty thousand opening braces", "{".repeat(30_000)],
    ["a quarter of a million closing braces", "}".repeat(250_000)],
    ["thirty thousand structs without an end", "struct s {\n".repeat(30_000)],
    ["half a megabyte of quotes", '"'.repeat(500_000)],
    ["half a megabyte of one string", `const A = "${"x".repeat(500_000)}";`],
    ["half a megabyte of backslashes", `const A = "${"\\".repeat(500_000)}`],
    ["half a megabyte of comment marks", "/*".repeat(250_000)],
    ["half a megabyte of comments", "/**/".repeat(125_000)],
    ["sixty thousand comment lines", "//\n".repeat(60_000)],
    ["half a megabyte of line ends", "\n\r".repeat(250_000)],
    ["half a megabyte of lines that go on", "%\\\n".repeat(150_000)],
    ["half a megabyte of NUL", "\0".repeat(500_000)],
    ["half a megabyte of one name", `struct ${"s".repeat(500_000)} { t a; };`],
    ["misspelt names among many", many(3000, (i) => `struct structure${i} { strukture${i} *a; };`)],
    ["thirty thousand stars", `struct s { int ${"*".repeat(30_000)} a; };`],
    ["thirty thousand bounds", `struct s { int a${"[1]".repeat(30_000)}; };`],
  ];
  for (const [title, text] of hostile) {
    test(`${title}: an answer in time`, () => {
      const { diagnostics } = within(5000, text);
      assert.ok(diagnostics.length <= 501);
    });
  }
});
