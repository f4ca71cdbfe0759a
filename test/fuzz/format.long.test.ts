// A formatted interface compiles to the same code, and formatting it again changes nothing: random files with comments,
// `%` lines and directives between any two words, and mutated files, which the formatter must live through.
// LUPINE_FUZZ_FORMAT sets the number of files (default 600), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "lupine/codegen";
import { compileInterface, formatText } from "lupine/idl";
import { Campaign, planFrom } from "./support/campaign.js";
import { HOSTILE_NAMES } from "./support/hostile-names.js";
import { textOf } from "./support/interface-texts.js";
import { measureMemory } from "./support/memory.js";
import { pick, type Random, randomSource } from "./support/random.js";
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

/** What the text compiles to, but for the numbers of lines; or the codes of its errors. */
function meaning(text: string): string {
  // Methods with the procedures' own names: random names that differ little would have the same method.
  const { module, diagnostics } = compileInterface({ file: "fuzz.x", text, mapping: { naming: "verbatim" } });
  if (module !== undefined) return generate(module).replaceAll(/fuzz\.x:\d+/g, "fuzz.x");
  return diagnostics.map(({ code }) => code).join(" ");
}

/** Undefined for what is broken within a word: a quote that is not closed, say. */
function formatOf(text: string, mustSucceed: boolean, told: string): string | undefined {
  try {
    return formatText(text);
  } catch (error) {
    assert.ok(error instanceof Error && error.message === "formatting would change what the file says", told);
    assert.ok(!mustSucceed, `${error.message}: ${told}`);
    return undefined;
  }
}

test(`formatting ${plan.count} files changes no meaning (seed ${plan.seed})`, () => {
  const random = randomSource(plan.seed);
  const campaign = new Campaign("formatted files", plan);
  const start = measureMemory();
  for (let i = 0; campaign.left > 0; i++) {
    const isSound = i % 3 > 0;
    const text = isSound
      ? noisy(soundInterface(random, { names: HOSTILE_NAMES }), random)
      : textOf(random, i).replaceAll("\ufeff", " ");
    const told = `file ${i} of seed ${plan.seed}\n${JSON.stringify(text)}`;
    const before = meaning(text);
    const compiles = before.startsWith("//");
    assert.ok(compiles || !isSound, told);
    const formatted = formatOf(text, compiles, told);
    if (compiles && formatted !== undefined) {
      assert.equal(formatOf(formatted, true, told), formatted, told);
      assert.equal(meaning(formatted), before, told);
      campaign.accepted();
    } else campaign.refused();
    campaign.ran(1);
  }
  campaign.finish(start, measureMemory());
  assert.ok(campaign.report.accepted > plan.count / 2);
});
