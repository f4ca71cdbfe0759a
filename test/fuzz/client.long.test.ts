// A running client whose server answers with mutated replies, over TCP and UDP: each call ends in its deadline with a
// value or an RpcError, nothing is printed, nothing grows, and an honest server is understood afterwards.
// LUPINE_FUZZ_REPLIES sets how many replies (default 2,000, half of them datagrams), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { EVERYTHING_V1, SECOND_V1 } from "../fixtures/everything.gen.js";
import { until } from "../support/waiting.js";
import { Campaign, planFrom } from "./support/campaign.js";
import { Subject } from "./support/child.js";
import type { ClientState } from "./support/client-subject.js";
import { type HostileServer, type Hostility, hostileTcp, hostileUdp } from "./support/hostile-server.js";
import { assertNoGrowth } from "./support/memory.js";
import { samplesOf } from "./support/messages.js";
import { randomSource } from "./support/random.js";

const whole = planFrom("LUPINE_FUZZ_REPLIES", 2000);
const plan = { ...whole, count: Math.ceil(whole.count / 2) };
const samples = samplesOf([ADD_VERS, EVERYTHING_V1, SECOND_V1], plan.seed);

/** Waits until so many replies were sent, while the client is sound. */
async function untilSent(runs: number, { report }: Campaign, subject: Subject): Promise<void> {
  while (report.runs < runs) {
    const before = report.runs;
    await until(
      () => {
        subject.assertSound();
        return report.runs > before;
      },
      () => `the client to call again, after ${before} replies`,
    );
  }
}

const transports: readonly [string, (hostility: Hostility) => Promise<HostileServer>][] = [
  ["TCP records", hostileTcp],
  ["datagrams", hostileUdp],
];

for (const [what, hostile] of transports) {
  test(`a client survives ${plan.count} mutated ${what} (seed ${plan.seed})`, async (t) => {
    const campaign = new Campaign(`client, ${what}`, plan);
    await using server = await hostile({ random: randomSource(plan.seed), samples, campaign });
    const { subject } = await Subject.start(t, new URL("./support/client-subject.js", import.meta.url));
    await subject.ask({ want: "start", url: server.url });
    await untilSent(Math.min(plan.count, 500 + plan.count / 20), campaign, subject);
    const start = await subject.memory();
    await untilSent(plan.count, campaign, subject);
    const { values, errors, faults } = await subject.ask<ClientState>({ want: "stop" });
    assert.deepEqual(faults, [], `seed ${plan.seed}`);
    const end = await subject.memory();
    Object.assign(campaign.report, { accepted: values, refused: errors });
    campaign.finish(start, end);
    assertNoGrowth(start, end, `${campaign.report.runs} replies of seed ${plan.seed}`);
    assert.ok(plan.count < 500 || (values > 50 && errors > 50), `${values} values and ${errors} errors: tests nothing`);
    server.reform();
    const sums = Array.from({ length: 50 }, (_, a) => a + 1);
    assert.deepEqual(await subject.ask({ want: "sums", url: server.url }), sums);
    await subject.stop();
  });
}
