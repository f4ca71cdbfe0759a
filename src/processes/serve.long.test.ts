import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectSocket, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startRpcbind } from "../binding/index.js";
import { createClient } from "../create-client.js";
import { adder } from "../rpc/adder.test-support.js";
import { ending, until } from "../testing/waiting.test-support.js";
import { type Address, formatAddress } from "../transport/address.js";
import { Events, moduleOf } from "./events.test-support.js";
import { serve } from "./serve.js";

const module = new URL("./adder-server.test-support.js", import.meta.url);
const atOnce = { first: 0, factor: 1, most: 0, jitter: 0 };
const patient = { timeout: 60_000 };

/** A folder for a test, and the environment that tells the workers of it. */
async function folderOf(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "lupine-serve-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [runs, release] = [join(folder, "runs"), join(folder, "release")];
  const lines = (): string[] => (existsSync(runs) ? readFileSync(runs, "utf8").split("\n").slice(0, -1) : []);
  return { folder, lines, env: { RUNS: runs, RELEASE: release }, release: () => writeFile(release, "") };
}

/** Who answers over `count` connections that are open at once. */
async function answeringOver(address: Address | string, count: number): Promise<number[]> {
  const clients = Array.from({ length: count }, () => createClient(adder, address, patient));
  const pids = await Promise.all(clients.map((client) => client.add({ a: 1, b: 2 })));
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  return pids as number[];
}

test("connections over TCP and Unix sockets are spread evenly: each of two workers has three of six", async (t) => {
  const { folder } = await folderOf(t);
  await using served = await serve(module, {
    workers: 2,
    listen: ["tcp://127.0.0.1:0", `unix:${join(folder, "socket")}`],
  });
  const [one, two] = served.workers.map(({ pid }) => pid) as [number, number];
  for (const address of served.addresses) {
    const pids = await answeringOver(address, 6);
    assert.equal(pids.filter((pid) => pid === one).length, 3, formatAddress(address));
    assert.equal(pids.filter((pid) => pid === two).length, 3, formatAddress(address));
    // The connections have ended, which the workers report.
    await until(
      () => served.workers.every(({ connections }) => connections === 0),
      () => "the end of the connections",
    );
  }
  assert.deepEqual(served.programs, [{ name: "ADD_PROG", number: 0x23451111, version: 1 }]);
});

test("UDP and TCP get one port, and datagrams are answered by workers", async () => {
  await using served = await serve(module, { workers: 2, listen: ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"] });
  const [tcp, udp] = served.addresses as [Address & { port: number }, Address & { port: number }];
  assert.equal(tcp.port, udp.port);
  const pids = new Set(served.workers.map(({ pid }) => pid));
  for (const pid of await answeringOver(udp, 20)) assert.ok(pids.has(pid));
});

/** The call `add({ a: 1, b: 2 })` or another procedure without arguments, as a datagram. */
function callMessage(xid: number, procedure: number, ...args: number[]): Buffer {
  const words = [xid, 0, 2, adder.number, adder.version, procedure, 0, 0, 0, 0, ...args];
  const bytes = Buffer.alloc(words.length * 4);
  for (const [at, word] of words.entries()) bytes.writeUInt32BE(word, at * 4);
  return bytes;
}

test("a call that is repeated over UDP runs once, whichever workers its copies reach", async (t) => {
  const { env, lines } = await folderOf(t);
  await using served = await serve(module, { workers: 3, listen: ["udp://127.0.0.1:0"], env });
  const { port } = served.addresses[0] as { port: number };
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const replies: string[] = [];
  socket.on("message", (reply) => replies.push(reply.toString("hex")));
  const calls = 20;
  const copies = 15;
  for (let copy = 0; copy < copies; copy++) {
    for (let xid = 1; xid <= calls; xid++) socket.send(callMessage(xid, 1, 1, 2), port, "127.0.0.1");
  }
  await until(
    () => new Set(replies).size === calls,
    () => `a reply to each of ${calls} calls`,
  );
  // A new worker knows them, too. A worker that leaves may drop a datagram, so the call is sent again, as clients do.
  await served.reload();
  const answered = new Set<number>();
  socket.on("message", (reply) => answered.add(reply.readUInt32BE(0)));
  let looks = 0;
  const sendAgain = (): void => {
    if (looks++ % 100 > 0) return;
    for (let xid = 1; xid <= calls; xid++) {
      if (!answered.has(xid)) socket.send(callMessage(xid, 1, 1, 2), port, "127.0.0.1");
    }
  };
  await until(
    () => {
      sendAgain();
      return answered.size === calls;
    },
    () => "replies of the new workers",
  );
  assert.equal(new Set(replies).size, calls);
  assert.equal(lines().length, calls);
});

test("a call whose worker died does not run again: its copies get SYSTEM_ERR", async (t) => {
  const { env, lines } = await folderOf(t);
  const events = new Events();
  await using served = await serve(module, {
    workers: 1,
    listen: ["udp://127.0.0.1:0"],
    env,
    backoff: atOnce,
    onEvent: events.note,
  });
  const { port } = served.addresses[0] as { port: number };
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  socket.send(callMessage(7, 4), port, "127.0.0.1");
  await events.until("ready", 2);
  const reply = once(socket, "message");
  socket.send(callMessage(7, 4), port, "127.0.0.1");
  const [bytes] = (await reply) as [Buffer];
  // Accepted, no verifier, SYSTEM_ERR.
  assert.equal(bytes.toString("hex"), "00000007" + "00000001" + "00000000" + "0000000000000000" + "00000005");
  assert.deepEqual(lines(), ["nothing"]);
});

/** A connection from a port of 127.0.0.1: 0 takes a free one. */
async function connectFrom(localPort: number, port: number): Promise<Socket> {
  const socket = connectSocket({ host: "127.0.0.1", port, localAddress: "127.0.0.1", localPort });
  await once(socket, "connect");
  return socket;
}

/** Sends `add({ a: 1, b: 2 })` with this xid. @returns the reply, with its record mark. */
async function replyOver(socket: Socket, xid: number): Promise<Buffer> {
  const message = callMessage(xid, 1, 1, 2);
  socket.write(Buffer.concat([Buffer.from([0x80, 0, 0, message.length]), message]));
  let reply = Buffer.alloc(0);
  while (reply.length < 32) reply = Buffer.concat([reply, (await once(socket, "data"))[0] as Buffer]);
  return reply;
}

test("with a reply cache for streams, a copy of a call over a new connection to another worker does not run again", async (t) => {
  const { env, lines } = await folderOf(t);
  await using served = await serve(module, { workers: 2, listen: ["tcp://127.0.0.1:0"], replyCache: {}, env });
  const { port } = served.addresses[0] as { port: number };
  const first = await connectFrom(0, port);
  const own = first.localPort as number;
  const reply = await replyOver(first, 7);
  // The first connection counts for its worker, so the second one and the copies reach both.
  const other = await connectFrom(0, port);
  const pidOf = (bytes: Buffer): number => bytes.readInt32BE(28);
  assert.notEqual(pidOf(await replyOver(other, 8)), pidOf(reply));
  let from = first;
  for (let copy = 0; copy < 3; copy++) {
    from.resetAndDestroy();
    await once(from, "close");
    from = await connectFrom(own, port);
    assert.deepEqual(await replyOver(from, 7), reply);
  }
  from.destroy();
  other.destroy();
  assert.deepEqual(lines(), ["add", "add"]);
});

test("reload moves open connections to the new workers: no call fails, and no client connects again", async () => {
  const events = new Events();
  await using served = await serve(module, { workers: 2, listen: ["tcp://127.0.0.1:0"], onEvent: events.note });
  const [address] = served.addresses as [Address];
  const clients = Array.from({ length: 4 }, () => createClient(adder, address, patient));
  const before = served.workers.map(({ pid }) => pid);
  let isOver = false;
  let calls = 0;
  const loads = clients.flatMap((client) =>
    Array.from({ length: 8 }, async () => {
      while (!isOver) {
        await client.add({ a: 1, b: 2 });
        calls++;
      }
    }),
  );
  for (let reload = 1; reload <= 3; reload++) {
    await served.reload();
    await events.until("ended", 2 * reload);
  }
  isOver = true;
  await Promise.all(loads);
  assert.ok(calls > 0);
  const last = await client1(clients).add({ a: 1, b: 2 });
  assert.ok(!before.includes(last as number));
  for (const one of events.all) if (one.kind === "ended") assert.deepEqual([one.expected, one.code], [true, 0]);
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
});

function client1<T>(clients: readonly T[]): T {
  return clients[0] as T;
}

test("a call that runs when its worker is replaced is answered over the same connection, by the old worker", async (t) => {
  const { env, lines, release } = await folderOf(t);
  const events = new Events();
  await using served = await serve(module, { workers: 1, listen: ["tcp://127.0.0.1:0"], env, onEvent: events.note });
  await using client = createClient(adder, served.addresses[0] as Address, patient);
  const late = client.later(5);
  await until(
    () => lines().includes("later"),
    () => "the call to run",
  );
  await served.reload();
  // The connection is read no more until it has moved: this call waits in it.
  const next = client.add({ a: 1, b: 2 });
  await release();
  assert.equal(await late, 5);
  const newest = await events.until("ready", 2);
  assert.equal(await next, newest.worker.pid);
});

test("a connection moves in the middle of a record, with the bytes that have come", async () => {
  const events = new Events();
  await using served = await serve(module, { workers: 1, listen: ["tcp://127.0.0.1:0"], onEvent: events.note });
  const { port } = served.addresses[0] as { port: number };
  const socket = connectSocket(port, "127.0.0.1");
  const message = callMessage(9, 1, 1, 2);
  const record = Buffer.concat([Buffer.from([0x80, 0, 0, message.length]), message]);
  const reply = (async () => {
    let bytes = Buffer.alloc(0);
    for await (const chunk of socket) {
      bytes = Buffer.concat([bytes, chunk as Buffer]);
      if (bytes.length >= 64) return bytes;
    }
    return bytes;
  })();
  // A whole call and a part of the next: the reply shows that the worker has read it.
  socket.write(Buffer.concat([record, record.subarray(0, 21)]));
  await once(socket, "readable").catch(() => undefined);
  await served.reload();
  await events.until("replaced");
  socket.write(Buffer.concat([record.subarray(21)]));
  const bytes = await ending(reply, "both replies");
  const pids = [28, 60].map((at) => bytes.readInt32BE(at));
  const [first, second] = events.all.filter(({ kind }) => kind === "ready").map(({ worker }) => worker.pid);
  assert.deepEqual(pids, [first, second]);
});

test("clients that are given the group call its workers directly, the least busy first, also through a reload", async () => {
  for (const kind of ["process", "thread"] as const) {
    await using served = await serve(module, { workers: 2, kind });
    await using client = createClient(adder, served, patient);
    const load = Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let i = 0; i < 20; i++) await client.add({ a: 1, b: 2 });
      }),
    );
    await served.reload();
    await load;
    await client.add({ a: 1, b: 2 });
  }
});

test("a module without a default function, an address that cannot be shared, and wrong options are refused", async () => {
  await assert.rejects(serve(moduleOf("export const nothing = 1;"), { workers: 1 }), {
    code: "PROCESSES_NOT_READY",
    message: /no function as its default export: write `export default \(server\)/,
  });
  await assert.rejects(serve(module, { listen: ["memory:x"] }), { code: "TRANSPORT_BAD_ADDRESS", message: /memory:x/ });
  await assert.rejects(serve(module, { wokers: 2 } as object), {
    name: "TypeError",
    message: /options\.wokers is not an option; did you mean workers/,
  });
  await assert.rejects(serve(module, { workers: 1, kind: "thread", listen: ["tcp://127.0.0.1:0"] }), TypeError);
});

test("an address that is in use is refused, and nothing stays open", async () => {
  await using served = await serve(module, { workers: 1, listen: ["tcp://127.0.0.1:0"] });
  const taken = formatAddress(served.addresses[0] as Address);
  await assert.rejects(serve(module, { workers: 1, listen: ["tcp://127.0.0.1:0", taken] }), {
    code: "TRANSPORT_LISTEN_FAILED",
    message: /the address is in use.*EADDRINUSE/,
  });
  for (const [address, reason] of [
    ["unix:/no/such/folder/add.sock", "the folder /no/such/folder does not exist"],
    [`unix:${tmpdir()}`, "that is a folder"],
    ["tcp://192.0.2.1:0", "this machine does not have that address"],
    ["udp://192.0.2.1:0", "this machine does not have that address"],
  ] as const)
    await assert.rejects(serve(module, { workers: 1, listen: [address] }), {
      code: "TRANSPORT_LISTEN_FAILED",
      message: new RegExp(`^cannot listen on ${address}: ${reason}`),
    });
});

test("the programs are registered once for all workers, through a reload, and no more after close", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const registered = () => rpcbind.table.all().filter(({ program }) => program === adder.number);
  const served = await serve(module, {
    workers: 2,
    listen: ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"],
    register: { binder: rpcbind.url },
  });
  const before = registered();
  assert.deepEqual(before.map(({ netid }) => netid).sort(), ["tcp", "udp"]);
  await served.reload();
  assert.deepEqual(registered(), before);
  await using client = createClient(adder, "127.0.0.1", { ...patient, rpcbind: rpcbind.url });
  assert.equal(typeof (await client.add({ a: 1, b: 2 })), "number");
  await served.close();
  assert.deepEqual(registered(), []);
});
