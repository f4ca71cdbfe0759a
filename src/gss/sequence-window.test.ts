import assert from "node:assert/strict";
import { test } from "node:test";
import { SequenceWindow } from "./sequence-window.js";

test("a sequence number is taken once, in any order within the window", () => {
  const window = new SequenceWindow(32);
  assert.deepEqual(
    [1, 3, 2, 2, 3, 1, 4].map((number) => window.take(number)),
    [true, true, true, false, false, false, true],
  );
});

test("a number that is older than the window is refused", () => {
  const window = new SequenceWindow(32);
  assert.ok(window.take(40));
  assert.equal(window.take(8), false);
  assert.ok(window.take(9));
  assert.ok(window.take(2 ** 31 - 1));
  assert.equal(window.take(40), false);
  assert.ok(window.take(2 ** 31 - 2));
});

test("the window agrees with a set of all numbers, for random orders and jumps", () => {
  const size = 64;
  let seed = 1;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  for (let round = 0; round < 50; round++) {
    const window = new SequenceWindow(size);
    const seen = new Set<number>();
    let highest = 0;
    for (let step = 0; step < 400; step++) {
      const number = Math.max(1, highest + random(size * 2) - size - (random(2) === 0 ? 8 : -random(70)));
      const isNew = number > highest || (number > highest - size && !seen.has(number));
      assert.equal(window.take(number), isNew);
      if (!isNew) continue;
      seen.add(number);
      highest = Math.max(highest, number);
    }
  }
});
