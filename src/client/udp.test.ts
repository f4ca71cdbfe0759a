// What becomes of calls over UDP at the hands of real sockets.
import assert from "node:assert/strict";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { adder } from "../rpc/adder.test-support.js";
import { RpcDisconnected } from "../rpc/errors.js";
import { until } from "../testing/waiting.test-support.js";
import { createClientWith } from "./create-client.js";

const five = { a: 2, b: 3 };
const retransmit = { first: 20, factor: 1 };

async function bound(t: TestContext, host: string, port = 0): Promise<Socket> {
  const socket = createSocket("udp4").bind(port, host);
  let isOpen = true;
  socket.once("close", () => {
    isOpen = false;
  });
  t.after(() => isOpen && socket.close());
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

/** A server on 127.0.0.1. */
interface Answering {
  /** The address that it answers from. */
  readonly from: () => string;
  /** The port that it answers from. Default: the one that is asked. */
  readonly port?: number;
  /** A datagram that comes before each answer. */
  readonly first?: (call: Buffer) => Buffer;
}

async function serve(t: TestContext, { from, port, first }: Answering) {
  const asked = await bound(t, "127.0.0.1");
  const other = await bound(t, port === undefined ? "127.0.0.2" : from(), port ?? asked.address().port);
  let calls = 0;
  asked.on("message", (call: Buffer, { port: to, address }: RemoteInfo) => {
    calls++;
    const answering = from() === "127.0.0.1" && port === undefined ? asked : other;
    if (first !== undefined) answering.send(first(call), to, address);
    answering.send(answer(call), to, address);
  });
  const close = async (): Promise<void> => {
    asked.close();
    await once(asked, "close");
  };
  return { target: `udp://127.0.0.1:${asked.address().port}`, calls: () => calls, close };
}

const fromAnother = (): string => "127.0.0.2";

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
const notRoot = process.getuid?.() !== 0 && "only root may have a reserved port";
const multihomed = { skip: process.platform !== "linux" && "no second loopback address here" };

const patient = { first: 60_000, factor: 1 };

test(
  "the first answer from another address of the server is taken, without a second sending",
  multihomed,
  async (t) => {
    const { target, calls } = await serve(t, { from: fromAnother });
    await using client = createClientWith({}, adder, target, { retransmit: patient });
    for (let i = 1; i <= 3; i++) {
      assert.equal(await client.add(five), 5);
      assert.equal(calls(), i);
    }
  },
);

test("so is one from another address and port, and from another port of the same address", multihomed, async (t) => {
  for (const from of ["127.0.0.2", "127.0.0.1"]) {
    const { target, calls } = await serve(t, { from: () => from, port: 0 });
    await using client = createClientWith({}, adder, target, { retransmit: patient });
    assert.equal(await client.add(five), 5);
    assert.equal(calls(), 1);
  }
});

test("a reserved port does not change that", { skip: multihomed.skip || notRoot }, async (t) => {
  const { target, calls } = await serve(t, { from: fromAnother });
  const options = { retransmit: patient, connection: { reservedPort: true } };
  await using client = createClientWith({}, adder, target, options);
  assert.equal(await client.add(five), 5);
  assert.equal(calls(), 1);
});

test("a server may answer from changing addresses, and is sent each call once", multihomed, async (t) => {
  let answers = 0;
  const { target, calls } = await serve(t, { from: () => (answers++ % 2 === 0 ? "127.0.0.1" : "127.0.0.2") });
  await using client = createClientWith({}, adder, target, { retransmit: patient });
  for (let i = 1; i <= 6; i++) {
    assert.equal(await client.add(five), 5);
    assert.equal(calls(), i);
  }
});

test("a client whose server answers from elsewhere still hears of a port that refuses", multihomed, async (t) => {
  const { target, close } = await serve(t, { from: fromAnother });
  await using client = createClientWith({}, adder, target, { retransmit: patient, timeout: 30_000 });
  assert.equal(await client.add(five), 5);
  await close();
  await assert.rejects(client.add(five), { code: "RPC_DISCONNECTED" });
});

test("a strict client takes no answer from another address", multihomed, async (t) => {
  const { target, calls } = await serve(t, { from: fromAnother });
  await using client = createClientWith({}, adder, target, { retransmit, strictReplyAddress: true, timeout: 60_000 });
  const enough = new AbortController();
  const call = client.add(five, { signal: enough.signal });
  const ended = assert.rejects(call, { code: "RPC_CANCELLED", mayHaveRun: true });
  await until(
    () => calls() > 2,
    () => "the call to be sent again",
  );
  enough.abort();
  await ended;
});

test("a datagram from another address that answers no waiting call is ignored", multihomed, async (t) => {
  const others = [
    (call: Buffer) => answer(call, (call.readUInt32BE(0) + 7) >>> 0),
    (call: Buffer) => call,
    () => Buffer.alloc(3),
  ];
  for (const first of others) {
    const forged = await serve(t, { from: fromAnother, first });
    await using client = createClientWith({}, adder, forged.target, { retransmit: patient });
    assert.equal(await client.add(five), 5);
  }
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
  await using client = createClientWith({}, adder, `udp://127.0.0.1:${port}`, { retransmit, timeout: 60_000 });
  assert.equal(await client.add(five), 5);
  server.close();
  await once(server, "close");
  await assert.rejects(client.add(five), { code: "RPC_DISCONNECTED" });
  t.diagnostic(`${calls} datagrams`);
});
