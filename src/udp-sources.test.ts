// More sources of datagrams than a server remembers: those whose calls run get their replies.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { createClientWith } from "./client/index.js";
import { Peer } from "./peer/peer.js";
import { adder, adding } from "./rpc/adder.test-support.js";
import { Server } from "./server/server.js";
import { until } from "./testing/waiting.test-support.js";
import type { Address } from "./transport/address.js";
import { connectUdp } from "./transport/udp.js";

const pair = { a: 1, b: 2 };

/** A server that remembers 8 sources, and whose calls wait until they are released. */
async function slowServer(t: TestContext) {
  const waiting: (() => void)[] = [];
  let ended = 0;
  const server = new Server({ limits: { maxPeers: 8 }, onDisconnected: () => ended++ });
  const later = ({ a, b }: typeof pair) =>
    new Promise<number>((resolve) => {
      waiting.push(() => resolve(a + b));
    });
  server.implement(adder, adding({ add: later }));
  const { address } = await server.listen("udp://127.0.0.1:0");
  t.after(() => server.destroy());
  return { server, address, waiting, ended: () => ended };
}

/** A call that is sent once. */
async function callOnce(t: TestContext, address: Address) {
  const connection = await connectUdp(address as { readonly host: string; readonly port: number });
  const peer = new Peer(connection, { timeout: 60_000, retransmit: { first: 60_000 } });
  t.after(() => peer.destroy());
  return { peer, sum: createClientWith({}, adder, peer).add(pair) };
}

test("the reply of a call that runs arrives, however many sources are heard meanwhile", async (t) => {
  const { address, waiting, server, ended } = await slowServer(t);
  const { peer, sum } = await callOnce(t, address);
  await until(
    () => waiting.length === 1,
    () => "the call",
  );
  const { port } = address as { readonly port: number };
  for (let source = 0; source < 40; source++) {
    const socket = createSocket("udp4");
    // Open until the end: else the system may give its port to a later one, which the server then knows already.
    t.after(() => socket.close());
    socket.send(Buffer.alloc(12, 1), port, "127.0.0.1");
    await once(socket, "listening");
    await until(
      () => server.connections >= Math.min(8, source + 2) && ended() >= Math.max(0, source - 6),
      () => `source ${source}`,
    );
  }
  assert.equal(server.connections, 8);
  waiting[0]?.();
  assert.deepEqual([await sum, peer.stats.retransmissions, waiting.length], [3, 0, 1]);
});

test("if calls of all sources run, those that are forgotten get their replies, and then end", async (t) => {
  const { address, waiting, server, ended } = await slowServer(t);
  const calls = [];
  for (let count = 1; count <= 20; count++) {
    calls.push(await callOnce(t, address));
    await until(
      () => waiting.length === count,
      () => `call ${count}`,
    );
  }
  assert.equal(ended(), 0);
  for (const release of waiting) release();
  for (const { peer, sum } of calls) assert.deepEqual([await sum, peer.stats.retransmissions], [3, 0]);
  await until(
    () => ended() === 12,
    () => `the end of those that were forgotten; ${ended()} have ended`,
  );
  assert.deepEqual([server.connections, waiting.length], [8, 20]);
});

test("a server closes, although calls of sources run that it has forgotten", async (t) => {
  const { address, waiting, server } = await slowServer(t);
  const calls = [];
  for (let count = 1; count <= 10; count++) {
    calls.push(await callOnce(t, address));
    await until(
      () => waiting.length === count,
      () => `call ${count}`,
    );
  }
  const closed = server.close();
  for (const release of waiting) release();
  for (const { sum } of calls) assert.equal(await sum, 3);
  await closed;
  assert.equal(server.connections, 0);
});
