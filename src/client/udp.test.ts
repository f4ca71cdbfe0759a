// What becomes of calls over UDP at the hands of real sockets.
import assert from "node:assert/strict";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { adder } from "../rpc/adder.test-support.js";
import { RpcDisconnected } from "../rpc/errors.js";
import { createClientWith } from "./create-client.js";

const five = { a: 2, b: 3 };
const retransmit = { first: 20, factor: 1 };

async function bound(t: TestContext, host: string, port = 0): Promise<Socket> {
  const socket = createSocket("udp4").bind(port, host);
  t.after(() => socket.close());
  await once(socket, "listening");
  return socket;
}

async function portOfNobody(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

/** SUCCESS with the number 5, under the xid of the call. */
function answer(call: Buffer, xid = call.readUInt32BE(0)): Buffer {
  const reply = Buffer.alloc(28);
  reply.writeUInt32BE(xid);
  reply.writeUInt32BE(1, 4);
  reply.writeUInt32BE(5, 24);
  return reply;
}

/** A server on 127.0.0.1 that answers from where it is told to. `first` comes before each answer. */
async function serve(t: TestContext, from: string, port?: number, first?: (call: Buffer) => Buffer) {
  const asked = await bound(t, "127.0.0.1");
  const answering = from === "127.0.0.1" ? asked : await bound(t, from, port ?? asked.address().port);
  let calls = 0;
  asked.on("message", (call: Buffer, { port: to, address }: RemoteInfo) => {
    calls++;
    if (first !== undefined) answering.send(first(call), to, address);
    answering.send(answer(call), to, address);
  });
  return { target: `udp://127.0.0.1:${asked.address().port}`, calls: () => calls };
}

test("a call whose only datagram was refused did not run for sure", async () => {
  await using client = createClientWith({}, adder, `udp://127.0.0.1:${await portOfNobody()}`);
  for (let i = 0; i < 3; i++) {
    await assert.rejects(client.add(five), (error: RpcDisconnected) => {
      assert.ok(error instanceof RpcDisconnected);
      assert.equal(error.mayHaveRun, false);
      return true;
    });
  }
});

test("of two calls in flight nobody knows whose datagram was refused", async () => {
  await using client = createClientWith({}, adder, `udp://127.0.0.1:${await portOfNobody()}`, {
    backoff: { first: 0, factor: 1, most: 0, jitter: 0 },
  });
  const outcomes = await Promise.allSettled([client.add(five), client.add(five)]);
  for (const outcome of outcomes) assert.equal(outcome.status === "rejected" && outcome.reason.mayHaveRun, true);
});

// On Linux the whole of 127.0.0.0/8 is this machine.
const multihomed = { skip: process.platform === "linux" ? false : "no second loopback address here" };

test(
  "an answer from another address of the server is taken, and the next calls get theirs as well",
  multihomed,
  async (t) => {
    const { target } = await serve(t, "127.0.0.2");
    await using client = createClientWith({}, adder, target, { retransmit });
    for (let i = 0; i < 3; i++) assert.equal(await client.add(five), 5);
  },
);

test("once a server answers from elsewhere its later calls need no repetition", multihomed, async (t) => {
  const { target, calls } = await serve(t, "127.0.0.2");
  let isHasty = true;
  const policy = { first: 10_000, jitter: 1, random: () => (isHasty ? 0 : 1) };
  await using client = createClientWith({}, adder, target, { retransmit: policy });
  await client.add(five);
  isHasty = false;
  const before = calls();
  await client.add(five);
  assert.equal(calls() - before, 1);
});

test("a strict client takes no answer from another address", multihomed, async (t) => {
  const { target, calls } = await serve(t, "127.0.0.2");
  await using client = createClientWith({}, adder, target, { retransmit, strictReplyAddress: true, timeout: 200 });
  await assert.rejects(client.add(five), { code: "RPC_TIMEOUT", mayHaveRun: true });
  assert.ok(calls() > 1);
});

test("an answer from another port, or with another xid, is nobody's", multihomed, async (t) => {
  const elsewhere = await serve(t, "127.0.0.2", 0);
  await using one = createClientWith({}, adder, elsewhere.target, { retransmit, timeout: 200 });
  await assert.rejects(one.add(five), { code: "RPC_TIMEOUT" });
  const forged = await serve(t, "127.0.0.2", undefined, (call) => answer(call, (call.readUInt32BE(0) + 7) >>> 0));
  await using other = createClientWith({}, adder, forged.target, { retransmit });
  assert.equal(await other.add(five), 5);
});

test("a client that has listened widely hears again of a port that refuses, once the server has answered from where it was asked", async (t) => {
  const server = createSocket("udp4").bind(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  let calls = 0;
  server.on("message", (call, from) => {
    // The first datagram is lost.
    if (calls++ > 0) server.send(answer(call), from.port, from.address);
  });
  await using client = createClientWith({}, adder, `udp://127.0.0.1:${port}`, { retransmit, timeout: 10_000 });
  assert.equal(await client.add(five), 5);
  server.close();
  await once(server, "close");
  await assert.rejects(client.add(five), { code: "RPC_DISCONNECTED" });
  t.diagnostic(`${calls} datagrams`);
});
