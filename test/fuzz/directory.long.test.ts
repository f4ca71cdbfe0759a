// A directory server under mutated calls, over TCP and UDP: it goes on answering, keeps to its limits, prints nothing,
// and does not grow.
// LUPINE_FUZZ_DIRECTORY sets how many messages (default 500, half of them datagrams), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { closeClient, createClient, type Procedure, type Program } from "lupine";
import { loadInterface } from "lupine/dynamic";
import { encode } from "lupine/xdr";
import { type Attack, attackTcp, DatagramAttack } from "./support/attack.js";
import { growthWithReplyCache, inBatches, goodCallTimeout as timeout } from "./support/batches.js";
import { Campaign, planFrom } from "./support/campaign.js";
import { Subject } from "./support/child.js";
import { directoryLimits } from "./support/directory-limits.js";
import { goodCall, type Sample, samplesOf } from "./support/messages.js";
import { pick, type Random, randomSource } from "./support/random.js";

const whole = planFrom("LUPINE_FUZZ_DIRECTORY", 500);
const plan = { ...whole, count: Math.ceil(whole.count / 2) };

const file = "directory.x";
// Compiled tests run in build/test/fuzz.
const text = readFileSync(new URL(`../../../src/directory/${file}`, import.meta.url), "utf8");
const versions = loadInterface(text, { file }).programs.flatMap((group) => group.versions);
const [program] = versions as [Program];

const paths = ["/services/time", "/services/add", "/services", "/a", "/__proto__", "/", "", "/a/"];
const addresses = ["tcp://0.0.0.0:1", "tcp://10.0.0.7:2049", "udp://[::]:2", "10.0.0.7", "localhost", "unix:/x", "bad"];

/** Arguments that mean something: a few services are registered, looked up and watched over and over. */
function argumentsOf(random: Random): Readonly<Record<string, readonly unknown[]>> {
  const path = pick(random, paths);
  const id = String(random(100));
  const entry = {
    id,
    versions: Array.from({ length: random(3) }, () => ({ program: random(10), version: random(4) })),
    addresses: Array.from({ length: random(4) }, () => pick(random, addresses)),
    priority: random(3),
    weight: random(5),
  };
  const known = { epoch: BigInt(random(3)), change: BigInt(random(100)) };
  return {
    register: [{ path, entry, lease: 400 + random(2_000) }],
    withdraw: [path, id],
    lookup: [path],
    watch: [{ path, known, wait: random(100_000) }],
    list: [{ folder: path, after: pick(random, paths) }],
  };
}

function encoded({ args }: Procedure, values: readonly unknown[]): Buffer[] {
  return [Buffer.from(encode(args, values))];
}

function samples(random: Random): Sample[] {
  return samplesOf(versions, plan.seed).map((sample) => {
    const [name = ""] =
      Object.entries(program.procedures).find(([, one]) => one.number === sample.procedure.number) ?? [];
    const own = Array.from({ length: 200 }, () => argumentsOf(random)[name] ?? []).filter((args) => args.length > 0);
    return { ...sample, args: [...sample.args, ...own.flatMap((args) => encoded(sample.procedure, args))] };
  });
}

async function start(t: TestContext, campaign: Campaign): Promise<{ subject: Subject; url: string; attack: Attack }> {
  const program = new URL("./support/directory-subject.js", import.meta.url);
  const { subject, ready } = await Subject.start<{ url: string }>(t, program);
  const random = randomSource(plan.seed);
  const all = samples(random);
  const port = Number(new URL(ready.url).port);
  return { subject, url: ready.url, attack: { port, random, good: (own) => goodCall(own, all), campaign } };
}

async function assertAnswers(client: object): Promise<void> {
  const { lookup } = client as { lookup(path: string): Promise<{ status: number }> };
  assert.equal((await lookup("/services/time")).status, 0);
}

async function assertWithinLimits(subject: Subject): Promise<void> {
  const { registrations } = await subject.ask<{ registrations: number }>({ want: "state" });
  assert.ok(registrations <= directoryLimits.entries, `${registrations} registrations`);
}

test(`a directory survives ${plan.count} mutated records over TCP (seed ${plan.seed})`, async (t) => {
  const campaign = new Campaign("directory, TCP records", plan);
  const { subject, url, attack } = await start(t, campaign);
  await inBatches(subject, campaign, async (count) => {
    await attackTcp(attack, count);
    const client = createClient(program, url, { timeout });
    await assertAnswers(client);
    await closeClient(client);
  });
  await assertWithinLimits(subject);
  await subject.stop();
});

test(`a directory survives ${plan.count} mutated datagrams (seed ${plan.seed})`, async (t) => {
  const campaign = new Campaign("directory, datagrams", plan);
  const { subject, url, attack } = await start(t, campaign);
  const datagrams = await DatagramAttack.start(attack);
  t.after(() => datagrams.close());
  await using client = createClient(program, url.replace("tcp:", "udp:"), { timeout, retransmit: { first: 200 } });
  const send = (count: number): Promise<void> => datagrams.send(count, () => assertAnswers(client));
  await inBatches(subject, campaign, send, growthWithReplyCache);
  await assertWithinLimits(subject);
  await subject.stop();
});
