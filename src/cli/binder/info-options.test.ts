import assert from "node:assert/strict";
import { test } from "node:test";
import { byProgram } from "./info-options.js";

test("entries are put to those of their program one by one, however many a program has", (t) => {
  const entries = Array.from({ length: 10_000 }, (_, i) => {
    return { program: i % 2, version: i, netid: "tcp", address: "127.0.0.1.0.9", owner: "0" };
  });
  // A list that is made anew for each entry takes quadratic time.
  const set = t.mock.method(Map.prototype, "set");
  const groups = byProgram(entries);
  assert.equal(set.mock.callCount(), 2);
  assert.deepEqual(
    [...groups].map(([program, { length }]) => [program, length]),
    [
      [0, 5_000],
      [1, 5_000],
    ],
  );
});
