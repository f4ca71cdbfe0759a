import assert from "node:assert/strict";
import { test } from "node:test";
import { keyOf } from "./keys.js";
import { encodeRecord } from "./record.js";
import { grace, KnownServices, mostServers } from "./services.js";
import type { Kept } from "./snapshot.js";

const none = (): number => 0;

function kept(id: string, change: Partial<Kept> & { readonly weight?: number; readonly lease?: number } = {}): Kept {
  const { weight = 1, lease = 1_000, ...rest } = change;
  const entry = { id, versions: [], addresses: ["10.0.0.7"], priority: 0, weight };
  return { key: keyOf("/a", id), data: encodeRecord({ entry, lease }), isDeleted: false, age: 0, sequence: 0, ...rest };
}

const idsOf = (services: KnownServices): string[] => services.entries().map(({ id }) => id);

test("a renewal gives an entry time and changes nothing, and the entries stay the same objects", () => {
  const services = new KnownServices();
  assert.equal(services.take(kept("one"), 0, none), true);
  const [before] = services.entries();
  assert.equal(services.take(kept("one"), 600, none), false);
  assert.equal(services.entries()[0], before);
  assert.equal(services.next(), 1_600 + grace);
  assert.deepEqual(services.due(1_599 + grace), []);
  assert.deepEqual(services.due(1_600 + grace), ["a.one"]);
});

test("what a server says anew is a change", () => {
  const services = new KnownServices();
  services.take(kept("one"), 0, none);
  assert.equal(services.take(kept("one", { weight: 2 }), 1, none), true);
  assert.equal(services.entries()[0]?.weight, 2);
});

test("what is stored counts by its age, what could not be renewed by less", () => {
  const services = new KnownServices();
  const stored = { sequence: 7, age: 1_200 };
  services.take(kept("one", stored), 0, none);
  assert.equal(services.next(), 300);
  services.take(kept("dead", { sequence: 8, age: 1_600 }), 0, none);
  assert.deepEqual(idsOf(services), ["one"]);
  services.take(kept("away", { sequence: 9, age: 60_000 }), 0, () => 59_500);
  assert.deepEqual(idsOf(services), ["away", "one"]);
});

test("what is read again does not take time from what came meanwhile", () => {
  const services = new KnownServices();
  services.take(kept("one"), 1_000, none);
  services.take(kept("one", { sequence: 7, age: 900 }), 1_000, none);
  assert.equal(services.next(), 2_000 + grace);
});

test("a deletion, and what is no record any more, removes an entry; of others they change nothing", () => {
  const services = new KnownServices();
  for (const gone of [{ isDeleted: true }, { data: Buffer.from("rubbish") }, { data: new Uint8Array(0) }]) {
    services.take(kept("one"), 0, none);
    assert.equal(services.take(kept("one", gone), 0, none), true);
    assert.deepEqual(idsOf(services), []);
    assert.equal(services.take(kept("other", gone), 0, none), false);
  }
  assert.equal(services.next(), undefined);
});

test("after an outage every entry has a whole lease again", () => {
  const services = new KnownServices();
  services.take(kept("one"), 0, none);
  services.take(kept("two", { lease: 5_000 }), 0, none);
  services.extend(1_400);
  assert.deepEqual(services.due(2_399 + grace), []);
  assert.deepEqual(services.due(2_400 + grace), ["a.one"]);
  services.forget(services.due(2_400 + grace));
  assert.deepEqual(idsOf(services), ["two"]);
});

test("no more servers of a path are taken in than there may be", () => {
  const services = new KnownServices();
  for (let at = 0; at <= mostServers; at++) services.take(kept(`server-${at}`), 0, none);
  assert.equal(services.entries().length, mostServers);
  assert.equal(services.take(kept("server-0", { weight: 2 }), 0, none), true);
});
