import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { thoroughTest } from "../testing/count-of.test-support.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { Connection, Listener } from "./connection.js";
import type { TransportError } from "./errors.js";
import { defaultClientHighWaterMark } from "./output.js";
import { connectTcp } from "./tcp.js";
import { listenTcp, type TcpListenOptions } from "./tcp-listener.js";

const word = (out: XdrWriter, value: number): void => out.writeWord(value);
const raw = (out: XdrWriter, value: Uint8Array): void => out.writeBytes(value);
const opaque = (out: XdrWriter, value: Uint8Array): void => out.writeFixedOpaque(value);

interface End {
  readonly connection: Connection;
  readonly messages: Buffer[];
  drained: number;
  readonly closed: Promise<TransportError | undefined>;
}

function watch(connection: Connection, onMessage?: (bytes: Buffer) => void): End {
  let tellClosed: (error?: TransportError) => void = () => {};
  const closed = new Promise<TransportError | undefined>((resolve) => {
    tellClosed = resolve;
  });
  const end: End = { connection, messages: [], drained: 0, closed };
  connection.open({
    message: (bytes, start, stop) => {
      const copy = Buffer.from(bytes.slice(start, stop));
      end.messages.push(copy);
      onMessage?.(copy);
    },
    drained: () => end.drained++,
    closed: (error) => tellClosed(error),
  });
  return end;
}

interface Served {
  readonly listener: Listener;
  readonly port: number;
  readonly next: () => Promise<Connection>;
}

async function serve(t: TestContext, options: Partial<TcpListenOptions> = {}): Promise<Served> {
  const waiting: Connection[] = [];
  const all: Connection[] = [];
  const accept = (connection: Connection): void => {
    waiting.push(connection);
    all.push(connection);
  };
  const listener = await listenTcp(accept, { host: "127.0.0.1", port: 0, ...options });
  t.after(async () => {
    for (const connection of all) connection.destroy();
    await listener.close();
  });
  const next = async (): Promise<Connection> => {
    while (waiting.length === 0) await sleep(1);
    return waiting.shift() as Connection;
  };
  assert.ok(listener.address.kind === "tcp");
  return { listener, port: listener.address.port, next };
}

async function rawClient(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

async function pair(t: TestContext, options: Partial<TcpListenOptions> = {}): Promise<[Connection, Connection]> {
  const served = await serve(t, options);
  const client = await connectTcp({ ...options, host: options.host ?? "127.0.0.1", port: served.port });
  t.after(() => client.destroy());
  return [client, await served.next()];
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2500; i++) {
    if (condition()) return;
    await sleep(2);
  }
  assert.fail(`never came true: ${what}`);
}

function record(bytes: Uint8Array, last = true): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE((bytes.length | (last ? 0x8000_0000 : 0)) >>> 0);
  return Buffer.concat([header, bytes]);
}

for (const reuseReadBuffer of [true, false]) {
  const how = reuseReadBuffer ? "with the reused read buffer" : "with data events";

  test(`records go both ways, short and long, ${how}`, async (t) => {
    const [client, server] = await pair(t, { reuseReadBuffer });
    const far = watch(server, (bytes) => server.send(opaque, bytes));
    const near = watch(client);
    const sent = [4, 65_536, 0, 70_000, 1_048_576, 3_000_000, 20_000, 8].map((size, i) => Buffer.alloc(size, i + 1));
    for (const bytes of sent) client.send(opaque, bytes);
    await until("all came back", () => near.messages.length === sent.length);
    assert.ok(sent.every((bytes, i) => bytes.equals(near.messages[i] as Buffer)));
    assert.ok(sent.every((bytes, i) => bytes.equals(far.messages[i] as Buffer)));
  });

  test(`a record that comes a byte at a time arrives, ${how}`, async (t) => {
    const served = await serve(t, { reuseReadBuffer });
    const socket = await rawClient(t, served.port);
    const end = watch(await served.next());
    for (const byte of Buffer.concat([record(Buffer.from("ab"), false), record(Buffer.from("cd"))])) {
      socket.write(Buffer.of(byte));
      await sleep(1);
    }
    await until("the record", () => end.messages.length === 1);
    assert.equal(end.messages[0]?.toString(), "abcd");
  });

  test(`pausing inside a message holds back the rest of the chunk, ${how}`, async (t) => {
    const served = await serve(t, { reuseReadBuffer });
    const socket = await rawClient(t, served.port);
    const connection = await served.next();
    const end = watch(connection, () => connection.pause());
    socket.write(Buffer.concat([1, 2, 3].map((byte) => record(Buffer.of(byte)))));
    for (const count of [1, 2, 3]) {
      await until(`${count} records`, () => end.messages.length >= count);
      await sleep(10);
      assert.equal(end.messages.length, count);
      connection.resume();
    }
  });
}

for (const [reuseReadBuffer, count] of [
  [true, 1],
  [false, 5],
] as const) {
  test(`five reads lend ${count} buffer(s) when reuseReadBuffer is ${reuseReadBuffer}`, async (t) => {
    const served = await serve(t, { reuseReadBuffer });
    const socket = await rawClient(t, served.port);
    const lent = new Set<Uint8Array>();
    let messages = 0;
    const message = (bytes: Uint8Array): void => {
      lent.add(bytes);
      messages++;
    };
    (await served.next()).open({ message, drained() {}, closed() {} });
    for (let i = 1; i <= 5; i++) {
      socket.write(record(Buffer.of(i)));
      await until(`message ${i}`, () => messages === i);
    }
    assert.equal(lent.size, count);
  });
}

test("an accepted connection that is opened late has missed nothing", async (t) => {
  const [client, server] = await pair(t);
  client.send(word, 5);
  await sleep(20);
  const end = watch(server);
  await until("the record", () => end.messages.length === 1);
});

test("IPv6 works and is netid tcp6; localhost connects to either", async (t) => {
  const [client, server] = await pair(t, { host: "::1" });
  assert.equal(client.info.netid, "tcp6");
  assert.equal(server.info.netid, "tcp6");
  const served = await serve(t);
  const named = await connectTcp({ host: "localhost", port: served.port });
  const end = watch(await served.next());
  named.send(word, 1);
  await until("the record", () => end.messages.length === 1);
  named.destroy();
});

test("an IPv4 peer of a dual-stack listener has its IPv4 address and netid tcp", async (t) => {
  const served = await serve(t, { host: "::" });
  const client = await connectTcp({ host: "127.0.0.1", port: served.port });
  t.after(() => client.destroy());
  const { info } = await served.next();
  assert.deepEqual([info.netid, info.remote.kind === "tcp" && info.remote.host], ["tcp", "127.0.0.1"]);
});

test("all messages of one turn leave in one write", async (t) => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const client = await connectTcp({ host: "127.0.0.1", port: (server.address() as { port: number }).port });
  const [socket] = await accepted;
  const chunks: number[] = [];
  socket.on("data", (chunk) => chunks.push(chunk.length));
  for (let i = 0; i < 100; i++) client.send(word, i);
  await until("800 bytes", () => chunks.reduce((sum, size) => sum + size, 0) === 800);
  assert.deepEqual(chunks, [800]);
  client.destroy();
  socket.destroy();
});

test("outgoing records can be cut into fragments, which the peer joins again", async (t) => {
  const [client, server] = await pair(t, { fragmentSize: 396 });
  const end = watch(server);
  const sent = [3960, 395, 396, 397, 40_000].map((size) => Buffer.alloc(size, size & 0xff));
  for (const bytes of sent) client.send(raw, bytes);
  await until("all records", () => end.messages.length === sent.length);
  assert.deepEqual(end.messages, sent);
});

test("a peer that does not read makes send return false; drained follows when it reads", async (t) => {
  const [client, server] = await pair(t, { highWaterMark: 256 * 1024 });
  const near = watch(client);
  server.pause();
  const far = watch(server);
  const piece = Buffer.alloc(32 * 1024, 1);
  let sent = 0;
  for (let ready = true; ready; await sleep(0)) {
    ready = client.send(raw, piece);
    sent++;
    assert.ok(sent < 2000, "send never returned false");
  }
  assert.equal(near.drained, 0);
  await sleep(20);
  assert.equal(far.messages.length, 0);
  server.resume();
  await until("everything", () => far.messages.length === sent);
  await until("drained", () => near.drained === 1);
});

test("a spliced opaque between short records arrives in its place, and a failed message leaves it there", async (t) => {
  const [client, server] = await pair(t);
  const end = watch(server);
  const large = Buffer.alloc(100_000, 7);
  client.send(word, 1);
  client.send(opaque, large);
  const fail = (out: XdrWriter): void => {
    out.writeFixedOpaque(large);
    throw new RangeError("no");
  };
  assert.throws(() => client.send(fail, 0), RangeError);
  client.send(word, 2);
  await until("three records", () => end.messages.length === 3);
  assert.deepEqual(
    end.messages.map((bytes) => bytes.length),
    [4, 100_000, 4],
  );
  assert.ok(end.messages[1]?.equals(large));
});

test("a message over maxMessage is refused, with splices counted, and the connection goes on", async (t) => {
  const [client, server] = await pair(t, { maxMessage: 50_000 });
  const end = watch(server);
  assert.throws(() => client.send(opaque, Buffer.alloc(50_004)), { code: "TRANSPORT_MESSAGE_TOO_LONG" });
  client.send(opaque, Buffer.alloc(50_000));
  await until("the other record", () => end.messages.length === 1);
});

test("close sends what is queued, then both ends are closed in good order", async (t) => {
  const [client, server] = await pair(t);
  const [near, far] = [watch(client), watch(server)];
  const sent = Array.from({ length: 40 }, (_, i) => Buffer.alloc(100_000, i));
  for (const bytes of sent) client.send(opaque, bytes);
  await client.close();
  assert.equal(await near.closed, undefined);
  assert.equal(await far.closed, undefined);
  assert.equal(far.messages.length, 40);
  assert.throws(() => client.send(word, 1), { code: "TRANSPORT_CLOSED" });
  await client.close();
});

test("a client that ends its side still gets the replies under way, then the end", async (t) => {
  const served = await serve(t);
  const socket = connect({ port: served.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(record(Buffer.from("call")));
  const connection = await served.next();
  const end = watch(connection, (bytes) => setTimeout(() => connection.send(raw, bytes), 30));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  assert.deepEqual(Buffer.concat(chunks), record(Buffer.from("call")));
  assert.equal(await end.closed, undefined);
});

test("a peer that ends within a record, or resets, closes the connection with an error", async (t) => {
  const served = await serve(t);
  const ending = await rawClient(t, served.port);
  const first = watch(await served.next());
  ending.end(record(Buffer.alloc(100)).subarray(0, 50));
  assert.equal((await first.closed)?.code, "TRANSPORT_RESET");
  const resetting = await rawClient(t, served.port);
  const second = watch(await served.next());
  resetting.write(record(Buffer.alloc(100)).subarray(0, 50));
  await sleep(10);
  resetting.resetAndDestroy();
  assert.equal((await second.closed)?.code, "TRANSPORT_RESET");
});

test("what a receiver throws destroys its connection alone, and is the cause", async (t) => {
  const served = await serve(t);
  const [one, two] = [await rawClient(t, served.port), await rawClient(t, served.port)];
  const cause = new Error("bug");
  const bad = watch(await served.next(), () => {
    throw cause;
  });
  const good = watch(await served.next());
  one.write(record(Buffer.alloc(4)));
  assert.equal((await bad.closed)?.cause, cause);
  one.destroy();
  two.write(record(Buffer.alloc(4)));
  await until("the other", () => good.messages.length === 1);
});

test("connecting to a port where nothing listens fails and says so", async (t) => {
  const served = await serve(t);
  await served.listener.close();
  const connecting = connectTcp({ host: "127.0.0.1", port: served.port });
  await assert.rejects(connecting, { code: "TRANSPORT_CONNECT_FAILED", message: /nothing listens there/ });
});

/** A port whose listener never accepts, with its queue full: the system drops further attempts. */
async function silentPort(t: TestContext): Promise<number> {
  const script = `
    const { parentPort } = require("node:worker_threads");
    const server = require("node:net").createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const worker = new Worker(script, { eval: true });
  t.after(() => worker.terminate());
  const [port] = (await once(worker, "message")) as [number];
  let connected = 0;
  const fillers = Array.from({ length: 4 }, () => {
    return connect({ port, host: "127.0.0.1" }, () => connected++).on("error", () => {});
  });
  t.after(() => fillers.forEach((socket) => void socket.destroy()));
  // The system connects one more than the backlog.
  await until("a full queue", () => connected === 2);
  return port;
}

test("connecting gives up at its deadline and at its signal", async (t) => {
  const port = await silentPort(t);
  const hurried = connectTcp({ host: "127.0.0.1", port, timeout: 30 });
  await assert.rejects(hurried, { code: "TRANSPORT_TIMEOUT", message: /within 30 ms/ });
  const changed = new AbortController();
  const dialling = connectTcp({ host: "127.0.0.1", port, signal: changed.signal });
  const reason = new Error("changed my mind");
  setTimeout(() => changed.abort(reason), 10);
  await assert.rejects(dialling, { code: "TRANSPORT_CONNECT_FAILED", message: /aborted/, cause: reason });
  const early = connectTcp({ host: "127.0.0.1", port, signal: AbortSignal.abort() });
  await assert.rejects(early, { code: "TRANSPORT_CONNECT_FAILED" });
});

/** How many connections of a listening port wait to be accepted. */
function waitingAt(port: number): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const listening = lines.find(([, local, , state]) => local?.endsWith(suffix) && state === "0A");
  return Number.parseInt(listening?.[4]?.split(":")[1] ?? "", 16);
}

test("600 clients that connect in one turn of the event loop find room in the queue of the listener", async (t) => {
  const most = Number(await readFile("/proc/sys/net/core/somaxconn", "utf8").catch(() => "0"));
  if (most < 600) return t.skip(`the system lets at most ${most} connections wait`);
  const { port } = await serve(t);
  const clients = Array.from({ length: 600 }, () => connect({ port, host: "127.0.0.1" }).on("error", () => {}));
  // They connect at the next tick, and nothing is accepted before the turn has ended.
  const waiting = await new Promise<number>((resolve) => process.nextTick(() => resolve(waitingAt(port))));
  for (const client of clients) client.destroy();
  assert.equal(waiting, 600);
});

test("a taken port is refused with advice", async (t) => {
  const served = await serve(t);
  const again = listenTcp(() => {}, { host: "127.0.0.1", port: served.port });
  await assert.rejects(again, { code: "TRANSPORT_LISTEN_FAILED", message: /in use/ });
});

test("closing a listener frees its address and leaves its connections open", async (t) => {
  const served = await serve(t);
  const client = await connectTcp({ host: "127.0.0.1", port: served.port });
  t.after(() => client.destroy());
  const end = watch(await served.next());
  await served.listener.close();
  const second = await listenTcp(() => {}, { host: "127.0.0.1", port: served.port });
  await second.close();
  client.send(word, 1);
  await until("the record", () => end.messages.length === 1);
});

const isRoot = process.getuid?.() === 0;

test("a reserved source port is below 1024", { skip: !isRoot && "needs root" }, async (t) => {
  const served = await serve(t);
  const client = await connectTcp({ host: "127.0.0.1", port: served.port, reservedPort: true });
  t.after(() => client.destroy());
  const { remote } = (await served.next()).info;
  assert.ok(remote.kind === "tcp" && remote.port >= 600 && remote.port < 1024);
});

test("a port that is none fails the connecting and the listening", async () => {
  await assert.rejects(connectTcp({ host: "127.0.0.1", port: 70_000 }), { code: "TRANSPORT_CONNECT_FAILED" });
  await assert.rejects(
    listenTcp(() => {}, { host: "127.0.0.1", port: 70_000 }),
    { code: "TRANSPORT_LISTEN_FAILED" },
  );
});

test("pausing and resuming before open loses nothing", async (t) => {
  const [client, server] = await pair(t);
  client.send(word, 1);
  server.pause();
  server.resume();
  await sleep(5);
  const end = watch(server);
  await until("the record", () => end.messages.length === 1);
});

thoroughTest(
  "a client's connection refuses more once 128 MiB wait for a server that does not read, and tells when they do not",
  async (t) => {
    const served = await serve(t, { limits: { record: 2 ** 24 } });
    const client = await connectTcp({ host: "127.0.0.1", port: served.port });
    t.after(() => client.destroy());
    const server = await served.next();
    const drained = new Promise<void>((resolve) => client.open({ message() {}, drained: resolve, closed() {} }));
    const mebibyte = new Uint8Array(2 ** 20);
    let sent = 1;
    while (client.send((out) => out.writeOpaque(mebibyte, mebibyte.length), undefined)) sent++;
    assert.ok(sent * 2 ** 20 >= defaultClientHighWaterMark && sent < 200, `${sent} MiB`);
    server.open({ message() {}, drained() {}, closed() {} });
    await drained;
  },
);
