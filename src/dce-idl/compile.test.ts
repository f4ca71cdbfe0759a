import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
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
    [`${head}{ void f([in] long a) }`, "syntax", ""],
    [`${head}{ void f([in, first_is(1)] long a[]); }`, "unsupported", "first_is", /length_is/],
    [`${head}{ void f([out] long a); }`, "out-by-value", "[out] long a", /write \*/],
    [`${head}{ void f([in] void *a); }`, "void-pointer", "*a", /context_handle/],
    [`${head}{ void f([in, string] long *a); }`, "misplaced-attribute", "*a"],
    [`${head}{ typedef struct { long a[]; long b; } s; }`, "misplaced-array", "a[]", /pointer/],
    [`${head}{ typedef struct { long a; long a; } s; }`, "duplicate-name", "a"],
    [`${head}{ typedef struct _s { struct _s a; } s; }`, "undefined-name", "a", /pointer/],
    [
      `${head}{ typedef union { [case(1)] long a; } u; }`,
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
    [`${head}{ const long N = M; }`, "undefined-name", "M"],
    [`${head}{ typedef long t[0]; }`, "out-of-range", "0"],
    [`${head}{ typedef enum { A = 40000 } e; }`, "out-of-range", "A", /v1_enum/],
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
  const names = ["NetShareEnum", "add", "ADD", "RPCOpen", "get_time", "then", "ept_lookup_handle_free"];
  const methods = ["netShareEnum", "add", "add", "rpcOpen", "getTime", "then_", "eptLookupHandleFree"];
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
