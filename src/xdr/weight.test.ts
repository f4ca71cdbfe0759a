// What decoded values are estimated to take, and that everything of which there may be any number is counted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { array } from "./composite.js";
import { defaultLimits } from "./limits.js";
import { opaque } from "./opaque.js";
import { int } from "./primitives.js";
import { XdrReader } from "./reader.js";
import { struct } from "./structured.js";
import { tree } from "./tree.test-support.js";
import { elementWeight } from "./weight.js";

/** A balanced tree, in which each node takes 12 bytes. */
function balanced(depth: number): Buffer {
  if (depth === 0) return Buffer.alloc(4);
  const below = balanced(depth - 1);
  return Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]), below, below]);
}

/** The argument of a tree: without the flag of its root. */
const treeOf = (depth: number): Buffer => balanced(depth).subarray(4);

test("the nodes of a tree count as elements, however shallow it is", () => {
  const limits = { ...defaultLimits, elements: 5_000 };
  const read = (depth: number): XdrReader => {
    const from = new XdrReader(treeOf(depth), { limits });
    tree.decode(from);
    return from;
  };
  assert.equal(read(12).elementsLeft, 5_000 - 4_095);
  assert.throws(() => read(13), { code: "XDR_LIMIT" });
});

test("the weight of a recursive type is that of one node, and types that occur once have none", () => {
  assert.ok(elementWeight(tree.shape) >= 24 + 192 + 2 * 8);
  const pair = struct("pair", { a: opaque(100), b: opaque(100) });
  assert.equal(elementWeight(struct("both", { one: pair, other: pair }).shape), 8);
  assert.equal(elementWeight(struct("many", { numbers: array(int, 100), one: pair }).shape), 16);
});
