import assert from "node:assert/strict";
import test from "node:test";
import { RateLimit } from "./rate.js";

test("a source may call in a burst and then at its rate, and its flood is told once", () => {
  let now = 0;
  const limit = new RateLimit({ perSecond: 10, burst: 4 }, () => now);
  const take = (count: number) => Array.from({ length: count }, () => limit.take("192.0.2.1"));
  assert.deepEqual(take(6), ["ok", "ok", "ok", "ok", "first", "late"]);
  assert.equal(limit.take("192.0.2.2"), "ok");
  now = 100;
  assert.deepEqual(take(2), ["ok", "late"]);
  now = 10_000;
  assert.deepEqual(take(5), ["ok", "ok", "ok", "ok", "first"]);
});

test("sources are forgotten, the longest silent first, so that memory is bounded", () => {
  const limit = new RateLimit({ burst: 1, sources: 3 }, () => 0);
  for (let i = 0; i < 1000; i++) limit.take(`192.0.2.${i}`);
  assert.equal(limit.size, 3);
  assert.equal(limit.take("192.0.2.999"), "first");
  assert.equal(limit.take("192.0.2.1"), "ok");
});
