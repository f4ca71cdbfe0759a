// The embedded rpcbind under mutated calls of its three versions, over TCP and UDP: it goes on answering, keeps its own
// registration and no more of others' than it may, prints nothing, and does not grow.
// LUPINE_FUZZ_RPCBIND sets how many messages (default 500, half of them datagrams), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { closeClient, createClient, type Procedure, type Program } from "lupine";
import { defaultTableLimits } from "lupine/binding";
import { loadInterface } from "lupine/dynamic";
import { encode } from "lupine/xdr";
import { type Attack, attackTcp, DatagramAttack } from "./support/attack.js";
import { growthWithReplyCache, inBatches, goodCallTimeout as timeout } from "./support/batches.js";
import { Campaign, planFrom } from "./support/campaign.js";
import { Subject } from "./support/child.js";
import { goodCall, type Sample, samplesOf } from "./support/messages.js";
import { pick, type Random, randomSource } from "./support/random.js";

const whole = planFrom("LUPINE_FUZZ_RPCBIND", 500);
const plan = { ...whole, count: Math.ceil(whole.count / 2) };

// Compiled tests run in build/test/fuzz.
const folder = new URL("../../../src/binding/", import.meta.url);
const versions = ["rpcbind/rpcbind.x", "portmap/portmap.x"].flatMap((file) =>
  loadInterface(readFileSync(new URL(file, folder), "utf8"), { file }).programs.flatMap((group) => group.versions),
);
const newest = versions.find(({ version }) => version === 4) as Program;

/** A registration that means something: the same few programs are set, asked for and unset over and over. */
function registration(random: Random): object {
  return {
    r_prog: random(20) === 0 ? 100_000 : 300_000 + random(3000),
    r_vers: random(5),
    r_netid: pick(random, ["tcp", "udp", "local", "tcp6", ""]),
    r_addr: pick(random, ["127.0.0.1.3.233", "::1.3.233", "/run/x.sock", "0.0.0.0.8.1", "1.2.3.4.5.6", ""]),
    r_owner: pick(random, ["", "superuser", "unknown", "0"]),
  };
}

/** The same for version 2. */
function mapping(random: Random): object {
  return { prog: 300_000 + random(3000), vers: random(5), prot: pick(random, [6, 17, 0]), port: random(70_000) };
}

/** Nothing, for a procedure that takes something else. */
function encoded({ args }: Procedure, value: object): Buffer[] {
  try {
    return [Buffer.from(encode(args, [value]))];
  } catch {
    return [];
  }
}

function samples(random: Random): Sample[] {
  return samplesOf(versions, plan.seed).map((sample) => {
    const values = Array.from({ length: 150 }, () => [registration(random), mapping(random)]).flat();
    return { ...sample, args: [...sample.args, ...values.flatMap((value) => encoded(sample.procedure, value))] };
  });
}

async function start(t: TestContext, campaign: Campaign): Promise<{ subject: Subject; url: string; attack: Attack }> {
  const program = new URL("./support/rpcbind-subject.js", import.meta.url);
  const { subject, ready } = await Subject.start<{ url: string }>(t, program);
  const random = randomSource(plan.seed);
  const all = samples(random);
  const port = Number(new URL(ready.url).port);
  return { subject, url: ready.url, attack: { port, random, good: (own) => goodCall(own, all), campaign } };
}

const question = { r_prog: 100_000, r_vers: 4, r_netid: "tcp", r_addr: "", r_owner: "" };

async function assertAnswers(client: object, url: string): Promise<void> {
  const { getaddr } = client as { getaddr(what: typeof question): Promise<string> };
  const port = Number(new URL(url).port);
  assert.equal(await getaddr(question), `127.0.0.1.${port >> 8}.${port & 0xff}`, "the binder has forgotten itself");
}

async function assertWithinLimits(subject: Subject): Promise<void> {
  const { registrations } = await subject.ask<{ registrations: number }>({ want: "state" });
  assert.ok(registrations <= defaultTableLimits.entries, `${registrations} registrations`);
  // In a short run, some seeds hit on no registration that the binder takes.
  assert.ok(plan.count < 5_000 || registrations > 6, "nothing was registered: tests nothing");
}

test(`rpcbind survives ${plan.count} mutated records over TCP (seed ${plan.seed})`, async (t) => {
  const campaign = new Campaign("rpcbind, TCP records", plan);
  const { subject, url, attack } = await start(t, campaign);
  await inBatches(subject, campaign, async (count) => {
    await attackTcp(attack, count);
    const client = createClient(newest, url, { timeout });
    await assertAnswers(client, url);
    await closeClient(client);
  });
  await assertWithinLimits(subject);
  await subject.stop();
});

test(`rpcbind survives ${plan.count} mutated datagrams (seed ${plan.seed})`, async (t) => {
  const campaign = new Campaign("rpcbind, datagrams", plan);
  const { subject, url, attack } = await start(t, campaign);
  const datagrams = await DatagramAttack.start(attack);
  t.after(() => datagrams.close());
  const udp = url.replace("tcp:", "udp:");
  await using client = createClient(newest, udp, { timeout, retransmit: { first: 200 } });
  const send = (count: number): Promise<void> => datagrams.send(count, () => assertAnswers(client, url));
  await inBatches(subject, campaign, send, growthWithReplyCache);
  await assertWithinLimits(subject);
  await subject.stop();
});
