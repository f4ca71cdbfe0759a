import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { type Candidate, policyNamed } from "./policy.js";

function candidate(weight = 1, load = 0): Candidate {
  return { weight, load, turn: Math.random() * weight };
}

test("in turn, each is chosen exactly as often as its weight says, wherever the turns begin", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }), (weights) => {
      const policy = policyNamed("round-robin");
      const candidates = weights.map((weight) => candidate(weight));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const counts = new Map(candidates.map((one) => [one, 0]));
      for (let i = 0; i < 3 * total; i++) {
        const one = policy(candidates);
        counts.set(one, (counts.get(one) ?? 0) + 1);
      }
      assert.deepEqual(
        candidates.map((one) => counts.get(one)),
        weights.map((weight) => 3 * weight),
      );
    }),
  );
});

test("a heavy candidate does not get its turns in a row", () => {
  const policy = policyNamed("round-robin");
  const [light, heavy] = [candidate(2), candidate(4)];
  const chosen = Array.from({ length: 12 }, () => policy([light, heavy]));
  for (let i = 2; i < chosen.length; i++) {
    assert.ok(chosen.slice(i - 2, i + 1).includes(light), "one of any three in a row is the light one");
  }
});

test("the least busy for its weight is chosen, and equals take turns", () => {
  const policy = policyNamed("least-busy");
  const busy = candidate(1, 2);
  const strong = candidate(4, 6);
  assert.equal(policy([busy, strong]), strong);
  assert.equal(policy([busy, candidate(2, 6)]), busy);
  const equals = [candidate(1, 1), candidate(1, 1)];
  assert.equal(new Set([policy(equals), policy(equals)]).size, 2);
});

test("a sticky client stays, and many of them spread by weight", () => {
  const candidates = [candidate(1), candidate(3)];
  let heavy = 0;
  for (let i = 0; i < 2_000; i++) {
    const policy = policyNamed("sticky");
    const chosen = policy(candidates);
    assert.equal(policy(candidates), chosen);
    assert.notEqual(policy(candidates.filter((one) => one !== chosen)), chosen);
    if (chosen === candidates[1]) heavy++;
  }
  assert.ok(heavy > 1_400 && heavy < 1_600, `${heavy}`);
});

test("another name is no policy", () => {
  assert.throws(() => policyNamed("random" as never), /balance is "random": round-robin, least-busy or sticky/);
});
