// A formatted interface compiles to the same code, and formatting it again changes nothing: random files with comments,
// `%` lines and directives between any two words, and mutated files, which the formatter must live through.
// LUPINE_FUZZ_FORMAT sets the number of files (default 600), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "lupine/codegen";
import { compileInterface, formatText, type InterfaceModule } from "lupine/idl";
import { Campaign, planFrom } from "./support/campaign.js";
import { HOSTILE_NAMES } from "./support/hostile-names.js";
import { textOf } from "./support/interface-texts.js";
import { measureMemory } from "./support/memory.js";
import { inputSource, pick, type Random } from "./support/random.js";
import { isSameModel } from "./support/same-model.js";
import { soundInterface } from "./support/sound-interface.js";

const plan = planFrom("LUPINE_FUZZ_FORMAT", 600);

/** What may stand between two words; blanks around are added. */
const NOISE: readonly string[] = [
  "/* beside */",
  "/* two\n   lines */",
  "/**\n * A list:\n *   - of this\n */",
  "// to the end\n",
  "\n// alone\n",
  "\n\n\n",
  "\t",
  "\n%#include <stdio.h>\n",
  "\n  %/* for C { */\n",
  "\n%a backslash \\\n  goes on\n",
  "\n#ifdef NEVER\n  struct { not \"this ' language\n#endif\n",
  "\n#ifndef NEVER\n#else\n }}} ((( \n#endif\n",
  "\n#if 0 /* why */\nint x;\n#elif 1\n#else\nint y;\n#endif\n",
  "\n#define UNUSED(a, b) a ## b\n",
  "\n#undef UNUSED\n",
  '\n#pragma ident "x"\n',
  "\n#define LONG \\\n  17\n",
  "\r\n",
  "\f",
];

/** The text with something between some of its words, never within one. */
function noisy(text: string, random: Random): string {
  const rarity = 3 + random(30);
  const words = text.match(/#define .*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)+'|\w+|<<|>>|[^\s\w]|\s+/g) ?? [];
  const parts = words.map((word, i) => {
    if (word.startsWith("#define")) return `\n${word}`;
    // At the beginning of a line a remainder's sign would be something else.
    if (words.slice(i, i + 3).includes("%")) return word;
    return random(rarity) === 0 ? `${word} ${pick(random, NOISE)} ` : word;
  });
  const noise = parts.join("");
  return random(4) === 0 ? noise.replaceAll(/\r?\n/g, "\r\n") : noise;
}

/** Of three files two are sound, the third is mutated. */
function isSound(i: number): boolean {
  return i % 3 > 0;
}

function fileOf(random: Random, i: number): string {
  if (!isSound(i)) return textOf(random, i).replaceAll("\ufeff", " ");
  // Mostly small ones: in a large one the same parts only come more often.
  const size = random(8) === 0 ? {} : { most: 3 };
  return noisy(soundInterface(random, { names: HOSTILE_NAMES, ...size }), random);
}

function compiled(text: string): InterfaceModule | undefined {
  // Methods with the procedures' own names: random names that differ little would have the same method.
  return compileInterface({ file: "fuzz.x", text, mapping: { naming: "verbatim" } }).module;
}

/** Undefined for what is broken within a word: a quote that is not closed, say. */
function formatOf(text: string, mustSucceed: boolean): string | undefined {
  try {
    return formatText(text);
  } catch (error) {
    assert.ok(error instanceof Error && error.message === "formatting would change what the file says");
    assert.ok(!mustSucceed, error.message);
    return undefined;
  }
}

/** Whether the text compiles. @throws AssertionError if formatting changes its meaning, or formatting it again changes it. */
function survives(text: string, mustCompile: boolean): boolean {
  const before = compiled(text);
  assert.ok(before !== undefined || !mustCompile, "it does not compile");
  const formatted = formatOf(text, before !== undefined);
  if (before === undefined || formatted === undefined) return false;
  assert.equal(formatOf(formatted, true), formatted);
  const after = compiled(formatted);
  assert.ok(after !== undefined, "formatted, it does not compile");
  // Equal models are the same code, and are compared in less time than the code is made.
  if (!isSameModel(before, after)) assert.equal(generate(after), generate(before));
  return true;
}

test(`formatting ${plan.count} files changes no meaning (seed ${plan.seed})`, () => {
  const campaign = new Campaign("formatted files", plan);
  const start = measureMemory();
  for (let i = plan.first; campaign.left > 0; i++) {
    const text = fileOf(inputSource(plan.seed, i), i);
    try {
      if (survives(text, isSound(i))) campaign.accepted();
      else campaign.refused();
    } catch (error) {
      const why = error instanceof Error ? error.stack : error;
      assert.fail(`file ${i} of seed ${plan.seed}: ${why}\n${JSON.stringify(text)}`);
    }
    campaign.ran(1);
  }
  campaign.finish(start, measureMemory());
  assert.ok(plan.count < 100 || campaign.report.accepted > plan.count / 2);
});
