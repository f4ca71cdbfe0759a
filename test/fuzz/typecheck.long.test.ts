// Whatever the interface compiler accepts becomes TypeScript that type-checks under the strictest options: random files
// with names that mean something in JavaScript, and mutated files, under random options of the mapping. The same code as
// JavaScript is loaded, and its codecs agree with those made at run time.
// LUPINE_FUZZ_TYPECHECK sets the number of files that compile (default 150), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Campaign, planFrom } from "./support/campaign.js";
import { subjectOf } from "./support/checked-code.js";
import type { CodeWanted, CodeWritten } from "./support/code-worker.js";
import { allowedGrowth, assertNoGrowth, measureMemory } from "./support/memory.js";
import { emptyFolder, typeErrors } from "./support/typescript.js";

const plan = planFrom("LUPINE_FUZZ_TYPECHECK", 150);

/** Files that one thread loads and one run of the TypeScript compiler checks, so that neither's start counts. */
const batchSize = 500;

async function writeInThread(workerData: CodeWanted): Promise<CodeWritten> {
  const worker = new Worker(new URL("./support/code-worker.js", import.meta.url), { workerData });
  const ended = once(worker, "exit");
  const [written] = (await once(worker, "message")) as [CodeWritten];
  await ended;
  return written;
}

function assertTypeChecks(folder: string, seed: number): void {
  const [first] = typeErrors(folder);
  if (first === undefined) return;
  const [file, errors] = first;
  const number = Number(/^f(\d+)/.exec(file)?.[1]);
  const { mapping, text } = subjectOf(seed, number) ?? {};
  assert.fail(`file ${number} of seed ${seed}: ${errors.join("\n")}\n${JSON.stringify(mapping)}\n${text}`);
}

test(`code for ${plan.count} random files type-checks and runs (seed ${plan.seed})`, async () => {
  const { seed } = plan;
  const campaign = new Campaign("checked code", plan);
  let start = measureMemory();
  for (let first = plan.first; campaign.left > 0; ) {
    const count = Math.min(batchSize, campaign.left);
    const folder = emptyFolder("fuzz-typecheck");
    const { next, fault } = await writeInThread({ folder, seed, first, count });
    assert.equal(fault, undefined);
    assertTypeChecks(folder, seed);
    rmSync(folder, { recursive: true });
    campaign.report.accepted += count;
    campaign.report.refused += next - first - count;
    campaign.ran(count);
    if (first === plan.first) start = measureMemory();
    first = next;
  }
  const end = measureMemory();
  campaign.finish(start, end);
  // Threads leave pages behind that the system counts.
  assertNoGrowth(start, end, `code for ${plan.count} files`, { ...allowedGrowth, rss: 4 * allowedGrowth.rss });
});
