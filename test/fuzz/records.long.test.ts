// A running server under mutated calls, over TCP and UDP: it goes on answering, prints nothing, and does not grow.
// LUPINE_FUZZ_RECORDS sets how many messages (default 2,000, half of them datagrams), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { closeClient, createClient } from "lupine";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { EVERYTHING_V1, EVERYTHING_V2, SECOND_V1 } from "../fixtures/everything.gen.js";
import { until } from "../support/waiting.js";
import { type Attack, attackTcp, DatagramAttack } from "./support/attack.js";
import { growthWithReplyCache, inBatches, goodCallTimeout as timeout } from "./support/batches.js";
import { Campaign, planFrom } from "./support/campaign.js";
import { Subject } from "./support/child.js";
import { goodCall, samplesOf } from "./support/messages.js";
import { randomSource } from "./support/random.js";

const whole = planFrom("LUPINE_FUZZ_RECORDS", 2000);
const plan = { ...whole, count: Math.ceil(whole.count / 2) };
const samples = samplesOf([ADD_VERS, EVERYTHING_V1, EVERYTHING_V2, SECOND_V1], plan.seed);

interface Ready {
  readonly tcp: string;
  readonly udp: string;
}

async function startServer(t: TestContext): Promise<{ subject: Subject; ready: Ready }> {
  return Subject.start<Ready>(t, new URL("./support/server-subject.js", import.meta.url));
}

function attackOn(address: string, campaign: Campaign): Attack {
  const random = randomSource(plan.seed);
  const port = Number(new URL(address).port);
  return { port, random, good: (own) => goodCall(own, samples), campaign };
}

function assertMixed({ runs, accepted, refused }: Campaign["report"]): void {
  assert.ok(runs < 500 || (accepted > runs / 50 && refused > runs / 50), `${accepted} and ${refused}: tests nothing`);
}

interface State {
  readonly connections: number;
  readonly errors: readonly string[];
}

/** The server's state once it has let go of all connections, which it may take a moment to hear of. */
async function settled(subject: Subject): Promise<State> {
  let state: State | undefined;
  await until(
    async () => {
      state = await subject.ask<State>({ want: "state" });
      return state.connections === 0;
    },
    () => `the server to let go of ${state?.connections} connections`,
  );
  return state as State;
}

test(`a server survives ${plan.count} mutated records over TCP (seed ${plan.seed})`, async (t) => {
  const { subject, ready } = await startServer(t);
  const campaign = new Campaign("server, TCP records", plan);
  const attack = attackOn(ready.tcp, campaign);
  let sum = 0;
  await inBatches(subject, campaign, async (count) => {
    await attackTcp(attack, count);
    const client = createClient(ADD_VERS, ready.tcp, { timeout });
    assert.equal(await client.add({ a: sum, b: 1 }), ++sum);
    await closeClient(client);
  });
  assert.deepEqual(await settled(subject), { connections: 0, errors: [] });
  assertMixed(campaign.report);
  await subject.stop();
});

test(`a server survives ${plan.count} mutated datagrams (seed ${plan.seed})`, async (t) => {
  const { subject, ready } = await startServer(t);
  const campaign = new Campaign("server, datagrams", plan);
  const attack = await DatagramAttack.start(attackOn(ready.udp, campaign));
  t.after(() => attack.close());
  await using client = createClient(ADD_VERS, ready.udp, { timeout, retransmit: { first: 200 } });
  let sum = 0;
  const send = (count: number): Promise<void> =>
    attack.send(count, async () => assert.equal(await client.add({ a: sum, b: 1 }), ++sum));
  await inBatches(subject, campaign, send, growthWithReplyCache);
  const { errors } = await subject.ask<State>({ want: "state" });
  assert.deepEqual(errors, []);
  assertMixed(campaign.report);
  await subject.stop();
});
