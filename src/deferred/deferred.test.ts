import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { adder, adding } from "../rpc/adder.test-support.js";
import type { IncomingCall, Interceptor, Progress } from "../rpc/call.js";
import { RpcCancelled, RpcError, RpcRefused } from "../rpc/errors.js";
import { refuse, Server } from "../server/index.js";
import { countOf } from "../testing/count-of.test-support.js";
import { FakeClock } from "../testing/fake-clock.js";
import { until } from "../testing/waiting.test-support.js";
import {
  createDeferredClient,
  type DeferredClientOptions,
  type DeferredServerOptions,
  newTicketId,
  resumeTicket,
  serveDeferred,
} from "./index.js";

const pair = { a: 1, b: 2 };

/** A server with deferred calls over TCP, and clients of it. */
async function deferredServer(changes = {}, options: DeferredServerOptions = {}) {
  const server = new Server({ onError: () => undefined }).implement(adder, adding(changes));
  const deferred = serveDeferred(server, options);
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const clientOf = (given: DeferredClientOptions = {}) => createDeferredClient(adder, address, given);
  return { server, deferred, address, clientOf };
}

/** A handler that runs until it is let go. */
function gate() {
  const waiting: (() => void)[] = [];
  let began = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    began = resolve;
  });
  const add = async ({ a, b }: { a: number; b: number }, _call: IncomingCall): Promise<number> => {
    began();
    await new Promise<void>((resolve) => waiting.push(resolve));
    return a + b;
  };
  const open = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { add, open, begun };
}

for (const results of ["connection", "fetch", { listen: "tcp://127.0.0.1:0" }] as const) {
  const how = typeof results === "string" ? results : "a program of the client";
  test(`a call is accepted while its handler runs, and its result comes later: ${how}`, async () => {
    const { add, open, begun } = gate();
    const { server, deferred, clientOf } = await deferredServer({ add });
    await using client = clientOf({ results });
    const ticket = await client.add(pair);
    await begun;
    assert.deepEqual([deferred.running, deferred.size], [1, 1]);
    const result = ticket.result();
    open();
    assert.equal(await result, 3);
    assert.equal(await ticket.result(), 3);
    await ticket.release();
    assert.deepEqual([deferred.size, deferred.bytes], [0, 0]);
    await server.close();
  });
}

test("the result of a call over UDP is fetched", async () => {
  const server = new Server().implement(adder, adding());
  serveDeferred(server);
  const { address } = await server.listen("udp://127.0.0.1:0");
  await using client = createDeferredClient(adder, address);
  assert.equal(await (await client.add(pair)).result(), 3);
  await server.close();
});

test("a server of the same process takes deferred calls, too", async () => {
  const server = new Server().implement(adder, adding());
  serveDeferred(server);
  await using client = createDeferredClient(adder, server);
  assert.equal(await (await client.add(pair)).result(), 3);
  await server.close();
});

test("progress arrives while the call runs, and ends with it", async () => {
  const reports: Progress[] = [];
  const waiting: (() => void)[] = [];
  const add = async (_: unknown, call: IncomingCall): Promise<number> => {
    for (let done = 1; done <= 3; done++) {
      call.progress(done, 3, `step ${done}`);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    return 7;
  };
  for (const results of ["connection", "fetch"] as const) {
    reports.length = 0;
    const { server, clientOf } = await deferredServer({ add });
    await using client = clientOf({ results });
    const ticket = await client.add(pair);
    for await (const one of ticket.progress()) {
      reports.push(one);
      waiting.shift()?.();
    }
    assert.deepEqual(
      reports,
      [1, 2, 3].map((done) => ({ done, total: 3, note: `step ${done}` })),
    );
    assert.equal(await ticket.result(), 7);
    await server.close();
  }
});

test("call.progress does nothing in an ordinary call, and long notes are cut at a whole character", async () => {
  const { waitForProgress, add } = progressOnce(`${"x".repeat(255)}é`);
  const { server, clientOf } = await deferredServer({ add });
  await using client = clientOf();
  const ticket = await client.add(pair);
  assert.equal(await waitForProgress(ticket.progress()), "x".repeat(255));
  await server.close();
});

function progressOnce(note: string) {
  const { add: wait, open } = gate();
  const add = (given: { a: number; b: number }, call: IncomingCall): Promise<number> => {
    call.progress(1, 2, note);
    return wait(given, call);
  };
  const waitForProgress = async (reports: AsyncIterable<Progress>): Promise<string | undefined> => {
    for await (const { note: seen } of reports) {
      open();
      return seen;
    }
    return undefined;
  };
  return { add, waitForProgress };
}

test("a call that waits for its turn is cancelled before it runs, and one that runs gets its signal aborted", async () => {
  const aborted: unknown[] = [];
  const { add: wait, begun, open } = gate();
  const add = (given: { a: number; b: number }, call: IncomingCall): Promise<number> => {
    call.signal.addEventListener("abort", () => aborted.push(given.a));
    return wait(given, call);
  };
  const { server, deferred, clientOf } = await deferredServer({ add }, { running: 1 });
  await using client = clientOf();
  const runs = await client.add(pair);
  const waits = await client.add({ a: 5, b: 6 });
  await begun;
  assert.equal(await waits.cancel(), true);
  await assert.rejects(waits.result(), (error) => error instanceof RpcCancelled && !error.mayHaveRun);
  assert.equal(await runs.cancel(), true);
  await assert.rejects(runs.result(), (error) => error instanceof RpcCancelled && error.mayHaveRun);
  assert.deepEqual(aborted, [1]);
  open();
  const done = await client.add(pair);
  const result = done.result({ keep: true });
  while (deferred.running === 0) await new Promise((resolve) => setImmediate(resolve));
  open();
  assert.equal(await result, 3);
  assert.equal(await done.cancel(), false);
  assert.deepEqual([deferred.stats.runs, deferred.stats.cancelled], [2, 2]);
  await server.close();
});

test("a refusal and an error of the handler are the outcome of the ticket", async () => {
  const add = ({ a }: { a: number }): number => {
    if (a === 1) throw refuse("RPC_PROC_UNAVAIL", { mayHaveRun: false });
    throw new Error("fails");
  };
  const { server, clientOf } = await deferredServer({ add });
  await using client = clientOf();
  const codeOf = async (a: number) => {
    const error: unknown = await (await client.add({ a, b: 0 })).result().catch((thrown: unknown) => thrown);
    assert.ok(error instanceof RpcRefused);
    return [error.code, error.mayHaveRun];
  };
  assert.deepEqual(await codeOf(1), ["RPC_PROC_UNAVAIL", false]);
  assert.deepEqual(await codeOf(2), ["RPC_SYSTEM_ERR", true]);
  await server.close();
});

test("a procedure without a reply is a ticket that ends when its handler has ended", async () => {
  const seen: number[] = [];
  const { server, clientOf } = await deferredServer({ note: (one: number) => void seen.push(one) });
  await using client = clientOf();
  assert.equal(await (await client.note(7)).result(), undefined);
  assert.deepEqual(seen, [7]);
  await server.close();
});

test("a ticket outlives its connection: the client attaches it to the next one", async () => {
  const { add, open, begun } = gate();
  const peers: IncomingCall["peer"][] = [];
  const spied = (given: { a: number; b: number }, call: IncomingCall): Promise<number> => {
    peers.push(call.peer);
    return add(given, call);
  };
  const { server, clientOf } = await deferredServer({ add: spied });
  await using client = clientOf();
  const ticket = await client.add(pair);
  const result = ticket.result();
  await begun;
  for (const peer of peers) peer.destroy();
  open();
  assert.equal(await result, 3);
  await server.close();
});

test("another client resumes a ticket by its id, and nobody else has it", async () => {
  const { add, open, begun } = gate();
  const { server, clientOf } = await deferredServer({ add });
  const first = clientOf();
  const { id } = await first.add(pair);
  await begun;
  await first[Symbol.asyncDispose]();
  await using second = clientOf();
  const result = resumeTicket(second, "add", id).result();
  open();
  assert.equal(await result, 3);
  const unknown = resumeTicket(second, "add", newTicketId()).result();
  await assert.rejects(unknown, (error) => error instanceof RpcError && error.code === "RPC_TICKET_UNKNOWN");
  await server.close();
});

test("the same id and the same call run once; the same id for another call is refused", async () => {
  const { server, deferred, clientOf } = await deferredServer();
  await using client = clientOf();
  const ticket = newTicketId();
  const [one, other] = await Promise.all([client.add(pair, { ticket }), client.add(pair, { ticket })]);
  assert.equal(await one.result({ keep: true }), 3);
  assert.equal(await resumeTicket(client, "add", other.id).result({ keep: true }), 3);
  assert.deepEqual([deferred.stats.runs, deferred.stats.copies], [1, 1]);
  await assert.rejects(client.add({ a: 9, b: 9 }, { ticket }), { code: "RPC_DEFERRED_REFUSED", mayHaveRun: false });
  await one.release();
  await assert.rejects(client.add(pair, { ticket }), { code: "RPC_DEFERRED_REFUSED" });
  await server.close();
});

test("a client that submits a call again after its restart is told of the outcome over its new connection", async () => {
  const asked: string[] = [];
  const noteCall: Interceptor = (call, next) => {
    asked.push(call.procedure.name);
    return next(call);
  };
  const { add, open, begun } = gate();
  await using server = new Server({ interceptors: [noteCall] }).implement(adder, adding({ add }));
  const deferred = serveDeferred(server);
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const ticket = newTicketId();
  {
    await using first = createDeferredClient(adder, address);
    await first.add(pair, { ticket });
    await begun;
  }
  await using running = createDeferredClient(adder, address);
  const early = await running.add(pair, { ticket });
  open();
  assert.equal(await early.result({ keep: true }), 3);
  await using ended = createDeferredClient(adder, address);
  assert.equal(await (await ended.add(pair, { ticket })).result({ keep: true }), 3);
  assert.deepEqual([deferred.stats.runs, deferred.stats.copies], [1, 2]);
  assert.ok(!asked.includes("DEFERRED_ATTACH"), String(asked));
});

test("a server that closes finishes the calls that run, and accepts none that would be lost", async () => {
  const { add, open, begun } = gate();
  const { server, deferred, clientOf } = await deferredServer({ add });
  await using client = clientOf();
  const ticket = await client.add(pair);
  await begun;
  const closing = server.close();
  await assert.rejects(client.add(pair), { code: "RPC_DEFERRED_REFUSED", mayHaveRun: false });
  open();
  assert.equal(await ticket.result(), 3);
  await closing;
  assert.equal(deferred.stats.accepted, 1);
});

test("a server that closes waits for deferred calls as long as `drain` says", async () => {
  const clock = new FakeClock();
  const { add, begun } = gate();
  const { server, clientOf } = await deferredServer({ add }, { clock });
  await using client = clientOf({ results: "fetch" });
  await client.add(pair);
  await begun;
  const closing = server.close({ drain: 10 });
  await until(
    () => clock.timers > 0,
    () => "the wait for calls that run",
  );
  assert.equal(clock.next, 10);
  clock.advance(10);
  await closing;
});

test("limits: tickets, tickets of one host and bytes; a refused call did not run", async () => {
  for (const limit of [{ tickets: 1 }, { ticketsPerHost: 1 }, { bytes: 60 }]) {
    const { add, open, begun } = gate();
    const { server, deferred, clientOf } = await deferredServer({ add }, limit);
    await using client = clientOf();
    const ticket = await client.add(pair);
    await begun;
    await assert.rejects(client.add(pair), { code: "RPC_DEFERRED_REFUSED", mayHaveRun: false });
    open();
    await ticket.result();
    await ticket.release();
    assert.deepEqual([deferred.stats.runs, deferred.stats.refused], [1, 1]);
    const next = await client.add(pair);
    while (deferred.running === 0) await new Promise((resolve) => setImmediate(resolve));
    open();
    assert.equal(await next.result(), 3);
    await server.close();
  }
});

test("many tickets at once: each result arrives once, and nothing is kept afterwards", async () => {
  const { server, deferred, clientOf } = await deferredServer({}, { running: 32 });
  await using client = clientOf();
  const count = countOf(2_000, 300);
  const numbers = Array.from({ length: count }, (_, index) => index);
  const tickets = await Promise.all(numbers.map((a) => client.add({ a, b: 1 })));
  const results = await Promise.all(tickets.map((ticket) => ticket.result()));
  assert.deepEqual(
    results,
    numbers.map((a) => a + 1),
  );
  await Promise.all(tickets.map((ticket) => ticket.release()));
  assert.deepEqual([deferred.size, deferred.bytes, deferred.stats.runs], [0, 0, count]);
  await server.close();
});

test("a server without deferred calls says what is missing there", async () => {
  const server = new Server().implement(adder, adding());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createDeferredClient(adder, address);
  await assert.rejects(client.add(pair), /call serveDeferred\(server\) of lupine\/deferred there/);
  await server.close();
});

test("a method of a closed client fails without waiting for the server", async () => {
  const { server, clientOf } = await deferredServer();
  const client = clientOf({ timeout: Number.POSITIVE_INFINITY });
  await client[Symbol.asyncDispose]();
  await assert.rejects(client.add(pair), { code: "RPC_DISCONNECTED", mayHaveRun: false });
  await server.close();
});

test("a server that was restarted without a log: the ticket is in doubt", async () => {
  const { add, begun } = gate();
  const first = await deferredServer({ add });
  await using client = first.clientOf();
  const ticket = await client.add(pair);
  const result = ticket.result();
  await begun;
  first.server.destroy();
  const next = new Server().implement(adder, adding());
  serveDeferred(next);
  await next.listen(first.address);
  await assert.rejects(result, { code: "RPC_IN_DOUBT", mayHaveRun: true });
  assert.equal(await (await client.add(pair)).result(), 3);
  await next.close();
});

test("wrong options are TypeErrors that name them", async () => {
  const { server, clientOf } = await deferredServer();
  await using client = clientOf();
  const any = (value: unknown) => value as never;
  assert.throws(() => clientOf(any({ result: "fetch" })), /options\.result is not an option/);
  assert.throws(() => clientOf(any({ results: "push" })), /options\.results/);
  assert.throws(() => clientOf(any({ semantics: "maybe" })), /options\.semantics does not apply to deferred calls/);
  assert.throws(() => createDeferredClient(adder, any(["tcp://a:1", "tcp://b:1"])), /a ticket belongs to one server/);
  assert.throws(() => serveDeferred(new Server(), any({ log: {} })), /options\.log is not a ticket log/);
  assert.throws(() => resumeTicket(client, "addd" as "add", newTicketId()), /is it add\?/);
  assert.throws(() => resumeTicket(client, "add", "12"), /32 hexadecimal digits/);
  await assert.rejects(client.add(pair, any({ tickt: "x" })), /options\.tickt is not an option; did you mean ticket/);
  const ticket = await client.add(pair);
  await assert.rejects(ticket.result(any({ kept: true })), /options\.kept/);
  await server.close();
});

test("a program that a server may not call is refused when the client is made", () => {
  for (const port of [1, 111, 1023]) {
    const listen = `tcp://127.0.0.1:${port}`;
    assert.throws(() => createDeferredClient(adder, "tcp://127.0.0.1:9", { results: { listen } }), {
      name: "TypeError",
      message: `options.results.listen has port ${port}: servers call programs only from port 1024 on; give port 0 for any free one`,
    });
  }
  const listen = "udp://127.0.0.1:0";
  assert.throws(
    () => createDeferredClient(adder, "tcp://127.0.0.1:9", { results: { listen } }),
    /must be a TCP address/,
  );
});

test("a submission that no server accepts in time says the whole timeout that was given", async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  await using client = createDeferredClient(adder, `udp://127.0.0.1:${socket.address().port}`);
  await assert.rejects(client.add(pair, { timeout: 300.5 }), (error: RpcError) => {
    assert.equal(error.code, "RPC_TIMEOUT");
    assert.match(error.message, /no server accepted the call within 301 ms \(options\.timeout\)/);
    assert.doesNotMatch(error.message, /\d\.\d+ ms/);
    return true;
  });
  socket.close();
});

test("a handler that fails after its ticket was cancelled is reported, unless it only ends because of the signal", async () => {
  const errors: string[] = [];
  const { add: waiting, open, begun } = gate();
  const server = new Server({ onError: (error) => errors.push((error as Error).message) });
  server.implement(
    adder,
    adding({
      async add(args: { a: number; b: number }, call: IncomingCall) {
        await waiting(args, call);
        // Read for the first time after the call was cancelled.
        if (args.a === 1) call.signal.throwIfAborted();
        throw new Error("a bug");
      },
    }),
  );
  const deferred = serveDeferred(server);
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createDeferredClient(adder, address);
  const tickets = [await client.add(pair), await client.add({ a: 2, b: 2 })];
  await begun;
  for (const ticket of tickets) assert.equal(await ticket.cancel(), true);
  for (const ticket of tickets) assert.equal(await ticket.cancel(), true);
  open();
  await until(
    () => deferred.running === 0,
    () => "the handlers to end",
  );
  assert.deepEqual(errors, ["a bug"]);
  await server.close();
});

test("reports of progress that are no numbers count as 0", async () => {
  const { server, clientOf } = await deferredServer({
    async add({ a, b }: { a: number; b: number }, call: IncomingCall) {
      (call.progress as (...given: unknown[]) => void)();
      call.progress(Number.NaN, Number.POSITIVE_INFINITY, "half");
      return a + b;
    },
  });
  await using client = clientOf({ results: "fetch" });
  const ticket = await client.add(pair);
  for await (const { done, total } of ticket.progress()) assert.deepEqual([done, total], [0, 0]);
  assert.equal(await ticket.result(), 3);
  await server.close();
});

test("a wait or a timeout that is not a number of milliseconds is a TypeError", async () => {
  const { server, clientOf } = await deferredServer({}, { lease: 1234.5 });
  await using client = clientOf();
  const ticket = await client.add(pair);
  for (const timeout of [Number.NaN, -1])
    await assert.rejects(ticket.result({ timeout }), /options\.timeout is .*; give milliseconds/);
  await assert.rejects(client.add(pair, { timeout: Number.NaN }), /options\.timeout is NaN; give a number/);
  assert.equal(await ticket.result(), 3);
  await server.close();
});
