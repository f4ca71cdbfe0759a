// Random and mutated bytes into generated codecs and into those made from their shapes: both refuse with an XdrError, or
// both return the same value, which encodes to the same bytes again.
// LUPINE_FUZZ_DECODES sets how many inputs (default 10,000), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, explain, fromShape, type Shape, toJson, XdrError, XdrReader, type XdrType } from "lupine/xdr";
import * as everything from "../fixtures/everything.gen.js";
import * as names from "../fixtures/names.gen.js";
import { Campaign, type Memory, planFrom } from "./support/campaign.js";
import { assertNoGrowth, measureMemory } from "./support/memory.js";
import { encodings } from "./support/messages.js";
import { mutate } from "./support/mutations.js";
import { pick, type Random, randomBytes, randomSource } from "./support/random.js";

const plan = planFrom("LUPINE_FUZZ_DECODES", 10_000);

/** Each time this many inputs were decoded, one is also explained and turned into JSON. */
const toolsEvery = 20;

interface Pair {
  readonly name: string;
  readonly shape: Shape;
  readonly generated: XdrType<unknown>;
  readonly interpreted: XdrType<unknown>;
  readonly good: readonly Buffer[];
}

function pairsOf(exported: Record<string, unknown>): Pair[] {
  return Object.entries(exported).flatMap(([name, codec]) => {
    if (!isCodec(codec)) return [];
    const interpreted = fromShape(codec.shape);
    return [{ name, shape: codec.shape, generated: codec, interpreted, good: encodings(codec, plan.seed) }];
  });
}

function isCodec(value: unknown): value is XdrType<unknown> {
  return typeof value === "object" && value !== null && "shape" in value && "decode" in value;
}

const refused = Symbol("refused");

/** By the codec itself: `decode` would make an XdrError of whatever it throws. */
function outcome(type: XdrType<unknown>, bytes: Uint8Array): unknown {
  const from = new XdrReader(bytes);
  try {
    const value = type.decode(from);
    from.finish();
    return value;
  } catch (error) {
    if (error instanceof XdrError) return refused;
    throw error;
  }
}

function input(random: Random, { good }: Pair): Buffer {
  if (random(6) === 0) return randomBytes(random, random(4) === 0 ? random(2000) : random(64));
  return mutate(pick(random, good), random, pick(random, good));
}

/** @returns whether the bytes were accepted. */
function check({ generated, interpreted }: Pair, bytes: Buffer): boolean {
  const value = outcome(generated, bytes);
  const other = outcome(interpreted, bytes);
  if (value === refused || other === refused) {
    assert.equal(value, other, "one codec refuses what the other takes");
    return false;
  }
  assert.deepStrictEqual(value, other);
  const again = encode(generated, value);
  // Of a NaN only the fact survives, not its payload.
  if (!bytes.equals(again)) assert.deepStrictEqual(decode(generated, again), value);
  return true;
}

/** The tools that people point at bytes which they do not trust. */
function checkTools({ shape, generated }: Pair, bytes: Buffer): void {
  const { error } = explain(generated, bytes);
  const value = outcome(generated, bytes);
  assert.equal(error === undefined, value !== refused, "explain and decode disagree");
  if (value !== refused) JSON.stringify(toJson({ shape }, value));
}

test(`generated and interpreted codecs agree on ${plan.count} random and mutated inputs (seed ${plan.seed})`, () => {
  const pairs = [...pairsOf({ ...everything }), ...pairsOf({ ...names })];
  const random = randomSource(plan.seed);
  const campaign = new Campaign("decodes", plan);
  const { report } = campaign;
  let start: Memory = measureMemory();
  while (campaign.left > 0) {
    const pair = pick(random, pairs);
    const bytes = input(random, pair);
    try {
      if (check(pair, bytes)) campaign.accepted();
      else campaign.refused();
      if (report.runs % toolsEvery === 0) checkTools(pair, bytes);
    } catch (error) {
      const place = `input ${report.runs} of seed ${plan.seed}, ${pair.name} ${bytes.toString("hex")}`;
      assert.fail(`${place}: ${error instanceof Error ? error.stack : error}`);
    }
    campaign.ran(1);
    if (report.runs === Math.ceil(plan.count / 10)) start = measureMemory();
  }
  const end = measureMemory();
  campaign.finish(start, end);
  assertNoGrowth(start, end, `decoding ${plan.count} inputs`);
  const { accepted } = report;
  assert.ok(plan.count < 500 || (accepted > plan.count / 50 && accepted < plan.count / 2), `${accepted} accepted`);
});
