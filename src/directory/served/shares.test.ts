import assert from "node:assert/strict";
import { test } from "node:test";
import { countOf } from "../../testing/count-of.test-support.js";
import fc from "../../testing/fast-check.test-support.js";
import { ByHost, hostOf, networkOf, type ShareLimits, Shares } from "./shares.js";

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
  const [first, second, third] = [1, 2, 3].map((i) => fill(shares, `192.0.${i}.1`));
  assert.deepEqual(
    [first, second],
    [300, 200].map((count) => ({ count, excess: "host" })),
  );
  // It may have more than it leaves free, but not as much as the half of the largest.
  assert.deepEqual(third, { count: 149, excess: "host" });
  assert.equal(shares.excess("198.51.100.1", 1), undefined, "a newcomer");
  assert.deepEqual(fill(shares, ""), { count: 151, excess: "all" });
});

/** Things of hosts within a limit, as the directory keeps them. */
class Held {
  readonly limits: ShareLimits;
  readonly shares: Shares;
  readonly items = new ByHost<{ readonly origin: string }>();
  readonly counts = new Map<string, number>();

  constructor(limits: ShareLimits) {
    this.limits = limits;
    this.shares = new Shares(limits);
  }

  of(key: string, keyOf: (origin: string) => string): number {
    return [...this.counts].reduce((sum, [origin, count]) => sum + (keyOf(origin) === key ? count : 0), 0);
  }

  get largestNetwork(): number {
    return Math.max(
      0,
      ...[...this.counts.keys()].filter((one) => one !== "").map((one) => this.of(networkOf(one), networkOf)),
    );
  }

  change(origin: string, by: 1 | -1, item: { readonly origin: string }): void {
    this.shares.count(origin, by);
    if (by > 0) this.items.touch(origin, item);
    else this.items.remove(origin, item);
    this.counts.set(origin, (this.counts.get(origin) ?? 0) + by);
  }

  /** @returns whether it was added. Checks who gave way to it. */
  add(origin: string): boolean {
    let excess = this.shares.excess(origin, 1);
    if (excess === "all") {
      const giver = this.shares.giver(origin, 1);
      const [item] = giver === undefined ? [] : this.items.of(giver);
      if (item !== undefined) {
        const [mine, theirs] = [origin, item.origin].map((one) => this.of(networkOf(one), networkOf)) as [
          number,
          number,
        ];
        const [myHost, theirHost] = [origin, item.origin].map((one) => this.of(hostOf(one), hostOf)) as [
          number,
          number,
        ];
        const isSameNetwork = networkOf(origin) === networkOf(item.origin);
        assert.notEqual(item.origin, "", "the own machine gives way to nobody");
        if (isSameNetwork)
          assert.ok(theirHost > 2 * (myHost + 1), `${theirHost} of ${item.origin}, ${myHost} of ${origin}`);
        else assert.ok(theirs > 2 * (mine + 1), `${theirs} of ${networkOf(item.origin)}, ${mine} of ${origin}`);
        this.change(item.origin, -1, item);
        excess = this.shares.excess(origin, 1);
      }
    }
    if (excess === undefined) this.change(origin, 1, { origin });
    return excess === undefined;
  }
}

const origins = fc.oneof(
  fc.tuple(fc.nat(3), fc.nat(3)).map(([network, host]) => `192.0.${network}.${host}`),
  fc.tuple(fc.nat(2), fc.nat(2), fc.nat(9)).map(([site, link, host]) => `2001:db8:${site}:${link}::${host}`),
  fc.constant(""),
);

test("whatever hosts do, a limit holds, and only one that has twice as much gives way", () => {
  const batches = fc.array(fc.record({ origin: origins, count: fc.integer({ min: -20, max: 60 }) }), { maxLength: 30 });
  fc.assert(
    fc.property(batches, (all) => {
      const held = new Held({ most: 100, perHost: 40, reserved: 1 / 4 });
      for (const { origin, count } of all) {
        for (let i = 0; i < count; i++) held.add(origin);
        for (let i = 0; i > count; i--) {
          for (const item of held.items.of(hostOf(origin))) {
            held.change(item.origin, -1, item);
            break;
          }
        }
        assert.ok(held.shares.total <= 100);
        assert.ok(held.shares.total - held.of("", networkOf) <= 75, "what others have");
        assert.equal(
          held.shares.total,
          [...held.counts.values()].reduce((sum, one) => sum + one, 0),
        );
      }
      // A newcomer has room, unless nobody has more than twice one.
      if (held.largestNetwork > 2) assert.ok(held.add("203.0.113.1"), "a newcomer");
    }),
    { numRuns: countOf(100, 25) },
  );
});

test("however many addresses fill a limit, an honest host keeps what it has, and another finds its part", () => {
  const held = new Held({ most: 8_000, perHost: 2_000, reserved: 1 / 8 });
  for (let i = 0; i < 50; i++) assert.ok(held.add("198.51.100.7"));
  for (let host = 0; host < 60; host++) while (held.add(`192.0.${host % 30}.${host}`));
  assert.equal(held.shares.total, 7_000);
  assert.equal(held.counts.get("198.51.100.7"), 50);
  let taken = 0;
  while (held.add("203.0.113.1")) taken++;
  assert.ok(taken >= 7_000 / 32 / 2, `${taken} of the part of one of 32 networks, ${7_000 / 32}`);
  // One host of an attacker's own network.
  while (held.add("192.0.5.200")) taken++;
  assert.ok((held.counts.get("192.0.5.200") ?? 0) >= 20);
  assert.equal(held.counts.get("198.51.100.7"), 50);
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

test("a network is a /24 of IPv4, a /48 of IPv6", () => {
  assert.equal(networkOf("192.0.2.1"), networkOf("192.0.2.254"));
  assert.notEqual(networkOf("192.0.2.1"), networkOf("192.0.3.1"));
  assert.equal(networkOf("2001:db8:1:2::3"), networkOf("2001:db8:1:ffff::"));
  assert.notEqual(networkOf("2001:db8:1::"), networkOf("2001:db8:2::"));
  assert.equal(networkOf(""), "");
});
