// The counts of clients.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, Server } from "lupine";
import { statsOf } from "lupine/client";
import { drop, duplicate, FakeClock, lossyConnection, MemoryNetwork, memoryPair } from "lupine/testing";
import { ADD_VERS } from "../../examples/add/add.gen.js";

const adding = { add: ({ a, b }: { a: number; b: number }) => a + b };

test("a client counts its calls, and its connections when it has to make a new one", async () => {
  const network = new MemoryNetwork();
  const server = new Server().implement(ADD_VERS, adding);
  await server.listen("memory:add", { network });
  await using client = createClient(ADD_VERS, "memory:add", { connection: { network } });
  assert.deepEqual([statsOf(client).connections, statsOf(client).reconnects], [0, 0]);
  for (let a = 0; a < 3; a++) await client.add({ a, b: 1 });
  await server.close();
  const again = new Server().implement(ADD_VERS, adding);
  await again.listen("memory:add", { network });
  await client.add({ a: 1, b: 1 });
  const { connections, reconnects, calls, replies, lateReplies } = statsOf(client);
  assert.deepEqual([connections, reconnects, calls, replies, lateReplies], [2, 1, 4, 4, 0]);
  await again.close();
});

test("calls that are sent again, and replies that come twice, are counted", async () => {
  const clock = new FakeClock();
  const [near, far] = memoryPair({ reliable: false });
  new Server({ replyCache: false }).implement(ADD_VERS, adding).accept(lossyConnection(far, { script: [duplicate] }));
  const channel = lossyConnection(near, { script: [drop] });
  await using client = createClient(ADD_VERS, channel, { clock, retransmit: { first: 1000, jitter: 0 } });
  const sum = client.add({ a: 1, b: 2 });
  await clock.advance(2000);
  assert.equal(await sum, 3);
  await new Promise((resolve) => setImmediate(resolve));
  const { calls, retransmissions, replies, lateReplies } = statsOf(client);
  assert.deepEqual([calls, retransmissions, replies, lateReplies], [1, 1, 1, 1]);
});

test("only a client of one address has counts", () => {
  assert.throws(() => statsOf({}), /channelOf takes what createClient returned/);
});
