// Whatever the interface compiler accepts becomes TypeScript that type-checks under the strictest options: random files
// with names that mean something in JavaScript, and mutated files, under random options of the mapping. The same code as
// JavaScript is loaded, and its codecs agree with those made at run time.
// LUPINE_FUZZ_TYPECHECK sets the number of files that compile (default 150), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { generate, scaffold } from "lupine/codegen";
import { interfaceOf } from "lupine/dynamic";
import { compileInterface, type InterfaceModule, type Mapping } from "lupine/idl";
import { decode, encode, explain, fromJson, toJson, type XdrType } from "lupine/xdr";
import type * as support from "../../src/xdr/arbitrary.test-support.js";
import fc from "../support/fast-check.js";
import { Campaign, planFrom } from "./support/campaign.js";
import { HOSTILE_NAMES } from "./support/hostile-names.js";
import { textOf } from "./support/interface-texts.js";
import { measureMemory } from "./support/memory.js";
import { type Random, randomSource } from "./support/random.js";
import { randomMapping } from "./support/random-mapping.js";
import { soundInterface } from "./support/sound-interface.js";
import { emptyFolder, project, typeErrors } from "./support/typescript.js";

const plan = planFrom("LUPINE_FUZZ_TYPECHECK", 150);
const { arbitraryValue } = (await import(
  pathToFileURL(join(project, "dist/xdr/arbitrary.test-support.js")).href
)) as typeof support;

/** Files that one run of the TypeScript compiler checks. */
const batchSize = 150;

/** Random values of each type. */
const valuesPerType = 3;

interface Subject {
  readonly name: string;
  readonly text: string;
  readonly mapping: Mapping;
  readonly module: InterfaceModule;
}

function nextSubject(random: Random, i: number): Subject | undefined {
  const text = i % 4 === 3 ? textOf(random, i) : soundInterface(random, { names: i % 4 === 2 ? [] : HOSTILE_NAMES });
  const mapping = randomMapping(random);
  const { module, diagnostics } = compileInterface({ file: "fuzz.x", text, mapping });
  assert.ok(module !== undefined || i % 4 === 3, `a sound file does not compile: ${diagnostics[0]?.message}\n${text}`);
  // What a header of C would define is written by hand.
  const needsMore = module?.imports?.some(({ extern }) => extern !== undefined) === true;
  return module === undefined || needsMore ? undefined : { name: `f${i}`, text, mapping, module };
}

function write(folder: string, { name, mapping, module }: Subject): void {
  const serviceNames = mapping.naming === "rpcgen";
  writeFileSync(join(folder, `${name}.gen.ts`), generate(module, { serviceNames }));
  writeFileSync(join(folder, `${name}-js.gen.js`), generate(module, { target: "js", serviceNames }));
  writeFileSync(join(folder, `${name}-js.gen.d.ts`), generate(module, { target: "d.ts", serviceNames }));
  if (!module.definitions.some(({ kind }) => kind === "program")) return;
  const options = { generatedFile: `${name}.gen.ts`, interfaceFile: `${name}.x`, lupine: "0.1.0" };
  const files = { serverFile: `${name}-server.ts`, clientFile: `${name}-client.ts` };
  for (const [file, text] of scaffold(module, { ...options, ...files })) {
    if (file.endsWith(".ts")) writeFileSync(join(folder, file), text);
  }
}

async function assertCodecsAgree(folder: string, { name, module }: Subject, seed: number): Promise<void> {
  const exported = (await import(pathToFileURL(join(folder, `${name}-js.gen.js`)).href)) as Record<string, unknown>;
  const codecs = new Map<string, XdrType<unknown>>();
  for (const each of Object.values(exported)) {
    const codec = each as XdrType<unknown>;
    if (typeof codec !== "object" || codec === null || typeof codec.encode !== "function") continue;
    if ("name" in codec.shape && !codecs.has(codec.shape.name)) codecs.set(codec.shape.name, codec);
  }
  for (const [type, dynamic] of interfaceOf(module).types) {
    const codec = codecs.get("name" in dynamic.shape ? dynamic.shape.name : "") ?? dynamic;
    for (const value of fc.sample(arbitraryValue(dynamic.shape), { numRuns: valuesPerType, seed })) {
      const bytes = encode(dynamic, value);
      assert.deepEqual(encode(codec, value), bytes, type);
      assert.deepStrictEqual(decode(codec, bytes), decode(dynamic, bytes), type);
      const json = JSON.parse(JSON.stringify(toJson(codec.shape, value))) as unknown;
      assert.deepEqual(encode(codec, fromJson(codec.shape, json)), bytes, `${type} by way of JSON`);
      assert.equal(explain(codec.shape, bytes).error, undefined, type);
    }
  }
}

test(`code for ${plan.count} random files type-checks and runs (seed ${plan.seed})`, async () => {
  const random = randomSource(plan.seed);
  const campaign = new Campaign("checked code", plan);
  const start = measureMemory();
  for (let i = 0; campaign.left > 0; ) {
    const folder = emptyFolder("fuzz-typecheck");
    const batch: Subject[] = [];
    for (; batch.length < Math.min(batchSize, campaign.left); i++) {
      const subject = nextSubject(random, i);
      if (subject === undefined) campaign.refused();
      else batch.push(subject);
    }
    for (const subject of batch) {
      write(folder, subject);
      try {
        await assertCodecsAgree(folder, subject, plan.seed);
      } catch (error) {
        assert.fail(
          `${subject.name} of seed ${plan.seed}: ${error instanceof Error ? error.stack : error}\n${told(subject)}`,
        );
      }
      campaign.accepted();
    }
    const [first] = typeErrors(folder);
    const broken = batch.find(({ name }) => first?.[0].split(/[.-]/)[0] === name);
    assert.equal(first, undefined, `seed ${plan.seed}: ${first?.[1].join("\n")}\n${broken && told(broken)}`);
    campaign.ran(batch.length);
    rmSync(folder, { recursive: true });
  }
  campaign.finish(start, measureMemory());
});

function told({ text, mapping }: Subject): string {
  return `${JSON.stringify(mapping)}\n${text}`;
}
