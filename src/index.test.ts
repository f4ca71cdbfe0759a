import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import test from "node:test";
import { startRpcbind } from "./binding/index.js";
import { authSys, channelOf, connect, createClient, type Program, register, Server } from "./index.js";
import { type AdderProcedures, adder, adderVersion, adding } from "./rpc/adder.test-support.js";
import { ping } from "./rpc/null.js";
import { MemoryNetwork, memoryPair } from "./transport/memory.js";

const callback: Program<AdderProcedures> = { ...adder, name: "CALLBACK_PROG", number: 0x23451115 };

/** Asks the caller to add, over the caller's own connection. */
function askingBack() {
  return adding({
    later: async (value: number, call: { peer: never }) => createClient(callback, call.peer).add({ a: value, b: 1 }),
  } as never);
}

function servingCallbacks(): Server {
  return new Server().implement(callback, adding());
}

test("host name, rpcbind, server, client: the everyday path", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  await using server = new Server().implement(adder, adding());
  await server.listen("tcp://127.0.0.1:0");
  await server.listen("udp://127.0.0.1:0");
  await register(server, { binder: rpcbind });
  for (const transport of ["tcp", "udp"] as const) {
    await using client = createClient(adder, "localhost", { rpcbind: rpcbind.url, transport, auth: authSys() });
    assert.equal(await client.add({ a: 1, b: 2 }), 3);
    await ping(channelOf(client), adder);
  }
});

test("a client without a program is refused, and the message says what a program is", () => {
  const refused = { name: "TypeError", message: /^program is undefined; give a program version that lupine gen made$/ };
  const missing = undefined as unknown as typeof adder;
  assert.throws(() => createClient(missing, "tcp://127.0.0.1:1"), refused);
  assert.throws(() => createClient("tcp://127.0.0.1:1" as never, "tcp://127.0.0.1:1"), /^TypeError: program is "tcp:/);
});

test("the server calls the client back on the same connection", async () => {
  await using server = new Server().implement(adder, askingBack());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createClient(adder, address, { callbacks: servingCallbacks() });
  assert.equal(await client.later(41), 42);
});

test("a client that closes serves the callbacks that its last calls wait for", async () => {
  await using server = new Server().implement(adder, askingBack());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const client = createClient(adder, address, { callbacks: servingCallbacks() });
  await client.nothing();
  const last = client.later(41);
  const closed = client[Symbol.asyncDispose]();
  assert.equal(await last, 42);
  await closed;
  assert.equal(await client.later(1).catch(({ code }) => code), "RPC_DISCONNECTED");
});

test("callbacks work on a connection that is handed in, too", async () => {
  await using server = new Server().implement(adder, askingBack());
  const [near, far] = memoryPair();
  server.accept(far);
  await using client = createClient(adder, near, { callbacks: servingCallbacks() });
  assert.equal(await client.later(41), 42);
});

test("a memory network has addresses of its own", async () => {
  const network = new MemoryNetwork();
  await using server = new Server().implement(adder, adding());
  await server.listen("memory:adder", { network });
  await using client = createClient(adder, "memory:adder", { connection: { network } });
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
});

test("a timeout that is no number of milliseconds is refused before anything is connected", async () => {
  // NaN is no number for the check of options, a TypeError; -1 is out of range.
  for (const [timeout, name] of [
    [-1, /^RangeError$/],
    [Number.NaN, /^(?:Type|Range)Error$/],
  ] as const) {
    const refusal = { name, message: /timeout is (?:-1|NaN); give / };
    assert.throws(() => createClient(adder, "tcp://127.0.0.1:1", { timeout }), refusal);
    await assert.rejects(connect("tcp://127.0.0.1:1", { timeout }), refusal);
    await using client = createClient(adder, "tcp://127.0.0.1:1");
    await assert.rejects(client.add({ a: 1, b: 2 }, { timeout }), refusal);
  }
});

test("many calls may share one signal", async (t) => {
  const warnings: string[] = [];
  const warn = (warning: Error): number => warnings.push(warning.message);
  process.on("warning", warn);
  t.after(() => process.off("warning", warn));
  await using server = new Server().implement(adder, adding());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createClient(adder, address);
  const controller = new AbortController();
  const { signal } = controller;
  // The first hundred wait for the connection, the second for their replies.
  for (let i = 0; i < 2; i++) {
    const sums = await Promise.all(Array.from({ length: 100 }, (_, a) => client.add({ a, b: 1 }, { signal })));
    assert.equal(sums[99], 100);
  }
  const cancelled = Array.from({ length: 20 }, () => client.later(1, { signal }).catch(({ code }) => code));
  controller.abort();
  assert.deepEqual(await Promise.all(cancelled), Array(20).fill("RPC_CANCELLED"));
  assert.deepEqual(warnings, []);
});

test("clients of several programs share one channel", async () => {
  await using server = new Server().implement(adder, adding()).implement(adderVersion(2), adding());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using channel = await connect(address);
  {
    await using one = createClient(adder, channel, { timeout: 30_000 });
    await using two = createClient(adderVersion(2), channel);
    assert.deepEqual(await Promise.all([one.add({ a: 1, b: 2 }), two.add({ a: 3, b: 4 })]), [3, 7]);
  }
  assert.equal(await createClient(adder, channel).add({ a: 5, b: 6 }), 11);
  assert.equal(server.connections, 1);
});

test("callbacks of a shared channel are given where it is made, and not to a client over it", async () => {
  await using server = new Server().implement(adder, askingBack());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const callbacks = servingCallbacks();
  await using channel = await connect(address, { callbacks });
  assert.throws(() => createClient(adder, channel, { callbacks }), TypeError);
  assert.equal(await createClient(adder, channel).later(41), 42);
});

test("connect fails at once where nobody listens", async () => {
  await assert.rejects(connect("tcp://127.0.0.1:9"), { code: "RPC_DISCONNECTED", mayHaveRun: false });
});

test("one server serves the callbacks of several clients, and outlives them", async () => {
  await using server = new Server().implement(adder, askingBack());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using callbacks = servingCallbacks();
  for (const start of [1, 41]) {
    await using client = createClient(adder, address, { callbacks });
    assert.equal(await client.later(start), start + 1);
  }
  await using other = createClient(adder, address, { callbacks });
  assert.equal(await other.later(9), 10);
});

test("a server for callbacks that is closed finishes the calls it has, refuses others, and leaves the client alone", async () => {
  await using server = new Server().implement(adder, askingBack());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const moment = new EventEmitter();
  const add = async ({ a, b }: { a: number; b: number }): Promise<number> => {
    moment.emit("called");
    await once(moment, "closing");
    return a + b;
  };
  const callbacks = new Server().implement(callback, adding({ add }));
  await using client = createClient(adder, address, { callbacks });
  const called = once(moment, "called");
  const asked = client.later(41);
  await called;
  const closed = callbacks.close();
  moment.emit("closing");
  assert.equal(await asked, 42);
  await closed;
  await assert.rejects(client.later(1), { code: "RPC_SYSTEM_ERR" });
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
});
