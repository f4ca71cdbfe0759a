// The preprocessor on files that are made to keep it busy for ever, and on random directives and macros between words:
// an answer, for bounded work and memory, and never an exception.
// LUPINE_FUZZ_PREPROCESSOR sets the number of random files (default 1,500), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { compileInterface, formatDiagnostics, formatText } from "lupine/idl";
import { Campaign, planFrom } from "./support/campaign.js";
import { hostileFiles, resolverFor } from "./support/hostile-files.js";
import type { Compiled } from "./support/hostile-worker.js";
import { measureMemory } from "./support/memory.js";
import { pick, type Random, randomSource } from "./support/random.js";

const plan = planFrom("LUPINE_FUZZ_PREPROCESSOR", 1500);

/** Blocks of the compiler that may run for one hostile file. */
const workLimit = 500_000_000;

/** MiB of live objects that the compiler may hold for one hostile file. The thread fails with more. */
const memoryLimit = 1_000;

function compileHostile(title: string): Promise<Compiled> {
  const resourceLimits = { maxOldGenerationSizeMb: memoryLimit };
  const worker = new Worker(new URL("./support/hostile-worker.js", import.meta.url), {
    workerData: title,
    resourceLimits,
  });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
  });
}

for (const { title } of hostileFiles) {
  test(`${title}: an answer for bounded work`, async () => {
    const { work, hasModule, hasErrors, diagnostics, printed } = await compileHostile(title);
    console.log("WORK", title, work);
    assert.ok(work < workLimit, `${work} blocks of the compiler ran`);
    assert.equal(hasModule, !hasErrors);
    assert.ok(diagnostics <= 501);
    assert.ok(printed < 2_000_000, "what is told of it is short");
  });
}

const NAMES: readonly string[] = ["A", "B", "C", "D", "F", "G", "H"];

/** A line of random directives, or words that use macros. */
function randomLine(random: Random): string {
  const name = () => pick(random, NAMES);
  const words = () =>
    Array.from({ length: random(5) }, () =>
      pick(random, [name(), `${name()}(${name()}, ${name()})`, "(", ")", ",", "1", "+", "int", ";", "#", "##", "'c'"]),
    ).join(" ");
  switch (random(12)) {
    case 0:
    case 1:
      return `#define ${name()} ${words()}`;
    case 2:
      return `#define ${name()}(${pick(random, ["x", "x, y", "", "x,", "...", "x, ..."])}) ${pick(random, ["x", "x y", "x ## y", "#x", words()])}`;
    case 3:
      return `#undef ${name()}`;
    case 4:
      return `#${pick(random, ["ifdef", "ifndef"])} ${pick(random, [name(), ""])}`;
    case 5:
      return `#${pick(random, ["if", "elif"])} ${pick(random, [words(), `defined(${name()}) && ${name()} > 1`, "1", "0"])}`;
    case 6:
      return pick(random, ["#else", "#endif", "#endif", "#else /* why", "#endif // so"]);
    case 7:
      return `#include ${pick(random, ['"a.x"', "<b.x>", '"c.h"', name(), ""])}`;
    case 8:
      return `%${words()}${pick(random, ["", " \\", '#include "a.h"', `#define ${name()} ${words()}`])}`;
    case 9:
      return `const N${random(20)} = ${words()};`;
    default:
      return `struct s${random(20)} { int ${name()}; opaque data<${words()}>; };`;
  }
}

function randomFile(random: Random): string {
  const length = 1 + random(14);
  return Array.from({ length }, () => randomLine(random)).join(pick(random, ["\n", "\r\n", "\n\n"]));
}

test(`${plan.count} files of random directives compile or fail cleanly (seed ${plan.seed})`, () => {
  const random = randomSource(plan.seed);
  const campaign = new Campaign("directives", plan);
  const start = measureMemory();
  for (let i = 0; i < plan.count; i++) {
    const files = { "a.x": randomFile(random), "b.x": randomFile(random), "c.h": randomFile(random) };
    const text = randomFile(random);
    const told = `file ${i} of seed ${plan.seed}: ${JSON.stringify({ text, files })}`;
    try {
      const resolveInclude = resolverFor({ title: "", text, files });
      const { module, diagnostics, sources } = compileInterface({ file: "fuzz.x", text, resolveInclude });
      assert.equal(
        module === undefined,
        diagnostics.some(({ severity }) => severity === "error"),
      );
      formatDiagnostics(diagnostics, sources);
      if (module === undefined) campaign.refused();
      else {
        campaign.accepted();
        formatText(text);
      }
    } catch (error) {
      assert.fail(`${error instanceof Error ? error.stack : error}\n${told}`);
    }
    campaign.ran(1);
  }
  campaign.finish(start, measureMemory());
  assert.ok(campaign.report.accepted > plan.count / 100, "none of them compiles: the mix tests nothing");
});
