// Mutated NDR, mutated PDUs into a server, and mutated answers into clients of DCE RPC.
// LUPINE_FUZZ_DCE sets how many inputs of each kind (default 5,000), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type Duplex, duplexPair } from "node:stream";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { RpcError } from "lupine";
import { createDceClient, DceServer, decodeNdr, encodeNdr, NdrError, type NdrType } from "lupine/dce";
import { randomOf, randomValue } from "../interop/dce/random-value.js";
import * as samba from "../interop/dce/samba.gen.js";
import * as sample from "../interop/dce/sample.gen.js";
import { implementation } from "../interop/dce/sample-server.js";
import * as pdus from "../support/dce-pdus.js";
import { Campaign, type Memory, planFrom } from "./support/campaign.js";
import { assertNoGrowth, measureMemory } from "./support/memory.js";
import { mutate } from "./support/mutations.js";
import { pick, type Random, randomBytes, randomSource } from "./support/random.js";

const plan = planFrom("LUPINE_FUZZ_DCE", 5_000);

/** Runs rounds until the plan's number of inputs is reached; memory must not grow after the first tenth. */
async function campaign(name: string, round: (random: Random, own: Campaign) => number | Promise<number>) {
  const own = new Campaign(name, plan);
  const random = randomSource(plan.seed);
  let start: Memory | undefined;
  while (own.left > 0) {
    own.ran(await round(random, own));
    // Streams in memory never wait for the event loop: without a pause, no timer would ever be cleaned up.
    await setImmediate();
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

const acceptance = pdus.pdu(pdus.bindAck, pdus.acceptance());
const fromServers = [
  acceptance,
  pdus.pdu(pdus.bindNak, Buffer.from([8, 0, 1, 5, 0])),
  pdus.pdu(pdus.response, pdus.call(0, Buffer.from("2a00000000000000", "hex")), { callId: 2 }),
  pdus.pdu(pdus.response, pdus.call(0, Buffer.from("2a000000", "hex")), { callId: 2, flags: 1 }),
  pdus.pdu(pdus.response, pdus.call(0, Buffer.from("00000000", "hex")), { callId: 2, flags: 2 }),
  pdus.pdu(pdus.fault, Buffer.from("00000000000000000300011c00000000", "hex"), { callId: 2 }),
];

function hostileAnswer(random: Random): Buffer {
  const one = pick(random, fromServers);
  return random(2) === 0 ? one : mutate(one, random, pick(random, fromServers));
}

test(`${plan.count} mutated answers end calls with a value or an RpcError (seed ${plan.seed})`, async () => {
  const { accepted } = await campaign("DCE client", async (random, own) => {
    const [near, distant] = duplexPair();
    const count = 1 + random(4);
    const sent = Array.from({ length: count }, () => hostileAnswer(random));
    distant.on("error", () => undefined);
    distant.once("data", () => {
      if (random(4) === 0) return distant.end(sent.pop());
      distant.write(acceptance);
      return distant.once("data", () => distant.end(Buffer.concat(sent)));
    });
    near.once("close", () => distant.destroy());
    distant.once("close", () => near.destroy());
    await using client = createDceClient(sample.Sample_v1, () => near);
    try {
      await client.add(40, 2);
      own.accepted();
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      own.refused();
    }
    // Timers of closed clients hold them until the loop comes to its timers.
    await setImmediate();
    return count;
  });
  assert.ok(plan.count < 500 || accepted > 0);
});
