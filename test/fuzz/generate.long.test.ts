// Whatever the interface compiler accepts, the generator makes TypeScript of that parses, and the run-time loader makes
// codecs of: on the same random and mutated files as idl.test.ts.
// LUPINE_FUZZ_GENERATE sets the number of files that compile (default 100), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { externs, generate, scaffold } from "lupine/codegen";
import { interfaceOf } from "lupine/dynamic";
import { compileInterface, type InterfaceModule } from "lupine/idl";
import { XdrError, XdrReader } from "lupine/xdr";
import { parseSync } from "oxc-parser";
import { Campaign, planFrom } from "./support/campaign.js";
import { textOf } from "./support/interface-texts.js";
import { allowedGrowth, assertNoGrowth, measureMemory } from "./support/memory.js";
import { type Random, randomBytes, randomSource } from "./support/random.js";

const plan = planFrom("LUPINE_FUZZ_GENERATE", 100);

function assertParses(name: string, text: string): void {
  const { errors } = parseSync(name, text);
  assert.deepEqual(
    errors.map(({ message, codeframe }) => `${message} ${codeframe}`),
    [],
    `${name} does not parse:\n${text}`,
  );
}

function check(module: InterfaceModule, random: Random): void {
  const code = generate(module);
  assertParses("fuzz.gen.ts", code);
  assert.equal(generate(module), code, "the same interface, another text");
  const open = externs(module);
  if (open !== undefined) assertParses("fuzz.externs.ts", open);
  const options = { generatedFile: "fuzz.gen.ts", interfaceFile: "fuzz.x", lupine: "0.1.0" };
  for (const [name, text] of scaffold(module, options)) {
    if (name.endsWith(".ts")) assertParses(name, text);
    else JSON.parse(text);
  }
  for (const type of interfaceOf(module).types.values()) {
    try {
      type.decode(new XdrReader(randomBytes(random, random(60))));
    } catch (error) {
      if (!(error instanceof XdrError)) throw error;
    }
  }
}

test(`code generated for ${plan.count} mutated files parses (seed ${plan.seed})`, async () => {
  const random = randomSource(plan.seed);
  const campaign = new Campaign("generated code", plan);
  let start = measureMemory();
  for (let i = 0; campaign.left > 0; i++) {
    const text = textOf(random, i);
    const { module } = compileInterface({ file: "fuzz.x", text });
    if (module === undefined) {
      campaign.refused();
      continue;
    }
    try {
      check(module, random);
    } catch (error) {
      const why = error instanceof Error ? error.stack : error;
      assert.fail(`file ${i} of seed ${plan.seed}: ${why}\n${JSON.stringify(text)}`);
    }
    campaign.accepted();
    campaign.ran(1);
    // The parser gives its memory back between turns of the event loop only.
    if (campaign.report.runs % 50 === 0) await turn();
    if (campaign.report.runs === Math.ceil(plan.count / 10)) start = measureMemory();
  }
  await turn();
  const end = measureMemory();
  campaign.finish(start, end);
  // The parser that judges the output is native, and keeps pages of its own.
  assertNoGrowth(start, end, `code for ${plan.count} files`, { ...allowedGrowth, rss: 4 * allowedGrowth.rss });
});
