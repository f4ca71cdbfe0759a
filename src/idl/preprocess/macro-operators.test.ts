// `#`, `##`, variable arguments and the names of places, as the definitions that come of them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileInterface } from "../compile.js";

function show(text: string): string[] {
  const { module, diagnostics } = compileInterface({ file: "t.x", text });
  assert.ok(module, JSON.stringify(diagnostics, undefined, 1));
  return module.definitions.map((one) => {
    if (one.kind === "const") return `${one.name} = ${one.value}`;
    return one.kind === "struct" ? `${one.name} { ${one.fields.map(({ name }) => name).join(" ")} }` : one.name;
  });
}

const CAT = "#define CAT(a, b) a ## b\n";

const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ["## makes one word of two", `${CAT}struct CAT(my, _struct) { int CAT(x, 1); };`, ["my_struct { x1 }"]],
  ["## takes its arguments as written", `${CAT}#define MAX 5\nconst CAT(MAX, LEN) = 1;`, ["MAX = 5", "MAXLEN = 1"]],
  ["## with nothing on one side leaves the other", `${CAT}struct s { int CAT(, a); int CAT(b, ); };`, ["s { a b }"]],
  ["## goes on", "#define FIELD(n) int f_ ## n ## _ ## n;\nstruct s { FIELD(a) FIELD(b) };", ["s { f_a_a f_b_b }"]],
  ["## works without parameters", "#define NAME my ## struct\nstruct NAME { int a; };", ["mystruct { a }"]],
  ["# makes a string of what is written", "#define TEXT(x) #x\nconst T = TEXT(hello 1 + 2);", ["T = hello 1 + 2"]],
  [
    "... takes all that is left",
    "#define S(n, ...) struct n { __VA_ARGS__ }\n#define PAIR(a, b) int a; int b;\nS(s, PAIR(x, y) int z;);",
    ["s { x y z }"],
  ],
  ["a name with ... takes all that is left", "#define E(n, m...) enum n { m }\nE(e, A, B);", ["e"]],
  ["... may be nothing", "#define F(t, ...) t __VA_ARGS__\nstruct s { F(int a;) };", ["s { a }"]],
  ["__LINE__ and __FILE__ say where they stand", "\nconst L = __LINE__;\nconst F = __FILE__;", ["L = 2", "F = t.x"]],
  [
    "function-like macros count in conditions",
    "#define GE(a, b) ((a) >= (b))\n#if GE(3, 2)\nconst A = 1;\n#endif",
    ["A = 1"],
  ],
  [
    "#elif goes from one to the next",
    "#define N 3\n#if N == 1\nconst A = 1;\n#elif N == 2\nconst A = 2;\n#elif N == 3\nconst A = 3;\n#elif 1 / 0\n#else\nconst A = 4;\n#endif",
    ["N = 3", "A = 3"],
  ],
];

describe("macros' operators", () => {
  for (const [title, text, expected] of cases) test(title, () => assert.deepEqual(show(text), expected));

  test("## that makes no word is an error at its use", () => {
    const { diagnostics } = compileInterface({ file: "t.x", text: `${CAT}struct s { int CAT(a, +); };` });
    assert.deepEqual([diagnostics[0]?.code, diagnostics[0]?.span.line, diagnostics[0]?.span.column], ["macro", 2, 16]);
  });

  test("directives for other programs are passed over", () => {
    const text = `#ident "x"\n#sccs "y"\n#line 40 "other.x"\n# 12 "t.x" 2\n#pragma ident "z"\n#assert machine(x)\nconst A = 1;`;
    assert.deepEqual(show(text), ["A = 1"]);
  });

  test("#include takes its file from a macro", () => {
    const resolveInclude = ({ name }: { name: string }) =>
      name === "b.x" ? { file: name, text: "const B = 2;" } : undefined;
    const text = '#define WHERE "b.x"\n#include WHERE\n';
    const { module } = compileInterface({ file: "t.x", text, resolveInclude });
    assert.deepEqual(
      module?.definitions.map(({ name }) => name),
      ["WHERE", "B"],
    );
  });

  for (const [word, severity] of [
    ["error", "error"],
    ["warning", "warning"],
  ]) {
    test(`#${word} tells its text at its place`, () => {
      const { diagnostics } = compileInterface({ file: "t.x", text: `const A = 1;\n#${word} give me -DX` });
      assert.equal(diagnostics[0]?.severity, severity);
      assert.equal(diagnostics[0]?.span.line, 2);
      assert.match(diagnostics[0]?.message ?? "", /give me -DX/);
    });
  }
});
