// Texts that are deep, or made of many: a model or an error that names the limit, never an exception.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileIdl, emitIdl } from "./index.js";

const within = (text: string): string =>
  `[uuid(12345678-1234-1234-1234-123456789abc), version(1.0)] interface a {\n${text}\n}\n`;

const many = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join("\n");

function compile(text: string): readonly (readonly [code: string, message: string])[] {
  const { diagnostics, model } = compileIdl({ file: "t.idl", text }, () => undefined);
  if (model !== undefined) emitIdl(model, { header: "", runtime: "lupine/dce" });
  return diagnostics.map(({ code, message }) => [code, message]);
}

const deep = [["too-deep", "more than 200 structures and unions contain each other here"]];

const chains: readonly (readonly [title: string, first: string, line: (i: number) => string])[] = [
  ["structures", "typedef struct { long a; } s0;", (i) => `typedef struct { s${i} a; s${i} b; } s${i + 1};`],
  ["tags", "struct s0 { long a; };", (i) => `struct s${i + 1} { struct s${i} a; };`],
  ["arrays", "typedef struct { long a; } s0;", (i) => `typedef struct { s${i} a[2]; } s${i + 1};`],
  ["typedefs", "typedef struct { long a; } s0;", (i) => `typedef s${i} t${i}; typedef struct { t${i} a; } s${i + 1};`],
  [
    "arrays without a fixed length",
    "typedef struct { long n; [size_is(n)] long a[]; } s0;",
    (i) => `typedef struct { long n; s${i} a; } s${i + 1};`,
  ],
  [
    "unions",
    "typedef union switch (long k) u { case 1: long a; } s0;",
    (i) => `typedef union switch (long k) u { case 1: s${i} a; case 2: s${i} b; } s${i + 1};`,
  ],
  [
    "unions whose discriminant is a field",
    "typedef [switch_type(long)] union { [case(1)] long a; } s0;",
    (i) =>
      `struct t${i} { long k; [switch_is(k)] s${i} a; }; typedef [switch_type(long)] union { [case(1)] struct t${i} a; } s${i + 1};`,
  ],
];

for (const [title, first, line] of chains) {
  test(`${title} within each other: 200 are compiled, of more an error names the place`, () => {
    const text = (count: number): string => within(`${first}\n${many(count, line)}\n`);
    assert.deepEqual(compile(text(90)), []);
    assert.deepEqual(compile(text(title === "structures" ? 20_000 : 2_000)), deep);
  });
}

test("behind pointers, structures may be as many as one likes", () => {
  const chain = many(5_000, (i) => `typedef struct { s${i} *a; s${i} *b; } s${i + 1};`);
  assert.deepEqual(compile(within(`typedef struct { long a; } s0;\n${chain}\nvoid f([in] s5000 *x);`)), []);
});

test("a size is found once for each structure, however often it is in others", () => {
  const chain = many(60, (i) => `typedef struct { s${i} a; s${i} b; } s${i + 1};`);
  const text = (size: number): string =>
    within(`typedef struct { long a; } s0; ${chain} const hyper N = sizeof(s${size});`);
  assert.deepEqual(compile(text(40)), []);
  assert.deepEqual(compile(text(60)), [["out-of-range", "the type has more bytes than a number can say"]]);
});

test("operators count together, whatever their precedence and parentheses", () => {
  const operators = ["*", "+", "<<", "<", "==", "&", "^", "|", "&&", "||"];
  const rows = operators.map((one) => `${one} 1 `.repeat(450)).join("");
  let expression = "1";
  for (let depth = 0; depth < 45; depth++) expression = `(${expression} ${rows})`;
  const expected = [["too-deep", "the expression has more than 500 operators"]];
  assert.deepEqual(compile(within(`const long N = ${expression};`)), expected);
  assert.deepEqual(compile(within(`void f([in] long n, [in, size_is(${expression})] long *x);`)), expected);
  assert.deepEqual(compile(within(many(100, (i) => `const long N${i} = 1${" + 1".repeat(490)};`))), []);
});

test("a list of declarators may be as long as one likes", () => {
  const names = many(150_000, (i) => `a${i},`);
  assert.deepEqual(compile(within(`typedef struct { long ${names} z; } T; void f([in] T *x);`)), []);
});

test("the name of a type without one keeps only the beginning of a long one around it", () => {
  const { model } = compileIdl(
    { file: "t.idl", text: within(`struct ${"L".repeat(5_000)} { struct { long x; } a; };`) },
    () => undefined,
  );
  assert.ok(model?.types.some(({ name }) => name === `${"L".repeat(200)}_a`));
});

test("no message quotes a name of any length in full", () => {
  const name = "n".repeat(100_000);
  const texts = [
    within(`${name} f();`),
    within(`typedef long ${name}; typedef short ${name};`),
    `[${name}] interface a {}`,
    `import "${name}";`,
    `#error ${name}`,
    `interface ${name} { void f(); }`,
    within(`void f([in, size_is(${name})] long *x);`),
    within(`const long x = ${name};`),
    within(`typedef struct { void *p; } ${name}; void f();`),
  ];
  for (const text of texts) {
    const { diagnostics } = compileIdl({ file: "t.idl", text }, () => undefined);
    assert.notEqual(diagnostics.length, 0);
    for (const { message, hint = "" } of diagnostics)
      assert.ok(message.length + hint.length < 500, message.slice(0, 200));
  }
});
