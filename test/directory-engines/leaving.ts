import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Running, start } from "../interop/harness/processes.js";
import { type EngineUnderTest, type RunningDirectory, testIf } from "./engine-under-test.js";
import { announce, entry, freshPath, patient } from "./entries.js";
import { untilFound, watch } from "./told.js";

const announcer = fileURLToPath(new URL("./announcer.js", import.meta.url));

/** A process of its own that has announced an entry. */
export async function announcing(url: string, path: string, id: string, lease: number): Promise<Running> {
  const child = start(process.execPath, [announcer, url, path, id, String(lease)]);
  await child.printed(/announced/);
  return child;
}

export function leaving(engine: EngineUnderTest, running: () => RunningDirectory): void {
  test("what is withdrawn is gone at once, and may be withdrawn again", async () => {
    await using here = await running().open();
    await using there = await running().open();
    const path = freshPath();
    const lease = await announce(here, path, entry("one"), 60_000);
    await announce(here, path, entry("two"), 60_000);
    await lease.withdraw();
    await untilFound(there, path, ["two"]);
    await lease.withdraw();
    await lease[Symbol.asyncDispose]();
    assert.equal((await there.lookup(path, patient)).length, 1);
  });

  test("a lease that was withdrawn does not come back with its next renewal", async () => {
    await using here = await running().open();
    const path = freshPath();
    await using told = await watch(here, path);
    for (let round = 0; round < 5; round++) {
      const lease = await announce(here, path, entry(`round-${round}`), 500);
      await new Promise((resolve) => setTimeout(resolve, 150 + round * 8));
      await lease.withdraw();
    }
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.deepEqual(told.lists.at(-1), []);
    assert.deepEqual(await here.lookup(path, patient), []);
  });

  testIf(engine.isProcess, "an entry leaves in time when its process is killed, and the others stay", async () => {
    const { url } = running();
    assert.ok(url);
    await using here = await running().open();
    const path = freshPath();
    const lease = 1_000;
    await announce(here, path, entry("stays"), lease);
    await using dies = await announcing(url, path, "dies", lease);
    await using told = await watch(here, path);
    await told.until(["dies", "stays"]);
    dies.signal("SIGKILL");
    await Promise.all([told.until(["stays"]), untilFound(here, path, ["stays"])]);
    assert.deepEqual(told.lists.at(-1), ["stays"]);
  });

  testIf(
    engine.isProcess,
    "an entry whose process stands still leaves with its lease, and is back when the process goes on",
    async () => {
      const { url } = running();
      assert.ok(url);
      await using here = await running().open();
      const path = freshPath();
      await using sleeps = await announcing(url, path, "sleeps", 1_000);
      await using told = await watch(here, path);
      sleeps.signal("SIGSTOP");
      await told.until([]);
      sleeps.signal("SIGCONT");
      await told.until(["sleeps"]);
    },
  );
}
