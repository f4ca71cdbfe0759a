// The directory is killed, frozen, or has rubbish in its store.
import assert from "node:assert/strict";
import { ending, until } from "../support/waiting.js";
import { type EngineUnderTest, testIf } from "./engine-under-test.js";
import { announce, entry, freshPath, patient } from "./entries.js";
import { announcing, leaseEnds, leaseEndsElsewhere } from "./lease-ends.js";
import { untilFound, watch } from "./told.js";

export function hardship(engine: EngineUnderTest): void {
  testIf(
    engine.isProcess,
    "registrations and watches outlive a restart that takes longer than the leases, and nobody is told of it",
    async () => {
      await using running = await engine.start();
      const { restart, url } = running;
      assert.ok(restart !== undefined && url !== undefined);
      await using here = await running.open();
      await using there = await running.open();
      await announce(here, "/a", entry("one"), 1_000);
      await announce(here, "/a", entry("two"), 600);
      await using told = await watch(there, "/a");
      await restart(() => leaseEndsElsewhere(2_000));
      await untilFound(there, "/a", ["one", "two"]);
      await leaseEnds(url, 2_000);
      assert.deepEqual(told.lists, [["one", "two"]]);
      await announce(here, "/a", entry("three"));
      await told.until(["one", "three", "two"]);
    },
  );

  testIf(engine.isProcess, "a server that died while the directory was away leaves when it is back", async () => {
    await using running = await engine.start();
    const { restart, url } = running;
    assert.ok(restart !== undefined && url !== undefined);
    await using here = await running.open();
    await announce(here, "/a", entry("stays"), 1_000);
    await using dies = await announcing(url, "/a", "dies", 1_000);
    await using told = await watch(here, "/a");
    await restart(() => {
      dies.signal("SIGKILL");
      return dies.stop();
    });
    await told.until(["stays"]);
    assert.deepEqual(told.lists, [["dies", "stays"], ["stays"]]);
  });

  testIf(engine.isProcess, "who renews is told when that fails, and when it succeeds again", async () => {
    await using running = await engine.start();
    assert.ok(running.restart);
    await using here = await running.open();
    const trouble: (string | undefined)[] = [];
    const onTrouble = (error: Error | undefined): void => {
      trouble.push(error?.name);
      throw new Error("the listener's own");
    };
    await here.engine.announce("/a", entry("one"), { lease: 600, onTrouble });
    const reports = (count: number): Promise<void> =>
      until(
        () => trouble.length === count,
        () => `${count} reports of trouble; there are ${trouble}`,
      );
    await running.restart(() => reports(1));
    await reports(2);
    assert.deepEqual(trouble, ["DirectoryError", undefined]);
  });

  testIf(
    engine.isProcess,
    "a directory that stands still fails a question in its time, and a watch keeps what it knows",
    async () => {
      await using running = await engine.start();
      const { url } = running;
      assert.ok(running.freeze !== undefined && url !== undefined);
      await using here = await running.open();
      await using there = await running.open();
      await announce(here, "/a", entry("one"), 600);
      await using told = await watch(there, "/a");
      await running.freeze();
      await assert.rejects(there.lookup("/a", { timeout: 500 }), {
        name: "DirectoryError",
        code: "DIRECTORY_UNREACHABLE",
      });
      await assert.rejects(running.open({ timeout: 500 }), { name: "DirectoryError", code: "DIRECTORY_UNREACHABLE" });
      await leaseEndsElsewhere(1_200);
      running.thaw?.();
      await untilFound(there, "/a", ["one"]);
      await leaseEnds(url, 1_200);
      assert.deepEqual(told.lists, [["one"]]);
    },
  );

  testIf(engine.isProcess, "a directory that is gone is unreachable within the time that there is", async () => {
    await using running = await engine.start();
    assert.ok(running.kill);
    await using here = await running.open();
    await here.lookup("/a", patient);
    await running.kill();
    const unreachable = { name: "DirectoryError", code: "DIRECTORY_UNREACHABLE" };
    await Promise.all([
      assert.rejects(running.open({ timeout: 1_000 }), unreachable),
      assert.rejects(here.lookup("/a", { timeout: 1_000 }), unreachable),
      assert.rejects(
        here.engine.watch("/a", () => {}, { timeout: 1_000 }),
        unreachable,
      ),
    ]);
  });

  testIf(engine.isProcess, "a caller that cancels has its answer at once", async () => {
    await using running = await engine.start();
    assert.ok(running.freeze);
    await using here = await running.open();
    await here.lookup("/a", patient);
    await running.freeze();
    const cancelled = { name: "DirectoryError" };
    const options = { timeout: 600_000, signal: AbortSignal.timeout(200) };
    const asked = [here.engine.lookup("/a", options), here.engine.watch("/a", () => {}, options)];
    for (const one of asked) one.catch(() => undefined);
    for (const one of asked) await assert.rejects(ending<unknown>(one, "the cancelled question to end"), cancelled);
    running.thaw?.();
  });

  testIf(engine.isOpenToAll, "what is no entry is skipped wherever it stands, and told to nobody", async () => {
    await using running = await engine.start();
    assert.ok(running.spoil);
    await using here = await running.open();
    const path = freshPath();
    await running.spoil(path);
    await announce(here, path, entry("one"));
    await using told = await watch(here, path);
    assert.deepEqual(await here.lookup(path, patient), [entry("one")]);
    await running.spoil(path);
    await announce(here, path, entry("two"));
    await told.until(["one", "two"]);
    await running.spoil(path);
    await announce(here, path, entry("three"));
    await told.until(["one", "three", "two"]);
    assert.deepEqual(told.lists, [["one"], ["one", "two"], ["one", "three", "two"]]);
    assert.deepEqual(await here.list("/", patient), [path]);
  });
}
