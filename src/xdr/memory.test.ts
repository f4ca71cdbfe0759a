// Memory that is freed and used again, counted in page faults.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";

const { glibcVersionRuntime } = (process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } })
  .header;
const pages = (32 * 1024 * 1024) / 4096;

/** Fills 32 MiB, as much as V8 frees at once, again and again, and prints the number of page faults of each round. */
const script = `
  import { setFlagsFromString } from "node:v8";
  import { runInNewContext } from "node:vm";
  import { keepFreedMemory } from ${JSON.stringify(new URL("./memory.js", import.meta.url))};

  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc");
  const counts = [];

  function faultsOfFilling() {
    const before = process.resourceUsage().minorPageFault;
    Array.from({ length: 512 }, () => Buffer.allocUnsafeSlow(65_536).fill(1));
    return process.resourceUsage().minorPageFault - before;
  }

  keepFreedMemory();
  for (let i = 0; i < 8; i++) {
    // The second collection waits for the memory of the first to be freed.
    gc();
    gc();
    counts.push(faultsOfFilling());
    await new Promise(setImmediate);
  }
  console.log(JSON.stringify(counts));`;

test("memory that V8 frees at once takes no page faults when it is used again", {
  skip: glibcVersionRuntime === undefined,
}, () => {
  // In a process of its own: other blocks at the end of the heap would keep glibc from returning what lies before them.
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", script]);
  const counts: number[] = JSON.parse(String(printed));
  const median = counts.slice(1).sort((a, b) => a - b)[3] as number;
  assert.ok(median < pages / 8, `${counts} page faults of ${pages}`);
});
