// Constants of the C headers that an interface asks for.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CompileResult, compileInterface } from "../compile.js";
import type { IncludeRequest } from "../preprocess/units.js";

type Files = Readonly<Record<string, string>>;

function run(text: string, files: Files, asked: string[] = []): CompileResult {
  const resolveInclude = ({ name }: IncludeRequest) => {
    if (name.endsWith(".h")) asked.push(name);
    const found = files[name];
    return found === undefined ? undefined : { file: name, text: found };
  };
  return compileInterface({ file: "t.x", text, resolveInclude });
}

const lengthOf = (header: string, name = "FAR"): number | string | undefined => {
  const { module, diagnostics } = run(`%#include "c.h"\ntypedef opaque id[${name}];`, { "c.h": header });
  const [typedef] = module?.definitions ?? [];
  return typedef?.kind === "typedef" && typedef.type.kind === "opaque"
    ? typedef.type.bound.value
    : diagnostics[0]?.code;
};

const cases: readonly (readonly [string, string, number])[] = [
  ["macros", "#define FAR 16\n", 16],
  ["macros of expressions", "#define NEAR 4\n#define FAR (NEAR * 2 + 1) /* bytes */\n", 9],
  [
    "macros behind guards and conditions",
    "#ifndef C_H\n#define C_H\n#ifdef __cplusplus\n#else\n# define FAR 5\n#endif\n#endif\n",
    5,
  ],
  ["members of enums", "typedef enum { A, B = 7, FAR, C } kind_t;\n", 8],
  [
    "members of named enums",
    "enum kind {\n  NONE = -1, /* none */\n  ZERO,\n  FAR = (1 << 3),\n};\nint f(int x) { return x != 'a'; }\n",
    8,
  ],
  ["members that others define", "#define BASE 10\nenum { FAR = BASE + 1 };\n", 11],
];

describe("a header's", () => {
  for (const [title, header, length] of cases) {
    test(`${title} are constants`, () => assert.equal(lengthOf(header), length));
  }

  test("included headers count", () => {
    const files = { "c.h": "#include <sys/d.h>\n", "sys/d.h": "#define FAR 3\n" };
    const { module } = run('%#include "c.h"\ntypedef opaque id[FAR];', files);
    assert.ok(module);
  });

  test("members behind one that cannot be read are not guessed", () => {
    assert.equal(lengthOf("enum { A = sizeof(int), FAR };"), "left-to-c");
  });

  test("macros with casts, calls and strings are none", () => {
    for (const body of ["((int)3)", "sizeof(x)", '"text', "f(3)", "x ? 1 : 2"]) {
      assert.equal(lengthOf(`#define FAR ${body}\n`), "left-to-c", body);
    }
  });

  test("macro that stands for itself is an error, and no endless one", () => {
    assert.equal(lengthOf("#define FAR FAR2\n#define FAR2 FAR\n"), "circular-constant");
  });

  test("constants come last, and its files are not opened without need", () => {
    const asked: string[] = [];
    const files = { "c.h": "#define N 99\n#define M 98\n" };
    const text = '%#include "c.h"\n%#define M 5\nconst N = 4;\ntypedef opaque id[N];\ntypedef opaque other[M];';
    const { module } = run(text, files, asked);
    assert.deepEqual(
      module?.definitions.map((one) =>
        one.kind === "typedef" && "bound" in one.type ? one.type.bound.value : one.name,
      ),
      ["N", 4, 5],
    );
    assert.deepEqual(asked, []);
  });

  test("text that is no C at all does no harm", () => {
    assert.equal(lengthOf("enum {{{ ( ) } enum enum { = , 5 \u0000 \" ' #define\n#if (\n"), "left-to-c");
  });
});
