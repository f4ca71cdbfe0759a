// Random graphs, and whether two graphs are the same but for the identity of their objects.
import assert from "node:assert/strict";
import type { edge, graph, node } from "./graph.gen.js";

/** Numbers from a seed (mulberry32), so that a failure can be repeated. */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A graph of a few nodes and edges, any of which may refer to any. Only some are in the tables already. */
export function randomGraph(seed: number, most = 12): graph {
  const random = numbersFrom(seed);
  const nodes = Array.from({ length: random(most) }, (_, i): node => emptyNode(`n${i}`));
  const edges = Array.from({ length: random(most) }, (_, i): edge => ({ from: null, to: null, weight: i }));
  const anyOf = <T>(list: readonly T[]): T | null => (list.length === 0 || random(4) === 0 ? null : pick(list));
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const some = <T>(list: readonly T[]): (T | null)[] => Array.from({ length: random(4) }, () => anyOf(list));
  for (const one of edges) Object.assign(one, { from: anyOf(nodes), to: anyOf(nodes) });
  for (const one of nodes) {
    one.next = anyOf(nodes);
    one.out = some(edges);
    one.notes = Array.from({ length: random(3) }, (_, i) => ({ label: `l${i}`, about: anyOf(nodes) }));
    one.extra = new Uint8Array(random(5)).fill(random(256));
    const kind = random(3);
    one.what =
      kind === 0
        ? { k: 0, value: random(1000) }
        : kind === 1
          ? { k: 1, branches: some(nodes) }
          : { k: 2, through: anyOf(edges) };
  }
  return {
    root: anyOf(nodes),
    nodes: nodes.filter(() => random(2) === 0),
    edges: edges.filter(() => random(3) === 0),
    others: some(nodes),
    maybe: random(2) === 0 ? null : anyOf(nodes),
  };
}

export function emptyNode(name: string): node {
  return { name, next: null, what: { k: 0, value: 0 }, notes: [], out: [], extra: new Uint8Array() };
}

/**
 * Checks that two values are the same, with a bijection between their objects: what is one object here is one object
 * there. Does not recurse. @param skip properties that need not be the same.
 */
export function assertSameGraph(left: unknown, right: unknown, skip: readonly string[] = []): void {
  const there = new Map<unknown, unknown>();
  const here = new Map<unknown, unknown>();
  const waiting: [unknown, unknown][] = [[left, right]];
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    const [a, b] = pair;
    if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
      assert.deepEqual(a, b);
      continue;
    }
    if (there.has(a) || here.has(b)) {
      assert.ok(there.get(a) === b && here.get(b) === a, "an object is shared on one side only");
      continue;
    }
    there.set(a, b);
    here.set(b, a);
    if (ArrayBuffer.isView(a)) {
      assert.deepEqual(a, b);
      continue;
    }
    const keys = Object.keys(a).filter((key) => !skip.includes(key));
    assert.deepEqual(
      keys,
      Object.keys(b).filter((key) => !skip.includes(key)),
    );
    for (const key of keys) waiting.push([a[key as keyof typeof a], b[key as keyof typeof b]]);
  }
}

/** The nodes and edges that can be reached from the fields of a graph, tables first, in the order in which they are sent. */
export function reachable(graph: graph): { nodes: Set<node>; edges: Set<edge> } {
  const nodes = new Set(graph.nodes);
  const edges = new Set(graph.edges);
  const addNode = (one: node | null): void => void (one !== null && nodes.add(one));
  const addEdge = (one: edge | null): void => void (one !== null && edges.add(one));
  for (const one of [graph.root, ...graph.others, graph.maybe]) addNode(one);
  for (let size = -1; size !== nodes.size + edges.size; ) {
    size = nodes.size + edges.size;
    for (const one of nodes) {
      addNode(one.next);
      if (one.what.k === 1) one.what.branches.forEach(addNode);
      if (one.what.k === 2) addEdge(one.what.through);
      for (const { about } of one.notes) addNode(about);
      one.out.forEach(addEdge);
    }
    for (const one of edges) [one.from, one.to].forEach(addNode);
  }
  return { nodes, edges };
}
