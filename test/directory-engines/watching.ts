import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../support/waiting.js";
import type { RunningDirectory } from "./engine-under-test.js";
import { announce, entry, freshPath, patient } from "./entries.js";
import { leaseEnds } from "./lease-ends.js";
import { watch } from "./told.js";

export function watching(running: () => RunningDirectory): void {
  test("a watch tells what there is, and then each that joins or leaves within a second", async () => {
    await using here = await running().open();
    await using there = await running().open();
    const path = freshPath();
    await announce(here, path, entry("one"));
    await using told = await watch(there, path);
    assert.deepEqual(told.lists, [["one"]]);
    assert.deepEqual(told.entries(), [entry("one")]);
    const two = await announce(here, path, entry("two"));
    await told.until(["one", "two"]);
    await two.withdraw();
    await told.until(["one"]);
    assert.deepEqual(told.lists, [["one"], ["one", "two"], ["one"]]);
  });

  test("a watch of a path with no server tells an empty list first", async () => {
    await using here = await running().open();
    await using told = await watch(here, freshPath());
    assert.deepEqual(told.lists, [[]]);
  });

  test("renewals keep an entry for longer than its lease, and watchers do not hear of them", async () => {
    await using here = await running().open();
    await using there = await running().open();
    const path = freshPath();
    await using told = await watch(there, path);
    await announce(here, path, entry("one"), 500);
    const { url } = running();
    // A directory in memory has no leases.
    if (url !== undefined) await leaseEnds(url, 1_500);
    assert.deepEqual(told.lists, [[], ["one"]]);
    assert.equal((await there.lookup(path, patient)).length, 1);
  });

  test("a watch hears of other paths nothing", async () => {
    await using here = await running().open();
    const path = freshPath();
    await using told = await watch(here, path);
    await announce(here, `${path}/below`, entry("one"));
    await announce(here, `${path}x`, entry("one"));
    await announce(here, path, entry("one"));
    await told.until(["one"]);
    assert.deepEqual(told.lists, [[], ["one"]]);
  });

  test("a watch hears what a server says of itself anew", async () => {
    await using here = await running().open();
    const path = freshPath();
    await announce(here, path, entry("one"));
    await using told = await watch(here, path);
    await announce(here, path, entry("one", { weight: 9 }));
    await until(
      () => told.entries()[0]?.weight === 9,
      () => "the change to be reported",
    );
  });

  test("a closed watch tells nothing more", async () => {
    await using here = await running().open();
    const path = freshPath();
    const told = await watch(here, path);
    await told[Symbol.asyncDispose]();
    await told[Symbol.asyncDispose]();
    await using open = await watch(here, path);
    await announce(here, path, entry("one"));
    await open.until(["one"]);
    await announce(here, path, entry("two"));
    await open.until(["one", "two"]);
    assert.deepEqual(told.lists, [[]]);
  });
}
