// Large and hostile text costs work that grows as the text does, and no faster.
import { describe, test } from "node:test";
import { assertLinear } from "../testing/count-work.test-support.js";
import { compareInterfaces } from "./breaking/index.js";
import { compileInterface } from "./compile.js";
import { formatText } from "./format/format-text.js";
import { interfaces, largeTexts } from "./large-texts.test-support.js";
import { lintInterface } from "./lint/lint.js";

describe("compiling", () => {
  test("correct definitions: the work grows as their number does", () => {
    assertLinear("/dist/idl/", 400, (count) => compileInterface({ file: "t.x", text: interfaces(count) }));
  });

  for (const [title, size, text] of largeTexts) {
    test(`${title}: the work grows as the text does`, () => {
      assertLinear("/dist/idl/", size / 8, (of) => compileInterface({ file: "t.x", text: text(of) }));
    });
  }
});

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

/** Texts in which a lint rule looks at each line. */
const findings: readonly (readonly [title: string, text: (count: number) => string])[] = [
  ["pointers to numbers beside a count", (count) => `struct s { int n;\n${lines(count, (i) => `int *p${i};`)} };`],
  ["pointers to numbers without a count", (count) => `struct s {\n${lines(count, (i) => `int *p${i};`)} };`],
  ["arrays of chars", (count) => `struct s {\n${lines(count, (i) => `char c${i}[3];`)} };`],
  ["members with arithmetic", (count) => lines(count, (i) => `enum e${i} { A${i} = ${i} + 1 };`)],
  ["unions without a default", (count) => lines(count, (i) => `union u${i} switch (int k) { case 1: int a; };`)],
];

describe("formatting", () => {
  const texts: readonly (readonly [title: string, count: number, text: (count: number) => string])[] = [
    ["parentheses", 4_000, (count) => `const a = ${"(".repeat(count)}1${")".repeat(count)};`],
    ["braces", 4_000, (count) => "{".repeat(count)],
    ["comments below each other", 4_000, (count) => "// a\n".repeat(count)],
    ["comments behind each other", 4_000, (count) => "/* a\n * b */".repeat(count)],
    ["fields", 2_000, (count) => `struct s { ${lines(count, (i) => `int a${i}; /* b */`)} };`],
  ];
  for (const [title, size, text] of texts) {
    test(`${title}: the work grows as the text does`, () => {
      assertLinear("/dist/idl/", size, (count) => formatText(text(count)));
    });
  }
});

describe("linting", () => {
  for (const [title, text] of findings) {
    test(`${title}: the work grows as the text does`, () => {
      assertLinear("/dist/idl/", 2_000, (count) => {
        const source = { file: "t.x", text: text(count) };
        const { module } = compileInterface(source);
        if (module === undefined) throw new Error("the text has errors");
        return lintInterface({ ...source, module });
      });
    });
  }
});

/** Two interfaces: `name` is "a", and then "b". */
const changed: readonly (readonly [title: string, text: (count: number, name: string) => string])[] = [
  ["fields that were renamed", (count, name) => `struct s { ${lines(count, (i) => `int ${name}${i};`)} };`],
  [
    "fields in the reverse order",
    (count, name) => `struct s { ${lines(count, (i) => `int x${name === "a" ? i : count - i};`)} };`,
  ],
  ["members that were renamed", (count, name) => `enum e { ${lines(count, (i) => `${name}${i} = ${i},`)} last };`],
  ["structs that were renamed", (count, name) => lines(count, (i) => `struct ${name}${i} { int x; };`)],
  [
    "structs that were removed, and others",
    (count, name) => lines(count, (i) => `struct ${name}${i} { ${name === "a" ? "int" : "hyper"} x; };`),
  ],
  ["constants that were renamed", (count, name) => lines(count, (i) => `const ${name.toUpperCase()}${i} = ${i};`)],
  [
    "procedures that were renamed",
    (count, name) =>
      `program P { version V { ${lines(count, (i) => `void ${name}${i}(void) = ${i + 1};`)} } = 1; } = 0x20000001;`,
  ],
  [
    "versions that were renamed",
    (count, name) =>
      `program P { ${lines(count, (i) => `version ${name}${i} { void F(void) = 1; } = ${i + 1};`)} } = 0x20000001;`,
  ],
];

describe("comparing", () => {
  for (const [title, text] of changed) {
    test(`${title}: the work grows as their number does`, () => {
      assertLinear("/dist/idl/", 1_000, (count) => {
        const [before, after] = ["a", "b"].map((name) => {
          const { module } = compileInterface({ file: "t.x", text: text(count, name) });
          if (module === undefined) throw new Error("the text has errors");
          return module;
        });
        return before && after && compareInterfaces(before, after);
      });
    });
  }
});
