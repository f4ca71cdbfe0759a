import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { HostShares } from "./host-shares.js";

/** Adds one at a time until there is no room. @returns how many */
function fill(shares: HostShares, host: string, more = 1): number {
  let count = 0;
  for (; shares.hasRoomFor(host, more); count++) shares.add(host, more);
  return count;
}

test("a host alone may have four fifths, and each further host four fifths of the rest", () => {
  const shares = new HostShares(1_000);
  assert.deepEqual([fill(shares, "a"), fill(shares, "b"), fill(shares, "c")], [800, 160, 32]);
  assert.ok(shares.hasRoomFor("d"));
  shares.add("a", -800);
  assert.ok(shares.hasRoomFor("a", 800));
});

test("a host that has nothing may take what is free, if it fits", () => {
  const shares = new HostShares(10);
  assert.ok(shares.hasRoomFor("a", 10));
  assert.ok(!shares.hasRoomFor("a", 11));
  shares.add("a", 9);
  assert.ok(!shares.hasRoomFor("a"));
  assert.ok(shares.hasRoomFor("b"));
});

test("the total is the sum of what the hosts have, and never passes the limit", () => {
  const step = fc.record({ host: fc.constantFrom("a", "b", "c", "d"), by: fc.integer({ min: -9, max: 9 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const shares = new HostShares(50);
      const held: Record<string, number> = {};
      for (const { host, by } of steps) {
        const own = held[host] ?? 0;
        if (by > 0 ? !shares.hasRoomFor(host, by) : own + by < 0) continue;
        shares.add(host, by);
        held[host] = own + by;
        assert.equal(shares.of(host), own + by);
        assert.equal(
          shares.total,
          Object.values(held).reduce((sum, one) => sum + one, 0),
        );
        assert.ok(shares.total <= 50);
      }
    }),
  );
});
