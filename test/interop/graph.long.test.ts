// Graphs with a server that rpcgen made: it sees a table of nodes and numbers.
import assert from "node:assert/strict";
import { createClient } from "lupine";
import { GRAPH_VERS, type graph, type node } from "../../examples/graph/graph.gen.js";
import { compile } from "./harness/compile.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { start } from "./harness/processes.js";

enterNamespace(import.meta.url);

function graphServer(): string {
  return compile({
    interface: "examples/graph/graph.x",
    sources: ["test/interop/c/graph.c"],
    rpcgen: [
      ["-N", "-C", "-h", "-o", "graph.h"],
      ["-N", "-C", "-c", "-o", "graph_xdr.c"],
      ["-N", "-C", "-m", "-o", "graph_svc.c"],
    ],
    link: ["graph.c", "graph_xdr.c", "graph_svc.c"],
  });
}

function ringOf(...names: string[]): [node, ...node[]] {
  const nodes = names.map((name): node => ({ name, next: null })) as [node, ...node[]];
  for (const [i, one] of nodes.entries()) one.next = nodes[(i + 1) % nodes.length] ?? null;
  return nodes;
}

peerTest("a C server reverses a ring, and our own objects are turned around", ["c", "namespace"], async () => {
  await using server = start(graphServer(), ["2011"]);
  await server.printed(/ready/);
  await using client = createClient(GRAPH_VERS, "tcp://127.0.0.1:2011");

  const nodes = ringOf("a", "b", "c", "d", "e");
  const ring: graph = { nodes: [], root: nodes[0] };
  assert.equal(await client.count(ring), 5);
  await client.reverse(ring);
  for (const [i, one] of nodes.entries()) assert.equal(one.next, nodes[(i + 4) % 5], one.name);
  assert.equal(ring.root, nodes[0]);
  assert.deepEqual(ring.nodes, nodes);

  const [a, b, , , e] = nodes as [node, node, node, node, node];
  await client.replace(ring, "a", "x");
  const added = ring.nodes[5];
  assert.deepEqual([added?.name, added?.next], ["x", e]);
  assert.equal(ring.root, added);
  assert.equal(b.next, added);
  assert.deepEqual([a.name, a.next], ["a", e]);
  assert.equal(await client.count(ring), 5);
});

peerTest(
  "a C server gets a table that the client's references have filled, and null as 0",
  ["c", "namespace"],
  async () => {
    await using server = start(graphServer(), ["2012"]);
    await server.printed(/ready/);
    await using client = createClient(GRAPH_VERS, "tcp://127.0.0.1:2012");
    assert.equal(await client.count({ nodes: [], root: null }), 0);
    const alone: node = { name: "alone", next: null };
    assert.equal(await client.count({ nodes: [], root: alone }), 1);
    alone.next = alone;
    assert.equal(await client.count({ nodes: [alone], root: alone }), 1);
  },
);
