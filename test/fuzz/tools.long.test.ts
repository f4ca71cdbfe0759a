// What works on interfaces beside the compiler lives through every interface that compiles: rules, documentation, sizes,
// comparison with another version, and reports of what was found.
// LUPINE_FUZZ_TOOLS sets the number of files that compile (default 400), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compareInterfaces,
  compileInterface,
  documentInterface,
  type InterfaceModule,
  lintInterface,
  type ReportFormat,
  reportFindings,
  wireSize,
} from "lupine/idl";
import { Campaign, planFrom } from "./support/campaign.js";
import { HOSTILE_NAMES } from "./support/hostile-names.js";
import { textOf } from "./support/interface-texts.js";
import { measureMemory } from "./support/memory.js";
import { randomSource } from "./support/random.js";
import { soundInterface } from "./support/sound-interface.js";

const plan = planFrom("LUPINE_FUZZ_TOOLS", 400);
const formats: readonly ReportFormat[] = ["text", "json", "github", "sarif"];

function assertLive(module: InterfaceModule, text: string, before: InterfaceModule): void {
  const sources = [{ file: "fuzz.x", text }];
  const findings = lintInterface({ file: "fuzz.x", text, module });
  for (const format of formats) {
    const report = reportFindings(findings, { format, sources, color: true, width: 40 });
    if (format === "json" || format === "sarif") JSON.parse(report);
  }
  for (const format of ["md", "html"] as const) {
    assert.ok(documentInterface(module, { title: "fuzz.x" }, format).startsWith(format === "md" ? "# fuzz" : "<!"));
  }
  for (const definition of module.definitions) {
    if (definition.kind === "const" || definition.kind === "program") continue;
    const { least, most } = wireSize({ kind: "named", definition });
    assert.ok(least <= most && least >= 0, `${definition.name}: ${least} to ${most} bytes`);
  }
  assert.deepEqual(compareInterfaces(module, module), []);
  compareInterfaces(before, module);
  compareInterfaces(module, before);
}

test(`the tools live through ${plan.count} interfaces (seed ${plan.seed})`, () => {
  const random = randomSource(plan.seed);
  const campaign = new Campaign("tools", plan);
  const start = measureMemory();
  let before: InterfaceModule | undefined;
  for (let i = 0; campaign.left > 0; i++) {
    const text = i % 3 === 2 ? textOf(random, i) : soundInterface(random, { names: HOSTILE_NAMES });
    const { module } = compileInterface({ file: "fuzz.x", text });
    if (module === undefined) {
      campaign.refused();
      continue;
    }
    try {
      assertLive(module, text, before ?? module);
    } catch (error) {
      const why = error instanceof Error ? error.stack?.slice(0, 2000) : error;
      assert.fail(`file ${i} of seed ${plan.seed}: ${why}\n${JSON.stringify(text)}`);
    }
    before = module;
    campaign.accepted();
    campaign.ran(1);
  }
  campaign.finish(start, measureMemory());
});
