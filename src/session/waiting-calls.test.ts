// Calls of a session that has as many calls as slots.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as v8 from "node:v8";
import { createClientWith } from "../client/create-client.js";
import type { ClientOptions } from "../client/options.js";
import { statsOf } from "../client/stats.js";
import type { Peer } from "../peer/peer.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import type { RpcError } from "../rpc/errors.js";
import { Server } from "../server/server.js";
import { FakeClock, MemoryNetwork } from "../testing/index.js";
import { serveSessions } from "./index.js";
import { Gate, wiring } from "./sessions.test-support.js";

async function start({ slots, ...options }: { slots: number } & ClientOptions<typeof adder.procedures>) {
  const network = new MemoryNetwork();
  const gate = new Gate();
  const server = new Server({ onError: () => undefined }).implement(adder, adding({ later: gate.later as never }));
  const sessions = serveSessions(server, { slots });
  const peers: Peer[] = [];
  network.listen("add", (connection) => void peers.push(server.accept(connection)));
  const client = createClientWith(wiring, adder, "memory:add", {
    semantics: { add: "exactly-once", later: "exactly-once", repeat: "exactly-once" },
    connection: { network },
    ...options,
  } as ClientOptions);
  // The session is made, and the connection.
  await client.add({ a: 0, b: 0 });
  return { server, sessions, client, gate, peers };
}

const codeOf = ({ code, mayHaveRun }: RpcError): string => `${code}, may have run: ${mayHaveRun}`;

test("calls that wait for a slot begin in the order in which they were made", async () => {
  const { server, sessions, client, gate } = await start({ slots: 1 });
  gate.open();
  const order: number[] = [];
  // One with a signal takes another way, and its turn.
  const { signal } = new AbortController();
  const calls = Array.from({ length: 60 }, async (_, at) => {
    await client.later(at, at % 7 === 3 ? { signal } : {});
    order.push(at);
  });
  await Promise.all(calls);
  const expected = calls.map((_, at) => at);
  assert.deepEqual(gate.begun, expected);
  assert.deepEqual(order, expected);
  assert.equal(sessions.stats.runs, 61);
  await client[Symbol.asyncDispose]();
  await server.close();
});

test("a call that waits for a slot has the arguments that its caller gave, whatever becomes of them", async () => {
  const { server, client, gate } = await start({ slots: 1 });
  const first = client.later(1);
  const pair = { a: 20, b: 3 };
  const second = client.add(pair);
  pair.a = 99;
  gate.open();
  assert.deepEqual(await Promise.all([first, second]), [1, 23]);
  await client[Symbol.asyncDispose]();
  await server.close();
});

test("a call whose time ends while it waits for a slot certainly does not run, and others take its turn", async () => {
  const clock = new FakeClock();
  const { server, sessions, client, gate } = await start({ slots: 1, clock });
  const first = client.later(1);
  await gate.reached(1);
  const outcomes = [100, 5_000, 200].map((timeout, at) => client.later(2 + at, { timeout }).catch(codeOf));
  await clock.advance(300);
  assert.deepEqual(await Promise.all([outcomes[0], outcomes[2]]), Array(2).fill("RPC_TIMEOUT, may have run: false"));
  gate.open();
  assert.deepEqual([await first, await outcomes[1]], [1, 3]);
  assert.deepEqual([gate.begun, sessions.stats.runs], [[1, 3], 3]);
  await client[Symbol.asyncDispose]();
  await server.close();
});

test("the time that a call has waited for a slot counts", async () => {
  const clock = new FakeClock();
  const { server, client, gate } = await start({ slots: 1, clock });
  const stuck = client.later(1, { timeout: 1_000 }).catch(codeOf);
  await gate.reached(1);
  const began = clock.now();
  const next = client.later(2, { timeout: 1_500 }).catch(codeOf);
  assert.equal(await clock.runUntil(stuck), "RPC_TIMEOUT, may have run: true");
  // It has the slot now, whose last call still runs.
  assert.match(String(await clock.runUntil(next)), /^RPC_TIMEOUT/);
  assert.ok(clock.now() - began < 2_000, `${clock.now() - began} ms`);
  gate.open();
  await client[Symbol.asyncDispose]();
  await server.close();
});

test("calls that wait for a slot count against the client's limits, which give their room back", async () => {
  for (const limits of [{ callsInFlight: 8 }, { totalBytes: 3_000 }]) {
    const { server, client, gate } = await start({ slots: 1, limits });
    const first = client.later(1);
    await gate.reached(1);
    for (let round = 0; round < 3; round++) {
      const outcomes = Array.from({ length: 100 }, (_, at) => client.add({ a: at, b: 0 }).catch(codeOf));
      const refused = outcomes.slice(-1);
      assert.deepEqual(await Promise.all(refused), ["RPC_TOO_MANY_CALLS, may have run: false"]);
      gate.open();
      const all = await Promise.all(outcomes);
      assert.deepEqual(
        all.filter((one) => typeof one === "number"),
        all.flatMap((one, at) => (typeof one === "number" ? [at] : [])),
      );
      assert.ok(all.filter((one) => typeof one === "number").length >= 8, String(all));
    }
    assert.equal(await first, 1);
    await client[Symbol.asyncDispose]();
    await server.close();
  }
});

test("calls that have waited keep no arguments, but for the last one of a slot", {
  skip: v8.queryObjects === undefined && "this Node cannot count objects",
}, async () => {
  class Pair {
    readonly a = 1;
    readonly b = 2;
  }
  const { server, client } = await start({ slots: 2 });
  await Promise.all(Array.from({ length: 100 }, () => client.add(new Pair())));
  assert.ok(v8.queryObjects(Pair, { format: "count" }) <= 2);
  await client[Symbol.asyncDispose]();
  await server.close();
});

test("closing a client waits for the calls that wait for a slot", async () => {
  const { server, client, gate } = await start({ slots: 1 });
  const calls = Promise.all([1, 2, 3, 4, 5].map((value) => client.later(value)));
  await gate.reached(1);
  const closed = client[Symbol.asyncDispose]();
  gate.open();
  await closed;
  assert.deepEqual(await calls, [1, 2, 3, 4, 5]);
  await server.close();
});

test("when the connection is lost, calls that wait for a slot run over the next one, once", async () => {
  const { server, sessions, client, gate, peers } = await start({ slots: 1 });
  const calls = Promise.all([1, 2, 3, 4, 5].map((value) => client.later(value)));
  await gate.reached(1);
  peers[0]?.destroy();
  gate.open();
  assert.deepEqual(await calls, [1, 2, 3, 4, 5]);
  assert.deepEqual(gate.begun, [1, 2, 3, 4, 5]);
  assert.equal(sessions.stats.runs, 6);
  assert.equal(statsOf(client).sessions.made, 1);
  await client[Symbol.asyncDispose]();
  await server.close();
});
