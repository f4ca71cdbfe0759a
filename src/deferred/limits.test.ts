// How much of a server deferred calls can take: bytes of replies, ids, places of running calls, programs that are called back.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { createClient } from "../create-client.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/index.js";
import { ann, authority, bob, server as own } from "../testing/certificates.test-support.js";
import { FakeClock } from "../testing/fake-clock.js";
import { until } from "../testing/waiting.test-support.js";
import { formatAddress } from "../transport/address.js";
import { DEFERRED_VERS, notice_kind as Kind, ticket_state as State } from "./deferred.gen.js";
import { createDeferredClient, type DeferredServerOptions, newTicketId, resumeTicket, serveDeferred } from "./index.js";

const pair = { a: 1, b: 2 };

/** A server with two hosts: callers over TCP, and those over a Unix socket. */
async function twoHosts(t: TestContext, changes = {}, options: DeferredServerOptions = {}) {
  const folder = mkdtempSync("/tmp/deferred-");
  const errors: unknown[] = [];
  const server = new Server({ onError: (error) => errors.push(error) }).implement(adder, adding(changes));
  const deferred = serveDeferred(server, options);
  const tcp = (await server.listen("tcp://127.0.0.1:0")).address;
  const unix = (await server.listen(`unix:${folder}/socket`)).address;
  t.after(() => {
    server.destroy();
    rmSync(folder, { recursive: true });
  });
  return { server, deferred, errors, tcp, unix };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a host that takes no outcomes fills its share of the bytes, its calls wait, and those of another host run", async (t) => {
  const bytes = 400_000;
  const size = 20_000;
  // While no time passes, no call starts before the size of its reply is known.
  const { deferred, tcp, unix } = await twoHosts(t, {}, { bytes, clock: new FakeClock() });
  await using greedy = createDeferredClient(adder, tcp, { results: "fetch" });
  await using honest = createDeferredClient(adder, unix, { results: "fetch" });
  const tickets = await Promise.all(Array.from({ length: 60 }, () => greedy.repeat(size)));
  await until(
    () => deferred.running === 0 && deferred.stats.done > 10,
    () => "replies that fill the share",
  );
  assert.ok(deferred.bytes <= 0.8 * bytes, `${deferred.bytes} bytes`);
  assert.ok(deferred.stats.runs < 20, `${deferred.stats.runs} of 60 have run`);
  assert.equal(deferred.stats.dropped, 0);
  assert.equal(await (await honest.add(pair)).result(), 3);
  // Outcomes that are taken make room.
  const lengths = await Promise.all(tickets.map(async (ticket) => (await ticket.result()).length));
  assert.deepEqual(new Set(lengths), new Set([size]));
  assert.equal(deferred.stats.runs, 61);
});

test("replies that do not fit, although few calls run at once, are dropped and counted", async (t) => {
  const { deferred, tcp } = await twoHosts(t, {}, { bytes: 100_000 });
  await using client = createDeferredClient(adder, tcp);
  const ticket = await client.repeat(90_000);
  await assert.rejects(ticket.result(), { code: "RPC_SYSTEM_ERR", mayHaveRun: true });
  assert.equal(deferred.stats.dropped, 1);
  assert.equal(await (await client.add(pair)).result(), 3);
});

test("calls of one host that never end leave places to run to others", async (t) => {
  const never = ({ a }: { a: number }) => (a === 0 ? new Promise<number>(() => undefined) : a);
  const { deferred, tcp, unix } = await twoHosts(t, { add: never }, { running: 16 });
  await using greedy = createDeferredClient(adder, tcp, { results: "fetch" });
  await using honest = createDeferredClient(adder, unix, { results: "fetch" });
  await Promise.all(Array.from({ length: 50 }, () => greedy.add({ a: 0, b: 0 })));
  for (let a = 1; a <= 5; a++) assert.equal(await (await honest.add({ a, b: 0 })).result(), a);
  assert.ok(deferred.running < 16, `${deferred.running} of 16 run`);
});

test("one outcome that is kept does not keep the ids of all later tickets", async (t) => {
  const { deferred, tcp } = await twoHosts(t, {}, { tickets: 4 });
  await using client = createDeferredClient(adder, tcp);
  const kept = await client.add(pair);
  await kept.result({ keep: true });
  const ids: string[] = [];
  for (let at = 0; at < 40; at++) {
    const ticket = await client.add(pair);
    await ticket.result();
    await ticket.release();
    ids.push(ticket.id);
  }
  // At most twice as many ids as tickets are remembered: an early one is free again, a late one is not.
  const runs = deferred.stats.runs;
  assert.equal(await (await client.add(pair, { ticket: ids[0] as string })).result(), 3);
  assert.equal(deferred.stats.runs, runs + 1);
  await assert.rejects(client.add(pair, { ticket: ids.at(-1) as string }), { code: "RPC_DEFERRED_REFUSED" });
  assert.equal(await kept.result(), 3);
});

test("outcomes and used ids are kept for the lease, whatever the calendar does meanwhile", async (t) => {
  const day = 86_400_000;
  const clock = new FakeClock();
  let set = 0;
  const date = (): number => FakeClock.prototype.date.call(clock) + set;
  Object.defineProperty(clock, "date", { value: date });
  const { deferred, tcp } = await twoHosts(t, {}, { clock, lease: day });
  await using client = createDeferredClient(adder, tcp);
  const ended = async (count: number) =>
    until(
      () => deferred.stats.done === count,
      () => `${count} outcomes`,
    );
  const first = await client.add(pair);
  await ended(1);
  set = 2 * day;
  await client.add(pair);
  await ended(2);
  const again = await client.add(pair, { ticket: first.id });
  assert.deepEqual([await again.result({ keep: true }), deferred.stats.runs], [3, 2]);
  set = -1000 * day;
  clock.advance(day + 1);
  await client.add(pair);
  await ended(3);
  await using other = createDeferredClient(adder, tcp);
  await assert.rejects(resumeTicket(other, "add", first.id).result(), { code: "RPC_TICKET_UNKNOWN" });
  assert.equal(deferred.size, 1);
});

test("a call that carries a call is not carried by another", async (t) => {
  const { deferred, tcp } = await twoHosts(t);
  await using service = createClient(DEFERRED_VERS, tcp);
  const { instance } = await service.open();
  for (const program of [0x24444645, 0x24535452, 0x24534553]) {
    const message = new Uint8Array(40);
    new DataView(message.buffer).setUint32(8, 2);
    new DataView(message.buffer).setUint32(12, program);
    const submission = { instance, id: new Uint8Array(16), tell: { kind: Kind.NOTICE_NONE }, message } as const;
    await assert.rejects(service.submit(submission), { code: "RPC_GARBAGE_ARGS", mayHaveRun: false });
  }
  assert.equal(deferred.stats.accepted, 0);
});

test("a message whose credential has an impossible length is a call like any other that cannot be read", async (t) => {
  const { deferred, errors, tcp } = await twoHosts(t);
  await using service = createClient(DEFERRED_VERS, tcp);
  const { instance } = await service.open();
  for (const [at, length] of [0x8000_0000, 0xffff_ffff, 0x7fff_fffc].entries()) {
    const message = new Uint8Array(48);
    const view = new DataView(message.buffer);
    view.setUint32(8, 2);
    view.setUint32(12, adder.number);
    view.setUint32(16, 1);
    view.setUint32(20, 1);
    view.setUint32(28, length);
    const id = new Uint8Array(16).fill(at + 1);
    const state = await service.submit({ instance, id, tell: { kind: Kind.NOTICE_NONE }, message });
    assert.equal(state, State.TICKET_ACCEPTED);
    await until(
      () => deferred.running === 0 && deferred.stats.done > at,
      () => "the end of the call",
    );
  }
  assert.deepEqual([deferred.stats.runs, errors], [0, []]);
});

test("a host may have any number of programs called back, but few at once", async (t) => {
  const { tcp } = await twoHosts(t);
  let open = 0;
  let most = 0;
  let connections = 0;
  const sockets: Socket[] = [];
  const listeners = await Promise.all(
    Array.from({ length: 24 }, () => {
      const listener = createServer((socket) => {
        connections++;
        sockets.push(socket);
        most = Math.max(most, ++open);
        socket.on("error", () => undefined).on("close", () => open--);
      });
      return new Promise<typeof listener>((resolve) => listener.listen(0, "127.0.0.1", () => resolve(listener)));
    }),
  );
  await using client = createDeferredClient(adder, tcp);
  await using service = createClient(DEFERRED_VERS, tcp);
  const { instance } = await service.open();
  for (const [at, listener] of listeners.entries()) {
    const { port } = listener.address() as { port: number };
    const message = new Uint8Array(48);
    const view = new DataView(message.buffer);
    for (const [word, value] of [0, 0, 2, adder.number, 1, 1, 0, 0, 0, 0, 1, 2].entries())
      view.setUint32(4 * word, value);
    const tell = { kind: Kind.NOTICE_PROGRAM, at: { port, prog: 5, vers: 1 } } as const;
    await service.submit({ instance, id: new Uint8Array(16).fill(at + 1), tell, message });
  }
  await until(
    () => connections >= 16,
    () => "the first programs to be called",
  );
  for (let at = 0; at < 20; at++) assert.equal(await (await client.add(pair)).result(), 3);
  assert.deepEqual([connections, most], [16, 16]);
  for (const socket of sockets) socket.destroy();
  for (const listener of listeners) listener.close();
});

test("over TLS no program is called back, because that call would be in clear text", async (t) => {
  let ran = 0;
  const server = new Server().implement(adder, adding({ add: (() => ran++) as never }));
  serveDeferred(server);
  t.after(() => server.destroy());
  const { address } = await server.listen("tcp://127.0.0.1:0", { tls: { ...own, require: "optional" } });
  const tell = { kind: Kind.NOTICE_PROGRAM, at: { port: 4_000, prog: 5, vers: 1 } } as const;
  for (const [tls, outcome] of [
    [{ ca: authority }, "RPC_GARBAGE_ARGS"],
    [undefined, "accepted"],
  ] as const) {
    await using service = createClient(DEFERRED_VERS, address, { tls });
    const { instance } = await service.open();
    const message = new Uint8Array(48);
    for (const [word, value] of [7, 0, 2, adder.number, 1, 1, 0, 0, 0, 0, 1, 2].entries()) {
      new DataView(message.buffer).setUint32(4 * word, value);
    }
    const submitted = service.submit({ instance, id: new Uint8Array(16).fill(1), tell, message });
    assert.equal(
      await submitted.then(
        () => "accepted",
        (error) => error.code,
      ),
      outcome,
    );
    const expected = outcome === "accepted" ? 1 : 0;
    await until(
      () => ran === expected,
      () => "the call that was accepted",
    );
  }
});

test("a ticket belongs to the certificate of its caller", async (t) => {
  const server = new Server().implement(adder, adding());
  serveDeferred(server);
  t.after(() => server.destroy());
  const { address } = await server.listen("tcp://127.0.0.1:0", { tls: { ...own, ca: authority } });
  const clientOf = (pair: object) => createDeferredClient(adder, address, { tls: { ca: authority, ...pair } });
  await using anns = clientOf(ann);
  const { id } = await anns.add(pair);
  for (const other of [bob, {}]) {
    await using others = clientOf(other);
    await assert.rejects(resumeTicket(others, "add", id).result(), { code: "RPC_TICKET_UNKNOWN" });
  }
  await using again = clientOf(ann);
  assert.equal(await resumeTicket(again, "add", id).result(), 3);
});

test("all callers over UDP, whose addresses can be forged, are one host", async () => {
  const server = new Server().implement(adder, adding({ add: () => new Promise(() => undefined) }));
  const deferred = serveDeferred(server, { ticketsPerHost: 2 });
  const { address } = await server.listen("udp://127.0.0.1:0");
  const text = formatAddress(address);
  await using one = createDeferredClient(adder, text);
  await using other = createDeferredClient(adder, text);
  await one.add(pair);
  await other.add(pair);
  // Over UDP another copy of the submission may be accepted later.
  await assert.rejects(other.add(pair), { code: "RPC_DEFERRED_REFUSED", mayHaveRun: true });
  assert.equal(deferred.size, 2);
  server.destroy();
  await turn();
});

test("an id whose outcome was taken is refused, and the error says that its call has run", async (t) => {
  const { tcp } = await twoHosts(t);
  await using client = createDeferredClient(adder, tcp);
  const ticket = newTicketId();
  const first = await client.add(pair, { ticket });
  assert.equal(await first.result(), 3);
  await first.release();
  await assert.rejects(client.add(pair, { ticket }), { code: "RPC_DEFERRED_REFUSED", mayHaveRun: true });
});
