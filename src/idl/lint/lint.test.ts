import assert from "node:assert/strict";
import { test } from "node:test";
import { compareInterfaces } from "../breaking/index.js";
import { compileInterface } from "../compile.js";
import type { Finding } from "../findings/diagnostics.js";
import { applyFixes } from "../findings/fixes.js";
import { lintInterface, lintRules } from "./lint.js";
import type { RuleLevel } from "./rule.js";

function lint(text: string, levels: readonly (readonly [string, RuleLevel])[] = []): string[] {
  const { module, diagnostics } = compileInterface({ file: "x.x", text });
  assert.ok(module !== undefined, JSON.stringify(diagnostics));
  const found = lintInterface({ file: "x.x", text, module, levels: new Map(levels) });
  return found.map(({ code, severity, span }) => `${severity} ${code} ${span.line}:${span.column}`);
}

const program = (procedures: string, number = "0x20000000"): string =>
  `program P { version V { ${procedures} } = 1; } = ${number};`;

test("a clean interface has no findings", () => {
  const text = `typedef string text<80>;\n${program("void P_NULL(void) = 0; text P_ECHO(text) = 1;")}`;
  assert.deepEqual(lint(text), []);
});

const cases: readonly (readonly [rule: string, place: string, text: string])[] = [
  ["char-array", "1:17", "struct s { char a[32]; };"],
  ["char-array", "1:26", "struct s { unsigned char a[32]; };"],
  ["char-array", "1:14", "typedef char a<80>;"],
  ["char-array", "2:16", "typedef char letter;\ntypedef letter a[4];"],
  ["number-pointer", "1:38", "struct matrix { int rows; double    *data; };"],
  ["unbounded", "1:19", "struct s { string a<>; };"],
  ["unbounded", "1:16", "typedef opaque a<>;"],
  ["unbounded", "1:13", "typedef int a<>;"],
  ["unbounded", "1:32", program("string P_ECHO(void) = 1;")],
  ["procedure-zero", "1:29", program("int P_ADD(int) = 0;")],
  ["procedure-gap", "1:50", program("void P_A(void) = 1; void P_B(void) = 3;")],
  ["case-style", "1:34", "enum e { AA = 1, BB = 2, CC = 3, dD = 4 };"],
  ["shadowed-name", "2:16", "const LIMIT = 1;\nstruct s { int LIMIT; };"],
  ["program-number", "1:9", program("void P_NULL(void) = 0;", "200000")],
  ["program-number", "1:9", program("void P_NULL(void) = 0;", "100003")],
  ["program-number", "1:9", program("void P_NULL(void) = 0;", "0x40000000")],
  ["missing-default", "1:7", "union u switch (int a) { case 1: void; };"],
  ["unused-type", "1:8", `struct s { int a; };\n${program("void P_NULL(void) = 0;")}`],
];

for (const [rule, place, text] of cases) {
  test(`${rule} finds ${text.split("\n").join(" ")}`, () => {
    assert.ok(lint(text).includes(`warning ${rule} ${place}`), lint(text).join("\n"));
  });
}

/** Rules whose hints no edit can follow, with the reason. */
const FOR_A_PERSON: Readonly<Record<string, string>> = {
  "char-array": "a typedef of a char is used elsewhere, too",
  unbounded: "the greatest length is a person's choice",
  "procedure-zero": "peers know the number already",
  "procedure-gap": "peers know the numbers already",
  "program-number": "peers know the number already",
  "shadowed-name": "uses of the name would have to change, too",
  "unused-type": "a program that imports the file may use it",
  "case-style": "uses of the name would have to change, too",
  "renumbered-procedure": "peers know the numbers already",
};

test("every finding with a hint has a change that removes it, but for rules that only a person can follow", () => {
  const without = new Set<string>();
  for (const [, , text] of cases) {
    const { module } = compileInterface({ file: "x.x", text });
    assert.ok(module !== undefined);
    for (const { code, message, hint, fixes = [] } of lintInterface({ file: "x.x", text, module })) {
      if (hint !== undefined && fixes.length === 0) without.add(code);
      for (const fix of fixes) {
        const changed = applyFixes("x.x", text, [fix]).text;
        const after = compileInterface({ file: "x.x", text: changed });
        assert.ok(after.module !== undefined, `${fix.title}: ${changed}`);
        const left = lintInterface({ file: "x.x", text: changed, module: after.module });
        assert.ok(
          left.every((one) => one.code !== code || one.message !== message),
          `${fix.title}: ${changed}`,
        );
      }
    }
  }
  for (const code of without) assert.ok(Object.hasOwn(FOR_A_PERSON, code), code);
});

test("a procedure that has another number in another version is found", () => {
  const text =
    "program P { version V { void P_A(void) = 1; } = 1; version W { void P_B(void) = 1; void P_A(void) = 2; } = 2; } = 0x20000000;";
  assert.deepEqual(lint(text), ["warning renumbered-procedure 1:89"]);
});

test("a program that has a well-known number and its name is that program", () => {
  assert.deepEqual(lint(program("void P_NULL(void) = 0;", "100003").replace("P {", "NFS_PROG {")), []);
});

test("a pointer to a number is an optional number where nothing counts its elements", () => {
  assert.deepEqual(lint("struct s { int kind; int *value; string name<9>; };"), []);
  assert.deepEqual(lint("struct s { int n; bool *isSet; };"), []);
});

test("levels turn a rule off, and warnings to errors", () => {
  assert.deepEqual(lint("typedef opaque a<>;", [["unbounded", "error"]]), ["error unbounded 1:16"]);
  assert.deepEqual(lint("typedef opaque a<>;", [["unbounded", "off"]]), []);
});

test("a comment silences a rule on its line, on the line below, or in the file", () => {
  assert.deepEqual(lint("/* lupine-ignore unbounded: trusted */\ntypedef opaque a<>;"), []);
  assert.deepEqual(lint("typedef opaque a<>; /* lupine-ignore unbounded: trusted */"), []);
  assert.deepEqual(lint("// lupine-ignore unbounded, rpcgen-cannot-read: trusted\ntypedef opaque a<>;"), []);
  assert.deepEqual(lint("typedef opaque a<>;\n/* lupine-ignore-file unbounded: trusted */\ntypedef opaque b<>;"), []);
});

test("a comment does not reach further", () => {
  const text = "/* lupine-ignore unbounded: trusted */\ntypedef opaque a<>;\ntypedef opaque b<>;";
  assert.deepEqual(lint(text), ["warning unbounded 3:16"]);
});

test("a comment that silences nothing, names no rule or gives no reason is found itself", () => {
  assert.deepEqual(lint("/* lupine-ignore unbounded: none here */\ntypedef int a;"), ["warning suppression 1:1"]);
  assert.deepEqual(lint("/* lupine-ignore unbound: typo */\ntypedef int a;"), ["warning suppression 1:1"]);
  assert.deepEqual(lint("typedef opaque a<>; /* lupine-ignore unbounded */"), ["warning suppression 1:21"]);
});

test("places are right in files with CR LF and a byte order mark", () => {
  assert.deepEqual(lint("\ufeff/* a\r\n b */\r\n// c\r\ntypedef opaque a<>;\r\n"), [
    "warning rpcgen-cannot-read 3:1",
    "warning unbounded 4:16",
  ]);
});

test("every rule has a summary and a reason", () => {
  for (const { id, summary, reason } of lintRules) assert.ok(summary.endsWith(".") && reason.length > 40, id);
});

test("an array of chars is told as numbers, with the string to write, and a change that writes it", () => {
  const text = "const MAX = 32;\nstruct s { unsigned char raw[MAX]; char  name [ MAX ]; };";
  const { module } = compileInterface({ file: "x.x", text });
  assert.ok(module !== undefined);
  const [raw, name] = lintInterface({ file: "x.x", text, module });
  assert.equal(name?.message, "`char name[MAX]` is 32 numbers of 4 bytes each (128 bytes)");
  assert.match(name?.hint ?? "", /^for text write `string name<MAX>;`; .*`s\.name:char=text`/);
  assert.match(raw?.hint ?? "", /^for bytes write `opaque raw\[MAX\];`/);
  const changed = applyFixes("x.x", text, [...(raw?.fixes ?? []), ...(name?.fixes ?? [])]);
  assert.equal(changed.text, "const MAX = 32;\nstruct s { opaque raw[MAX]; string name<MAX>; };");
});

test("int8_t and single chars are numbers, and an array that is mapped to text is text", () => {
  assert.deepEqual(lint("struct s { int8_t a[32]; uint8_t b<4>; char c; unsigned char d; };"), []);
  const text = "struct s { char a[32]; };";
  const { module } = compileInterface({ file: "x.x", text, mapping: { char: "text" } });
  assert.ok(module !== undefined);
  assert.deepEqual(lintInterface({ file: "x.x", text, module }), []);
});

test("comments that begin with // are one finding a file, with a change that writes each anew", () => {
  const text = "// one\nstruct leaf { int area; }; // two\n";
  const { module } = compileInterface({ file: "x.x", text });
  assert.ok(module !== undefined);
  const [found, ...more] = lintInterface({ file: "x.x", text, module });
  assert.deepEqual([found?.span.line, more.length], [1, 0]);
  assert.match(found?.message ?? "", /comments that begin with \/\/: 2 comments/);
  assert.equal(applyFixes("x.x", text, found?.fixes ?? []).text, "/* one */\nstruct leaf { int area; }; /* two */\n");
});

test("names that nobody wrote are in no style, and are not unused", () => {
  const text =
    "struct Lorry { int wheels; }; struct Motor { int power; }; struct Convoy { struct { int length; } trailer; Lorry lorry; Motor motor; };";
  assert.deepEqual(lint(text, [["rpcgen-cannot-read", "off"]]), []);
});

test("a typedef that says what the built-in type of its name is shadows nothing; another one does", () => {
  assert.deepEqual(lint("typedef unsigned hyper uint64; typedef int int32; typedef unsigned char u_char;"), []);
  assert.deepEqual(lint("typedef int bool_t;"), []);
  assert.deepEqual(lint("typedef hyper bool_t;"), ["warning shadowed-name 1:15"]);
  assert.deepEqual(lint("typedef hyper int32;"), ["warning shadowed-name 1:15"]);
});

test("a program's number is told as the file has it", () => {
  const text = "program P { version V { void P_NULL(void) = 0; } = 1; } = 0x40000000;";
  const { module } = compileInterface({ file: "x.x", text });
  assert.ok(module !== undefined);
  assert.match(lintInterface({ file: "x.x", text, module })[0]?.message ?? "", /P has number 0x40000000, in/);
});

test("an unused type is removed by its fix, and so are a #pragma and the spaces before a %", () => {
  const program = "program P { version V { int P_GET(int) = 1; } = 1; } = 0x20000001;\n";
  const fixed = (text: string, rule: string): string => {
    const { module } = compileInterface({ file: "x.x", text });
    assert.ok(module !== undefined);
    const found = lintInterface({ file: "x.x", text, module }).filter(({ code }) => code === rule);
    return applyFixes(
      "x.x",
      text,
      found.flatMap(({ fixes = [] }) => fixes),
    ).text;
  };
  for (const [text, rest] of [
    ["struct a { int x; };\n", ""],
    ["enum a { X = 1, Y };\nstruct b { a y; };\n", ""],
    ["/* kept */\ntypedef int a[4];  /* behind */\n", "/* kept */\n  /* behind */\n"],
    ["const N = 1; struct a { int x; }; const M = 1;\n", "const N = 1;  const M = 1;\n"],
    ["struct o { struct i { int x; } f; };\n", ""],
    ["typedef /* why */ int a;\n", "typedef /* why */ int a;\n"],
    ["union u switch (int k) {\ncase 1: int a;\ndefault: void;\n};\n", ""],
  ] as const) {
    assert.equal(fixed(text + program, "unused-type"), rest + program);
  }
  assert.equal(fixed(`#pragma x\n${program}`, "rpcgen-cannot-read"), `\n${program}`);
  assert.equal(fixed(`  %#include "x.h"\n${program}`, "rpcgen-cannot-read"), `%#include "x.h"\n${program}`);
});

test("types, arguments and pointers that rpcgen cannot read get a definition of their own, with the same bytes", () => {
  const inputs: readonly (readonly [before: string, after: string])[] = [
    [
      "struct a {\n  int x;\n  struct { int y; } in;\n};\n",
      "struct a_in {\n  int y;\n};\n\nstruct a {\n  int x;\n  a_in in;\n};\n",
    ],
    ["typedef struct { int x; } pair;\n", "struct pair { int x; };\n"],
    ["typedef struct pair { int x; } pair;\n", "struct pair { int x; };\n"],
    ["typedef struct pair { int x; } *maybe;\n", "struct pair { int x; };\ntypedef pair *maybe;\n"],
    [
      "/* Licence. */\n\n/* The list. */\nunion u switch (int k) { case 0: enum { A, B } kind; default: void; };\n",
      "/* Licence. */\n\nenum u_kind { A, B };\n\n/* The list. */\nunion u switch (int k) { case 0: u_kind kind; default: void; };\n",
    ],
    [
      "struct a { struct inner { int y; } list<4>; };\n",
      "struct inner {\n  int y;\n};\n\nstruct a { inner list<4>; };\n",
    ],
    [
      `${program("int P_ADD(int a, hyper) = 1;")}\n`,
      `struct P_ADD_args {\n  int a;\n  hyper arg2;\n};\n\n${program("int P_ADD(P_ADD_args) = 1;")}\n`,
    ],
    [
      `struct node { int a; };\n${program("node *P_NEXT(int) = 1;")}\n`,
      `struct node { int a; };\ntypedef node *maybe_node;\n\n${program("maybe_node P_NEXT(int) = 1;")}\n`,
    ],
  ];
  for (const [before, after] of inputs) {
    const [changed, left] = followed(before);
    assert.equal(changed, after);
    assert.deepEqual(left, [], after);
  }
});

test("a type without a name is offered one in the style of the file, and the one that generated code has", () => {
  const text =
    "struct Lorry { int wheels; };\nstruct Motor { int power; };\nstruct Convoy { struct { int length; } trailer; };\n";
  const { module } = compileInterface({ file: "x.x", text });
  assert.ok(module !== undefined);
  const [found] = lintInterface({ file: "x.x", text, module });
  const titles = found?.fixes?.map(({ title }) => title);
  assert.deepEqual(titles, ["Define ConvoyTrailer before it", "Define Convoy_trailer before it, as in generated code"]);
});

test("the name after the braces is moved before them if it is the type's only one, and removed if it is one more", () => {
  for (const [before, after] of [
    ["struct { int a; } point;\n", "struct point { int a; };\n"],
    ["enum{ON,OFF}state;\n", "enum state{ON,OFF};\n"],
    ["union switch (bool b) { case TRUE: int a; } u;\n", "union u switch (bool b) { case TRUE: int a; };\n"],
    ["struct point { int a; } spare;\n", "struct point { int a; } ;\n"],
    ["typedef struct point { int a; } point;\n", "struct point { int a; };\n"],
  ] as const) {
    const [changed, left] = followed(before);
    assert.equal(changed, after);
    assert.deepEqual(left, [], after);
  }
});

test("pointers whose targets may be shared are offered as references, with the table, and the result compiles", () => {
  const text =
    "struct tree {\n  int value;\n  tree *left;\n  struct tree *right;\n};\nstruct wood { tree tree; tree *more; };\n";
  const { module } = compileInterface({ file: "x.x", text });
  assert.ok(module !== undefined);
  const [found, ...others] = lintInterface({ file: "x.x", text, module });
  assert.deepEqual(others, []);
  assert.equal(found?.code, "shared-pointer");
  assert.match(
    found.message,
    /^tree has 2 pointers to its own type: shared nodes are sent as copies, and cycles cannot/,
  );
  const changed = applyFixes("x.x", text, found.fixes ?? []).text;
  assert.equal(
    changed,
    `struct tree {
  int value;
  /** @ref tree */ unsigned int left;
  /** @ref tree */ unsigned int right;
};

struct tree_graph {
  tree nodes<>;
  /** @ref tree */
  unsigned int root;
};
struct wood { tree_graph tree; tree_graph *more; };
`,
  );
  const { module: after, diagnostics } = compileInterface({ file: "x.x", text: changed });
  assert.deepEqual(diagnostics, []);
  const graph = after?.definitions.find(({ name }) => name === "tree_graph");
  assert.deepEqual(graph?.kind === "struct" && graph.tables?.map(({ field }) => field), ["nodes"]);
});

test("a linked list and a single pointer are not taken for shared", () => {
  const text = "struct entry { int value; entry *next; };\nstruct chain { chain *inner; int value; };\n";
  const { module } = compileInterface({ file: "x.x", text });
  assert.ok(module !== undefined);
  assert.deepEqual(lintInterface({ file: "x.x", text, module }), []);
});

test("pointers that lead back to a struct through another one are found, and those of an alternating chain are not", () => {
  const text = `struct vertex { edge *out; edge *in; };
struct edge { vertex *from; int weight; };
struct odd { even *next; };
struct even { odd *next; int value; };
`;
  const { module } = compileInterface({ file: "x.x", text });
  assert.ok(module !== undefined);
  const found = lintInterface({ file: "x.x", text, module });
  assert.deepEqual(
    found.map(({ code, message }) => [code, message]),
    [
      [
        "shared-pointer",
        "vertex has 2 pointers that can lead back to it: shared nodes are sent as copies, and cycles cannot be sent",
      ],
    ],
  );
  assert.match(found[0]?.hint ?? "", /`\/\*\* @ref edge \*\/ unsigned int out;`, with a table of each type of node/);
});

test("the link of a list and pointers to lists count among the pointers that lead back", () => {
  const text = `struct c { int n; d *toD; c *me; };
struct d { c *toC; };
struct e { int n; f *toF; e *next; };
struct f { e *first; e *second; };
struct plain { int n; leaf *leaves; plain *next; };
struct leaf { int n; leaf *next; };
`;
  const { module } = compileInterface({ file: "x.x", text });
  assert.ok(module !== undefined);
  const found = lintInterface({ file: "x.x", text, module }).filter(({ code }) => code === "shared-pointer");
  assert.deepEqual(
    found.map(({ message }) => message.split(":")[0]),
    ["c", "e", "f"].map((name) => `${name} has 2 pointers that can lead back to it`),
  );
});

/** A file after the changes for rpcgen, with the findings of that rule that are left. */
function followed(text: string): readonly [text: string, left: readonly string[]] {
  const rpcgen = (now: string): readonly Finding[] => {
    const { module, diagnostics } = compileInterface({ file: "x.x", text: now });
    assert.ok(module !== undefined, `${now}${JSON.stringify(diagnostics)}`);
    return lintInterface({ file: "x.x", text: now, module }).filter(({ code }) => code === "rpcgen-cannot-read");
  };
  const changed = applyFixes("x.x", text, rpcgen(text)[0]?.fixes ?? []).text;
  const [old, now] = [text, changed].map((one) => compileInterface({ file: "x.x", text: one }).module);
  assert.ok(old !== undefined && now !== undefined);
  const wire = compareInterfaces(old, now).filter(({ code }) => code.startsWith("wire/"));
  assert.deepEqual(wire, [], changed);
  return [changed, rpcgen(changed).map(({ message }) => message)];
}
