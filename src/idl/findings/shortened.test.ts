import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "../compile.js";
import { lintInterface } from "../lint/lint.js";
import type { Finding } from "./diagnostics.js";
import { shortened } from "./shortened.js";

test("a long word is cut: its beginning and its length are shown", () => {
  const name = "a".repeat(100_000);
  assert.equal(shortened(`no type \`${name}\`, \`b\``), `no type \`${"a".repeat(60)}… (100000 characters)\`, \`b\``);
  assert.equal(shortened(`struct ${name} is empty`), `struct ${"a".repeat(60)}… (100000 characters) is empty`);
  assert.equal(shortened("x".repeat(200)), "x".repeat(200));
});

test("no character is cut in half, and a message of many words ends, too", () => {
  assert.match(shortened(`a${"🦊".repeat(200)}`), /^a(?:🦊){29}… \(401 characters\)$/u);
  const long = shortened("ab ".repeat(100_000));
  assert.equal(long.length, 1_000);
  assert.ok(long.endsWith("…"));
});

const name = "n".repeat(100_000);
const other = "n".repeat(900);
const wrong: readonly string[] = [
  `struct ${name} { b c; };`,
  `struct s { ${name} c; };`,
  `struct ${name} { int c; }; struct ${name} { int c; };`,
  `struct s { int ${name}; int ${name}; };`,
  `enum e { ${name} = 1, ${name} = 1 };`,
  `const A = ${name};`,
  `struct ${name} { ${name} c; };`,
  `#include "${name}"`,
  `#${name}`,
  `#error ${name}`,
  `program ${name} { version V { int F(int) = 1; } = 1; } = 1; program ${name} { version V { int F(int) = 1; } = 1; } = 1;`,
  `struct ${other} { ${other} c; }; struct ${other} { int ${other}; int ${other}; };`,
  `typedef ${name}z ${name}; struct ${name}z { int a; }; const ${name}zz = ${name}zy;`,
];

test("no message of the compiler or the linter quotes a name of any length in full", () => {
  const assertShort = ({ message, hint = "", related = [], fixes = [] }: Finding): void => {
    const texts = [message, hint, ...related.map((one) => one.message), ...fixes.map(({ title }) => title)];
    for (const text of texts) assert.ok(text.length <= 1_000, `${text.length}: ${text.slice(0, 100)}`);
  };
  for (const text of wrong) {
    const { diagnostics } = compileInterface({ file: "t.x", text });
    assert.notEqual(diagnostics.length, 0, text.slice(0, 30));
    diagnostics.forEach(assertShort);
  }
  const long = "n".repeat(900);
  const text = `typedef string ${long}<>; struct ${long}s { int ${long}; char a[3]; int *${long}p; };`;
  const { module } = compileInterface({ file: "t.x", text });
  assert.ok(module !== undefined);
  const findings = lintInterface({ file: "t.x", text, module });
  assert.notEqual(findings.length, 0);
  findings.forEach(assertShort);
});
