// The interface compiler on random and mutated files: it answers, soon, with diagnostics or a module, and never throws.
// LUPINE_FUZZ_IDL sets the number of files (default 2,000), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CompileResult, compileInterface, formatDiagnostics } from "lupine/idl";
import { Campaign, planFrom } from "./support/campaign.js";
import { SEEDS, textOf } from "./support/interface-texts.js";
import { assertNoGrowth, measureMemory } from "./support/memory.js";
import { inputSource } from "./support/random.js";

const plan = planFrom("LUPINE_FUZZ_IDL", 2000);
const { count: COUNT, seed: SEED } = plan;

function assertSound(text: string, { module, diagnostics }: CompileResult): void {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  assert.equal(module === undefined, errors.length > 0, "a module exactly when there is no error");
  assert.ok(errors.length <= 100, "no more errors than the limit");
  const length = text.replace(/^\ufeff/, "").length;
  for (const { span, message } of diagnostics) {
    assert.ok(span.line >= 1 && span.column >= 1 && span.length >= 0, message);
    assert.ok(span.offset >= 0 && span.offset <= length, `${message}: outside of the file`);
  }
  formatDiagnostics(diagnostics, [{ file: "fuzz.x", text }], { color: true });
}

test(`${COUNT} random and mutated files compile or fail cleanly (seed ${SEED})`, () => {
  const campaign = new Campaign("interface files", plan);
  let start = measureMemory();
  for (let i = plan.first; campaign.left > 0; i++) {
    const text = textOf(inputSource(SEED, i), i);
    try {
      const result = compileInterface({ file: "fuzz.x", text });
      assertSound(text, result);
      if (result.module === undefined) campaign.refused();
      else campaign.accepted();
    } catch (error) {
      assert.fail(
        `file ${i} of seed ${SEED}: ${error instanceof Error ? error.stack : error}\n${JSON.stringify(text)}`,
      );
    }
    campaign.ran(1);
    if (campaign.report.runs === Math.ceil(COUNT / 10)) start = measureMemory();
  }
  const end = measureMemory();
  campaign.finish(start, end);
  assertNoGrowth(start, end, `${COUNT} files of seed ${SEED}`);
  const { accepted: compiled } = campaign.report;
  assert.ok(
    COUNT < 500 || (compiled > 0 && compiled < COUNT),
    `${compiled} of ${COUNT} compiled: the mix tests nothing`,
  );
});

test("random files with a sound core: every mutation of one character", () => {
  const [text = ""] = SEEDS;
  for (let at = 0; at < text.length; at++) {
    for (const insert of ["", ";", "}", "<", '"', "/*", "0", "#", "\n%"]) {
      const changed = text.slice(0, at) + insert + text.slice(at + 1);
      assertSound(changed, compileInterface({ file: "fuzz.x", text: changed }));
    }
  }
});
