import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { compileIdl } from "./compile.js";
import { emitIdl } from "./emit.js";
import { methodNameOf } from "./method-names.js";

const head = "[uuid(b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1), version(1.0)] interface i ";

function compile(text: string, others: Readonly<Record<string, string>> = {}) {
  return compileIdl({ file: "t.idl", text }, (file) => {
    const found = others[file];
    return found === undefined ? undefined : { file, text: found };
  });
}

function generated(text: string, others: Readonly<Record<string, string>> = {}): string {
  const { model, diagnostics } = compile(text, others);
  assert.ok(model !== undefined, JSON.stringify(diagnostics, undefined, 1));
  return emitIdl(model, { header: "// test", runtime: "lupine/dce" });
}

function body(text: string): string {
  return generated(`${head}{ ${text} }`);
}

test("each mistake is reported at its place, once, with the way to mend it", () => {
  const faults: readonly [text: string, code: string, place: string, hint?: RegExp][] = [
    [`${head}{ void f([in] lnog a); }`, "undefined-name", "lnog", /did you mean `long`/],
    [`${head}{ void f([inn] long a); }`, "unknown-attribute", "inn", /did you mean `in`/],
    [`${head}{ void f([in] UINT32 a); }`, "undefined-name", "UINT32", /`typedef unsigned long UINT32;`/],
    [`${head}{ void f([in] long a[2..5]); }`, "unsupported", "2", /number of elements/],
    [`${head}{ void f([in] long a) }`, "syntax", ""],
    [`${head}{ void f([in, first_is(1)] long a[]); }`, "unsupported", "first_is", /length_is/],
    [`${head}{ void f([out] long a); }`, "out-by-value", "[out] long a", /write \*/],
    [`${head}{ void f([in] void *a); }`, "void-pointer", "*a", /context_handle/],
    [`${head}{ void f([in, string] long *a); }`, "misplaced-attribute", "*a"],
    [`${head}{ typedef struct { long a[]; long b; } s; }`, "misplaced-array", "a[]", /pointer/],
    [`${head}{ typedef struct { long a; long a; } s; }`, "duplicate-name", "a"],
    [`${head}{ typedef struct _s { struct _s a; } s; }`, "undefined-name", "a", /pointer/],
    [
      `${head}{ typedef union { [case(1)] long a; } u; void f([in, switch_is(1)] u *v); }`,
      "missing-switch",
      "union { [case(1)] long a; }",
      /switch_type/,
    ],
    [`${head}{ typedef [switch_type(long)] union { [case(1)] long a; [case(1)] short b; } u; }`, "duplicate-case", "b"],
    [
      `${head}{ typedef [switch_type(long)] union { [case(1)] long a; } u; void f([in] u *v); }`,
      "missing-switch",
      "*v",
      /switch_is/,
    ],
    [`${head}{ long; }`, "syntax", ";"],
    [`${head}{ const long N = M; }`, "undefined-name", "M", /`const long M = 1;`/],
    [`${head}{ typedef long t[0]; }`, "out-of-range", "0"],
    [`${head}{ typedef enum { A = 40000 } e; void f([in] e a); }`, "out-of-range", "A", /v1_enum/],
    [`${head}{ void f(void); void f(void); }`, "duplicate-name", "f"],
    [`${head}{ [maybe] long f(void); }`, "maybe-with-result", "f"],
    [`${head}{ void f([in, size_is(n)] long a[]); }`, "undefined-name", "n", /parameter/],
    [`${head}{ void f([in] long size, [in, size_is(siez)] long a[]); }`, "undefined-name", "siez", /`size`/],
    [`${head}{ void f([in] long n, [in, size_is(n), length_is(zz)] long a[]); }`, "undefined-name", "zz"],
    [`${head}{ typedef struct { [size_is(m)] long *a; } s; void f([in] long m); }`, "undefined-name", "m", /field/],
    [`${head}{ typedef [size_is(k)] long *t; void f([in, unique] t a); }`, "undefined-name", "[in, unique] t a"],
    [`${head}{ [size_is(, k)] long **f(void); }`, "undefined-name", "k"],
    [
      `${head}{ typedef [switch_type(long)] union { [case(1)] long a; } u; void f([in, switch_is(k)] u *v); }`,
      "undefined-name",
      "k",
    ],
    [`${head}{ void f([in] double n, [in, size_is(n)] long a[]); }`, "wrong-type", "n", /long/],
    [`${head}{ void f([in, string] char *s, [in, size_is(s)] long a[]); }`, "wrong-type", "s"],
    [`${head}{ void f([in, size_is(a)] long a[]); }`, "wrong-type", "a"],
    [`${head}{ void f([out] long *n, [in, size_is(*n)] long a[]); }`, "wrong-direction", "n", /\[in, out\]/],
    [`${head}{ void f([out] long *n, [in, out, size_is(*n)] long a[]); }`, "wrong-direction", "n"],
    [`${head}{ void f([in, size_is()] long a[]); }`, "syntax", ")"],
    [`${head}{ void f([in, range(0, MOST)] long a); }`, "undefined-name", "MOST"],
    [`${head}{ void f([in, range(5, 1)] long a); }`, "out-of-range", "range(5, 1)", /lesser/],
    [`${head}{ typedef [range(0, 1)] enum { A, B } e; void f([in] e a); }`, "misplaced-attribute", "range(0, 1)"],
    [`${head}{ void f([in, range(5)] long a); }`, "syntax", "range(5)", /range\(0, 100\)/],
    [`${head}{ void f([in, range(0, 1)] double a); }`, "misplaced-attribute", "range(0, 1)"],
    [`${head}{ void f([in] long n, [in, size_is(sizeof(n))] long a[]); }`, "unsupported", "n", /number of bytes/],
    [`${head}{ void f([in] long n, [in, size_is(n ? 1)] long a[]); }`, "syntax", ")"],
    [`${head}{ typedef struct { [ref] struct q *b; } s; void f([in] s *x); }`, "undefined-name", "struct q", /import/],
    [`${head}{ typedef struct { struct q b; } s; void f([in] s *x); }`, "undefined-name", "b", /define it/],
    [`${head}{ void f([in] struct q *x); }`, "undefined-name", "struct q"],
    [`${head}{ typedef struct q q; void f([in] q x); }`, "undefined-name", "struct q"],
    [`${head}{ void f([in, unique, ptr] long *a); }`, "contradictory-attributes", "ptr", /one of them/],
    [`${head}{ typedef [ref, unique] long *t; }`, "contradictory-attributes", "unique"],
    [`${head}{ void f([in, in] long a); }`, "duplicate-attribute", "in"],
    [`${head}{ void f([out, unique] long *a); }`, "out-pointer", "unique", /\*\*/],
    [`${head}{ typedef [ptr] long *t; void f([out] t a); }`, "out-pointer", "[out] t a"],
    [`${head.replace("1.0", "1.x")}{ void f(void); }`, "out-of-range", "version(1.x)", /version\(1\.0\)/],
    [`${head.replace("1.0", "70000.1")}{ void f(void); }`, "out-of-range", "version(70000.1)"],
    [`${head.replace("1.0", "1.2.3")}{ void f(void); }`, "out-of-range", "version(1.2.3)"],
    [`${head.replace("1.0", "-1")}{ void f(void); }`, "out-of-range", "version(-1)"],
    [
      `${head.replace("version(1.0)", "version(1.0), version(2.0)")}{ void f(void); }`,
      "duplicate-attribute",
      "version(2.0)",
    ],
    ["interface i { void f(void); }", "missing-uuid", "interface", /uuidgen/],
    ["[uuid(1234), version(1.0)] interface i { void f(void); }", "bad-uuid", "uuid(1234)", /uuidgen/],
    ['import "none.idl";', "import-not-found", '"none.idl"', /-I/],
    ["/* open", "unterminated", "/*"],
    ["", "empty-file", ""],
  ];
  for (const [text, code, place, hint] of faults) {
    const { diagnostics, model } = compile(text);
    assert.equal(model, undefined, text);
    assert.deepEqual(
      diagnostics.map((one) => one.code),
      [code],
      text,
    );
    const [{ span, hint: given = "" }] = diagnostics as [(typeof diagnostics)[0]];
    if (place !== "") assert.equal(text.slice(span.offset, span.offset + span.length), place, text);
    if (hint !== undefined) assert.match(given, hint, text);
  }
});

test("a second operation with the name of another is reported at its place, also after one with a mistake", () => {
  const { diagnostics } = compile(`${head}{ void g([in] lnog a); void f(void); void f(void); }`);
  const text = `${head}{ void g([in] lnog a); void f(void); void `;
  assert.deepEqual(
    diagnostics.map(({ code, span }) => [code, span.offset]),
    [
      ["undefined-name", text.indexOf("lnog")],
      ["duplicate-name", text.length],
    ],
  );
});

test("an array may have its bounds from 0, and the types of DCE's nbase.idl are there", () => {
  const one = (parameters: string): string => body(`const long LAST = 3; boolean32 f(${parameters});`);
  const fixed = one("[in] long a[4], [in] long n, [in, size_is(n)] long b[]");
  assert.equal(one("[in] long a[0..3], [in] long n, [in, size_is(n)] long b[0..*]"), fixed);
  assert.equal(one("[in] long a[0..LAST], [in] long n, [in, size_is(n)] long b[*]"), fixed);
});

test("several mistakes are reported in one run", () => {
  const { diagnostics } = compile(
    `${head}{ void f([in] lnog a); void g([inn] long a); typedef foo bar; void h([in] long a); }`,
  );
  assert.deepEqual(diagnostics.map(({ code }) => code).sort(), [
    "undefined-name",
    "undefined-name",
    "unknown-attribute",
  ]);
});

test("numbers of elements and discriminants that follow from others are not arguments", () => {
  const has = (text: string, type: string) => assert.ok(body(text).includes(type), body(text));
  has("long f([in] long n, [in, size_is(n)] long v[]);", "DceOperation<[v: number[]], number>");
  has("void f([in] long n, [in, size_is(n + 1)] long v[]);", "DceOperation<[n: number, v: number[]], void>");
  has("void f([in] long n, [out, size_is(n)] long v[]);", "DceOperation<[n: number], { v: number[] }>");
  has("void f([out] long *n, [out, size_is(, *n)] long **v);", "DceOperation<[], { v: number[] | null }>");
  has(
    "void f([in] long n, [in, size_is(n), length_is(n)] byte v[]);",
    "DceOperation<[n: number, v: Uint8Array], void>",
  );
  has(
    "typedef [switch_type(short)] union { [case(1)] long a; [default]; } u; void f([in] short k, [in, switch_is(k)] u *v);",
    "DceOperation<[v: u], void>",
  );
});

test("structures that are declared and never used need no definition", () => {
  assert.ok(body("struct q; typedef struct r *t; void f([in] long a);").includes("a: number"));
});

test("a structure may be defined after its use", () => {
  const text = body("typedef struct { struct q *b; } s; void f([in] s *x); struct q { long a; };");
  assert.ok(text.includes("export const q:"), text);
});

test("sizes may have every operator of C", () => {
  const sizeOf = (expression: string) =>
    /sizeIs: (.*?) \}, out/.exec(
      body(`void f([in] long a, [in] long b, [out, size_is(${expression})] byte v[]);`),
    )?.[1];
  const cases: readonly [expression: string, sizeIs: string][] = [
    ["a & 7", '["&","a",7]'],
    ["(a + 7) & ~7", '["&",["+","a",7],-8]'],
    ["a << 1 | b", '["|",["<<","a",1],"b"]'],
    ["a % 4", '["%","a",4]'],
    ["-a", '["-",0,"a"]'],
    ["~a", '["-",-1,"a"]'],
    ["a ? *a : 1", '["?","a","a",1]'],
    ["a > b ? a : b", '["?",[">","a","b"],"a","b"]'],
    ["a && b", '["?","a",["!=","b",0],0]'],
    ["!a || b == 2", '["?",["==","a",0],1,["!=",["==","b",2],0]]'],
    ["sizeof(hyper) * 2", "16"],
    ["a * sizeof(unsigned short)", '["*","a",2]'],
    ["1 ? 5 : a", "5"],
    ["TRUE", "1"],
  ];
  for (const [expression, sizeIs] of cases) assert.equal(sizeOf(expression), sizeIs, expression);
});

test("constants have the values of C, also beyond 31 bits", () => {
  const numberOf = (expression: string) => /export const N = (.*);/.exec(body(`const hyper N = ${expression};`))?.[1];
  assert.equal(numberOf("0x80000000 | 1"), "2147483649");
  assert.equal(numberOf("0xffffffff & ~0xff"), "4294967040");
  assert.equal(numberOf("7 > 3 && 2 <= 1 ? 10 : 20"), "20");
  assert.equal(numberOf("-7 / 2"), "-3");
  assert.equal(numberOf("sizeof(double)"), "8");
  for (const wrong of ["1 / 0", "1 % 0", "1 << 64", "1 << -1"]) {
    const { diagnostics } = compile(`${head}{ const long N = ${wrong}; }`);
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ["out-of-range"],
      wrong,
    );
  }
});

test("expressions that are too long or nested too deeply are refused", () => {
  for (const text of [`${"1 ? ".repeat(200)}1`, "(".repeat(200), `${"1 + ".repeat(100_000)}1`, "-".repeat(100_000)]) {
    const { diagnostics } = compile(`${head}{ const long N = ${text}; }`);
    assert.equal(diagnostics[0]?.code, "too-deep", text.slice(0, 20));
  }
});

test("types that are nested too deeply are refused", () => {
  for (const layers of [`${"*".repeat(20_000)}a`, `a${"[1]".repeat(20_000)}`]) {
    const { diagnostics } = compile(`${head}{ void f([in] long ${layers}); }`);
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ["too-deep"],
    );
  }
  const chain = Array.from({ length: 200 }, (_, i) => `typedef t${i} t${i + 1};`).join(" ");
  const { diagnostics } = compile(`${head}{ typedef long t0; ${chain} }`);
  assert.equal(diagnostics[0]?.code, "too-deep");
});

test("pointers are nullable unless they are references", () => {
  const has = (text: string, type: string) => assert.ok(body(text).includes(type), body(text));
  has(
    "void f([in] long *a, [in, unique] long *b, [in, ptr] long *c);",
    "[a: number, b: number | null, c: number | null]",
  );
  has("typedef struct { long *a; [ref] long *b; } s;", "a: number | null;\n  b: number;");
  has("typedef [string] wchar_t *name; void f([in, unique] name a, [in] name b);", "[a: string | null, b: string]");
  has("void f([in, string] const char *a, [out, string] char **b);", "[a: string], { b: string | null }");
});

test("types of imported files are part of the module, their operations are not", () => {
  const others = {
    "base.idl": `${head.replace(" i ", " base ")}{ typedef struct { long x; } point; void other(void); }`,
  };
  const text = generated(`import "base.idl"; ${head}{ void f([in] point *p); }`, others);
  assert.ok(text.includes("export interface point"));
  assert.ok(!text.includes("other"));
});

test("a type comes after those that it contains", () => {
  const text = body("typedef struct { struct inner { long x; } a; struct inner b[2]; } outer;");
  assert.ok(text.indexOf("export const inner") < text.indexOf("export const outer"), text);
});

test("methods have the names of operations in lower camel case", () => {
  const names = ["NetShareEnum", "add", "ADD", "RPCOpen", "get_time", "then", "Close", "ept_lookup_handle_free"];
  const methods = ["netShareEnum", "add", "add", "rpcOpen", "getTime", "then_", "close", "eptLookupHandleFree"];
  assert.deepEqual(names.map(methodNameOf), methods);
});

test("any text is compiled or refused, never an exception", () => {
  const words =
    "[ ] { } ( ) , ; * = in out long char struct union enum typedef switch case default size_is switch_is interface uuid string ? : && ~ ! sizeof const n 1 0x \" ' / << a b".split(
      " ",
    );
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 4 })), { maxLength: 40 }),
      (parts) => {
        const { model, diagnostics } = compile(`${head}{ ${parts.join(" ")}`);
        assert.ok(model !== undefined || diagnostics.length > 0);
        if (model !== undefined) emitIdl(model, { header: "//", runtime: "x" });
      },
    ),
    { numRuns: 1_000 },
  );
});

const sample = `${head}{ void f([in] long a); }`;

test("what only C needs is no error where no operation uses it, and left out with a warning", () => {
  const left = [
    "typedef struct { void *p; } s;",
    "typedef struct { long flags : 3; } s;",
    "typedef struct { union { long a; short b; } u; } s;",
    "typedef union { [case(1)] long a; long b; } s;",
    "typedef struct { void (*done)(long result); } s;",
    "typedef [wire_marshal(long)] struct { long a; } s;",
    "interface IThing; typedef struct { IThing *p; } s;",
    "typedef struct { void *p; } inner; typedef struct { [unique] inner *p; } s;",
  ];
  for (const text of left) {
    const { model, diagnostics } = compile(`${text} ${sample}`);
    assert.ok(diagnostics.length > 0 && diagnostics.every(({ severity }) => severity === "warning"), text);
    assert.ok(
      diagnostics.some(({ message }) => message.startsWith("`s` is left out")),
      text,
    );
    assert.ok(model !== undefined && !emitIdl(model, { header: "//", runtime: "x" }).includes("const s:"), text);
    const used = compile(`${text} ${head}{ void f([in] s *a); }`);
    assert.equal(used.model, undefined, text);
    assert.equal(used.diagnostics.length, 1, text);
  }
  for (const text of [
    "typedef void *HANDLE; typedef void VOID, *PVOID;",
    "typedef enum { A = 0xffff } e;",
    "typedef int compare(int a, int (*b)(void));",
    "typedef pipe byte p;",
  ])
    assert.deepEqual(compile(`${text} ${sample}`).diagnostics, [], text);
});

test("built-in types and equal definitions may be written again, others not", () => {
  const fine = [
    "typedef unsigned short wchar_t; typedef unsigned long error_status_t; typedef unsigned char byte, boolean;",
    "typedef long N; typedef long N; const long M = 1; const long M = 1;",
  ];
  for (const text of fine) assert.deepEqual(compile(`${text} ${sample}`).diagnostics, [], text);
  for (const text of [
    "typedef long wchar_t;",
    "typedef long N; typedef short N;",
    "const long M = 1; const long M = 2;",
  ])
    assert.equal(compile(`${text} ${sample}`).diagnostics.length, 1, text);
  const { diagnostics } = compile(`import "base.idl"; typedef short N; ${sample}`, { "base.idl": "typedef long N;" });
  assert.deepEqual(
    diagnostics.map(({ severity, code }) => `${severity} ${code}`),
    ["warning duplicate-name"],
  );
});

test("a union takes the type of its discriminant from the field that switch_is names", () => {
  const text = body("typedef struct { short level; [switch_is(level)] union { [case(1)] long a; [default]; } u; } s;");
  assert.match(text, /tagType: \{ kind: "short" \}/);
  const param = body("typedef union { [case(1)] long a; } u; void f([in] unsigned long k, [in, switch_is(k)] u *v);");
  assert.match(param, /tagType: \{ kind: "unsigned long" \}/);
  const nameless = body(
    "typedef struct { long k; [switch_is(k)] union { [case(1)] long a; }; struct { long b; }; } s;",
  );
  assert.match(nameless, /export interface s \{\n {2}u: .*;\n {2}s: /);
  const ms = generated(
    head.replace("]", ", ms_union]") +
      "{ typedef union { [case(1)] long a; } u; void f([in] long k, [in, switch_is(k)] u *v); }",
  );
  assert.ok(ms.includes("msUnion: true"), ms);
  const arm = body("typedef [switch_type(long)] union { [case(1)] long tag; } u;");
  assert.match(arm, /\{ tag_: 1; tag: number \}/);
});

test("a pointer attribute of an array leads to the array in a parameter, and from its elements in a structure", () => {
  const param = body("void f([in] long n, [in, unique, size_is(n)] long a[]);");
  assert.ok(param.includes("a: number[] | null"), param);
  const field = body("typedef struct { [ref, string] wchar_t *a[3]; [unique] long b[2]; } s;");
  assert.ok(field.includes("a: string[];\n  b: number[];"), field);
  const alias = body("typedef long *P; void f([in, out, unique] P a, [out] P b);");
  assert.ok(alias.includes("[a: number | null], { a: number | null; b: number }"), alias);
});

test("conditions and macros are those of the preprocessor", () => {
  const cases: readonly [text: string, type: string][] = [
    ["#define N 5\n#define M (N + 1)\nvoid f([in] long a[M]);", "length: 6"],
    ["#ifdef __midl\nvoid f([in] long a);\n#else\nint f() { return 1; }\n#endif", "a: number"],
    ["#if 0 // no\ngarbage ' \" [\n#elif __midl >= 500 && defined(__midl)\nvoid f([in] long a);\n#endif", "a: number"],
    ["#ifndef X\n#ifdef Y\nnot this\n#endif\nvoid f([in] long a);\n#endif", "a: number"],
    ["#define RANGE(a, b) [range(a, b)]\nvoid f([in] RANGE(0, 5) long a);", "a: number"],
    ["#define ARRAY(type) \\\n  type *\nvoid f([in, string] ARRAY(char) a);", "a: string"],
    ["#define M(a) a\n#define N(a, b) M(a + b)\nvoid f([in] long a[M(N(M(1), M(2)))]);", "length: 3"],
    ["#define SELF SELF\nvoid f([in] long SELF);", "SELF: number"],
    ["#define N 5 /* a comment\nof two lines */\n#undef N\nconst long N = 7; void f([in] long a[N]);", "length: 7"],
    ["#pragma pack(4)\n#include <windows.h>\nvoid f([in] long a);", "a: number"],
  ];
  for (const [text, type] of cases) {
    const made = body(`\n${text}\n`);
    assert.ok(made.includes(type), `${text}\n${made}`);
  }
  const others = { "limits.h": "#ifndef H\n#define H\n#define MOST 9\n#endif\nint x;", "base.idl": "typedef long N;" };
  const included = generated(`#include "limits.h"\n#include "base.idl"\n${head}{ void f([in] N a[MOST]); }`, others);
  assert.ok(included.includes("length: 9"), included);
  const wrong: readonly [text: string, code: string][] = [
    ["#if 1\n", "unbalanced-conditional"],
    ["#endif\n", "unbalanced-conditional"],
    ["#error no\n", "error-directive"],
    ["#if 1 +\n#endif\n", "bad-condition"],
    [
      `#define A B B\n#define B C C\n${"CDEFGHIJKLMNOPQRSTUVW".replace(/./g, (c) => `#define ${c} ${String.fromCharCode(c.charCodeAt(0) + 1)} ${String.fromCharCode(c.charCodeAt(0) + 1)}\n`)}const long N = A;\n`,
      "too-deep",
    ],
    ['#include "loop.h"\n', "too-deep"],
  ];
  for (const [text, code] of wrong) {
    const { diagnostics } = compile(`${text}${sample}`, { "loop.h": '#include "loop.h"\n' });
    assert.ok(
      diagnostics.some((one) => one.code === code),
      `${text.slice(0, 40)} ${JSON.stringify(diagnostics)}`,
    );
  }
});

test("interfaces of COM are refused once, and those of an imported file are passed over", () => {
  const com = `[object, uuid(b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e2)] interface IThing : IUnknown {
    typedef struct { long x; } point; [propget] HRESULT Name([out, retval] BSTR *name); }
    [uuid(b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e3)] library L { importlib("a.tlb"); coclass C { interface IThing; } };`;
  const { diagnostics } = compile(com);
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    ["unsupported", "unsupported"],
  );
  const text = generated(`import "com.idl"; ${head}{ void f([in] point *p); }`, { "com.idl": com });
  assert.ok(text.includes("export interface point"));
});

test("the language of samba's compiler is refused with one error that says so", () => {
  const { diagnostics } = compile(
    `${head}{ typedef [bitmap32bit] bitmap { A = 1 } b; void f([in] uint32 a, [in] foo b); }`,
  );
  assert.equal(diagnostics.length, 1);
  assert.match(diagnostics[0]?.message ?? "", /pidl/);
});

test("definitions count from where they stand, in and outside of interfaces", () => {
  const text = generated(
    `${head}{ const long N = 3; } typedef long t[N]; ${head.replace(" i ", " j ")}{ void f([in] t a); }`,
  );
  assert.ok(text.includes("length: 3"), text);
  const local = body("[local] void here([in] void *p); void f([in] long a);");
  assert.ok(local.includes("number: 0") && !local.includes("here"), local);
  assert.ok(generated("[local] interface types { typedef struct { long x; } t; }").includes("interface t"));
});

test("numbers may have casts, sizes of names, and constants the forms of C", () => {
  const text = body(
    `typedef unsigned short WCHAR; typedef struct { long a; hyper b; } s; const N = 2; static const int A = 1; int const B = 3;
    const wchar_t *NAME = L"x"; typedef unsigned __int32 U; midl_pragma warning(disable: 2400)
    const long SIZE = sizeof(WCHAR) * 100 + sizeof(s); void f([in] long n, [in, size_is((long)n + A)] U v[]);`,
  );
  for (const part of ["N = 2", "A = 1", "B = 3", 'NAME = "x"', "SIZE = 216", '"unsigned long"', '["+","n",1]'])
    assert.ok(text.includes(part), `${part}\n${text}`);
});

test("a size is a parameter of its own if it says how much room the caller has for a result", () => {
  const parameters = (operation: string): string | undefined =>
    /DceOperation<\[(?<args>.*)\], .*>;/.exec(body(`void f(${operation});`))?.groups?.["args"];
  // A string may be shorter than its room, and null has no length.
  for (const [operation, expected] of [
    ["[in] long n, [in, string, size_is(n)] char *s", "s: string"],
    ["[in] long n, [in, out, string, size_is(n)] char *s", "n: number, s: string"],
    ["[in, out] long *n, [in, out, string, size_is(*n)] char *s", "n: number, s: string"],
    ["[in] long n, [in, string, size_is(n)] char *s, [out, size_is(n)] byte *b", "n: number, s: string"],
    ["[in] long n, [in, string, size_is(n)] char *s, [out, string, size_is(n)] char *t", "n: number, s: string"],
    ["[in] long n, [in, unique, size_is(n)] byte *b, [out, size_is(n)] byte *c", "n: number, b: Uint8Array | null"],
    ["[in] long n, [in, size_is(n)] byte *b, [out, string, size_is(n)] char *s", "b: Uint8Array"],
    ["[in] long n, [in, string, size_is(n)] char *s, [in, out, size_is(n)] byte *b", "s: string, b: Uint8Array"],
  ] as const)
    assert.equal(parameters(operation), expected, operation);
});

test("context handles have the name of their typedef where the interface has type_strict_context_handle", () => {
  const definitions = `typedef [context_handle] void *file; typedef file copy; typedef void *PVOID; typedef [context_handle] PVOID folder, *folders;
    void f([in] file a, [in] copy b, [out] folder *c, [out] folders d, [in, context_handle] void *e);`;
  const typesIn = (text: string): string[] =>
    [...text.matchAll(/kind: "context_handle"(?:, type: "(.*?)")? \}, (?:in|out)/g)].map(([, type = ""]) => type);
  assert.deepEqual(typesIn(body(definitions)), ["", "", "", "", ""]);
  const strict = head.replace("]", ", type_strict_context_handle]");
  const typed = ["file", "file", "folder", "folders", "void *"];
  assert.deepEqual(typesIn(generated(`${strict}{ ${definitions} }`)), typed);
  // The interface that uses a type decides, wherever it is defined.
  const others = { "base.idl": "typedef [context_handle] void *file;" };
  const imported = generated(`import "base.idl"; ${strict}{ void f([in] file a); }`, others);
  assert.deepEqual(typesIn(imported), ["file"]);
});

test("a range limits numbers, the sizes of arrays and strings, and the arrays that a number counts", () => {
  const shapeOf = (params: string, name: string): string | undefined =>
    new RegExp(`name: "${name}", type: (.*?)(?:, countOf: ".")?, in: true`).exec(
      body(`typedef [range(1, 9)] unsigned long count;
      typedef [string] const wchar_t *text; typedef enum { A, B, C } e; void f(${params});`),
    )?.[1];
  const cases: readonly [params: string, name: string, shape: string][] = [
    ["[in, range(-1, 2 * 3)] long a", "a", '{ kind: "long", range: [-1, 6] }'],
    ["[in] count a", "a", '{ kind: "unsigned long", range: [1, 9] }'],
    ["[in, range(2, 3)] count *a", "a", '{ kind: "unsigned long", range: [2, 3] }'],
    ["[in, range(1, 2)] e a", "a", "{ ...(eType as object), range: [1, 2] } as unknown as NdrType<e>"],
    ["[in, range(1, 2)] text a", "a", '{ kind: "string", wide: true, range: [1, 2] }'],
    ["[in, range(1, 2)] long a[]", "a", '{ kind: "array", element: { kind: "long" }, range: [1, 2] }'],
    ["[in, range(1, 2)] long a[3]", "a", '{ kind: "array", element: { kind: "long", range: [1, 2] }, length: 3 }'],
    [
      "[in] long n, [in, size_is(n + 1)] [range(1, 2)] count *a",
      "a",
      '{ kind: "array", element: { kind: "unsigned long", range: [1, 9] }, sizeIs: ["+","n",1], range: [1, 2] }',
    ],
    [
      "[in, size_is(n)] long a[], [in] count n",
      "a",
      '{ kind: "array", element: { kind: "long" }, sizeIs: "n", range: [1, 9] }',
    ],
    [
      "[in, range(0, 5)] long n, [in, size_is(n), range(1, 2)] byte *a",
      "a",
      '{ kind: "array", element: { kind: "byte" }, sizeIs: "n", range: [1, 2] }',
    ],
  ];
  for (const [params, name, shape] of cases) assert.equal(shapeOf(params, name), shape, params);
});

test("an operation that is not supported is left out with a warning, and keeps its number", () => {
  const cases: readonly [before: string, operation: string, warning: RegExp][] = [
    ["typedef pipe byte data;", "void f([in] data *a);", /operation 1, `f`, is left out: pipes are not supported/],
    ["typedef struct { [ignore] void *a; long b; } s;", "void f([in] s *a);", /the attribute `ignore`/],
    ["typedef struct { [ignore] void *a; } s; typedef struct { s *a; } t;", "t *f(void);", /the attribute `ignore`/],
    ["interface IThing;", "void f([in] IThing *a);", /`IThing` is an interface of COM/],
    ["", "void f([in] long n, [in, size_is(n)] long a[][]);", /arrays of arrays/],
    ["", "[wire_marshal(long)] long f(void);", /the attribute `wire_marshal`/],
  ];
  for (const [before, operation, warning] of cases) {
    const text = `${before} ${head}{ void first(void); ${operation} void last([in] long x); }`;
    const { model, diagnostics } = compile(text);
    const found = diagnostics.filter(({ message }) => message.startsWith("operation"));
    assert.deepEqual([found.length, diagnostics.every(({ severity }) => severity === "warning")], [1, true], text);
    const [{ message, span, hint }] = found as [(typeof found)[0]];
    assert.match(message, warning);
    assert.match(text.slice(span.offset, span.offset + span.length), /^\*?f$/);
    assert.ok(hint !== undefined);
    assert.deepEqual(
      model?.interfaces[0]?.operations.map(({ name, opnum }) => [name, opnum]),
      [
        ["first", 0],
        ["last", 2],
      ],
      text,
    );
  }
  // Nothing would remain.
  for (const [before, operation] of cases) {
    const { model, diagnostics } = compile(`${before} ${head}{ ${operation} }`);
    assert.deepEqual([model, diagnostics.map(({ severity }) => severity)], [undefined, ["error"]]);
  }
  // Mistakes are errors, whatever else is wrong.
  assert.equal(compile(`${head}{ void f([in] void *a); void last([in] long x); }`).model, undefined);
});

test("calls from the server to the client are left out, and have no number among the others", () => {
  const { model, diagnostics } = compile(`${head}{ void a(void); [callback] void b([in] long x); void c(void); }`);
  assert.deepEqual(
    diagnostics.map(({ severity, message }) => [severity, message]),
    [["warning", "`b` is left out: calls from the server to the client are not supported"]],
  );
  assert.deepEqual(
    model?.interfaces[0]?.operations.map(({ name, opnum }) => [name, opnum]),
    [
      ["a", 0],
      ["c", 1],
    ],
  );
});

test("interfaces of COM beside others are left out with a warning", () => {
  const com =
    "[object, uuid(b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e2)] interface IThing : IUnknown { HRESULT f(); } library L { };";
  const { model, diagnostics } = compile(`${com} ${sample}`);
  assert.deepEqual(
    diagnostics.map(({ severity, message }) => [severity, message]),
    [
      ["warning", "left out: `IThing` is an interface of COM, which is not supported"],
      ["warning", "left out: type libraries of COM are not supported"],
    ],
  );
  assert.deepEqual(
    model?.interfaces.map(({ name }) => name),
    ["i"],
  );
});
