// Copy/restore of graphs, with a real client and server. The three programs of the literature: an alias is kept, a node is
// removed, a node is added (E. Tilevich and Y. Smaragdakis, NRMI: Natural and Efficient Middleware, 2003).
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, Server } from "lupine";
import { MemoryNetwork } from "lupine/testing";
import { countOf } from "../support/count-of.js";
import { type cell, GRAPHS_V1, type graph, type node, type ring } from "./graph.gen.js";
import { assertSameGraph, emptyNode, randomGraph, reachable } from "./graphs.test-support.js";

interface Changes {
  readonly change?: (sent: graph) => graph | Promise<graph>;
  readonly turn?: (sent: ring) => ring;
}

/** A client of a server that changes graphs in this way. */
async function changing({ change = (one) => one, turn = (one) => one }: Changes) {
  const server = new Server();
  server.implement(GRAPHS_V1, { change, turn, keep: (one) => one });
  const network = new MemoryNetwork();
  await server.listen("memory:graphs", { network });
  const client = createClient(GRAPHS_V1, "memory:graphs", { connection: { network } });
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

function graphOf(root: node | null): graph {
  return { root, nodes: [], edges: [], others: [], maybe: null };
}

function namesFrom(root: node | null): string[] {
  const seen = new Set<node>();
  for (let at = root; at !== null && !seen.has(at); at = at.next) seen.add(at);
  return [...seen].map(({ name }) => name);
}

function listOf(...names: string[]): [node, ...node[]] {
  const nodes = names.map(emptyNode) as [node, ...node[]];
  for (const [i, one] of nodes.entries()) one.next = nodes[i + 1] ?? null;
  return nodes;
}

test("an alias of a node sees what the server changed in it", async () => {
  await using place = await changing({
    change(sent) {
      for (const one of sent.nodes) one.name = one.name.toUpperCase();
      return sent;
    },
  });
  const [a, b] = listOf("a", "b");
  const alias = a.next;
  const mine = graphOf(a);
  await place.client.change(mine);
  assert.equal(mine.root, a);
  assert.equal(a.next, b);
  assert.equal(alias, b);
  assert.equal(alias?.name, "B");
});

test("a node that the server removed stays the object that it was, and has what the server changed in it", async () => {
  await using place = await changing({
    change(sent) {
      const [first, second, third] = sent.nodes as [node, node, node];
      second.name = "removed";
      first.next = third;
      return sent;
    },
  });
  const [a, b, c] = listOf("a", "b", "c") as [node, node, node];
  const mine = graphOf(a);
  await place.client.change(mine);
  assert.deepEqual(namesFrom(mine.root), ["a", "c"]);
  assert.equal(a.next, c);
  assert.equal(b.name, "removed");
  assert.equal(b.next, c);
});

test("a node that the server added is a new object, whose references lead to the caller's", async () => {
  await using place = await changing({
    change(sent) {
      const [first, second] = sent.nodes as [node, node];
      const added = { ...emptyNode("new"), next: second, notes: [{ label: "back", about: first }] };
      first.next = added;
      first.notes = [{ label: "to", about: added }];
      return { ...sent, others: [added, second] };
    },
  });
  const [a, b] = listOf("a", "b");
  const mine = graphOf(a);
  await place.client.change(mine);
  assert.deepEqual(namesFrom(mine.root), ["a", "new", "b"]);
  const added = a.next;
  assert.equal(added?.next, b);
  assert.equal(added?.notes[0]?.about, a);
  assert.equal(a.notes[0]?.about, added);
  assert.deepEqual([mine.others[0], mine.others[1]], [added, b]);
  assert.deepEqual(mine.nodes, [a, b, added]);
});

/** What a caller may do to its graph after the call has left. The nodes a, b and c were sent in this order. */
const meanwhile: readonly [what: string, change: (mine: graph) => void][] = [
  ["reverses its table", ({ nodes }) => nodes.reverse()],
  [
    "empties the graph",
    (mine) => {
      mine.nodes.length = 0;
      mine.root = null;
    },
  ],
  ["gives it another table and no root", (mine) => Object.assign(mine, { nodes: [], root: null })],
  ["adds a node at its front", ({ nodes }) => nodes.unshift(emptyNode("new"))],
];

for (const [what, change] of meanwhile) {
  test(`a caller that ${what} during the call finds each change in the node that was sent`, async () => {
    let arrived = (): void => undefined;
    const isThere = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    let answer = (): void => undefined;
    const isChanged = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await using place = await changing({
      async change(sent) {
        arrived();
        await isChanged;
        for (const one of sent.nodes) one.name = one.name.toUpperCase();
        return sent;
      },
    });
    const [a, b, c] = listOf("a", "b", "c") as [node, node, node];
    const mine = graphOf(a);
    mine.nodes = [a, b, c];
    const call = place.client.change(mine);
    await isThere;
    change(mine);
    answer();
    await call;
    assert.deepEqual([a.name, b.name, c.name], ["A", "B", "C"]);
    assert.deepEqual(
      mine.nodes.map((one) => [a, b, c].indexOf(one)),
      [0, 1, 2],
    );
    assert.equal(mine.root, a);
  });
}

test("two calls of one graph at the same time find the nodes that each has sent", async () => {
  let calls = 0;
  await using place = await changing({
    change(sent) {
      for (const one of sent.nodes) one.name += "!";
      // The first reply has one node less.
      if (calls++ > 0) return sent;
      const [first] = sent.nodes as [node];
      first.next = null;
      return { ...sent, nodes: [first] };
    },
  });
  const [a, b] = listOf("a", "b") as [node, node];
  const mine = graphOf(a);
  await Promise.all([place.client.change(mine), place.client.change(mine)]);
  assert.deepEqual([a.name, b.name], ["a!", "b!"]);
  assert.equal(a.next, b);
  assert.deepEqual([mine.nodes[0] === a, mine.nodes[1] === b, mine.nodes.length], [true, true, 2]);
});

test("a cyclic list is reversed in the caller's own objects", async () => {
  await using place = await changing({
    turn(sent) {
      const { cells } = sent;
      const before = cells.map((one) => cells.find(({ next }) => next === one) ?? null);
      for (const [i, one] of cells.entries()) one.next = before[i] ?? null;
      return sent;
    },
  });
  const cells = Array.from({ length: 5 }, (_, value): cell => ({ value, next: null }));
  for (const [i, one] of cells.entries()) one.next = cells[(i + 1) % cells.length] ?? null;
  const mine: ring = { cells: [], start: cells[0] ?? null };
  await place.client.turn(mine);
  for (const [i, one] of cells.entries()) assert.equal(one.next, cells[(i + cells.length - 1) % cells.length]);
  assert.equal(mine.start, cells[0]);
});

test("after any change the caller's graph is as the server's, with the objects that were sent", async () => {
  for (let seed = 0; seed < countOf(100, 25); seed++) {
    let returned: graph | undefined;
    await using place = await changing({
      change(sent) {
        const other = randomGraph(seed + 1000);
        // Every node of the table gets other contents, and those that are left of the other graph are new.
        const { nodes, edges } = reachable(other);
        const old = new Map<unknown, unknown>();
        for (const [i, one] of [...nodes].entries()) old.set(one, sent.nodes[i] ?? one);
        for (const [i, one] of [...edges].entries()) old.set(one, sent.edges[i] ?? one);
        const to = <T>(one: T): T => (old.get(one) ?? one) as T;
        const copies = [...nodes].map((one): node => {
          const { what } = one;
          const content: node["what"] =
            what.k === 1
              ? { k: 1, branches: what.branches.map(to) }
              : what.k === 2
                ? { k: 2, through: to(what.through) }
                : what;
          const notes = one.notes.map(({ label, about }) => ({ label, about: to(about) }));
          return Object.assign(to(one), { ...one, next: to(one.next), out: one.out.map(to), notes, what: content });
        });
        const lines = [...edges].map((one) => Object.assign(to(one), { ...one, from: to(one.from), to: to(one.to) }));
        returned = {
          root: to(other.root),
          nodes: copies,
          edges: lines,
          others: other.others.map(to),
          maybe: to(other.maybe),
        };
        return returned;
      },
    });
    const mine = randomGraph(seed);
    const { nodes, edges } = reachable(mine);
    await place.client.change(mine);
    assertSameGraph(mine, returned);
    const isSame = (now: readonly unknown[], before: ReadonlySet<unknown>): boolean =>
      [...before].slice(0, now.length).every((one, i) => one === now[i]);
    assert.ok(isSame(mine.nodes, nodes) && isSame(mine.edges, edges), `seed ${seed}`);
  }
});

test("a frozen node fails the call, and nothing is changed", async () => {
  await using place = await changing({
    change(sent) {
      for (const one of sent.nodes) one.name = "changed";
      return sent;
    },
  });
  const [a, b] = listOf("a", "b");
  const mine = graphOf(a);
  Object.freeze(b);
  await assert.rejects(place.client.change(mine), /args\.g\.nodes\[1\]: a frozen object cannot take what came back/);
  assert.equal(a.name, "a");
  assert.deepEqual(mine.nodes, []);
});
