import assert from "node:assert/strict";
import { test } from "node:test";
import { Shares } from "./shares.js";

/** Adds one at a time until it is refused. @returns how many, and why no more. */
function fill(shares: Shares, origin: string): { readonly count: number; readonly excess: string | undefined } {
  for (let count = 0; ; count++) {
    const excess = shares.excess(origin, 1);
    if (excess !== undefined) return { count, excess };
    shares.count(origin, 1);
  }
}

test("hosts that take all they can leave something to the next, and the own machine its part", () => {
  const shares = new Shares({ most: 800, perHost: 300, reserved: 1 / 8 });
  const counts = Array.from({ length: 6 }, (_, i) => fill(shares, `192.0.2.${i}`));
  assert.deepEqual(
    counts.map(({ count }) => count),
    [300, 200, 100, 50, 25, 13],
  );
  assert.ok(counts.every(({ excess }) => excess === "host"));
  assert.equal(shares.excess("198.51.100.1", 1), undefined, "a newcomer");
  assert.deepEqual(fill(shares, ""), { count: 112, excess: "all" });
});

test("a host that holds its share may change what it has, and take more when others have left", () => {
  const shares = new Shares({ most: 100, perHost: 100, reserved: 0 });
  assert.equal(fill(shares, "192.0.2.1").count, 50);
  assert.equal(shares.excess("192.0.2.1", 0), undefined);
  assert.equal(shares.excess("192.0.2.1", -10), undefined);
  assert.equal(shares.excess("192.0.2.2", 0, 26), undefined, "something that moves to another host");
  assert.equal(shares.excess("192.0.2.2", 0, 51), "host");
  shares.count("192.0.2.1", -50);
  assert.equal(shares.total, 0);
  assert.equal(fill(shares, "192.0.2.2").count, 50);
});

test("all IPv6 addresses of one /64 are one host", () => {
  const shares = new Shares({ most: 100, perHost: 10, reserved: 0 });
  for (let i = 0; i < 10; i++) shares.count(`2001:db8::${i}`, 1);
  assert.equal(shares.excess("2001:db8::ffff:1", 1), "host");
  assert.equal(shares.excess("2001:db8:0:1::1", 1), undefined);
});
