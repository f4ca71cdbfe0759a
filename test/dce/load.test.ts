// What the connections of a DCE server may hold together: results that nobody reads, operations that never end, decoded values.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { duplexPair } from "node:stream";
import { type TestContext, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createDceClient, type DceImplementation, DceServer, decodeNdr, NdrError } from "lupine/dce";
import { Sample_v1, type Sample_v1_Operations } from "../interop/dce/sample.gen.js";
import { implementation } from "../interop/dce/sample-server.js";
import { thoroughTest } from "../support/count-of.js";

/** A little-endian PDU. */
function pdu(type: number, body: Uint8Array, callId = 1): Buffer {
  const head = Buffer.from([5, 0, type, 3, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16LE(16 + body.length, 8);
  head.writeUInt32LE(callId, 12);
  return Buffer.concat([head, body]);
}

const binding = Buffer.from(
  "d016d0160000000001000000000001 00e2c9a1b77e5a354c9d0f1c4d9fb3a6e101000000045d888aeb1cc9119fe808002b10486002000000".replace(
    " ",
    "",
  ),
  "hex",
);

function request(operation: number, callId: number, words: readonly number[] = []): Buffer {
  const body = Buffer.alloc(8 + 4 * words.length);
  body.writeUInt16LE(operation, 6);
  for (const [at, word] of words.entries()) body.writeInt32LE(word, 8 + 4 * at);
  return pdu(0, body, callId);
}

const orphaned = (callId: number): Buffer => pdu(19, new Uint8Array(0), callId);

async function serving(
  t: TestContext,
  changes: Partial<DceImplementation<Sample_v1_Operations>>,
  options: ConstructorParameters<typeof DceServer>[0] = {},
) {
  const errors: string[] = [];
  const onError = (error: unknown): void => void errors.push(String(error));
  const server = new DceServer({ onError, ...options }).implement(Sample_v1, { ...implementation(), ...changes });
  const { port, address } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  t.after(() => server.destroy());
  const add = async (): Promise<void> => {
    await using client = createDceClient(Sample_v1, address);
    assert.deepEqual(await client.add(1, 2), { sum: 3, result: 0 });
  };
  const dialed = async (): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write(pdu(11, binding));
    t.after(() => socket.destroy());
    return socket;
  };
  return { server, errors, add, dialed };
}

thoroughTest(
  "results that clients do not read are bounded: the connections that hold most are closed, and others are served",
  async (t) => {
    let running = 0;
    const waiting: (() => void)[] = [];
    const fill = async (): Promise<{ data: Uint8Array }> => {
      running++;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { data: new Uint8Array(900_000) };
    };
    const { errors, add, dialed } = await serving(t, { fill }, { maxStub: 1_000_000, maxBytes: 8_000_000 });
    const sockets = await Promise.all(Array.from({ length: 3 }, () => dialed()));
    const closed = sockets.map((socket) => once(socket.pause(), "close"));
    for (const socket of sockets)
      for (let callId = 1; callId <= 16; callId++) socket.write(request(4, callId, [900_000]));
    while (running < 3 * 16) await add();
    for (const resolve of waiting.splice(0)) resolve();
    // Each leaves up to four results unread, and all together eight.
    while (errors.length < 2) await add();
    assert.match(errors.join("\n"), /bytes of results unread|it holds \d+ bytes, more than any other connection/);
    await add();
    for (const socket of sockets) socket.resume();
    await Promise.race(closed);
  },
);

test("operations of calls that were given up count until they end", async (t) => {
  let started = 0;
  const nothing = (): Promise<void> => {
    started++;
    return new Promise(() => undefined) as Promise<void>;
  };
  const { add, dialed } = await serving(t, { nothing: nothing as never }, { maxCalls: 3 });
  const socket = await dialed();
  socket.resume();
  for (let callId = 1; callId <= 50; callId++) socket.write(Buffer.concat([request(1, callId), orphaned(callId)]));
  const last = request(0, 99, [1, 2]);
  socket.write(last);
  const answers: Buffer[] = [];
  socket.on("data", (bytes) => answers.push(bytes));
  const isBusy = () => Buffer.concat(answers).includes(Buffer.from([99, 0, 0, 0]));
  while (!isBusy()) await add();
  assert.equal(started, 3);
});

test("connections whose operations never end give way to others of the same address", async (t) => {
  let running = 0;
  const nothing = () => {
    running++;
    return new Promise(() => undefined);
  };
  const { add, dialed } = await serving(t, { nothing: nothing as never }, { maxConnections: 3 });
  for (let at = 1; at <= 6; at++) {
    const socket = await dialed();
    socket.resume().write(request(1, 1));
    while (running < at) await new Promise((resolve) => setTimeout(resolve, 2));
    await add();
  }
});

test("the arguments of operations that never end do not keep other hosts out, or close their connections", async (t) => {
  let running = 0;
  const sum = () => {
    running++;
    return new Promise(() => undefined);
  };
  const { server, add, dialed, errors } = await serving(t, { sum: sum as never }, { maxBytes: 100_000 });
  const honest = await dialed();
  const [near, distant] = duplexPair();
  server.accept(Object.assign(near, { remoteAddress: "192.0.2.1", remotePort: 700 }));
  distant.resume().write(pdu(11, binding));
  const count = 1_000;
  const words = [count, count, ...new Array<number>(count).fill(1)];
  for (let callId = 1; callId <= 60; callId++) distant.write(request(2, callId, words));
  await add();
  while (running === 0) await nextTurn();
  await add();
  assert.ok(running > 2 && running <= 25, `${running} operations run`);
  assert.equal(honest.destroyed, false);
  assert.deepEqual(errors, []);
});

test("a network of IPv6 counts as one address, and among equals an idle connection gives way", async (t) => {
  const server = new DceServer({ maxConnections: 3 }).implement(Sample_v1, {
    ...implementation(),
    nothing: () => new Promise(() => undefined),
  });
  t.after(() => server.destroy());
  const closed: string[] = [];
  const from = async (remoteAddress: string, ...pdus: Buffer[]): Promise<void> => {
    const [near, distant] = duplexPair();
    Object.assign(near, { remoteAddress, remotePort: 700 }).once("close", () => closed.push(remoteAddress));
    server.accept(near);
    for (const one of pdus) distant.write(one);
    for (let turn = 0; turn < 5; turn++) await nextTurn();
  };
  const gone = (): string[] => closed.splice(0);
  await from("192.0.2.1", pdu(11, binding), request(1, 1));
  await from("2001:db8::1");
  await from("2001:db8::2");
  await from("2001:db8::3");
  assert.deepEqual(gone(), ["2001:db8::1"], "the oldest of one network");
  await from("192.0.2.2");
  assert.deepEqual(gone(), ["2001:db8::2"]);
  await from("192.0.2.3");
  assert.deepEqual(gone(), ["2001:db8::3"], "of addresses with one each, the oldest of which no operation runs");
});

test("connections that come in one turn do not pass the limit", async () => {
  const server = new DceServer({ maxConnections: 3 });
  const ends = Array.from({ length: 20 }, () => duplexPair());
  let closed = 0;
  for (const [near] of ends) server.accept(near.once("close", () => closed++));
  for (let turn = 0; turn < 5; turn++) await nextTurn();
  assert.equal(closed, 17);
  server.destroy();
});

thoroughTest("a short message cannot be decoded to a value that takes all memory", () => {
  const count = 2_000_000;
  const bytes = new Uint8Array(4 + count);
  new DataView(bytes.buffer).setUint32(0, count, true);
  const element = { kind: "struct", name: "one", fields: [{ name: "x", type: { kind: "byte" } }] };
  assert.throws(
    () => decodeNdr({ kind: "array", element } as never, bytes),
    (error) => error instanceof NdrError && error.code === "NDR_LIMIT",
  );
});
