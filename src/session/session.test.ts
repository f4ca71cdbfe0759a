import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import { createClientWith } from "../client/create-client.js";
import type { ClientOptions } from "../client/options.js";
import { statsOf } from "../client/stats.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import type { IncomingCall } from "../rpc/call.js";
import { Server } from "../server/server.js";
import { FakeClock, MemoryNetwork } from "../testing/index.js";
import { until } from "../testing/waiting.test-support.js";
import { serveSessions } from "./index.js";
import type { KeptSessions } from "./kept.js";
import { SESSION_VERS, session_stat as Stat } from "./session.gen.js";
import { Gate, ledgerWith, wiring } from "./sessions.test-support.js";

const pair = { a: 1, b: 2 };

async function adderServer(limits = {}, changes = {}) {
  const network = new MemoryNetwork();
  const server = new Server({ onError: () => undefined }).implement(adder, adding(changes));
  const sessions = serveSessions(server, limits);
  await server.listen("memory:add", { network });
  const clientOf = (options: ClientOptions<typeof adder.procedures> = {}) =>
    createClientWith(wiring, adder, "memory:add", {
      semantics: { add: "exactly-once" },
      connection: { network },
      ...options,
    } as ClientOptions);
  const raw = createClientWith({}, SESSION_VERS, "memory:add", { connection: { network } });
  return { server, sessions, clientOf, raw, network };
}

/** A CALL message of the adder, with AUTH_NONE. */
function addMessage(xid: number, a: number): Uint8Array<ArrayBuffer> {
  const words = [xid, 0, 2, adder.number, 1, 1, 0, 0, 0, 0, a, 0];
  const bytes = new Uint8Array(words.length * 4);
  for (const [at, word] of words.entries()) new DataView(bytes.buffer).setUint32(at * 4, word);
  return bytes;
}

test("a call in a session reaches the procedure with its arguments, identity and address, and its result comes back", async () => {
  const seen: unknown[] = [];
  const add = ({ a, b }: { a: number; b: number }, call: { remote: unknown; identity: { flavor: number } }) => {
    seen.push(call.remote, call.identity.flavor);
    return a + b;
  };
  const { server, sessions, clientOf } = await adderServer({}, { add });
  await using client = clientOf();
  assert.equal(await client.add(pair), 3);
  assert.deepEqual(seen, [{ kind: "memory", name: "add" }, 0]);
  assert.deepEqual([sessions.size, sessions.stats.runs], [1, 1]);
  await server.close();
});

test("closing the client ends its session", async () => {
  const { server, sessions, clientOf } = await adderServer();
  {
    await using client = clientOf();
    await client.add(pair);
    assert.equal(sessions.size, 1);
  }
  assert.deepEqual([sessions.size, sessions.bytes], [0, 0]);
  await server.close();
});

test("errors of the procedure come back as they do without a session, and again for a copy", async () => {
  const { server, clientOf } = await adderServer({}, { add: () => Promise.reject(new Error("broken")) });
  await using client = clientOf();
  await assert.rejects(client.add(pair), { code: "RPC_SYSTEM_ERR", mayHaveRun: true });
  await server.close();
});

test("more calls than slots wait for a slot, and all are answered", async () => {
  const { server, sessions, clientOf } = await adderServer({ slots: 2 });
  await using client = clientOf();
  const sums = await Promise.all(Array.from({ length: 50 }, (_, a) => client.add({ a, b: 1 })));
  assert.deepEqual(
    sums,
    Array.from({ length: 50 }, (_, a) => a + 1),
  );
  assert.equal(sessions.stats.runs, 50);
  await server.close();
});

test("sessions, their copies and refusals are counted at both ends and published", async () => {
  const seen: string[] = [];
  const listen = (side: string) => (event: unknown) => void seen.push(`${side} ${(event as { kind: string }).kind}`);
  const listeners = [
    ["lupine:client:session", listen("client")],
    ["lupine:server:session", listen("server")],
  ] as const;
  for (const [name, listener] of listeners) subscribe(name, listener);
  const { server, sessions, clientOf } = await adderServer({ sessions: 1 });
  {
    await using client = clientOf();
    await client.add(pair);
    await using other = clientOf();
    await assert.rejects(other.add(pair), { code: "RPC_SESSION_REFUSED" });
    const { sessions: counts, connections, calls } = statsOf(client);
    assert.deepEqual(counts, { made: 1, copies: 0, inDoubt: 0, refused: 0 });
    assert.deepEqual([connections, calls], [1, 2]);
    assert.equal(statsOf(other).sessions.refused, 1);
  }
  for (const [name, listener] of listeners) unsubscribe(name, listener);
  assert.deepEqual(seen, ["server made", "client made", "server refused", "client refused", "server ended"]);
  assert.equal(sessions.stats.refused, 1);
  await server.close();
});

test("a session whose lease has ended is unknown, and its client goes on in a new one", async () => {
  const clock = new FakeClock();
  const { server, sessions, clientOf, raw } = await adderServer({ lease: 60_000, clock });
  const made = await raw.create({ slots: 1 });
  assert.ok(made.status === Stat.SESSION_OK);
  const call = { id: made.grant.id, slot: 0, sequence: 1, settled: 0, message: addMessage(1, 1) };
  await using client = clientOf({ clock });
  assert.equal(await client.add(pair), 3);
  await clock.advance(59_000);
  assert.equal((await raw.call(call)).status, Stat.SESSION_OK);
  await clock.advance(61_000);
  assert.equal((await raw.call({ ...call, sequence: 2, settled: 1 })).status, Stat.SESSION_UNKNOWN);
  assert.equal(await client.add(pair), 3);
  assert.deepEqual([statsOf(client).sessions.made, sessions.size], [2, 1]);
  await server.close();
});

test("a session that cannot be written to the log is refused", async () => {
  const nowhere = Promise.reject(new Error("disk full"));
  nowhere.catch(() => undefined);
  const log = ledgerWith({ created: () => nowhere, intent: () => nowhere, ended: () => nowhere });
  const { server, sessions, clientOf } = await adderServer({ log });
  await using client = clientOf();
  await assert.rejects(client.add(pair), { code: "RPC_SESSION_REFUSED", mayHaveRun: false });
  assert.deepEqual([sessions.size, sessions.stats.refused], [0, 1]);
  await server.close();
});

test("all addresses of an IPv6 network count as one host", async () => {
  const server = new Server().implement(adder, adding());
  const sessions = serveSessions(server, { sessionsPerHost: 2 }) as KeptSessions;
  const from = (host: string) => ({ remote: { kind: "tcp", host, port: 1 }, identity: { flavor: 0 } }) as IncomingCall;
  for (const host of ["2001:db8::1", "2001:db8::2", "2001:db8::3"]) await sessions.create({ slots: 1 }, from(host));
  assert.equal(sessions.size, 2);
  await sessions.create({ slots: 1 }, from("2001:db8:0:1::1"));
  assert.equal(sessions.size, 3);
});

test("a server without sessions is named in the error, and nothing has run", async () => {
  const network = new MemoryNetwork();
  const server = new Server().implement(adder, adding());
  await server.listen("memory:add", { network });
  await using client = createClientWith(wiring, adder, "memory:add", {
    semantics: { add: "exactly-once" },
    connection: { network },
  });
  await assert.rejects(client.add(pair), { code: "RPC_PROG_UNAVAIL", mayHaveRun: false, message: /serveSessions/ });
  await server.close();
});

test("exactly-once is refused where a session cannot be: one-way procedures, lists, connections", async () => {
  const make = (target: never, options: ClientOptions) => () => createClientWith(wiring, adder, target, options);
  assert.throws(make("tcp://a:1" as never, { semantics: "exactly-once" }), /NOTE|note: a one-way procedure/i);
  const only = { semantics: { add: "exactly-once" } } as ClientOptions;
  assert.throws(make(["tcp://a:1"] as never, only), /does not apply to a list of targets/);
});

test("the server runs a slot's next call, repeats its last reply, and refuses all other sequence numbers", async () => {
  const { server, sessions, raw } = await adderServer();
  const made = await raw.create({ slots: 1 });
  assert.ok(made.status === Stat.SESSION_OK);
  const { id } = made.grant;
  const call = (sequence: number, a = sequence, settled = sequence - 1) =>
    raw.call({ id, slot: 0, sequence, settled, message: addMessage(sequence, a) });
  const one = await call(1);
  assert.ok(one.status === Stat.SESSION_OK);
  assert.deepEqual(await call(1), one);
  assert.equal((await call(1, 7)).status, Stat.SESSION_FALSE_RETRY);
  assert.equal((await call(3)).status, Stat.SESSION_MISORDERED);
  assert.equal((await call(2)).status, Stat.SESSION_OK);
  assert.equal((await call(1)).status, Stat.SESSION_MISORDERED);
  // The client gave up 3, which never came.
  assert.equal((await call(4, 4, 2)).status, Stat.SESSION_OK);
  assert.equal((await call(3, 3, 2)).status, Stat.SESSION_MISORDERED);
  assert.deepEqual(
    (({ runs, replays, falseRetries, misordered }) => ({ runs, replays, falseRetries, misordered }))(sessions.stats),
    { runs: 3, replays: 1, falseRetries: 1, misordered: 3 },
  );
  await server.close();
});

test("a guessed session, another's session and a slot that does not exist get nothing", async () => {
  const { server, sessions, raw } = await adderServer();
  const made = await raw.create({ slots: 1 });
  assert.ok(made.status === Stat.SESSION_OK);
  const { id } = made.grant;
  const call = { id, slot: 0, sequence: 1, settled: 0, message: addMessage(1, 1) };
  assert.equal((await raw.call({ ...call, id: new Uint8Array(16) })).status, Stat.SESSION_UNKNOWN);
  assert.equal((await raw.call({ ...call, slot: 1 })).status, Stat.SESSION_MISORDERED);
  const { authSys } = await import("../auth/sys.js");
  const auth = authSys({ uid: 7, gid: 7 });
  assert.equal((await raw.call(call, { auth })).status, Stat.SESSION_UNKNOWN);
  assert.equal(sessions.stats.runs, 0);
  await server.close();
});

test("a session within a session is refused, and a message that is none gets SYSTEM_ERR", async () => {
  const { server, raw } = await adderServer();
  const made = await raw.create({ slots: 1 });
  assert.ok(made.status === Stat.SESSION_OK);
  const { id } = made.grant;
  const message = addMessage(1, 1);
  new DataView(message.buffer).setUint32(12, SESSION_VERS.number);
  const call = { id, slot: 0, sequence: 1, settled: 0, message };
  assert.equal((await raw.call(call)).status, Stat.SESSION_MISORDERED);
  const reply = await raw.call({ ...call, message: new Uint8Array(3) });
  assert.ok(reply.status === Stat.SESSION_OK);
  assert.equal(new DataView(reply.message.buffer, reply.message.byteOffset).getUint32(20), 5);
  await server.close();
});

test("a flood of sessions stays within its limits, and sessions that made calls are kept", async () => {
  const { server, sessions, clientOf, raw } = await adderServer({ sessions: 10, sessionsPerHost: 10 });
  await using client = clientOf();
  await client.add(pair);
  for (let at = 0; at < 100; at++) assert.equal((await raw.create({ slots: 4_000_000_000 })).status, Stat.SESSION_OK);
  assert.equal(sessions.size, 10);
  assert.equal(await client.add(pair), 3);
  assert.equal(sessions.stats.runs, 2);
  await server.close();
});

test("a flood of sessions that come together stays within the limits, too, while they are being written to the log", async () => {
  for (const isLogged of [false, true]) {
    const written: (() => void)[] = [];
    const log = ledgerWith({ created: () => new Promise((resolve) => written.push(resolve)) });
    const { server, sessions, raw } = await adderServer({ sessions: 10, sessionsPerHost: 8, ...(isLogged && { log }) });
    const made = Array.from({ length: 100 }, () => raw.create({ slots: 1 }));
    if (isLogged) {
      await until(
        () => written.length >= 8,
        () => "eight sessions to be written",
      );
      for (const resolve of written) resolve();
    }
    const statuses = (await Promise.all(made)).map(({ status }) => status);
    assert.ok(sessions.size <= 8, `${sessions.size} sessions`);
    assert.ok(statuses.includes(Stat.SESSION_OK), String(statuses));
    await server.close();
  }
});

test("a client alone with more bytes of replies than are kept goes on, without the oldest ones", async () => {
  const { server, sessions, clientOf } = await adderServer({ bytes: 1000 });
  await using client = clientOf({ semantics: { repeat: "exactly-once" } });
  for (let round = 0; round < 3; round++) {
    const replies = await Promise.all(Array.from({ length: 10 }, () => client.repeat(2000)));
    assert.deepEqual(
      replies.map(({ length }) => length),
      Array.from({ length: 10 }, () => 2000),
    );
    assert.ok(sessions.bytes <= 1_000, `${sessions.bytes} bytes are kept`);
  }
  assert.equal(sessions.stats.refused, 0);
  await server.close();
});

test("a call that a closing server has certainly not run begins again in a session of the next server", async () => {
  const gate = new Gate();
  const { server, clientOf, network } = await adderServer({}, { later: gate.later });
  const semantics = { add: "exactly-once", later: "exactly-once" } as const;
  await using client = clientOf({ semantics, waitForServer: true });
  const running = client.later(7);
  await gate.reached(1);
  const closing = server.close();
  await using next = new Server().implement(adder, adding());
  const sessions = serveSessions(next);
  await next.listen("memory:add", { network });
  const late = client.add(pair);
  gate.open();
  assert.equal(await running, 7);
  await closing;
  assert.equal(await late, 3);
  assert.deepEqual([sessions.stats.runs, statsOf(client).sessions.inDoubt], [1, 0]);
});

test("a client uses at most 64 slots of a server that grants more, and takes a grant without slots for a refusal", async () => {
  const network = new MemoryNetwork();
  let slots = 1_000_000;
  const used = new Set<number>();
  const waiting: (() => void)[] = [];
  await using server = new Server().implement(SESSION_VERS, {
    create: () => ({ status: Stat.SESSION_OK, grant: { id: new Uint8Array(16), slots, lease: 60_000 } }),
    call: async ({ slot, message }) => {
      used.add(slot);
      if (used.size < 64) await new Promise<void>((resolve) => waiting.push(resolve));
      for (const resolve of waiting.splice(0)) resolve();
      const [xid, result] = [message.subarray(0, 4), message.subarray(-4)];
      const header = Uint8Array.of(0, 0, 0, 1, ...new Uint8Array(16));
      return { status: Stat.SESSION_OK, message: Uint8Array.of(...xid, ...header, ...result) };
    },
    end: () => Stat.SESSION_OK,
  });
  await server.listen("memory:add", { network });
  const options: ClientOptions = { semantics: { add: "exactly-once" }, connection: { network } };
  await using client = createClientWith(wiring, adder, "memory:add", options);
  const sums = await Promise.all(Array.from({ length: 200 }, (_, b) => client.add({ a: 0, b })));
  assert.deepEqual([sums[0], sums[199], used.size], [0, 199, 64]);
  slots = 0;
  await using other = createClientWith(wiring, adder, "memory:add", options);
  await assert.rejects(other.add(pair), { code: "RPC_SESSION_REFUSED", mayHaveRun: false });
});
