import assert from "node:assert/strict";
import { test } from "node:test";
import { openDirectory } from "lupine/directory";
import { until } from "../support/waiting.js";
import { type EngineUnderTest, type RunningDirectory, testIf } from "./engine-under-test.js";
import { announce, entry, freshPath, patient } from "./entries.js";
import { announcing, leaseEnds } from "./lease-ends.js";
import { startProxy } from "./swallowing-proxy.js";
import { untilFound, watch } from "./told.js";

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

  testIf(engine.isProcess, "a lease that was withdrawn does not come back with its next renewal", async () => {
    await using here = await running().open();
    const path = freshPath();
    await using told = await watch(here, path);
    const { url } = running();
    assert.ok(url);
    const at = new URL(url);
    await using proxy = await startProxy(Number(at.port));
    await using renews = await openDirectory(`${at.protocol}//127.0.0.1:${proxy.port}`, patient);
    for (let round = 0; round < 5; round++) {
      const lease = await announce(renews, path, entry(`round-${round}`), 500);
      const { sent } = proxy;
      await until(
        () => proxy.sent > sent,
        () => "a renewal to be sent",
      );
      await lease.withdraw();
    }
    await leaseEnds(url, 1_500);
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
