import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { addressGroup } from "./address-group.js";
import { OpenConnections, type Place } from "./open-connections.js";

interface Fake {
  readonly name: string;
  activeAt: number;
  isBusy: boolean;
  records: number;
}

const fake = (name: string): Fake => ({ name, activeAt: 0, isBusy: false, records: 0 });

function table(most = 100, mostPerAddress = 50): OpenConnections<Fake> {
  return new OpenConnections<Fake>({ most, mostPerAddress });
}

test("the address that has most makes room, by its connection that was idle for longest", () => {
  const open = table(4);
  const [honest, first, second, third] = ["honest", "first", "second", "third"].map(fake) as [Fake, Fake, Fake, Fake];
  open.add(honest, "192.0.2.1", 0);
  const [, , place] = [first, second, third].map((one) => open.add(one, "192.0.2.2", 0));
  assert.equal(open.fullness("192.0.2.3"), "full");
  first.activeAt = 2;
  second.isBusy = true;
  third.activeAt = 1;
  assert.equal(open.leaver("192.0.2.3")?.connection.name, "third");
  assert.equal(open.leaver(undefined)?.connection.name, "third");
  open.remove(place as Place<Fake>);
  open.add({ ...fake("fourth"), activeAt: 3 }, "192.0.2.2", 0);
  assert.equal(open.leaver("192.0.2.3")?.connection.name, "first");
});

test("if calls wait on all connections, the one that was silent longest makes room", () => {
  const open = table(3);
  const all = ["a", "b", "c"].map(fake);
  for (const one of all) {
    one.isBusy = true;
    open.add(one, "192.0.2.2", 0);
  }
  assert.equal(open.leaver("192.0.2.3")?.connection.name, "a");
});

test("at the limit of one address, one of its own makes room", () => {
  const open = table(100, 2);
  open.add(fake("other"), "192.0.2.1", 0);
  for (const name of ["a", "b"]) open.add(fake(name), "192.0.2.2", 0);
  assert.equal(open.fullness("192.0.2.2"), "address full");
  assert.equal(open.fullness("192.0.2.1"), "free");
  assert.equal(open.leaver("192.0.2.2")?.connection.name, "a");
});

test("Unix sockets have no limit for an address", () => {
  const open = table(100, 2);
  for (const name of ["a", "b", "c"]) open.add(fake(name), "", 0);
  assert.equal(open.fullness(""), "free");
});

test("connections that have said nothing are found where their address or all are crowded", () => {
  const open = table(100, 4);
  const spoken = { ...fake("spoken"), records: 1 };
  for (const one of [fake("old"), spoken]) open.add(one, "192.0.2.2", 0);
  open.add(fake("new"), "192.0.2.2", 20);
  open.add(fake("elsewhere"), "192.0.2.3", 0);
  assert.deepEqual(
    [...open.silentSince(10)].map(({ connection }) => connection.name),
    ["old"],
  );
});

test("an IPv6 network of /64 counts as one address, and IPv4 in IPv6 as IPv4", () => {
  for (const [remote, group] of [
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["::1", "::1"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8:0:0:1:2:3:4", "2001:db8:0:0::/64"],
    ["2001:db8:0:1::", "2001:db8:0:1::/64"],
    ["fe80::1%eth0", "fe80::1%eth0"],
    ["", ""],
  ] as const) {
    assert.equal(addressGroup(remote), group, remote);
  }
});

test("whatever comes and goes, there is always one to make room, and the counts are right", () => {
  const step = fc.record({ add: fc.boolean(), address: fc.nat(5), active: fc.nat(9), busy: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const open = table(8, 4);
      const there = new Set<Place<Fake>>();
      for (const [i, { add, address, active, busy }] of steps.entries()) {
        const remote = `192.0.2.${address}`;
        if (!add) {
          const [first] = there;
          if (first === undefined) continue;
          open.remove(first);
          open.remove(first);
          there.delete(first);
        } else {
          if (open.fullness(remote) !== "free") {
            const leaver = open.leaver(remote) as Place<Fake>;
            open.remove(leaver);
            assert.ok(there.delete(leaver));
          }
          assert.equal(open.fullness(remote), "free");
          there.add(open.add({ ...fake(String(i)), activeAt: active, isBusy: busy }, remote, i));
        }
        assert.equal(open.size, there.size);
        assert.ok(open.size <= 8);
      }
    }),
  );
});
