// Where rpcgen accepts a file, so do we, but for mistakes that it lets through; where it refuses and the RFCs allow, we
// accept. docs/reference/rpcgen-differences.md lists what differs. LUPINE_RPCGEN_FILES sets the number of random files
// of each kind (default 100), LUPINE_FUZZ_SEED the first seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "lupine/idl";
import { pick, randomSource } from "../../fuzz/support/random.js";
import { soundInterface } from "../../fuzz/support/sound-interface.js";
import { compileFile } from "../codec/ours.js";
import { peerTest } from "../harness/peers.js";
import { ownInterfaces, refusedByRpcgen, systemInterfaces } from "./corpus.js";
import { foundByUsAlone, readByUsAlone } from "./differences.js";
import { mutatedText, textsToMutate } from "./mutated-file.js";
import { randomInterface } from "./random-interface.js";
import { refusal, refusalOf } from "./rpcgen.js";

const count = Number(process.env["LUPINE_RPCGEN_FILES"] ?? 100);
const firstSeed = Number(process.env["LUPINE_FUZZ_SEED"] ?? 1);

const files = [...ownInterfaces(), ...systemInterfaces()];

test("every interface file of the project and of the system compiles", () => {
  for (const file of files) {
    const { module, diagnostics } = compileFile(file);
    assert.ok(module, `${file}: ${diagnostics[0]?.message}`);
  }
});

peerTest("rpcgen refuses the files that are listed, and no other", ["c"], async () => {
  for (const file of files) {
    const reason = refusal(file);
    const listed = refusedByRpcgen.get(file);
    if (listed === undefined) assert.equal(reason, undefined, `rpcgen refuses ${file}, which corpus.ts does not list`);
    else assert.notEqual(reason, undefined, `rpcgen accepts ${file}, listed for: ${listed}`);
  }
});

const samples: readonly (readonly [string, (seed: number) => string])[] = [
  ["random files", randomInterface],
  ["random files that are sound", (seed) => soundInterface(randomSource(seed), { forC: true })],
  ["files with one word changed", mutated],
];

function mutated(seed: number): string {
  const random = randomSource(seed);
  return mutatedText(pick(random, textsToMutate(files.filter((file) => !refusedByRpcgen.has(file)))), random);
}

for (const [what, textOf] of samples) {
  peerTest(`rpcgen and we accept the same of ${count} ${what}, but for listed differences`, ["c"], async () => {
    const tally = { both: 0, neither: 0, oursAlone: 0, theirsAlone: 0 };
    for (let seed = firstSeed; seed < firstSeed + count; seed++) tally[compareAcceptance(textOf(seed), seed)]++;
    const enough = tally.both + tally.neither > count / 2 && tally.both > count / 20;
    assert.ok(enough, `the files say too little: ${JSON.stringify(tally)}`);
  });
}

function compareAcceptance(text: string, seed: number): "both" | "neither" | "oursAlone" | "theirsAlone" {
  const { module, diagnostics } = compileInterface({ file: "random.x", text });
  const theirs = refusalOf(text);
  if (module === undefined && theirs === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    const unlisted = errors.find(({ code }) => !foundByUsAlone.has(code));
    assert.equal(unlisted, undefined, `seed ${seed}: rpcgen accepts, we do not: ${unlisted?.message}\n${text}`);
    return "theirsAlone";
  }
  if (module !== undefined && theirs !== undefined) {
    const isListed = readByUsAlone.some(({ rpcgen }) => rpcgen.test(theirs));
    assert.ok(isListed, `seed ${seed}: we accept, rpcgen does not: ${theirs}\n${text}`);
    return "oursAlone";
  }
  return module === undefined ? "neither" : "both";
}
