// Mutated NDR, mutated PDUs into a server, and mutated answers into clients of DCE RPC.
// LUPINE_FUZZ_DCE sets how many inputs of each kind (default 5,000), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type Duplex, duplexPair } from "node:stream";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createDceClient, DceServer, decodeNdr, encodeNdr, NdrError, type NdrType } from "lupine/dce";
import { randomOf, randomValue } from "../interop/dce/random-value.js";
import * as samba from "../interop/dce/samba.gen.js";
import * as sample from "../interop/dce/sample.gen.js";
import { implementation } from "../interop/dce/sample-server.js";
import * as pdus from "../support/dce-pdus.js";
import { inBatches } from "./support/batches.js";
import { Campaign, type Memory, planFrom } from "./support/campaign.js";
import { Subject } from "./support/child.js";
import type { AnswersGiven } from "./support/dce-client-subject.js";
import { assertNoGrowth, measureMemory } from "./support/memory.js";
import { mutate } from "./support/mutations.js";
import { inputSource, pick, type Random, randomBytes } from "./support/random.js";

const plan = planFrom("LUPINE_FUZZ_DCE", 5_000);

/** Rounds between two turns of the event loop. */
const pauseAfter = 20;

/** Runs rounds until the plan's number of inputs is reached; memory must not grow after the first tenth. */
async function campaign(name: string, round: (random: Random, own: Campaign) => number | Promise<number>) {
  const own = new Campaign(name, plan);
  let start: Memory | undefined;
  for (let rounds = 1; own.left > 0; rounds++) {
    const input = plan.first + own.report.runs;
    try {
      own.ran(await round(inputSource(plan.seed, input), own));
    } catch (error) {
      throw new Error(`input ${input} of seed ${plan.seed}`, { cause: error });
    }
    // Streams in memory never wait for the event loop: without a pause, no timer would ever be cleaned up.
    if (rounds % pauseAfter === 0) await setImmediate();
    if (own.report.runs >= plan.count / 10) start ??= measureMemory();
  }
  const end = measureMemory();
  own.finish(start ?? end, end);
  assertNoGrowth(start ?? end, end, `${name}: ${plan.count} inputs`);
  return own.report;
}

const types = [...Object.entries({ ...sample }), ...Object.entries({ ...samba })].flatMap(([name, type]) =>
  typeof type === "object" && "kind" in type ? [{ name, type: type as NdrType }] : [],
);

const orders = ["little", "big"] as const;

/** Encodings of each type in each byte order. */
const encoded = types.flatMap(({ name, type }) =>
  orders.map((byteOrder) => {
    const random = randomOf(plan.seed);
    const good = Array.from({ length: 20 }, () =>
      Buffer.from(encodeNdr(type, randomValue(type, random), { byteOrder })),
    );
    return { name, type, byteOrder, good };
  }),
);

test(`${plan.count} mutated NDR values are refused with an NdrError, or survive another round (seed ${plan.seed})`, async () => {
  const { accepted, refused } = await campaign("NDR values", (random, own) => {
    const { name, type, byteOrder, good } = pick(random, encoded);
    const bytes =
      random(8) === 0 ? randomBytes(random, random(80)) : mutate(pick(random, good), random, pick(random, good));
    try {
      const value = decodeNdr(type, bytes, { byteOrder });
      own.accepted();
      assert.deepStrictEqual(decodeNdr(type, encodeNdr(type, value, { byteOrder }), { byteOrder }), value);
    } catch (error) {
      if (!(error instanceof NdrError) || !("offset" in error && error.offset !== undefined)) {
        throw new Error(`${name}, ${byteOrder}: ${bytes.toString("hex")}`, { cause: error });
      }
      own.refused();
    }
    return 1;
  });
  assert.ok(plan.count < 500 || (accepted > plan.count / 50 && refused > plan.count / 50), `${accepted} ${refused}`);
});

const someStub = Buffer.from("0300000003000000010000000200000003000000", "hex");
const fromClients = [
  pdus.pdu(pdus.bind, pdus.binding(1)),
  pdus.pdu(pdus.alterContext, pdus.binding(2, 1)),
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((operation) => pdus.pdu(pdus.request, pdus.call(operation, someStub))),
  pdus.pdu(pdus.request, pdus.call(2, someStub), { flags: 1, callId: 2 }),
  pdus.pdu(pdus.request, pdus.call(2, someStub), { flags: 0, callId: 2 }),
  pdus.pdu(pdus.request, pdus.call(2, someStub), { flags: 2, callId: 2 }),
  pdus.pdu(pdus.cancel, new Uint8Array(0)),
  pdus.pdu(pdus.orphaned, new Uint8Array(0), { callId: 2 }),
];

/** A connection, from the client's end: what `server` sends is read and dropped. */
function connected(server: DceServer): Duplex {
  const [near, distant] = duplexPair();
  server.accept(distant);
  distant.once("close", () => near.destroy());
  near.on("error", () => undefined);
  return near;
}

test(`${plan.count} mutated PDUs harm no server (seed ${plan.seed})`, async () => {
  const wrong: unknown[] = [];
  const onError = (error: unknown): unknown => error instanceof TypeError && wrong.push(error);
  await using server = new DceServer({ onError }).implement(sample.Sample_v1, implementation());
  await campaign("DCE server", async (random, own) => {
    const near = connected(server);
    near.resume();
    const closed = once(near, "close");
    const count = 1 + random(12);
    const mutated = Array.from({ length: count }, () =>
      random(3) === 0
        ? pick(random, fromClients)
        : mutate(pick(random, fromClients), random, pick(random, fromClients)),
    );
    near.end(Buffer.concat([pdus.pdu(pdus.bind, pdus.binding(1)), ...mutated]));
    await closed;
    if (random(100) === 0) {
      await using client = createDceClient(sample.Sample_v1, () => connected(server));
      assert.deepEqual(await client.add(1, 2), { sum: 3, result: 0 });
      own.accepted();
    }
    return count;
  });
  assert.deepEqual(wrong, []);
});

/** The most answers in one question to the process under test: it has a minute, on the busiest machine too. */
const mostAnswers = 2000;

test(`${plan.count} mutated answers end calls with a value or an RpcError (seed ${plan.seed})`, async (t) => {
  const { subject } = await Subject.start(t, new URL("./support/dce-client-subject.js", import.meta.url));
  const own = new Campaign("DCE client", plan);
  await inBatches(subject, own, async (count) => {
    for (let left = count; left > 0; ) {
      const wanted = { first: plan.first + own.report.runs, count: Math.min(left, mostAnswers), seed: plan.seed };
      const given = await subject.ask<AnswersGiven>({ want: "answers", ...wanted });
      assert.deepEqual(given.faults, [], `seed ${plan.seed}`);
      own.report.accepted += given.accepted;
      own.report.refused += given.refused;
      own.ran(given.runs);
      left -= given.runs;
    }
  });
  await subject.stop();
  assert.ok(plan.count < 500 || own.report.accepted > 0);
});
