// A log's file on the machine's disk: whatever moment a crash comes at, a mark stands between the records and the zeros.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ownDisk } from "./own-disk.js";

const written = 7;

/** Throws unless the file has `end` bytes that were appended, then nothing, or a mark and zeros. */
async function check(path: string, end: number): Promise<number> {
  const bytes = await readFile(path);
  assert.ok(bytes.subarray(0, end).equals(Buffer.alloc(end, written)));
  if (bytes.length > end) assert.equal(bytes[end], 1);
  const zeros = bytes.subarray(end + 1);
  assert.ok(zeros.equals(Buffer.alloc(zeros.length)));
  return bytes.length;
}

test("a mark stands between what was appended and the zeros, also while zeros are written and after it was cut off", async () => {
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
