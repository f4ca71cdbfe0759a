// Names that an interface leaves to C: what becomes of them, and what stays an error.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CompileResult, compileInterface } from "../compile.js";
import type { StructDefinition } from "../model/model.js";
import type { IncludeResolver } from "../preprocess/units.js";

const run = (text: string): CompileResult => compileInterface({ file: "t.x", text });

/** Findings as `severity code`, and what the last struct's fields are. */
function told(text: string): [string[], string[]] {
  const { module, diagnostics } = run(text);
  const structs = module?.definitions.filter((one): one is StructDefinition => one.kind === "struct") ?? [];
  const fields = structs.at(-1)?.fields ?? [];
  const shown = fields.map(({ type }) => {
    if (type.kind === "primitive") return type.name;
    return type.kind === "named" ? type.definition.name : `${type.kind} ${"bound" in type ? type.bound.value : ""}`;
  });
  return [diagnostics.map(({ severity, code }) => `${severity} ${code}`), shown];
}

const C = '%#include "c.h"\n';
const LEFT = "warning left-to-c";

const cases: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  ["a type of a header is left open", `${C}struct s { elsewhere a; };`, [LEFT], ["elsewhere"]],
  ["a type is told of once", `${C}struct s { elsewhere a; elsewhere b; };`, [LEFT], ["elsewhere", "elsewhere"]],
  ["an enum of a header is an int", `${C}struct s { enum hue a; };`, [LEFT], ["int"]],
  [
    "a macro for C says what a type is",
    "%#define big unsigned long long\nstruct s { big a; };",
    [LEFT],
    ["unsigned hyper"],
  ],
  [
    "a typedef for C says what a type is",
    "%typedef unsigned short port;\nstruct s { port a; };",
    [LEFT],
    ["unsigned int"],
  ],
  [
    "a codec that has another name says it too",
    "%#define xdr_uid xdr_u_long\nstruct s { uid a; };",
    [LEFT],
    ["unsigned int"],
  ],
  [
    "another name of a type is that type",
    "%typedef struct t u;\nstruct t { int a; };\nstruct s { u a; };",
    [LEFT],
    ["t"],
  ],
  [
    "a type that C is told of is left open",
    "%extern bool_t xdr_strange();\nstruct s { strange a; };",
    [LEFT],
    ["strange"],
  ],
  [
    "a limit of a header is none",
    `${C}struct s { string a<FAR>; opaque b<FAR - 1>; };`,
    [LEFT],
    ["string 4294967295", "opaque 4294967295"],
  ],
  ["a constant of a header's goes", `${C}const N = FAR;\nstruct s { string a<N>; };`, [LEFT], ["string 4294967295"]],
  [
    "what two tags name belongs to C",
    "struct s { struct zebra a; struct giraffe b; };",
    [LEFT, LEFT],
    ["zebra", "giraffe"],
  ],
  ["a struct of C's own headers does", "struct s { struct timeval a; };", [LEFT], ["timeval"]],
  [
    "a header that is included counts",
    "#include <time.h>\nstruct s { occasion a; };",
    ["warning include-not-found", LEFT],
    ["occasion"],
  ],
  ["definitions go before C's", "%#define size hyper\ntypedef int size;\nstruct s { size a; };", [], ["size"]],
  [
    "what the file says goes before what is well known",
    "%#define NFS3_FHSIZE 3\nstruct s { opaque a[NFS3_FHSIZE]; };",
    [],
    ["opaque 3"],
  ],
];

describe("what C defines", () => {
  for (const [title, text, findings, fields] of cases) {
    test(title, () => assert.deepEqual(told(text), [findings, fields]));
  }

  test("a discriminant that nobody defines is an int", () => {
    const { module, diagnostics } = run(`${C}union u switch (flavor f) { case 1: int a; default: void; };`);
    const [union] = module?.definitions ?? [];
    assert.ok(union?.kind === "union" && union.discriminantKind === "int");
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ["left-to-c"],
    );
  });

  test("a name that is a defined one misspelt is an error; one that is like a built-in name is asked about", () => {
    const hints = [
      `${C}struct person { int a; };\nstruct s { persn a; };`,
      `${C}const MAX_NAME = 8;\ntypedef string name<MAX_NMAE>;`,
      `${C}struct s { u_xint64_t a; };`,
    ].map((text) => run(text).diagnostics.map(({ severity, code, hint }) => [severity, code, hint?.slice(0, 28)]));
    assert.deepEqual(hints, [
      [["error", "undefined-name", "did you mean `person`?"]],
      [["error", "undefined-name", "did you mean `MAX_NAME`?"]],
      [["warning", "left-to-c", "did you mean `u_int64_t`? If"]],
    ]);
  });

  test("names that differ in numbers or by _t are two names, and a struct of C's is no misspelt one", () => {
    const texts = [
      "struct nfs_fh3 { int a; };\nstruct s { nfs_fh2 a; };",
      "struct handle { int a; };\nstruct s { handle_t a; };",
      "struct stats { int a; };\nstruct s { struct stat a; };",
    ];
    for (const text of texts) {
      assert.deepEqual(
        run(C + text).diagnostics.map(({ code }) => code),
        ["left-to-c"],
        text,
      );
    }
  });

  test("where each %#include is an interface that was found, nothing is left to C", () => {
    const text = '%#include "types.h"\nstruct s { elsewhere a; };';
    const codes = (resolveInclude: IncludeResolver): string[] =>
      compileInterface({ file: "t.x", text, resolveInclude }).diagnostics.map(({ code }) => code);
    assert.deepEqual(
      codes(() => undefined),
      ["left-to-c"],
    );
    assert.deepEqual(
      codes(({ name }) => (name === "types.x" ? { file: "types.x", text: "const A = 1;" } : undefined)),
      ["undefined-name"],
    );
  });

  test("types that are left open come from a module beside the generated one", () => {
    const { module } = run(`${C}struct s { elsewhere a; };`);
    assert.deepEqual(
      module?.imports?.map(({ extern, neededBy }) => [extern, neededBy]),
      [["./t.externs.js", "t.x"]],
    );
  });

  test("a codec that is written by hand is warned of", () => {
    const text = "%#define odd int\n%extern bool_t xdr_odd(XDR *, odd *);\nstruct s { odd a; };";
    assert.match(run(text).diagnostics[0]?.hint ?? "", /--extern odd=MODULE/);
  });
});

const faults: readonly (readonly [string, string])[] = [
  ["a slip of a word of the language", `${C}struct s { strng a; };`],
  ["a type of other languages", `${C}struct s { String a; };`],
  ["any name without a sign of C", "struct s { elsewhere a; };"],
  ["one tag without a sign of C", "struct s { struct elsewhere a; };"],
  ["any name with comments for C alone", '%/* generated */\n%#pragma ident "x"\nstruct s { elsewhere a; };'],
  ["a fixed length that only C knows", `${C}typedef opaque id[FAR];`],
  ["a case that only C knows", `${C}union u switch (int f) { case FAR: int a; default: void; };`],
  ["a member that only C knows", `${C}enum e { A = FAR };`],
  ["a fixed length by way of a constant that only C knows", `${C}const N = FAR + 1;\ntypedef opaque id[N];`],
];

test("what RFCs name without defining it", () => {
  assert.deepEqual(told("struct FSINFOargs { int a; };\nstruct s { FSINFO3args a; };"), [[], ["FSINFOargs"]]);
  assert.deepEqual(told("struct s { unsigned int seq_num; proc_req_arg_t arg; };"), [
    [LEFT],
    ["unsigned int", "proc_req_arg_t"],
  ]);
  assert.deepEqual(told("union u switch (bool b) { case true: int a; case false: void; };\nstruct s { u a; };"), [
    [],
    ["u"],
  ]);
});

describe("what stays an error", () => {
  for (const [title, text] of faults) {
    test(title, () => {
      const errors = run(text).diagnostics.filter(({ severity }) => severity === "error");
      assert.deepEqual(
        errors.map(({ code }) => code),
        ["undefined-name"],
      );
    });
  }
});

test("a name with two wrong letters is an error beside lines for C; one with three is asked about", () => {
  const told = (name: string, known = "reading"): unknown[] => {
    const text = `%#include "own.h"\nstruct ${known} { double celsius; };\nstruct log { ${name} first; };\n`;
    return compileInterface({ file: "x.x", text }).diagnostics.map(({ severity, code, fixes = [] }) => [
      severity,
      code,
      ...fixes.map(({ title }) => title),
    ]);
  };
  for (const name of ["raedings", "raeidng", "Raedings", "READNG", "redign", "raeding"]) {
    assert.deepEqual(told(name), [["error", "undefined-name", "Change to `reading`"]], name);
  }
  assert.deepEqual(told("raedigs"), [["warning", "left-to-c", "Define `struct raedigs` before it"]]);
  assert.deepEqual(told("mesuremnts", "measurement"), [
    ["warning", "left-to-c", "Change to `measurement`", "Define `struct mesuremnts` before it"],
  ]);
  const { diagnostics } = run(`${C}struct measurement { int a; }; struct log { mesuremnts first; };`);
  assert.match(
    diagnostics[0]?.hint ?? "",
    /--extern mesuremnts=MODULE\. If the name is misspelt, did you mean `measurement`\?/,
  );
});
