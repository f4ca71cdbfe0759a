import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { Ranking } from "./ranking.js";

test("the largest count is found, whatever changes came before", () => {
  const changes = fc.array(fc.tuple(fc.nat(11), fc.oneof(fc.nat(5), fc.nat(2 ** 31 - 1))));
  fc.assert(
    fc.property(changes, (all) => {
      const ranking = new Ranking();
      const counts = new Map<string, number>();
      for (const [key, count] of all) {
        ranking.set(String(key), count);
        if (count > 0) counts.set(String(key), count);
        else counts.delete(String(key));
      }
      assert.equal(ranking.size, counts.size);
      const largest = ranking.largest();
      if (counts.size === 0) assert.equal(largest, undefined);
      else assert.equal(ranking.of(largest as string), Math.max(...counts.values()));
    }),
  );
});

test("among very many, one with more than half of the largest count is found", () => {
  const ranking = new Ranking();
  for (let i = 0; i < 5_000; i++) ranking.set(String(i), 1 + (i % 1_000));
  assert.ok(ranking.of(ranking.largest() as string) > 500);
});
