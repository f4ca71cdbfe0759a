// What each production of the grammar becomes in the model.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileInterface } from "../compile.js";
import { formatDiagnostics } from "../findings/format.js";
import type { Definition, Field, InterfaceModule, Type } from "../model/model.js";

function compile(text: string): InterfaceModule {
  const { module, diagnostics } = compileInterface({ file: "t.x", text });
  assert.ok(module, formatDiagnostics(diagnostics, [{ file: "t.x", text }]));
  assert.deepEqual(diagnostics, [], formatDiagnostics(diagnostics, [{ file: "t.x", text }]));
  return module;
}

function find<K extends Definition["kind"]>(module: InterfaceModule, kind: K, name: string): Definition & { kind: K } {
  const found = module.definitions.find((definition) => definition.name === name);
  assert.equal(found?.kind, kind, `${name} is not a ${kind}`);
  return found as Definition & { kind: K };
}

/** A type in short: `int[3]`, `opaque<>`, `foo*`, `list entry`. */
function show(type: Type): string {
  switch (type.kind) {
    case "primitive":
      return type.name;
    case "opaque":
    case "string":
      return type.kind + bound(type);
    case "array":
      return show(type.element) + bound(type);
    case "optional":
      return `${show(type.element)}*`;
    case "list":
      return `${type.optional ? "list" : "nonempty list"} ${type.element.name}`;
    case "named":
      return type.definition.name;
  }
}

function bound(type: Type & { bound: { value: number } }): string {
  const length = type.bound.value === 0xffff_ffff ? "" : type.bound.value;
  return "fixed" in type && type.fixed ? `[${length}]` : `<${length}>`;
}

function showFields(fields: readonly Field[]): string[] {
  return fields.map((field) => `${field.name}: ${show(field.type)}`);
}

describe("declarations", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["int x", "int"],
    ["unsigned int x", "unsigned int"],
    ["unsigned x", "unsigned int"],
    ["hyper x", "hyper"],
    ["unsigned hyper x", "unsigned hyper"],
    ["hyper int x", "hyper"],
    ["unsigned hyper int x", "unsigned hyper"],
    ["float x", "float"],
    ["double x", "double"],
    ["quadruple x", "quadruple"],
    ["bool x", "bool"],
    ["opaque x[16]", "opaque[16]"],
    ["opaque x<16>", "opaque<16>"],
    ["opaque x<>", "opaque<>"],
    ["string x<255>", "string<255>"],
    ["string x<>", "string<>"],
    ["string x", "string<>"],
    ["int x[3]", "int[3]"],
    ["int x<3>", "int<3>"],
    ["int x<>", "int<>"],
    ["int *x", "int*"],
    ["color x", "color"],
    ["enum color x", "color"],
    ["struct later x", "later"],
    ["struct later *x", "later*"],
    ["later x<2>", "later<2>"],
    ["char x", "int"],
    ["short x", "int"],
    ["short int x", "int"],
    ["long x", "int"],
    ["long int x", "int"],
    ["long long x", "hyper"],
    ["long long int x", "hyper"],
    ["unsigned char x", "unsigned int"],
    ["unsigned short x", "unsigned int"],
    ["unsigned long x", "unsigned int"],
    ["unsigned long long x", "unsigned hyper"],
    ["u_int x", "unsigned int"],
    ["u_long x", "unsigned int"],
    ["u_char x", "unsigned int"],
    ["u_short x", "unsigned int"],
    ["int32_t x", "int"],
    ["uint32_t x", "unsigned int"],
    ["u_int32_t x", "unsigned int"],
    ["int64_t x", "hyper"],
    ["uint64_t x", "unsigned hyper"],
    ["longlong_t x", "hyper"],
    ["u_quad_t x", "unsigned hyper"],
    ["bool_t x", "bool"],
    ["netobj x", "opaque<1024>"],
    ["rpcprog_t x", "unsigned int"],
    ["int x[SIZE]", "int[7]"],
    ["int x<GREEN>", "int<1>"],
    ["int x[0x10]", "int[16]"],
    ["int x[010]", "int[8]"],
    ["int x['A']", "int[65]"],
    ["int x[SIZE + 2 * 3]", "int[13]"],
    ["opaque x<((SIZE << 2) >> 1)>", "opaque<14>"],
  ];
  for (const [declaration, expected] of cases) {
    test(`${declaration}; is ${expected}`, () => {
      const rest = "enum color { RED, GREEN }; const SIZE = 7; struct later { int a; };";
      const struct = find(compile(`struct s { ${declaration}; }; ${rest}`), "struct", "s");
      assert.deepEqual(showFields(struct.fields), [`x: ${expected}`]);
      const typedef = find(compile(`typedef ${declaration}; ${rest}`), "typedef", "x");
      assert.equal(show(typedef.type), expected);
    });
  }

  for (const words of [
    "long long long",
    "unsigned long long long",
    "long long long int",
    "long int int",
    "short short",
  ]) {
    test(`${words} is refused, as C refuses it`, () => {
      const { module, diagnostics } = compileInterface({ file: "t.x", text: `struct s { ${words} x; };` });
      assert.equal(module, undefined);
      assert.match(diagnostics[0]?.message ?? "", /two types here|is written twice/);
    });
  }

  test("a bound keeps the constant's name", () => {
    const typedef = find(compile("const MAX = 9; typedef int numbers<MAX>;"), "typedef", "numbers");
    assert.deepEqual(typedef.type.kind === "array" && typedef.type.bound, { value: 9, name: "MAX" });
  });

  test("words that other languages reserve are names like any other", () => {
    const names = ["array", "bytes", "destroy", "free", "pointer", "set", "vector", "class", "delete", "default"];
    const more = ["union", "case", "program", "version", "constructor", "__proto__", "toString", "opaque", "int"];
    const text = `struct s { ${[...names, ...more].map((name) => `int ${name};`).join(" ")} };`;
    assert.deepEqual(
      find(compile(text), "struct", "s").fields.map((field) => field.name),
      [...names, ...more],
    );
  });
});

describe("definitions", () => {
  test("constants are numbers of any notation or strings", () => {
    const text = `const A = 10; const B = -0x10; const C = 017; const D = 'a'; const E = '\\n'; const F = "x\\"y";
      const G = A; const H = 18446744073709551615; const I = 5UL; const J = TRUE; const K = ~0; const L = (1 << 4) - 1;`;
    const values = compile(text).definitions.map((definition) => definition.kind === "const" && definition.value);
    assert.deepEqual(values, [10n, -16n, 15n, 97n, 10n, 'x"y', 10n, 0xffff_ffff_ffff_ffffn, 5n, 1n, -1n, 15n]);
  });

  test("constants may be used before they are defined", () => {
    const module = compile("const A = B; enum e { X = C, Y, Z = X }; const B = Y; const C = 4;");
    assert.equal(find(module, "const", "A").value, 5n);
    const members = find(module, "enum", "e").members.map(({ name, value }) => [name, value]);
    assert.deepEqual(members, [
      ["X", 4],
      ["Y", 5],
      ["Z", 4],
    ]);
  });

  test("enum members count on from the one before, and a comma may follow the last", () => {
    const { members } = find(compile("enum e { A, B, C = 10, D, };"), "enum", "e");
    assert.deepEqual(
      members.map((member) => member.value),
      [0, 1, 10, 11],
    );
  });

  test("numbers of programs, versions and procedures are constants too", () => {
    const module = compile(
      "program P { version V { void F(void) = 7; } = 2; } = 300; const A = F; const B = V; const C = P;",
    );
    assert.deepEqual(
      ["A", "B", "C"].map((name) => find(module, "const", name).value),
      [7n, 2n, 300n],
    );
  });

  test("a union has cases, stacked cases, void arms and a default", () => {
    const union = find(
      compile(`union u switch (int kind) {
        case 1: int a;
        case 2: case -3: string b<>;
        case 0x10: void;
        default: opaque rest<>;
      };`),
      "union",
      "u",
    );
    assert.equal(union.discriminantKind, "int");
    assert.equal(union.discriminant.name, "kind");
    assert.deepEqual(
      union.cases.map((c) => [c.values.map((v) => v.value), c.arm?.name]),
      [
        [[1], "a"],
        [[2, -3], "b"],
        [[16], undefined],
      ],
    );
    assert.equal(union.default?.arm?.name, "rest");
  });

  test("a union is told apart by an enum, a bool or an unsigned int, also behind typedefs", () => {
    const text = `enum e { A, B }; typedef e e2; typedef e2 e3; typedef bool flag; typedef unsigned int number;
      union x switch (e3 k) { case A: int a; case B: void; };
      union y switch (flag k) { case TRUE: int a; case FALSE: void; };
      union z switch (number k) { case 4294967295: int a; default: void; };`;
    const module = compile(text);
    assert.equal(find(module, "union", "x").discriminantKind, "enum");
    assert.equal(find(module, "union", "y").discriminantKind, "bool");
    assert.equal(find(module, "union", "z").discriminantKind, "unsigned int");
    const [first] = find(module, "union", "x").cases;
    assert.deepEqual([first?.values[0]?.value, first?.values[0]?.name], [0, "A"]);
  });

  test("an arm named like the discriminant gets an underscore", () => {
    const union = find(compile("union u switch (int stat) { case 0: int stat; default: int stat_2; };"), "union", "u");
    assert.equal(union.cases[0]?.arm?.name, "stat_");
  });

  test("a union may have nothing but a default, and arms that are left out are void", () => {
    const only = find(compile("union u switch (int k) { default: void; };"), "union", "u");
    assert.deepEqual(only.cases, []);
    const bare = find(compile("union u switch (int k) { case 1: int a; case 2: }; "), "union", "u");
    assert.equal(bare.cases[1]?.arm, undefined);
  });

  test("a case that shares its arm with default keeps its value", () => {
    const union = find(compile("union u switch (int k) { case 1: default: int a; };"), "union", "u");
    assert.equal(union.cases[0]?.arm?.name, "a");
    assert.equal(union.default?.arm?.name, "a");
  });

  test("nameless types are hoisted under the name of what holds them, in front of it", () => {
    const module = compile(`struct outer {
      struct { int low; enum { A, B } kind; } range;
      union switch (bool ok) { case TRUE: struct { int v; } more<>; case FALSE: void; } body;
    };`);
    assert.deepEqual(
      module.definitions.map((definition) => definition.name),
      ["outer_range_kind", "outer_range", "outer_body_more", "outer_body", "outer"],
    );
    assert.deepEqual(showFields(find(module, "struct", "outer").fields), ["range: outer_range", "body: outer_body"]);
  });

  test("a type named inside another keeps its name", () => {
    const module = compile("struct outer { struct inner { int a; } x; }; typedef inner again;");
    assert.deepEqual(showFields(find(module, "struct", "outer").fields), ["x: inner"]);
  });

  test("a typedef of a type with braces defines that type", () => {
    const module = compile(
      "typedef struct { int a; } s; typedef enum { X } e; typedef struct t { int b; } t; typedef struct u { int c; } v;",
    );
    assert.deepEqual(
      module.definitions.map((definition) => [definition.kind, definition.name]),
      [
        ["struct", "s"],
        ["enum", "e"],
        ["struct", "t"],
        ["struct", "u"],
        ["typedef", "v"],
      ],
    );
  });

  test("a typedef to its own name is left out, and built-in names may be defined", () => {
    const module = compile(
      "typedef struct foo foo; struct foo { int a; }; typedef unsigned hyper uint64_t; typedef int32_t int32_t;",
    );
    assert.deepEqual(
      module.definitions.map((definition) => definition.name),
      ["foo", "uint64_t"],
    );
  });

  test("a netbuf is defined where it is used", () => {
    const module = compile("struct s { struct netbuf addr; };");
    assert.deepEqual(showFields(find(module, "struct", "netbuf").fields), ["maxlen: unsigned int", "buf: opaque<>"]);
  });
});

describe("programs", () => {
  test("have versions in ascending order, procedures as written, numbers by any constant", () => {
    const program = find(
      compile(`const BASE = 0x20000000;
        PROGRAM P {
          version V2 { void NULL(void) = 0; } = 2;
          VERSION V1 { int ADD(int, int) = ADD_NUMBER; void NULL() = 0; } = 1;
        } = BASE + 7; const ADD_NUMBER = 5;`),
      "program",
      "P",
    );
    assert.equal(program.number, 0x20000007);
    assert.deepEqual(
      program.versions.map(({ name, number }) => [name, number]),
      [
        ["V1", 1],
        ["V2", 2],
      ],
    );
    assert.deepEqual(
      program.versions[0]?.procedures.map(({ name, number, method }) => [name, number, method]),
      [
        ["ADD", 5, "add"],
        ["NULL", 0, "null"],
      ],
    );
  });

  const signatures: readonly (readonly [string, string])[] = [
    ["void F(void)", "() void"],
    ["void F()", "() void"],
    ["int F(int)", "(arg: int) int"],
    ["int F(int id)", "(id: int) int"],
    ["int F(int, string)", "(arg1: int, arg2: string<>) int"],
    ["string F(string<20>)", "(arg: string<20>) string<>"],
    ["string<8> F(string name<20>)", "(name: string<20>) string<8>"],
    ["struct pair F(struct pair)", "(arg: pair) pair"],
    ["pair *F(pair *)", "(arg: pair*) pair*"],
    ["entry *F(entry)", "(arg: nonempty list entry) list entry"],
    ["unsigned F(unsigned hyper, bool)", "(arg1: unsigned hyper, arg2: bool) unsigned int"],
  ];
  for (const [declared, expected] of signatures) {
    test(`${declared} is ${expected}`, () => {
      const text = `struct pair { int a; int b; }; struct entry { int v; entry *next; };
        program P { version V { ${declared} = 1; } = 1; } = 1;`;
      const procedure = find(compile(text), "program", "P").versions[0]?.procedures[0];
      assert.ok(procedure);
      const args = procedure.args.map(({ name, type }) => `${name}: ${show(type)}`).join(", ");
      assert.equal(`(${args}) ${show(procedure.result)}`, expected);
    });
  }
});

describe("comments", () => {
  const module = compile(`/* A licence. */

/*
 * What a color is,
 * in two lines.
 */
enum color {
  RED = 0, /* like fire */
  // like grass
  GREEN = 1,
  BLUE = 2 // like the sea
};
struct s { /* not a field's */
  int a;  // beside
  /* above */
  int b;  /* not this one */
  int c;
}; /* the end */
const N = 5; /* five */
program P { version V {
  /* Does it. */
  void DO(void) = 1; /* not this */
  void STOP(void) = 2; /* Stops it. */
} = 1; } = 1;
`);

  test("stand with what they are directly above, or else beside", () => {
    const color = find(module, "enum", "color");
    assert.equal(color.comment, "What a color is,\nin two lines.");
    assert.deepEqual(
      color.members.map((member) => member.comment),
      ["like fire", "like grass", "like the sea"],
    );
    const struct = find(module, "struct", "s");
    assert.deepEqual(
      struct.fields.map((field) => field.comment),
      ["beside", "above", undefined],
    );
    assert.equal(struct.comment, undefined);
    assert.equal(find(module, "const", "N").comment, "five");
    const procedures = find(module, "program", "P").versions[0]?.procedures;
    assert.deepEqual(
      procedures?.map((procedure) => procedure.comment),
      ["Does it.", "Stops it."],
    );
  });
});

describe("trees", () => {
  for (const link of ["node *", "struct node *", "link "]) {
    test(`a struct with two pointers to itself (${link.trim()}) keeps both and is recursive`, () => {
      const text = `struct node { int v; ${link}left; ${link}right; }; typedef node *link; struct top { node *root; };`;
      const module = compile(text);
      const node = find(module, "struct", "node");
      assert.deepEqual([node.link, node.recursive, node.fields.length], [undefined, true, 3]);
      assert.deepEqual(showFields(find(module, "struct", "top").fields), ["root: node*"]);
    });
  }

  test("an array of itself beside the link leaves it a list: siblings, each with children", () => {
    const node = find(compile("struct node { node children<>; node *next; };"), "struct", "node");
    assert.equal(node.link, "next");
  });
});

describe("linked lists", () => {
  const lists: readonly (readonly [string, string])[] = [
    ["a pointer to itself", "struct entry { int v; entry *next; };"],
    ["with the word struct", "struct entry { int v; struct entry *next; };"],
    ["a typedef of the pointer", "typedef struct entry *entryptr; struct entry { int v; entryptr next; };"],
    ["a typedef of the struct", "typedef struct entry entry_t; struct entry { int v; entry_t *next; };"],
    ["a typedef after the struct", "struct entry { int v; entryptr next; }; typedef entry *entryptr;"],
  ];
  for (const [title, text] of lists) {
    test(`are found by ${title}`, () => {
      const module = compile(`${text} struct holder { entry *some; entry one; };`);
      const entry = find(module, "struct", "entry");
      assert.equal(entry.link, "next");
      assert.equal(entry.recursive, false);
      assert.deepEqual(showFields(entry.fields), ["v: int"]);
      assert.deepEqual(showFields(find(module, "struct", "holder").fields), [
        "some: list entry",
        "one: nonempty list entry",
      ]);
    });
  }

  test("are found in RFC 1833's pointer to a nameless struct", () => {
    const module = compile("struct *pmaplist { int map; pmaplist next; };");
    assert.equal(find(module, "struct", "pmaplist_element").link, "next");
    assert.equal(show(find(module, "typedef", "pmaplist").type), "list pmaplist_element");
  });

  test("are reached through typedefs of the pointer", () => {
    const module = compile("struct e { int v; e *next; }; typedef e *eptr; struct h { eptr a; eptr b<3>; eptr *c; };");
    assert.equal(show(find(module, "typedef", "eptr").type), "list e");
    assert.deepEqual(showFields(find(module, "struct", "h").fields), ["a: eptr", "b: eptr<3>", "c: eptr*"]);
  });

  test("a struct of the link alone is none", () => {
    const struct = find(compile("struct e { e *next; };"), "struct", "e");
    assert.deepEqual([struct.link, struct.recursive, showFields(struct.fields)], [undefined, true, ["next: e*"]]);
  });

  test("a link that is not last is none", () => {
    const struct = find(compile("struct e { e *next; int v; };"), "struct", "e");
    assert.deepEqual([struct.link, struct.recursive], [undefined, true]);
  });

  test("two structs that point to each other are none", () => {
    const module = compile("struct a { int v; b *next; }; struct b { int v; a *next; };");
    assert.deepEqual(
      ["a", "b"].map((name) => find(module, "struct", name).link),
      [undefined, undefined],
    );
    assert.deepEqual(
      ["a", "b"].map((name) => find(module, "struct", name).recursive),
      [true, true],
    );
  });
});

describe("recursion", () => {
  test("marks what can contain itself and nothing else", () => {
    const module = compile(`
      struct plain { int a; }; struct tree { plain p; tree children<>; }; typedef tree forest<>;
      union expr switch (int op) { case 0: int leaf; default: pair both; }; struct pair { expr *left; expr *right; };
      struct holder { tree t; expr e; };
      struct dir { string name<>; dir *sub; dir *next; };`);
    const recursive = module.definitions.filter((definition) => "recursive" in definition && definition.recursive);
    assert.deepEqual(
      recursive.map((definition) => definition.name),
      ["tree", "expr", "pair", "dir"],
    );
  });

  test("a union may hold itself by value when another arm ends it", () => {
    const module = compile(
      "union list switch (bool more) { case TRUE: struct { int v; list rest; } node; case FALSE: void; };",
    );
    assert.equal(find(module, "union", "list").recursive, true);
  });
});
