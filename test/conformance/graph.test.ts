import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadInterface } from "lupine/dynamic";
import { decode, encode, explain, formatExplanation, fromJson, toJson, XdrError, type XdrType } from "lupine/xdr";
import { countOf } from "../support/count-of.js";
import { type cell, graph, library, type node, ring } from "./graph.gen.js";
import { assertSameGraph, emptyNode, randomGraph, reachable } from "./graphs.test-support.js";

const file = fileURLToPath(new URL("../../../test/conformance/graph.x", import.meta.url));
const { types } = loadInterface(readFileSync(file, "utf8"));
const dynamicGraph = types.get("graph") as XdrType<graph>;

/** The graph with everything that can be reached in its tables. */
function whole(one: graph): graph {
  const { nodes, edges } = reachable(one);
  return { ...one, nodes: [...nodes], edges: [...edges] };
}

test("what is decoded has the same nodes, sharing and cycles as what was encoded", () => {
  for (let seed = 0; seed < 500; seed++) {
    const sent = randomGraph(seed);
    const bytes = encode(graph, sent);
    const received = decode(graph, bytes);
    assertSameGraph(sent, received, ["nodes", "edges"]);
    const { nodes, edges } = reachable(sent);
    assert.equal(received.nodes.length, nodes.size, `seed ${seed}`);
    assert.equal(received.edges.length, edges.size, `seed ${seed}`);
    assert.deepEqual(encode(graph, received), bytes, `seed ${seed}`);
  }
});

test("generated code and a codec without it write the same bytes, and read the same graph", () => {
  for (let seed = 0; seed < 100; seed++) {
    const sent = randomGraph(seed);
    const bytes = encode(graph, sent);
    assert.deepEqual(encode(dynamicGraph, sent), bytes);
    assertSameGraph(decode(graph, bytes), decode(dynamicGraph, bytes));
  }
});

test("a table that is given keeps its order, and what references lead to comes after it", () => {
  const [a, b, c] = ["a", "b", "c"].map(emptyNode) as [node, node, node];
  a.next = b;
  b.next = c;
  c.next = a;
  const sent: graph = { root: a, nodes: [c], edges: [], others: [], maybe: null };
  const { nodes } = decode(graph, encode(graph, sent));
  assert.deepEqual(
    nodes.map(({ name }) => name),
    ["c", "a", "b"],
  );
  assert.deepEqual(sent.nodes, [c], "the caller's table is not changed");
});

test("JSON has the number of each node, and gives the same graph back", () => {
  const [a, b] = [emptyNode("a"), emptyNode("b")];
  Object.assign(a, { next: b, extra: new Uint8Array([1]) });
  b.next = a;
  const sent: graph = { root: a, nodes: [], edges: [], others: [b, null, b], maybe: a };
  const json = toJson(graph, sent) as { root: unknown; others: unknown; nodes: { next: unknown }[] };
  assert.deepEqual(json.root, { $ref: 1 });
  assert.deepEqual(json.others, [{ $ref: 2 }, null, { $ref: 2 }]);
  assert.deepEqual(
    json.nodes.map(({ next }) => next),
    [{ $ref: 2 }, { $ref: 1 }],
  );
  for (let seed = 0; seed < 100; seed++) {
    const one = whole(randomGraph(seed));
    const text = JSON.stringify(toJson(graph, one));
    assertSameGraph(fromJson(graph, JSON.parse(text)), one);
    assert.deepEqual(toJson(dynamicGraph, one), JSON.parse(text));
  }
  assert.throws(() => fromJson(ring, { cells: [], start: { $ref: 1 } }), /start: reference to node 1, but cells has 0/);
  assert.throws(() => fromJson(ring, { cells: [], start: "one" }), /start: "one" is not a reference to cell: write/);
});

test("graphs within a struct have tables of their own", () => {
  const graphs = [1, 2, 3].map((seed) => whole(randomGraph(seed)));
  const sent: library = { title: "t", graphs, spare: whole(randomGraph(4)) };
  const received = decode(library, encode(library, sent));
  assertSameGraph(received, sent);
  assertSameGraph(fromJson(library, toJson(library, sent)), sent);
});

test("a long list and a large star take no stack", () => {
  const count = countOf(100_000, 30_000);
  const cells = Array.from({ length: count }, (_, value): cell => ({ value, next: null }));
  for (const [i, one] of cells.entries()) one.next = cells[(i + 1) % count] ?? null;
  const list = decode(ring, encode(ring, { cells: [], start: cells[0] ?? null }));
  assert.equal(list.cells.length, count);
  let at = list.start;
  for (let i = 0; i < count; i++) {
    if (at?.value !== i) assert.fail(`cell ${i} is ${at?.value}`);
    at = at.next;
  }
  assert.equal(at, list.start);

  for (const one of cells) one.next = cells[0] ?? null;
  const star = decode(ring, encode(ring, { cells, start: null }));
  assert.ok(star.cells.every(({ next }) => next === star.cells[0]));
});

test("a reference to no node of its table is an error with a path", () => {
  const bytes = Buffer.from(encode(ring, { cells: [{ value: 1, next: null }], start: null }));
  bytes.writeUInt32BE(2, 8);
  assert.throws(
    () => decode(ring, bytes, { root: "result" }),
    /^XdrError: result\.cells\[0\]\.next: reference to node 2, but cells has 1$/,
  );
  bytes.writeUInt32BE(1, 8);
  bytes.writeUInt32BE(0xffffffff, 12);
  assert.throws(() => decode(ring, bytes), /^XdrError: start: reference to node 4294967295, but cells has 1$/);

  const sent: library = { title: "", graphs: [randomGraph(1), { ...randomGraph(2), root: 7 as never }], spare: null };
  assert.throws(() => encode(library, sent, { root: "args" }), /^XdrError: args\.graphs\[1\]\.root: 7 is not a node$/);
});

test("an object that is in another table, or in a table twice, is an error with a path", () => {
  const edge = { from: null, to: null, weight: 1 };
  const sent: graph = { root: null, nodes: [emptyNode("a")], edges: [edge], others: [], maybe: null };
  (sent.nodes[0] as node).next = edge as never;
  const wrong = /^XdrError: nodes\[0\]\.next: a reference to node, but this object is in edges\[0\]$/;
  assert.throws(() => encode(graph, sent), wrong);
  assert.throws(() => encode(dynamicGraph, sent), wrong);
  const twice = emptyNode("b");
  assert.throws(
    () => encode(graph, { ...sent, nodes: [twice, twice] }),
    /^XdrError: nodes\[1\]: this object is in nodes\[0\] already$/,
  );
});

test("an error in a node that only a reference leads to has the path in the table that is sent", () => {
  const [a, b] = [emptyNode("a"), emptyNode("b")];
  a.next = b;
  b.name = 5 as never;
  const sent: graph = { root: a, nodes: [], edges: [], others: [], maybe: null };
  const expected = /^XdrError: args\.nodes\[1\]\.name: 5 is not a string$/;
  assert.throws(() => encode(graph, sent, { root: "args" }), expected);
  assert.throws(() => encode(dynamicGraph, sent, { root: "args" }), expected);
  assert.throws(
    () => encode(library, { title: "", graphs: [], spare: sent }, { root: "args" }),
    /^XdrError: args\.spare\.nodes\[1\]\.name: 5 is not a string$/,
  );
});

test("limits hold for nodes that only references lead to", () => {
  const cells = Array.from({ length: 20 }, (_, value): cell => ({ value, next: null }));
  for (const [i, one] of cells.entries()) one.next = cells[i + 1] ?? null;
  const limits = { depth: 200, bytes: 1000, elements: 10 };
  assert.throws(
    () => encode(ring, { cells: [], start: cells[0] ?? null }, { limits }),
    (error) => error instanceof XdrError && error.code === "XDR_LIMIT" && error.path.at(-1) === "next",
  );
});

test("bytes and tables that are changed at random give a graph or an XdrError", () => {
  for (let seed = 0; seed < 500; seed++) {
    const bytes = Buffer.from(encode(graph, randomGraph(seed, 5)));
    bytes[(seed * 7919) % bytes.length] = (seed * 31) % 256;
    const cut = seed % 3 === 0 ? bytes.subarray(0, (seed * 13) % bytes.length) : bytes;
    for (const type of [graph, dynamicGraph]) {
      try {
        const received = decode(type, cut);
        assert.deepEqual(Buffer.from(encode(type, received)), cut);
      } catch (error) {
        assert.ok(error instanceof XdrError, String(error));
      }
    }
  }
});

test("an explanation shows the node that a number leads to, and draws the graph", () => {
  const cells = [1, 2].map((value): cell => ({ value, next: null })) as [cell, cell];
  cells[0].next = cells[1];
  cells[1].next = cells[0];
  const explanation = explain(ring, encode(ring, { cells, start: cells[0] }));
  assert.deepEqual(
    explanation.parts.flatMap(({ text, leadsTo }) => (leadsTo === undefined ? [] : [[text, leadsTo]])),
    [
      ["2: cells[1]", ["cells", 1]],
      ["1: cells[0]", ["cells", 0]],
      ["1: cells[0]", ["cells", 0]],
    ],
  );
  assert.deepEqual(formatExplanation(explanation).slice(-3), [
    "graph  cells[0].next --> cells[1]",
    "       cells[1].next --> cells[0]",
    "       start         --> cells[0]",
  ]);
});

test("an explanation of a reference to no node says so as the decoder does, and draws no arrow to it", () => {
  const cells = [1, 2].map((value): cell => ({ value, next: null }));
  const bytes = Buffer.from(encode(ring, { cells, start: null }));
  const errorOf = (work: () => unknown): XdrError => {
    try {
      work();
    } catch (error) {
      return error as XdrError;
    }
    return assert.fail("no error");
  };
  // Both are wrong, and then the one in the table alone.
  bytes.writeUInt32BE(9, 8);
  for (const start of [0xffffffff, 1]) {
    bytes.writeUInt32BE(start, 20);
    const { error, parts, end } = explain(ring, bytes);
    const decoded = errorOf(() => decode(ring, bytes));
    assert.deepEqual([error?.code, error?.message], [decoded.code, decoded.message]);
    assert.equal(error?.offset, start === 1 ? 8 : 20);
    assert.equal(end, bytes.length);
    const drawn = parts.filter(({ leadsTo }) => leadsTo !== undefined);
    assert.deepEqual(
      drawn.map(({ text }) => text),
      start === 1 ? ["1: cells[0]"] : [],
    );
    assert.ok(parts.some(({ text }) => text === "9: no node, cells has 2"));
  }
  const kept = encode(library, { title: "", graphs: [randomGraph(1)], spare: null });
  assert.equal(explain(library, kept).error, undefined);
});

test("any bytes are explained as far as they decode, with the same error", () => {
  for (let seed = 0; seed < 200; seed++) {
    const bytes = Buffer.from(encode(graph, randomGraph(seed, 5)));
    bytes[(seed * 7919) % bytes.length] = (seed * 31) % 256;
    const { error } = explain(graph, bytes);
    let message: string | undefined;
    try {
      decode(graph, bytes);
    } catch (thrown) {
      message = (thrown as XdrError).message;
    }
    assert.equal(error?.message, message, `seed ${seed}`);
  }
});

test("the JSON of a reference has no other fields", () => {
  const cells = [{ value: 1, next: null }];
  assert.equal(fromJson(ring, { cells, start: { $ref: 1 } }).start?.value, 1);
  for (const start of [{ $ref: 1, zz: 3 }, { zz: 3 }, {}, [1], { $ref: "1" }, { $ref: -1 }]) {
    assert.throws(() => fromJson(ring, { cells, start }), /^XdrError: start: .* is not a reference to cell: write/);
  }
});

test("the walk along references stops at the bound of the table", () => {
  const { types } = loadInterface(`
    struct few { int value; /** @ref few */ unsigned int next; };
    struct bounded {
      unsigned int start; /** @ref few */
      few all<100>;
    };
    struct fixed {
      unsigned int start; /** @ref few */
      few all[2];
    };
  `);
  let visited = 0;
  const endless = (): object => {
    visited++;
    return {
      value: 1,
      get next() {
        return endless();
      },
    };
  };
  for (const [name, bound] of [
    ["bounded", 100],
    ["fixed", 2],
  ] as const) {
    visited = 0;
    const type = types.get(name) as XdrType<unknown>;
    assert.throws(
      () => encode(type, { start: endless(), all: [] }, { root: "args" }),
      (error) =>
        error instanceof XdrError &&
        error.code === "XDR_BAD_LENGTH" &&
        error.message.startsWith("args.all[") &&
        error.message.endsWith(`the reference leads to a node for which all has no room: its bound is ${bound}`),
    );
    // One more for the search for the path.
    assert.ok(visited <= 2 * (bound + 2), `${visited} nodes`);
  }
});
