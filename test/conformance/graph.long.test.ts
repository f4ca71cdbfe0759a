import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, XdrError } from "lupine/xdr";
import { type cell, graph, ring } from "./graph.gen.js";
import { assertSameGraph, numbersFrom, randomGraph, reachable } from "./graphs.test-support.js";

test("100,000 random graphs are received as they were sent, by a bijection of their objects", () => {
  for (let seed = 0; seed < 100_000; seed++) {
    const sent = randomGraph(seed);
    const bytes = encode(graph, sent);
    const received = decode(graph, bytes);
    assertSameGraph(sent, received, ["nodes", "edges"]);
    const { nodes, edges } = reachable(sent);
    if (received.nodes.length !== nodes.size || received.edges.length !== edges.size) assert.fail(`seed ${seed}`);
    if (!Buffer.from(bytes).equals(encode(graph, received))) assert.fail(`seed ${seed}: other bytes`);
  }
});

test("a list of a million nodes and a star of a million take no stack", () => {
  const count = 1_000_000;
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

test("200,000 messages with changed bytes give a graph or an XdrError", () => {
  for (let seed = 0; seed < 200_000; seed++) {
    const random = numbersFrom(seed);
    const bytes = Buffer.from(encode(graph, randomGraph(seed % 1000, 5)));
    for (let i = random(4); i >= 0; i--) bytes[random(bytes.length)] = random(256);
    const cut = random(4) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
    try {
      const received = decode(graph, cut);
      if (!Buffer.from(encode(graph, received)).equals(cut)) assert.fail(`seed ${seed}: other bytes`);
    } catch (error) {
      if (!(error instanceof XdrError)) throw error;
    }
  }
});
