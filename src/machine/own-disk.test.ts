// A log's file on the machine's disk: whatever moment a crash comes at, only zeros follow what was appended.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ownDisk } from "./own-disk.js";

const written = 7;

/** Throws unless the file has `end` bytes that were appended, then nothing, or zeros. */
async function check(path: string, end: number): Promise<number> {
  const bytes = await readFile(path);
  assert.ok(bytes.subarray(0, end).equals(Buffer.alloc(end, written)));
  const zeros = bytes.subarray(end);
  assert.ok(zeros.equals(Buffer.alloc(zeros.length)));
  return bytes.length;
}

test("only zeros follow what was appended, also while more are written and after it was cut off", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lupine-disk-"));
  try {
    const path = join(folder, "log");
    const file = await ownDisk.open(path);
    let end = 0;
    for (let turn = 1; turn <= 400; turn++) {
      const length = turn % 50 === 0 ? 70_000 : (turn * 97) % 3_000;
      await file.append([Buffer.alloc(length, written)]);
      await file.sync();
      end += length;
      if (turn % 133 === 0) {
        end = Math.floor(end / 2);
        await file.truncate(end);
      }
      await check(path, end);
    }
    assert.ok((await check(path, end)) > end);
    await file.close();
    assert.equal(await check(path, end), end);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("an append that waits for room has its place before any other", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lupine-disk-"));
  try {
    const file = await ownDisk.open(join(folder, "log"));
    await file.append([Buffer.alloc(20_000, written)]);
    await file.append([Buffer.alloc(100, written)]);
    assert.ok((file.room ?? 0) > 10_000);
    const long = file.append([Buffer.alloc(300_000, written)]);
    assert.equal(file.room, 0);
    await long;
    assert.ok((file.room ?? 0) > 10_000);
    await check(join(folder, "log"), 320_100);
    await file.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("appends at the same time go one behind the other, as far as there is room", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lupine-disk-"));
  try {
    const path = join(folder, "log");
    const file = await ownDisk.open(path);
    assert.equal(file.room, 0, "a short file is not extended");
    let end = 0;
    let together = 0;
    for (let turn = 0; turn < 200; turn++) {
      const lengths = [2_000, 700, 1].filter((length, at) => at === 0 || length + 2_000 <= (file.room ?? 0));
      together = Math.max(together, lengths.length);
      await Promise.all(
        lengths.map(async (length) => {
          await file.append([Buffer.alloc(length - 1, written), Buffer.of(written)]);
          await file.sync();
        }),
      );
      end = lengths.reduce((sum, length) => sum + length, end);
      await check(path, end);
    }
    assert.equal(together, 3);
    await file.close();
    assert.equal(await check(path, end), end);
  } finally {
    await rm(folder, { recursive: true });
  }
});
