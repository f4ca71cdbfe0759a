import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { SortedPaths } from "./sorted-paths.js";

test("after any changes, few or many at a time, the paths are those that are there, in order", () => {
  const change = fc.tuple(fc.nat({ max: 500 }), fc.boolean());
  const round = fc.oneof(fc.array(change, { maxLength: 20 }), fc.array(change, { minLength: 250, maxLength: 400 }));
  fc.assert(
    fc.property(fc.array(round, { maxLength: 6 }), (rounds) => {
      const paths = new SortedPaths();
      const there = new Set<string>();
      for (const changes of rounds) {
        for (const [number, isThere] of changes) {
          const path = `/p${number}`;
          if (isThere) there.add(path);
          else there.delete(path);
          paths.changed(path, isThere);
        }
        assert.deepEqual(paths.sorted(), [...there].sort());
      }
    }),
    { numRuns: 50 },
  );
});

test("a list of 100,000 paths is brought up to date for one change at once", () => {
  const paths = new SortedPaths();
  for (let at = 0; at < 100_000; at++) paths.changed(`/services/${(at * 7919) % 100_000}`, true);
  assert.equal(paths.sorted().length, 100_000);
  const begin = performance.now();
  for (let at = 0; at < 200; at++) {
    paths.changed(`/services/x${at}`, true);
    assert.equal(paths.sorted().length, 100_001 + at);
  }
  // Sorting all each time would take some twenty seconds.
  assert.ok(performance.now() - begin < 1_000);
});
