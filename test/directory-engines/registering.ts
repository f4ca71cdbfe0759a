import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunningDirectory } from "./engine-under-test.js";
import { announce, entry, freshPath, patient } from "./entries.js";

export function registering(running: () => RunningDirectory): void {
  test("what is announced is found, word for word", async () => {
    await using here = await running().open();
    await using there = await running().open();
    const path = freshPath();
    const one = entry("one", { priority: 7, weight: 65_535, addresses: ["10.0.0.7", "tcp://[2001:db8::7]:2049"] });
    const lease = await announce(here, path, one);
    assert.equal(lease.id, "one");
    assert.deepEqual(await there.lookup(path, patient), [one]);
    assert.deepEqual(await here.lookup(path, patient), [one]);
  });

  test("where nothing is announced, nothing is found", async () => {
    await using here = await running().open();
    assert.deepEqual(await here.lookup("/nothing/here", patient), []);
    assert.deepEqual(await here.list("/nothing", patient), []);
  });

  test("the servers of a path are sorted by id, whoever came first", async () => {
    await using here = await running().open();
    await using there = await running().open();
    const path = freshPath();
    await announce(here, path, entry("b"));
    await announce(there, path, entry("c"));
    await announce(here, path, entry("B"));
    await announce(there, path, entry("a"));
    assert.deepEqual(
      (await here.lookup(path, patient)).map(({ id }) => id),
      ["B", "a", "b", "c"],
    );
  });

  test("a path is not its neighbours, nor what is below it or above it", async () => {
    await using here = await running().open();
    const path = freshPath();
    const others = [`${path}x`, `${path}.x`, `${path}/one`, `${path}/x/y`, path.toUpperCase()];
    await announce(here, path, entry("one"));
    for (const other of others) await announce(here, other, entry(`other-${others.indexOf(other)}`));
    const ids = (await here.lookup(path, patient)).map(({ id }) => id);
    assert.deepEqual(ids, ["one"]);
    assert.deepEqual(await here.lookup("/test", patient), []);
    for (const other of others) {
      assert.deepEqual(
        (await here.lookup(other, patient)).map(({ id }) => id),
        [`other-${others.indexOf(other)}`],
      );
    }
  });

  test("a list has the paths at a folder and below it, sorted, each once", async () => {
    await using here = await running().open();
    const folder = freshPath();
    for (const path of [`${folder}/b/c`, `${folder}/b`, `${folder}/a.z`, folder, `${folder}x`]) {
      await announce(here, path, entry("one"));
      await announce(here, path, entry("two"));
    }
    const inside = [folder, `${folder}/a.z`, `${folder}/b`, `${folder}/b/c`];
    assert.deepEqual(await here.list(folder, patient), inside);
    assert.deepEqual(await here.list(`${folder}/b`, patient), [`${folder}/b`, `${folder}/b/c`]);
    assert.deepEqual(
      (await here.list("/", patient)).filter((path) => path.startsWith(folder)),
      [...inside, `${folder}x`],
    );
  });

  test("the same id announced again says what the server says now", async () => {
    await using here = await running().open();
    const path = freshPath();
    await announce(here, path, entry("one"));
    const now = entry("one", { addresses: ["tcp://10.0.0.8:1"], weight: 3 });
    await announce(here, path, now);
    assert.deepEqual(await here.lookup(path, patient), [now]);
  });

  test("a server at every address of its machine is found at one that can be connected to", async () => {
    await using here = await running().open();
    const path = freshPath();
    await announce(here, path, entry("one", { addresses: ["tcp://0.0.0.0:2049", "udp://[::]:2050"] }));
    const [found] = await here.lookup(path, patient);
    assert.equal(found?.addresses.length, 2);
    const [tcp = "", udp = ""] = found?.addresses ?? [];
    assert.match(tcp, /^tcp:\/\/(?!0\.0\.0\.0)\d+\.\d+\.\d+\.\d+:2049$/);
    assert.match(udp, /^udp:\/\/(?!0\.0\.0\.0|\[::\]).+:2050$/);
  });
}
