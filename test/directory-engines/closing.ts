import assert from "node:assert/strict";
import { test } from "node:test";
import type { Directory } from "lupine/directory";
import { ending } from "../support/waiting.js";
import { type EngineUnderTest, testIf } from "./engine-under-test.js";
import { announce, entry, freshPath } from "./entries.js";
import { untilFound, watch } from "./told.js";

/** Closing may take so many milliseconds, whatever state the directory is in. */

export function closing(engine: EngineUnderTest): void {
  test("closing withdraws the leases, ends the watches, and may be done twice", async () => {
    await using running = await engine.start();
    await using there = await running.open();
    const path = freshPath();
    await using here = await running.open();
    await announce(here, path, entry("one"), 60_000);
    const told = await watch(here, path);
    await closesPromptly(here);
    await untilFound(there, path, []);
    const lists = told.lists.length;
    await announce(there, path, entry("two"));
    assert.equal(told.lists.length, lists, "a watch of a closed directory tells something");
    await told[Symbol.asyncDispose]();
    for (const ask of [
      () => here.engine.lookup(path, {}),
      () => here.engine.list("/", {}),
      () => here.engine.watch(path, () => {}, {}),
      () => announce(here, path, entry("three")),
    ]) {
      await assert.rejects(ask(), { name: "DirectoryError", code: "DIRECTORY_CLOSED" });
    }
  });

  testIf(engine.isProcess, "closing ends questions that wait for an answer", async () => {
    await using running = await engine.start();
    assert.ok(running.freeze);
    await using here = await running.open();
    await here.lookup("/a");
    await running.freeze();
    const asked = [
      here.engine.lookup("/a", { timeout: 600_000 }),
      here.engine.list("/a", { timeout: 600_000 }),
      here.engine.watch("/a", () => {}, { timeout: 600_000 }),
    ].map((one) => assert.rejects(one, { name: "DirectoryError", code: "DIRECTORY_CLOSED" }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await closesPromptly(here);
    await Promise.all(asked);
    running.thaw?.();
  });

  testIf(engine.isProcess, "closing is as prompt when the directory is gone, or does not answer", async () => {
    for (const disturb of ["kill", "freeze"] as const) {
      await using running = await engine.start();
      assert.ok(running[disturb]);
      await using here = await running.open();
      await announce(here, "/a", entry("one"));
      await using told = await watch(here, "/a");
      await running[disturb]();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await closesPromptly(here);
      assert.deepEqual(told.lists, [["one"]]);
      running.thaw?.();
    }
  });
}

async function closesPromptly(directory: Directory): Promise<void> {
  const closing = Promise.all([directory.engine.close(), directory.engine.close()]).then(() => directory.close());
  await ending(closing, "the directory to close");
}
