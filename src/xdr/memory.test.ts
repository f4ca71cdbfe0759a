// Memory that is freed and used again, counted in page faults.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { keepFreedMemory } from "./memory.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

const { glibcVersionRuntime } = (process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } })
  .header;
const pages = (32 * 1024 * 1024) / 4096;

/** Fills 32 MiB, as much as V8 frees at once, and returns the number of page faults that it took. */
function faultsOfFilling(): number {
  const before = process.resourceUsage().minorPageFault;
  const blocks = Array.from({ length: 512 }, () => Buffer.allocUnsafeSlow(65_536).fill(1));
  assert.equal(blocks.length, 512);
  return process.resourceUsage().minorPageFault - before;
}

test("memory that V8 frees at once takes no page faults when it is used again", {
  skip: glibcVersionRuntime === undefined,
}, () => {
  keepFreedMemory();
  const counts: number[] = [];
  for (let i = 0; i < 6; i++) {
    // The second collection waits for the memory of the first to be freed.
    gc();
    gc();
    counts.push(faultsOfFilling());
  }
  assert.ok(Math.min(...counts.slice(1)) < pages / 8, `${counts} page faults of ${pages}`);
});
