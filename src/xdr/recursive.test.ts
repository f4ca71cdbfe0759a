import assert from "node:assert/strict";
import { test } from "node:test";
import { isRecursive } from "./recursive.js";
import type { Shape } from "./shape.js";
import { containsItself } from "./within.js";

test("each shape of a long chain is looked at once, whichever is asked about first", () => {
  for (const isReversed of [false, true]) {
    let looked = 0;
    const shapes: Shape[] = [{ kind: "int" }];
    for (let i = 1; i < 1_000; i++) {
      const inner = shapes[i - 1] as Shape;
      const shape = (): Shape => {
        looked++;
        return inner;
      };
      shapes.push({ kind: "array", fixed: true, length: 1, element: { kind: "reference", name: `t${i}`, shape } });
    }
    for (const shape of isReversed ? shapes.toReversed() : shapes) assert.equal(isRecursive(shape), false);
    assert.equal(looked, 999);
  }
});

test("both ways to ask agree, on shapes that contain each other and on shapes that contain those", () => {
  const node: Shape = {
    kind: "struct",
    name: "node",
    fields: [
      { name: "next", type: { kind: "optional", element: { kind: "reference", name: "other", shape: () => other } } },
    ],
  };
  const other: Shape = {
    kind: "struct",
    name: "other",
    fields: [{ name: "back", type: { kind: "reference", name: "node", shape: () => node } }],
  };
  const holder: Shape = { kind: "struct", name: "holder", fields: [{ name: "one", type: node }] };
  for (const [shape, expected] of [
    [holder, false],
    [other, true],
    [node, true],
    [{ kind: "int" }, false],
  ] as const) {
    assert.equal(isRecursive(shape), expected);
    assert.equal(containsItself(shape), expected);
  }
});
