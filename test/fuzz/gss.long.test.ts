// Mutated and random tokens into the contexts of Kerberos, and credentials into a server's side of RPCSEC_GSS: nothing is
// thrown, and nothing is accepted but what the other end made.
// LUPINE_FUZZ_GSS sets how many inputs (default 10,000), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptGss, type GssContext, type GssMechanism } from "lupine/gss";
import { XdrReader } from "lupine/xdr";
import { Campaign, noMemory, planFrom } from "./support/campaign.js";
import { mutate } from "./support/mutations.js";
import { pick, randomBytes, randomSource, randomWord } from "./support/random.js";

const plan = planFrom("LUPINE_FUZZ_GSS", 10_000);
const tokens = new URL("../../../dist/gss/krb5/per-message-tokens.js", import.meta.url).href;

/** The two ends of a context with keys of this encryption type. */
async function contextOf(type: number): Promise<[GssContext, GssContext]> {
  const { Krb5Context } = await import(tokens);
  const key = { type, bytes: Buffer.alloc(type % 2 === 1 ? 16 : 32, type) };
  const end = (isInitiator: boolean) =>
    new Krb5Context({ isInitiator, key, sendSequence: 1n }, { peer: "x", endsAt: Infinity, isDelegated: false });
  return [end(true), end(false)];
}

test(`mutated tokens are refused, ${plan.count} of them (seed ${plan.seed})`, async () => {
  const random = randomSource(plan.seed);
  const campaign = new Campaign("tokens of Kerberos", plan);
  const pairs = await Promise.all([17, 18, 19, 20].map(contextOf));
  while (campaign.left > 0) {
    const [ours, theirs] = pick(random, pairs);
    const message = randomBytes(random, random(200));
    const good = Buffer.from(random(2) === 0 ? ours.wrap(message) : ours.getMic(message));
    const bad = random(4) === 0 ? randomBytes(random, random(200)) : mutate(good, random, good);
    const unwrapped = theirs.unwrap(bad);
    const isVerified = theirs.verifyMic(message, bad);
    if (bad.equals(good)) assert.ok(isVerified || unwrapped !== undefined);
    else assert.ok(!isVerified && (unwrapped === undefined || Buffer.from(unwrapped).equals(message)));
    if (bad.equals(good)) campaign.accepted();
    else campaign.refused();
    campaign.ran(1);
  }
  campaign.finish(noMemory, noMemory);
});

test(`random credentials are denied, ${plan.count} of them (seed ${plan.seed})`, async () => {
  const random = randomSource(plan.seed);
  const campaign = new Campaign("credentials of RPCSEC_GSS", plan);
  const mechanism: GssMechanism = {
    name: "none",
    initiate: () => assert.fail("a server begins no context"),
    accept: () => ({ step: () => Promise.reject(new Error("no token is good")) }),
  };
  const auth = acceptGss({ mechanism });
  while (campaign.left > 0) {
    const words = Array.from({ length: 5 }, () => (random(3) === 0 ? randomWord(random) : random(5)));
    const body = Buffer.concat([Buffer.from(Uint32Array.from(words).buffer).swap32(), randomBytes(random, random(40))]);
    const from = new XdrReader(randomBytes(random, random(60)));
    const header = { xid: 1, program: 2, version: 3, procedure: random(2) };
    const verifier = { flavor: 6, body: randomBytes(random, random(60)) };
    const answer = auth.admit(header, { flavor: 6, body }, verifier, from, { start: 0, end: 0 });
    const admission = await Promise.resolve(answer).catch(() => ({ kind: "denied" }));
    assert.equal(admission.kind, "denied");
    campaign.refused();
    campaign.ran(1);
  }
  campaign.finish(noMemory, noMemory);
});
