import assert from "node:assert/strict";
import { test } from "node:test";
import { progressLine } from "./deferred-call.js";

test("a progress line has a bar, the percentage and the note, without control characters", () => {
  assert.equal(
    progressLine({ done: 1, total: 3, note: "copy\u001b[2J" }),
    `[${"#".repeat(10)}${"-".repeat(20)}]  33 %  copy [2J`,
  );
  assert.equal(progressLine({ done: 5, total: 3 }), `[${"#".repeat(30)}] 100 %`);
  assert.equal(progressLine({ done: 5 }), "5");
  for (const done of [Number.NaN, Number.NEGATIVE_INFINITY]) {
    assert.equal(progressLine({ done, total: 3 }), `[${"-".repeat(30)}]   0 %`);
    assert.equal(progressLine({ done, total: Number.NaN, note: "copy" }), "0  copy");
  }
  assert.equal(progressLine({ done: 1, total: Number.POSITIVE_INFINITY }), "1");
});
