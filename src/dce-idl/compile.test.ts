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
    "[ ] { } ( ) , ; * = in out long char struct union enum typedef switch case default size_is interface uuid string const n 1 0x \" ' / << a b".split(
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
