import assert from "node:assert/strict";
import test from "node:test";
import fc from "../../testing/fast-check.test-support.js";
import { Registered, type Registration } from "./registered.js";
import { newEpoch, ServiceTable } from "./table.js";

function registration(path: string, id: string, more: Partial<Registration["entry"]> & { origin?: string } = {}) {
  const { origin = "", ...entry } = more;
  const addresses = ["tcp://10.0.0.7:2049"];
  return { path, origin, lease: 3_000, entry: { id, versions: [], addresses, priority: 0, weight: 1, ...entry } };
}

function add(table: ServiceTable, ...what: Parameters<typeof registration>): Registered {
  const item = new Registered(registration(...what));
  table.put(item);
  return item;
}

test("the revision of a path never goes back, whatever is registered and removed", () => {
  const paths = ["/a", "/a/b", "/c"];
  const step = fc.record({ path: fc.constantFrom(...paths), id: fc.constantFrom("1", "2"), add: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const table = new ServiceTable(1n);
      const last = new Map<string, bigint>();
      for (const { path, id, add: isAdd } of steps) {
        const before = table.at(path).map(({ entry }) => entry.id);
        const revision = table.revision(path).change;
        const present = table.find(path, id);
        if (isAdd) add(table, path, id);
        else if (present !== undefined) table.remove(present);
        const isOther =
          table
            .at(path)
            .map(({ entry }) => entry.id)
            .join() !== before.join();
        assert.equal(table.revision(path).change > revision, isOther);
        for (const one of paths) {
          const { change } = table.revision(one);
          assert.ok(change >= (last.get(one) ?? 0n), one);
          last.set(one, change);
        }
      }
    }),
  );
});

test("the same registration again is no other state, another address is", () => {
  const table = new ServiceTable(1n);
  add(table, "/a", "1");
  const first = table.revision("/a");
  assert.equal(table.put(new Registered(registration("/a", "1"))), false);
  assert.deepEqual(table.revision("/a"), first);
  assert.equal(table.put(new Registered(registration("/a", "1", { addresses: ["tcp://10.0.0.8:1"] }))), true);
  assert.notDeepEqual(table.revision("/a"), first);
  assert.equal(table.size, 1);
});

test("a list comes in order and in pieces, and what only begins alike is not in it", () => {
  const table = new ServiceTable(1n);
  for (const path of ["/s/b", "/s", "/s-x", "/s/a/c", "/sx", "/t", "/s.y"]) add(table, path, "1");
  const inside = ["/s", "/s/a/c", "/s/b"];
  assert.deepEqual(table.list("/s", "", 10), { paths: inside, more: false });
  assert.deepEqual(table.list("/s/a", "", 10), { paths: ["/s/a/c"], more: false });
  const whole: string[] = [];
  for (let more = true; more; ) {
    const piece = table.list("/", whole.at(-1) ?? "", 2);
    whole.push(...piece.paths);
    more = piece.more;
  }
  assert.deepEqual(whole, ["/s", "/s-x", "/s.y", "/s/a/c", "/s/b", "/sx", "/t"]);
  for (const most of [1, 2, 3]) {
    const first = table.list("/s", "", most);
    assert.deepEqual(first, { paths: inside.slice(0, most), more: most < 3 });
    assert.deepEqual(table.list("/s", first.paths.at(-1) as string, 10).paths, inside.slice(most));
  }
});

test("each limit says no at its number, and removing makes room again", () => {
  const limits = { entries: 3, perPath: 2, perHost: 2, reserved: 0 };
  const table = new ServiceTable(1n, limits);
  add(table, "/a", "1", { origin: "10.0.0.1" });
  const second = add(table, "/a", "2", { origin: "10.0.0.1" });
  assert.equal(table.full(registration("/a", "3", { origin: "10.0.0.2" })), "path");
  assert.equal(table.full(registration("/b", "1", { origin: "10.0.0.1" })), "host");
  assert.equal(table.full(registration("/a", "2", { origin: "10.0.0.1", weight: 2 })), undefined);
  add(table, "/b", "1", { origin: "10.0.0.2" });
  assert.equal(table.full(registration("/c", "1", { origin: "10.0.0.2" })), "directory");
  table.remove(second);
  assert.equal(table.full(registration("/c", "1", { origin: "10.0.0.2" })), "host", "one is left to other hosts");
  for (const origin of ["", "10.0.0.3"]) assert.equal(table.full(registration("/c", "1", { origin })), undefined);
});

test("bytes are counted: of a path, of a host, and in all", () => {
  const long = { addresses: [`tcp://${"a".repeat(200)}:1`] };
  const full = (limits: object) => {
    const table = new ServiceTable(1n, limits);
    add(table, "/a", "1", long);
    return table.full(registration("/a", "2", long));
  };
  assert.equal(full({ bytes: 400 }), "directory");
  assert.equal(full({ pathBytes: 400 }), "path");
  assert.equal(full({ hostBytes: 400 }), "host");
  assert.equal(full({}), undefined);
});

test("counts are even after any order of changes", () => {
  const table = new ServiceTable(1n);
  const items = Array.from({ length: 50 }, (_, at) => add(table, `/p${at % 5}`, String(at % 20), { weight: at + 1 }));
  for (const item of items) table.remove(table.find(item.path, item.entry.id) ?? item);
  assert.equal(table.size, 0);
  assert.equal(table.services, 0);
  const limits = new ServiceTable(1n, { bytes: 1 });
  assert.equal(limits.full(registration("/a", "1")), "directory");
  assert.deepEqual(table.list("/", "", 10), { paths: [], more: false });
});

test("what cannot be written down is not registered; what is removed is gone, in a new epoch", () => {
  const table = new ServiceTable(7n);
  const item = add(table, "/a", "1");
  const fail = (): never => {
    throw new Error("no space left on device");
  };
  table.record({ put: fail, removed: fail });
  assert.throws(() => add(table, "/a", "2"), /no space left/);
  assert.deepEqual(table.at("/a"), [item]);
  table.remove(item);
  assert.deepEqual(table.at("/a"), []);
  assert.notEqual(table.epoch, 7n);
});

test("an epoch is never 0, nor the same twice", () => {
  const epochs = new Set(Array.from({ length: 100 }, newEpoch));
  assert.equal(epochs.size, 100);
  assert.ok(!epochs.has(0n));
});
