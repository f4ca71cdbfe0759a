import assert from "node:assert/strict";
import test from "node:test";
import { thoroughTest } from "../../testing/count-of.test-support.js";
import { countWork } from "../../testing/count-work.test-support.js";
import fc from "../../testing/fast-check.test-support.js";
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

thoroughTest(
  "bringing a list of 100,000 paths up to date for one change costs no more than for a list of 12,500",
  () => {
    const workOn = (count: number): number => {
      const paths = new SortedPaths();
      for (let at = 0; at < count; at++) paths.changed(`/services/${(at * 7919) % count}`, true);
      assert.equal(paths.sorted().length, count);
      return countWork("/sorted-paths.js", () => {
        for (let at = 0; at < 200; at++) {
          paths.changed(`/services/x${at}`, true);
          assert.equal(paths.sorted().length, count + 1 + at);
        }
      });
    };
    const [small, large] = [workOn(12_500), workOn(100_000)];
    assert.ok(large < 2 * small, `${small} blocks, and ${large} for a list eight times as long`);
  },
);
