// Macros, includes and conditions, as the definitions that come of them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { thoroughTest } from "../../testing/count-of.test-support.js";
import { countWork } from "../../testing/count-work.test-support.js";
import { type CompileResult, compileInterface } from "../compile.js";
import { type ConditionMacro, evaluateCondition } from "./conditions.js";
import { MAX_INCLUDE_DEPTH } from "./includes.js";

/** Blocks of the compiler that may run for one file. */
const MAX_WORK = 20_000_000;

type Files = Readonly<Record<string, string>>;

/** Compiles `t.x`, with the other files beside it. */
function run(text: string, files: Files = {}, symbols: Readonly<Record<string, string>> = {}): CompileResult {
  const resolveInclude = ({ name }: { name: string }): { file: string; text: string } | undefined => {
    const found = files[name];
    return found === undefined ? undefined : { file: name, text: found };
  };
  return compileInterface({ file: "t.x", text, symbols, resolveInclude });
}

/** Definitions in short: constants with values, typedefs of arrays with lengths, structs with the names of fields. */
function show(result: CompileResult): string[] {
  assert.ok(result.module, JSON.stringify(result.diagnostics, undefined, 1));
  return result.module.definitions.map((one) => {
    if (one.kind === "const") return `${one.name} = ${one.value}`;
    if (one.kind === "struct") return `${one.name} { ${one.fields.map(({ name }) => name).join(" ")} }`;
    if (one.kind === "typedef" && "bound" in one.type) return `${one.name}[${one.type.bound.value}]`;
    return one.name;
  });
}

/** Diagnostics as `file:line:column code`. */
function told({ diagnostics }: CompileResult): string[] {
  return diagnostics.map(({ span, code }) => `${span.file}:${span.line}:${span.column} ${code}`);
}

describe("macros", () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ["of a type are replaced", "#define NUMBER unsigned hyper\nstruct s { NUMBER a; };", ["s { a }"]],
    ["of several tokens are replaced", "#define FIELDS int a; int b;\nstruct s { FIELDS int c; };", ["s { a b c }"]],
    ["of one value are constants", "#define N 4\ntypedef int row[N];", ["N = 4", "row[4]"]],
    ["with operators mean what C means", "#define N 1 + 2\ntypedef int row[N * 2];", ["N = 3", "row[5]"]],
    ["in parentheses are constants", "#define N (1 + 2)\ntypedef int row[N * 2];", ["N = 3", "row[6]"]],
    ["that shift are read", "#define N 1 << 3\ntypedef int row[N];", ["N = 8", "row[8]"]],
    ["of a member are constants", "enum e { A = 3 };\n#define N A\ntypedef int row[N];", ["e", "N = 3", "row[3]"]],
    [
      "of another name are replaced",
      "#define T other\nstruct other { int a; };\nstruct s { T b; };",
      ["other { a }", "s { b }"],
    ],
    [
      "count from where they stand",
      "typedef int N;\n#undef N\n#define M 2\nstruct s { N a[M]; };",
      ["N", "M = 2", "s { a }"],
    ],
    ["may change", "#define N 1\ntypedef int a[N];\n#undef N\n#define N 2\ntypedef int b[N];", ["a[1]", "b[2]"]],
    ["do not count within themselves", "#define s s\nstruct s { int a; };", ["s { a }"]],
    ["with parameters are replaced", "#define ROW(t, n) t row[n]\ntypedef ROW(int, (2 + 1));", ["row[3]"]],
    ["take macros as arguments", "#define ID(x) x\n#define N 2\ntypedef int row[ID(ID(N))];", ["N = 2", "row[2]"]],
    ["with parameters and no parenthesis behind them are names", "#define f(x) x\nstruct f { int a; };", ["f { a }"]],
    ["without a body go", "#define EXTRA\nstruct s { EXTRA int a; };", ["s { a }"]],
  ];
  for (const [title, text, expected] of cases) test(title, () => assert.deepEqual(show(run(text)), expected));

  test("given from outside are replaced, and are no constants", () => {
    assert.deepEqual(show(run("typedef int row[N];", {}, { N: "7" })), ["row[7]"]);
  });

  test("an error in what a macro makes stands where it is used, and tells where the macro says so", () => {
    const { diagnostics } = run("#define T nonesuch\nstruct s {\n  T a;\n};");
    assert.equal(diagnostics.length, 1);
    const [{ span, related } = { span: undefined, related: undefined }] = diagnostics;
    assert.deepEqual([span?.line, span?.column, span?.length], [3, 3, 1]);
    assert.deepEqual(
      related?.map((one) => [one.span.line, one.span.column]),
      [[1, 11]],
    );
  });

  const broken: readonly (readonly [string, string, string])[] = [
    ["with too few arguments", "#define f(a, b) a\ntypedef int row[f(1)];", "t.x:2:17 macro"],
    ["whose parenthesis is not closed", "#define f(a) a\ntypedef int row[f(1];", "t.x:2:17 macro"],
    ["with signs that nothing has", "#define f(a) @a\ntypedef int row[f(1)];", "t.x:2:17 macro"],
    ["without a name", "#define 5", "t.x:1:1 syntax"],
  ];
  for (const [title, text, first] of broken) test(`${title}: ${first}`, () => assert.equal(told(run(text))[0], first));

  thoroughTest("that double forty times are an error, soon", () => {
    const lines = Array.from({ length: 40 }, (_, i) => `#define M${i + 1} M${i} M${i}`).join("\n");
    const work = countWork("/dist/idl/", () => {
      assert.ok(told(run(`#define M0 int a;\n${lines}\nstruct s { M40 };`)).some((one) => one.endsWith("macro")));
    });
    assert.ok(work < MAX_WORK, `${work} blocks of the compiler ran`);
  });

  thoroughTest("within one another ten thousand times are an error", () => {
    const text = `#define f(x) x\ntypedef int row[${"f(".repeat(10_000)}1${")".repeat(10_000)}];`;
    assert.ok(told(run(text)).some((one) => one.endsWith("macro")));
  });
});

describe("included files", () => {
  test("stand where they are asked for, even in the middle of a struct, and each once behind its guard", () => {
    const files = {
      "types.x": '#ifndef TYPES_X\n#define TYPES_X\n#include "more.x"\ntypedef int one;\n#endif\n',
      "more.x": '#ifndef MORE_X\n#define MORE_X\n#include "types.x"\ntypedef int two;\n#endif\n',
      "fields.x": "one a;\ntwo b;\n",
    };
    const text = '#include "types.x"\n#include <more.x>\nstruct s {\n#include "fields.x"\n  int c;\n};\n';
    const result = run(text, files);
    assert.deepEqual(show(result), ["two", "one", "s { a b c }"]);
    assert.deepEqual(
      result.sources.map(({ file }) => file),
      ["t.x", "types.x", "more.x", "types.x", "more.x", "fields.x"],
    );
    assert.equal(result.module?.definitions[0]?.span.file, "more.x");
  });

  test("keep the place of what is wrong in them, after what is wrong in the file itself", () => {
    const result = run('#include "a.x"\nstruct t { gone b; };', { "a.x": "\n  struct s { lost a; };" });
    assert.deepEqual(told(result), ["t.x:2:12 undefined-name", "a.x:2:14 undefined-name"]);
  });

  test("give their macros to what follows, and once with #pragma once", () => {
    const files = { "n.x": "#pragma once\n#define N 3\ntypedef int seen;\n" };
    assert.deepEqual(show(run('#include "n.x"\n#include "n.x"\ntypedef int row[N];', files)), [
      "N = 3",
      "seen",
      "row[3]",
    ]);
  });

  test("of C give their macros and nothing else", () => {
    const files = { "limits.h": "#define N 3\nextern int f(void);\n#if __odd(1)\n#endif\n" };
    assert.deepEqual(show(run('#include "limits.h"\n#if N > 2\ntypedef int row[N];\n#endif\n', files)), ["row[3]"]);
  });

  test("that are not there are an error, but a warning for C's", () => {
    assert.deepEqual(told(run('#include "gone.x"')), ["t.x:1:10 include-not-found"]);
    assert.ok(run("#include <rpc/rpc.h>").module);
  });

  test(`include themselves at most ${MAX_INCLUDE_DEPTH} deep`, () => {
    const result = run('#include "a.x"', { "a.x": '#include "a.x"\n' });
    assert.deepEqual(told(result), ["a.x:1:10 include-too-deep"]);
  });

  test("that include themselves twice end soon", () => {
    const work = countWork("/dist/idl/", () => {
      run('#include "a.x"', { "a.x": '#include "a.x"\n#include "a.x"\n' });
    });
    assert.ok(work < MAX_WORK, `${work} blocks of the compiler ran`);
  });
});

describe("conditions", () => {
  const macros: Readonly<Record<string, ConditionMacro>> = {
    N: { body: "3" },
    TWICE: { body: "(N * 2)" },
    SELF: { body: "SELF + 1" },
    EMPTY: { body: "" },
    MAX: { parameters: ["a", "b"], body: "((a) > (b) ? (a) : (b))" },
    NOTHING: { parameters: [], body: "7" },
  };
  const cases: readonly (readonly [string, boolean | undefined])[] = [
    ["1", true],
    ["N == 3 && TWICE >= 6", true],
    ["N < 3 || !defined(N)", false],
    ["defined N && !defined(GONE)", true],
    ["GONE", false],
    ["SELF == 1", true],
    ["(1 ? 2 : 0) == 2", true],
    ["-1 < 0 && ~0 == -1", true],
    ["0x10 == 16 && 010 == 8 && 'A' == 65", true],
    ["1 << 3 == 8 && 1 + 2 * 3 == 7", true],
    ["10UL % 3 == 1", true],
    ["MAX(2, N) == 3 && MAX((1 + 1), 1) == 2 && MAX(MAX(1, 9), 4) == 9", true],
    ["NOTHING() == 7", true],
    ["MAX(1)", undefined],
    ["MAX", undefined],
    ["MAX(1, 2", undefined],
    ["'\\n' == 10 && '\\x41' == 65 && '\\0' == 0 && '\\'' == 39", true],
    ["2 - 3 == -1 && (7 & 3 | 8 ^ 1) == 11 && !0 && +1", true],
    ["EMPTY", undefined],
    ["1 +", undefined],
    ["1 / 0", undefined],
    ["(1", undefined],
    ["N(1)", undefined],
    ["@", undefined],
    ["", undefined],
    ["(".repeat(10_000), undefined],
  ];
  for (const [text, expected] of cases) {
    test(`${text.slice(0, 40)} is ${expected}`, () =>
      assert.equal(
        evaluateCondition(text, (name) => macros[name]),
        expected,
      ));
  }

  test("macros that stand for many others are not understood, soon", () => {
    const many = (name: string): ConditionMacro => {
      const next = Number(name.slice(1)) + 1;
      return { body: `M${next} + M${next}` };
    };
    assert.equal(evaluateCondition("M0", many), undefined);
  });
});

describe("rpcgen's outputs", () => {
  test("count together: what only servers or clients have is added to the declarations", () => {
    const text = `
#ifdef RPC_HDR
typedef int seen;
#else
typedef hyper seen;
#endif
#ifdef RPC_SVC
const FOR_SERVERS = 1;
#endif
#if defined(RPC_CLNT) || defined(RPC_SVC)
program P { version V { void N(void) = 0; } = 1; } = 2;
#endif
`;
    assert.deepEqual(show(run(text)), ["seen", "FOR_SERVERS = 1", "P"]);
  });
});

describe("other interfaces", () => {
  const files = {
    "a.x":
      '%#include "b.h"\nconst ROOM = SIZE * 2;\ntypedef opaque buffer<ROOM>;\nstruct top { node *first; color paint; };\n',
    "b.x":
      '%#include "a.h"\n%#include "gone.h"\nconst SIZE = 4;\nenum color { RED = 1 };\nstruct node { int v; node *next; buffer data; top back<>; };\n',
  };

  test("give their names to those that import them, in a circle too, and stay modules of their own", () => {
    const { module, diagnostics } = run(files["a.x"], files);
    assert.deepEqual(diagnostics, []);
    assert.ok(module);
    assert.deepEqual(show({ module, diagnostics, sources: [] }), ["ROOM = 8", "buffer[8]", "top { first paint }"]);
    const [b, ...more] = module.imports ?? [];
    assert.deepEqual([b?.file, more.length], ["b.x", 0]);
    const top = module.definitions.at(-1);
    assert.ok(top?.kind === "struct" && top.fields[1]?.type.kind === "named");
    assert.equal(top.fields[1].type.definition, b?.definitions[1]);
  });

  test("that nothing is taken from do not count, wrong or not", () => {
    const { module, diagnostics } = run('%#include "b.h"\nconst A = 1;', { "b.x": "struct { wrong" });
    assert.ok(module);
    assert.deepEqual([diagnostics, module.imports], [[], undefined]);
  });

  test("that are wrong are told of by those that need them", () => {
    const result = run('%#include "b.h"\ntypedef fine other;', { "b.x": "typedef int fine;\nstruct s { lost a; };" });
    assert.deepEqual(told(result), ["b.x:2:12 undefined-name"]);
  });

  test("do not hide the file's own names", () => {
    const result = run('%#include "b.h"\ntypedef hyper same;\nstruct s { same a; };', { "b.x": "typedef int same;" });
    assert.equal(result.module?.imports, undefined);
  });

  test("go before the names that the language has built in", () => {
    const result = run('%#include "b.h"\nstruct s { netobj a; };', { "b.x": "struct netobj { int a; };" });
    const [struct] = result.module?.definitions ?? [];
    assert.ok(struct?.kind === "struct" && struct.fields[0]?.type.kind === "named");
  });

  test("what %#define says counts where nothing else does", () => {
    assert.deepEqual(show(run("%#define N 4 /* four */\ntypedef int row[N];")), ["row[4]"]);
    assert.deepEqual(show(run("%#define N 4\nconst N = 5;\ntypedef int row[N];")), ["N = 5", "row[5]"]);
  });
});
