import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "../compile.js";
import type { StructDefinition } from "./model.js";

const NODE = "/** @ref node */ typedef unsigned int node_ref;\nstruct node { int value; node_ref next; };";
const GRAPH = `${NODE}\nstruct graph { node nodes<>; node_ref root; };`;

function program(procedures: string): string {
  return `\nprogram P { version V { ${procedures} } = 1; } = 0x20000001;`;
}

function compiled(text: string): { tables: string[]; findings: string[] } {
  const { module, diagnostics } = compileInterface({ file: "g.x", text });
  const structs = (module?.definitions ?? []).filter((one): one is StructDefinition => one.kind === "struct");
  return {
    tables: structs.flatMap(({ name, tables = [] }) =>
      tables.map(({ field, node }) => `${name}.${field}: ${node.name}`),
    ),
    findings: diagnostics.map(({ severity, code, message }) => `${severity} ${code} ${message}`),
  };
}

test("the array of nodes beside a reference is its table", () => {
  assert.deepEqual(compiled(GRAPH), { tables: ["graph.nodes: node"], findings: [] });
});

test("a reference may be marked at a typedef, a field or an arm, above it or behind it, and on one line", () => {
  for (const node of [
    "struct node {\n/** @ref node */\nunsigned int next;\n};",
    "struct node {\nunsigned int next; /* @ref node */\n};",
    "struct node { int value; /** @ref node */ unsigned int next; };",
    "struct node { int v; /** @ref node */ unsigned int a; /** @ref node */ unsigned int b; int c; };",
    "struct node { string name<>; /** @ref struct node */ unsigned int next<>; int last; };",
    "typedef unsigned int id; struct node {\n/* The next one.\n * @ref node\n */\nid next;\n};",
    "union node switch (bool more) {\ncase TRUE:\n/* @ref node */\nunsigned int next;\ncase FALSE: void; };",
    "union node switch (bool more) {\n/* @ref node */\ncase TRUE: unsigned int next;\ncase FALSE: void; };",
  ]) {
    const found = compiled(`${node}\nstruct graph { node nodes<>; };`);
    assert.deepEqual(found, { tables: ["graph.nodes: node"], findings: [] }, node);
  }
});

test("the innermost struct with an array of the nodes has the table, and each type of nodes has its own", () => {
  const text = `${NODE}
    struct edge {
      node_ref from;
      /** @ref edge */
      unsigned int twin;
    };
    struct graph { edge edges<>; struct { node_ref root; } inside; node nodes<>; };
    struct library { graph graphs<>; node_ref names<4>; node other<>; };`;
  assert.deepEqual(compiled(text), {
    tables: ["graph.edges: edge", "graph.nodes: node", "library.other: node"],
    findings: [],
  });
});

test("a procedure that passes a reference or a node without its table is an error", () => {
  const { findings } = compiled(
    `${GRAPH}${program("node_ref FIND(graph) = 1; int COUNT(node) = 2; graph ALL(void) = 3;")}`,
  );
  assert.deepEqual(findings, [
    "error missing-table FIND has references to node without a table of node beside them",
    "error missing-table COUNT has references to node without a table of node beside them",
  ]);
});

test("a procedure whose argument and result lack the same table has one error", () => {
  const { findings } = compiled(`${GRAPH}${program("node_ref FIND(node) = 1;")}`);
  assert.deepEqual(findings, ["error missing-table FIND has references to node without a table of node beside them"]);
});

test("an array of a struct in itself is no table, and the warning says that there is none", () => {
  const { findings } = compiled(
    "/** @ref graph */\ntypedef unsigned int graph_ref;\nstruct graph { graph nodes<>; graph_ref root; };",
  );
  assert.match(
    findings.join(),
    /^warning misplaced-annotation @ref graph has no effect: no struct has a table of graph/,
  );
});

test("two tables of one type, a table that lacks another, and nodes that are a list are errors", () => {
  const twice = `${NODE}\nstruct graph { node nodes<>; node more<>; node_ref root; };`;
  assert.match(
    compiled(twice).findings[0] ?? "",
    /^error missing-table graph has two tables of node: more is the second/,
  );
  const lacking = `${NODE}\nstruct edge { node_ref to; /** @ref edge */ unsigned int next<>; int more; };
    struct graph { edge edges<>; };\nstruct all { node nodes<>; };`;
  assert.match(compiled(lacking).findings.join(), /^(?!.*undefined).*graph has references to node without a table/);
  const list = "struct node {\n/* @ref node */\nunsigned int other;\nnode *next;\n};\nstruct graph { node nodes<>; };";
  assert.match(compiled(list).findings[0] ?? "", /^error missing-table node is a linked list/);
});

test("an annotation without effect is a warning, and the number stays a number", () => {
  for (const [text, expected] of [
    ["struct node {\n/* @ref node */\nint next;\n};\nstruct graph { node nodes<>; };", /this is not an unsigned int/],
    ["struct node {\n/* @ref nod */\nunsigned int next;\n};\nstruct graph { node nodes<>; };", /there is no type nod/],
    ["struct node {\n/* @ref node */\nunsigned int next;\n};", /no struct has a table of node/],
    [
      "struct node {\n/* @ref node */\nunsigned int *next;\n};\nstruct graph { node nodes<>; };",
      /pointer to a reference/,
    ],
    ["enum node { A = 1 };\nstruct graph {\n/* @ref node */\nunsigned int next;\n};", /a node is a struct or a union/],
    ["/** @ref node */\nstruct node { int a; };\nstruct graph { node nodes<>; };", /@ref is not at a number/],
  ] as const) {
    const { tables, findings } = compiled(text);
    assert.deepEqual(tables, [], text);
    assert.match(findings.join("\n"), /^warning misplaced-annotation/, text);
    assert.match(findings.join("\n"), expected, text);
  }
});

test("words of Doxygen that name nothing of the interface are skipped", () => {
  const { findings } = compiled('/**\n * @ref index "the manual"\n */\nstruct node { int a; };');
  assert.deepEqual(findings, []);
});

test("a cycle of typedefs with a reference ends", () => {
  const text =
    "/* @ref node */\ntypedef b a<>;\ntypedef a b<>;\nstruct node { a x; };\nstruct graph { node nodes<>; };";
  assert.equal(compiled(text).tables.length, 0);
});
