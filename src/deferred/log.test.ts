import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { adder, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/index.js";
import { someOf } from "../testing/count-of.test-support.js";
import { FakeClock } from "../testing/fake-clock.js";
import { createDeferredClient, openTicketLog, resumeTicket, serveDeferred } from "./index.js";

const pair = { a: 1, b: 2 };

/** Starts servers that have the same log, one after the other; `kill` ends one as SIGKILL would: nothing more is written. */
async function withLog(work: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tickets-"));
  try {
    await work(join(folder, "tickets.log"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function start(path: string, changes = {}, options = {}) {
  const log = await openTicketLog(path);
  const server = new Server({ onError: () => undefined }).implement(adder, adding(changes));
  const deferred = serveDeferred(server, { log, ...options });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const kill = async (): Promise<void> => {
    await log.close();
    server.destroy();
  };
  return { server, deferred, address, kill };
}

const never = () => new Promise<number>(() => undefined);

test("an outcome that nobody has taken survives the server, and is delivered once", () =>
  withLog(async (path) => {
    const first = await start(path);
    const client = createDeferredClient(adder, first.address, { results: "fetch" });
    const { id } = await client.add(pair);
    const ticket = resumeTicket(client, "add", id);
    assert.equal(await ticket.result({ keep: true }), 3);
    await client[Symbol.asyncDispose]();
    await first.kill();

    const second = await start(path, { add: never });
    await using next = createDeferredClient(adder, second.address);
    const resumed = resumeTicket(next, "add", id);
    assert.equal(await resumed.result(), 3);
    await resumed.release();
    assert.deepEqual([second.deferred.size, second.deferred.stats.runs], [0, 0]);
    await second.kill();

    const third = await start(path, { add: never });
    await using last = createDeferredClient(adder, third.address);
    await assert.rejects(resumeTicket(last, "add", id).result(), { code: "RPC_TICKET_UNKNOWN" });
    await third.kill();
  }));

test("a call that had begun is in doubt after a crash, and one that waited runs", () =>
  withLog(async (path) => {
    const first = await start(path, { add: never }, { running: 1 });
    const client = createDeferredClient(adder, first.address, { results: "fetch" });
    const runs = await client.add(pair);
    const waits = await client.add({ a: 5, b: 6 });
    while (first.deferred.stats.runs === 0) await new Promise((resolve) => setImmediate(resolve));
    await first.kill();
    await client[Symbol.asyncDispose]();

    const second = await start(path);
    await using next = createDeferredClient(adder, second.address);
    await assert.rejects(resumeTicket(next, "add", runs.id).result(), { code: "RPC_IN_DOUBT", mayHaveRun: true });
    assert.equal(await resumeTicket(next, "add", waits.id).result(), 11);
    assert.deepEqual([second.deferred.stats.runs, second.deferred.stats.inDoubt], [1, 1]);
    await second.server.close();
    await second.kill();
  }));

test("a call of an idempotent procedure that had begun runs again after a crash", () =>
  withLog(async (path) => {
    const { add } = adder.procedures;
    const program = { ...adder, procedures: { add: { ...add, semantics: "at-least-once" as const } } };
    const begin = async (handler: () => Promise<number> | number) => {
      const log = await openTicketLog(path);
      const server = new Server().implement(program, { add: handler });
      const deferred = serveDeferred(server, { log });
      const { address } = await server.listen("tcp://127.0.0.1:0");
      return { log, server, deferred, client: createDeferredClient(program, address) };
    };
    const first = await begin(never);
    const { id } = await first.client.add(pair);
    while (first.deferred.stats.runs === 0) await new Promise((resolve) => setImmediate(resolve));
    await first.log.close();
    first.server.destroy();
    await first.client[Symbol.asyncDispose]();
    const second = await begin(() => 7);
    assert.equal(await resumeTicket(second.client, "add", id).result(), 7);
    await second.client[Symbol.asyncDispose]();
    await second.server.close();
    await second.log.close();
  }));

// A client that listens asks again after 20 seconds: only `npm run test:all` runs its case.
for (const results of someOf(["connection", { listen: "tcp://127.0.0.1:0" }, "fetch"] as const, 2)) {
  const how = typeof results === "string" ? results : "listen";
  test(`a client waits through a restart of a server with a log, and gets a result that comes later (${how})`, () =>
    withLog(async (path) => {
      const first = await start(path, { add: never }, { running: 1 });
      await using client = createDeferredClient(adder, first.address, { results });
      await client.add(pair);
      const ticket = await client.add({ a: 5, b: 6 });
      const result = ticket.result();
      while (first.deferred.stats.runs === 0) await new Promise((resolve) => setImmediate(resolve));
      await first.kill();
      const log = await openTicketLog(path);
      let asked = (): void => undefined;
      const wasAsked = new Promise<void>((resolve) => {
        asked = resolve;
      });
      const second = new Server({
        interceptors: [
          async (call, next) => {
            const answer = await next(call);
            // ATTACH, or FETCH of a client that asks for its results.
            if (/ATTACH|FETCH/.test(call.procedure.name)) asked();
            return answer;
          },
        ],
      }).implement(adder, adding({ add: ({ a, b }: { a: number; b: number }) => wasAsked.then(() => a + b) }));
      serveDeferred(second, { log });
      await second.listen(first.address);
      assert.equal(await result, 11);
      await second.close();
      await log.close();
    }));
}

test("of a ticket whose client has the outcome only id, host and date are kept, and a late copy of it does not run", () =>
  withLog(async (path) => {
    const first = await start(path);
    const client = createDeferredClient(adder, first.address, { results: "fetch" });
    const ids: string[] = [];
    for (let at = 0; at < 5; at++) {
      const ticket = await client.repeat(100_000);
      await ticket.result();
      await ticket.release();
      ids.push(ticket.id);
    }
    await client[Symbol.asyncDispose]();
    await first.kill();

    // Written anew, with what is known of them now.
    const log = await openTicketLog(path, { checkpoint: 100 });
    const { tickets, released } = log.kept;
    assert.deepEqual([tickets, log.tickets], [[], 5]);
    assert.deepEqual(
      released.map(({ ended, ...others }) => [Number.isInteger(ended), others]),
      ids.map((key) => [true, { key, host: "127.0.0.1" }]),
    );
    const server = new Server().implement(adder, adding({ add: never }));
    const deferred = serveDeferred(server, { log });
    const { address } = await server.listen("tcp://127.0.0.1:0");
    await using next = createDeferredClient(adder, address, { results: "fetch" });
    const used = { code: "RPC_DEFERRED_REFUSED", mayHaveRun: true };
    for (const ticket of ids) await assert.rejects(next.add(pair, { ticket }), used);
    await next.add(pair);
    assert.deepEqual([deferred.stats.copies, deferred.stats.accepted, deferred.size], [5, 1, 1]);
    server.destroy();
    await log.close();
    assert.ok(log.length < 2_000, `the log has ${log.length} bytes`);
    const last = await openTicketLog(path);
    assert.deepEqual([last.kept.tickets.length, last.kept.released.map(({ key }) => key)], [1, ids]);
    await last.close();
  }));

test("after the clock was set back and the server was restarted, outcomes and ids are kept for one lease more", () =>
  withLog(async (path) => {
    const lease = 1_000;
    const first = await start(path, {}, { clock: new FakeClock({ date: Date.UTC(2040, 0) }), lease });
    const client = createDeferredClient(adder, first.address, { results: "fetch" });
    const taken = await client.add(pair);
    await taken.result();
    await taken.release();
    const kept = await client.add(pair);
    await kept.result({ keep: true });
    await client[Symbol.asyncDispose]();
    await first.kill();

    const clock = new FakeClock({ date: Date.UTC(2026, 0) });
    const second = await start(path, {}, { clock, lease });
    await using next = createDeferredClient(adder, second.address, { results: "fetch" });
    assert.equal(second.deferred.size, 1);
    clock.advance(lease + 1);
    await assert.rejects(resumeTicket(next, "add", kept.id).result(), { code: "RPC_TICKET_UNKNOWN" });
    assert.equal(await (await next.add(pair, { ticket: taken.id })).result(), 3);
    await second.kill();
  }));
