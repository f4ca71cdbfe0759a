import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReferenceShape, Shape, UnionShape } from "./shape.js";
import { leastSize } from "./shape.js";

test("each type is measured once, however often others use it", () => {
  let asked = 0;
  let shape: Shape = { kind: "int" };
  for (let depth = 1; depth <= 30; depth++) {
    const inner = shape;
    const name = `a${depth}`;
    const reference: ReferenceShape = {
      kind: "reference",
      name,
      shape() {
        asked++;
        return inner;
      },
    };
    const fields = [
      { name: "left", type: reference },
      { name: "right", type: reference },
    ];
    shape = { kind: "struct", name, fields };
  }
  assert.equal(leastSize(shape), 4 * 2 ** 30);
  assert.ok(asked <= 60, `${asked} look-ups for 30 types`);
});

test("a type that contains itself counts as nothing inside itself", () => {
  const tree: UnionShape = {
    kind: "union",
    name: "tree",
    discriminant: { name: "isLeaf", type: { kind: "bool" } },
    cases: [
      { values: [true], arm: { name: "value", type: { kind: "hyper" } } },
      {
        values: [false],
        arm: { name: "inner", type: { kind: "reference", name: "tree", shape: () => tree } },
      },
    ],
  };
  assert.equal(leastSize(tree), 4);
});
