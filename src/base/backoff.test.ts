import assert from "node:assert/strict";
import test from "node:test";
import { backoffDelay, defaultBackoff } from "./backoff.js";

test("waits double from 100 ms up to 5 s, and there is none before the first failure", () => {
  const delays = [0, 1, 2, 3, 6, 7, 100].map((failures) => backoffDelay(defaultBackoff, failures, 0.5));
  assert.deepEqual(delays, [0, 100, 200, 400, 3200, 5000, 5000]);
});

test("chance moves a wait by a fifth at most", () => {
  assert.equal(backoffDelay(defaultBackoff, 1, 0), 80);
  assert.ok(backoffDelay(defaultBackoff, 1, 0.999999) < 120);
});
