import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceDescription } from "lupine/directory";
import type { RunningDirectory } from "./engine-under-test.js";
import { announce, entry, freshPath, patient } from "./entries.js";
import { watch } from "./told.js";

export function limits(running: () => RunningDirectory): void {
  test("an entry of every greatest size is found as it was announced", async () => {
    await using here = await running().open();
    const versions = Array.from({ length: 256 }, (_, at) => ({ program: 0xffff_ffff - at, version: 0xffff_ffff }));
    const addresses = Array.from({ length: 64 }, (_, at) => `tcp://${label(at)}.example.org:${60_000 + at}`);
    const greatest = entry("i".repeat(64), { versions, addresses, priority: 65_535, weight: 65_535 });
    const path = `/${"p".repeat(63)}/${"q".repeat(63)}/${"r".repeat(63)}/${"s".repeat(62)}`;
    await announce(here, path, greatest);
    assert.deepEqual(await here.lookup(path, patient), [greatest]);
    assert.deepEqual(await here.list(path, patient), [path]);
  });

  test("paths of sixteen components, with every character that there may be, are kept apart", async () => {
    await using here = await running().open();
    const deep = freshPath() + "/c".repeat(14);
    const odd = `${freshPath()}/a.b_c-d/A.B_C-D/0.0/a..b`;
    for (const path of [deep, odd]) {
      await announce(here, path, entry("one"));
      assert.equal((await here.lookup(path, patient)).length, 1);
      assert.deepEqual(await here.list(path, patient), [path]);
    }
    assert.deepEqual(await here.lookup(odd.toLowerCase(), patient), []);
  });

  test("what is no path or no entry is refused before the directory hears of it", async () => {
    await using here = await running().open();
    const path = freshPath();
    const service: ServiceDescription = { versions: [{ program: 1, version: 1 }], addresses: ["tcp://10.0.0.7:1"] };
    for (const bad of ["", "x", "/", "//", "/a//b", "/ü", "/a b", "/a/*", "/a/>", "/$x", `/${"a".repeat(64)}`]) {
      await assert.rejects(here.register(bad, service), { code: "DIRECTORY_BAD_PATH" });
      await assert.rejects(here.lookup(bad), { code: "DIRECTORY_BAD_PATH" });
    }
    const version = { program: 1, version: 1 };
    const wrong: Partial<ServiceDescription>[] = [
      { versions: [] },
      { versions: new Array(257).fill(version) },
      { addresses: new Array(65).fill("10.0.0.7").map((one, at) => `tcp://${one}:${at + 1}`) },
      { addresses: [`tcp://${"a".repeat(512)}:1`] },
      { addresses: ["tcp://10.0.0.7:0"] },
    ];
    for (const change of wrong) {
      await assert.rejects(here.register(path, { ...service, ...change }), { code: "DIRECTORY_BAD_ENTRY" });
    }
    await assert.rejects(here.register(path, service, { lease: 499 }), { code: "DIRECTORY_BAD_ENTRY" });
    await assert.rejects(here.register(path, service, { lease: 3_600_001 }), { code: "DIRECTORY_BAD_ENTRY" });
    assert.deepEqual(await here.lookup(path, patient), []);
  });

  test("a thousand servers of one path are found, watched, and gone again", { timeout: 600_000 }, async () => {
    await using here = await running().open();
    await using there = await running().open();
    const path = freshPath();
    await using told = await watch(there, path);
    const ids = Array.from({ length: 1_000 }, (_, at) => `server-${String(at).padStart(4, "0")}`);
    await inGroups(ids, (id) => announce(here, path, entry(id), 30_000));
    await told.until(ids);
    const found = await there.lookup(path, patient);
    assert.deepEqual(
      found.map(({ id }) => id),
      ids,
    );
    await here.close();
    await told.until([]);
  });

  test("a thousand paths are listed", { timeout: 600_000 }, async () => {
    await using here = await running().open();
    await using there = await running().open();
    const folder = freshPath();
    const paths = Array.from({ length: 1_000 }, (_, at) => `${folder}/s${String(at).padStart(4, "0")}`);
    await inGroups(paths, (path) => announce(here, path, entry("one"), 30_000));
    assert.deepEqual(await there.list(folder, patient), paths);
  });
}

/** Does work for 50 items at a time: each question to a directory has only five seconds. */
async function inGroups<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += 50) await Promise.all(items.slice(at, at + 50).map(work));
}

function label(at: number): string {
  return Array.from({ length: 3 }, () => `${"l".repeat(58)}${at}`).join(".");
}
