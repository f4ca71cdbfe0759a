import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createClient } from "../create-client.js";
import { adder } from "../rpc/adder.test-support.js";
import { openSessionLog } from "../session/log.js";
import { SESSION_VERS, session_stat as Stat, type session_reply } from "../session/session.gen.js";
import { until } from "../testing/waiting.test-support.js";
import type { Address } from "../transport/address.js";
import { Events, moduleOf } from "./events.test-support.js";
import { serve } from "./serve.js";
import type { ServeOptions } from "./serve-options.js";

const module = new URL("./sessions-server.test-support.js", import.meta.url);
const patient = { timeout: 60_000 };
const atOnce = { first: 0, factor: 1, most: 0, jitter: 0 };

/** A served module, the lines that its procedures have written, and clients, each with a connection of its own. */
async function serving(t: TestContext, options: ServeOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), "lupine-sessions-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [runs, release] = [join(folder, "runs"), join(folder, "release")];
  const { env, ...others } = options;
  const events = new Events();
  const start = (more: ServeOptions = {}) =>
    serve(module, {
      workers: 2,
      listen: ["tcp://127.0.0.1:0"],
      backoff: atOnce,
      onEvent: events.note,
      env: { RUNS: runs, RELEASE: release, ...env },
      ...others,
      ...more,
    });
  const lines = (): string[] => (existsSync(runs) ? readFileSync(runs, "utf8").split("\n").slice(0, -1) : []);
  return { folder, events, start, lines, release: () => writeFile(release, "") };
}

/** A CALL message of the adder. */
function message(xid: number, procedure: number, ...args: number[]): Uint8Array<ArrayBuffer> {
  const words = [xid, 0, 2, adder.number, 1, procedure, 0, 0, 0, 0, ...args];
  const bytes = new Uint8Array(words.length * 4);
  for (const [at, word] of words.entries()) new DataView(bytes.buffer).setUint32(at * 4, word);
  return bytes;
}

/** The result of a reply, which is one int. */
function resultOf(reply: session_reply): number {
  assert.equal(reply.status, Stat.SESSION_OK);
  return Buffer.from((reply as session_reply & { status: 0 }).message).readInt32BE(24);
}

/** Two clients of the session program, whose connections are with different workers, and a session. */
async function twoConnections(address: Address) {
  const [one, other] = [createClient(SESSION_VERS, address, patient), createClient(SESSION_VERS, address, patient)];
  const made = await one.create({ slots: 2 });
  assert.equal(made.status, Stat.SESSION_OK);
  const { grant } = made as typeof made & { status: 0 };
  assert.equal(await other.end(new Uint8Array(16)), Stat.SESSION_UNKNOWN);
  return { one, other, id: grant.id };
}

test("a call of a session that is repeated to another worker gets the same reply, and runs once", async (t) => {
  const { start, lines } = await serving(t);
  await using served = await start();
  const { one, other, id } = await twoConnections(served.addresses[0] as Address);
  const first = { id, slot: 0, sequence: 1, settled: 0, message: message(1, 1, 1, 2) };
  const reply = await one.call(first);
  assert.deepEqual(await other.call(first), reply);
  assert.deepEqual(lines(), ["add"]);
  const next = await other.call({ ...first, sequence: 2, settled: 1, message: message(2, 1, 1, 2) });
  const pids = [resultOf(reply), resultOf(next)].sort();
  assert.deepEqual(pids, served.workers.map(({ pid }) => pid).sort(), "each worker has run one of the calls");
  assert.equal((await one.call(first)).status, Stat.SESSION_MISORDERED);
  const changed = { ...first, sequence: 2, settled: 1, message: message(2, 1, 3, 4) };
  assert.equal((await one.call(changed)).status, Stat.SESSION_FALSE_RETRY);
  assert.deepEqual(lines(), ["add", "add"]);
  assert.equal(await one.end(id), Stat.SESSION_OK);
  assert.equal((await other.call(first)).status, Stat.SESSION_UNKNOWN);
  await one[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

test("a copy that reaches another worker while the call runs waits for its reply", async (t) => {
  const { start, lines, release } = await serving(t);
  await using served = await start();
  const { one, other, id } = await twoConnections(served.addresses[0] as Address);
  const args = { id, slot: 1, sequence: 1, settled: 0, message: message(7, 2, 5) };
  const reply = one.call(args);
  await until(
    () => lines().length === 1,
    () => "the call to run",
  );
  const copy = other.call(args);
  await release();
  assert.equal(resultOf(await reply), 5);
  assert.deepEqual(await copy, await reply);
  assert.deepEqual(lines(), ["later"]);
  await one[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

test("a call whose worker is killed is in doubt for its client and for the copies that wait, and does not run again", async (t) => {
  const { start, lines, events } = await serving(t);
  await using served = await start();
  const { one, other, id } = await twoConnections(served.addresses[0] as Address);
  const args = { id, slot: 0, sequence: 1, settled: 0, message: message(7, 4) };
  // Its connection is lost, and the client sends it again.
  assert.equal((await one.call(args)).status, Stat.SESSION_IN_DOUBT);
  assert.equal((await other.call(args)).status, Stat.SESSION_IN_DOUBT);
  assert.deepEqual(lines(), ["nothing"]);
  // The session and its other calls go on, also in the new worker.
  await events.until("ready", 3);
  const next = { ...args, sequence: 2, settled: 1, message: message(8, 1, 1, 2) };
  assert.equal(typeof resultOf(await one.call(next)), "number");

  await using client = createClient(adder, served.addresses[0] as Address, {
    ...patient,
    semantics: { nothing: "exactly-once" },
  });
  await assert.rejects(client.nothing(), { code: "RPC_IN_DOUBT", mayHaveRun: true });
  assert.deepEqual(lines(), ["nothing", "add", "nothing"]);
  await one[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

test("a reload under load keeps the sessions: each call runs once, and no client makes another session", async (t) => {
  const { start, lines, events } = await serving(t);
  await using served = await start({ listen: ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"] });
  const clients = served.addresses.map((address) =>
    createClient(adder, address, { ...patient, semantics: { add: "exactly-once" } }),
  );
  let isOver = false;
  let calls = 0;
  const loads = clients.flatMap((client) =>
    Array.from({ length: 4 }, async () => {
      while (!isOver) {
        await client.add({ a: 1, b: 2 });
        calls++;
      }
    }),
  );
  for (let reload = 1; reload <= 2; reload++) {
    await served.reload();
    await events.until("ended", 2 * reload);
  }
  isOver = true;
  await Promise.all(loads);
  assert.equal(lines().length, calls);
  const { statsOf } = await import("../client/stats.js");
  for (const client of clients) assert.equal(statsOf(client).sessions.made, 1);
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
});

test("a worker that is replaced finishes a call whose connection was lost, and its client gets the reply from another one", async (t) => {
  const { start, lines, events, release } = await serving(t);
  await using served = await start();
  const address = served.addresses[0] as Address & { port: number };
  const { one, other, id } = await twoConnections(address);
  const args = { id, slot: 0, sequence: 1, settled: 0, message: message(7, 2, 5) };
  const socket = connect(address.port, "127.0.0.1").on("error", () => undefined);
  const words = [0, 9, 0, 2, SESSION_VERS.number, 1, 2, 0, 0, 0, 0, ...new Array(4), 0, 1, 0, args.message.length];
  const call = Buffer.concat([Buffer.from(Uint32Array.from(words).buffer).swap32(), args.message]);
  call.writeUInt32BE(0x8000_0000 + call.length - 4);
  call.set(id, 44);
  socket.write(call);
  await until(
    () => lines().length === 1,
    () => "the call to run",
  );
  socket.resetAndDestroy();
  const reload = served.reload();
  await events.until("ended", 1);
  await release();
  await reload;
  await events.until("ended", 2);
  assert.equal(resultOf(await other.call(args)), 5);
  assert.deepEqual(lines(), ["later"]);
  await one[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

test("with a session log, transactions of all workers see one state, which survives the group", async (t) => {
  const { folder, start, lines } = await serving(t, { env: { TRANSACTIONAL: "1" } });
  const path = join(folder, "sessions.log");
  const log = await openSessionLog(path);
  const served = await start({ sessionLog: log });
  const options = { ...patient, semantics: { add: "exactly-once" } } as const;
  const clients = [1, 2].map(() => createClient(adder, served.addresses[0] as Address, options));
  const sums = await Promise.all(clients.flatMap((client) => [1, 2, 3, 4].map(() => client.add({ a: 10, b: 0 }))));
  assert.deepEqual(
    sums.sort((one, other) => one - other),
    [10, 20, 30, 40, 50, 60, 70, 80],
  );
  await served.reload();
  assert.equal(await clients[0]?.add({ a: 10, b: 0 }), 90);
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  await served.close();
  await log.close();
  assert.equal(lines().length, 9);

  const again = await openSessionLog(path);
  assert.equal(again.state.get("sum"), "90");
  {
    await using group = await start({ sessionLog: again });
    await using client = createClient(adder, group.addresses[0] as Address, options);
    assert.equal(await client.add({ a: 10, b: 0 }), 100);
  }
  await again.close();
});

test("workers refuse options of sessions that only the supervisor can have, with what to write", async () => {
  const file = new URL("../session/serve.js", import.meta.url);
  const wrong = moduleOf(
    `import { serveSessions } from ${JSON.stringify(file)};`,
    "export default (server) => serveSessions(server, { log: {} });",
  );
  await assert.rejects(serve(wrong, { workers: 1 }), {
    code: "PROCESSES_NOT_READY",
    message: /give `serve` the option sessionLog: await openSessionLog\(path\)/,
  });
  const database = { commits: true } as unknown as ServeOptions["sessionLog"];
  await assert.rejects(serve(module, { workers: 1, ...(database && { sessionLog: database }) }), {
    name: "TypeError",
    message: /options\.sessionLog/,
  });
});
