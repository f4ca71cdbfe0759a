// What a deferred client may say for certain: only what the server has written, and only about all copies of a submission.
import assert from "node:assert/strict";
import { test } from "node:test";
import { authSys } from "../auth/sys.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import type { IncomingCall } from "../rpc/call.js";
import { refuse, Server } from "../server/index.js";
import { simulate } from "../testing/simulation.js";
import { until } from "../testing/waiting.test-support.js";
import { DEFERRED_VERS, ticket_state as State } from "./deferred.gen.js";
import { createDeferredClient, openTicketLog, resumeTicket, serveDeferred } from "./index.js";

const pair = { a: 1, b: 2 };
const never = () => new Promise(() => undefined);
const quiet = { fetch: never, watch: never, cancel: never, release: never, attach: never };
const open = () => ({ instance: new Uint8Array(8), lease: 1n });
const sys = authSys({ uid: 7, gid: 7, machineName: "m", gids: [] });

test("over UDP a server without deferred calls may have run an earlier copy of the submission", async (t) => {
  const submit = () => {
    throw refuse("RPC_PROG_UNAVAIL", { mayHaveRun: false });
  };
  const server = new Server({ onError: () => undefined }).implement(DEFERRED_VERS, { ...quiet, open, submit } as never);
  t.after(() => server.destroy());
  const { address } = await server.listen("udp://127.0.0.1:0");
  await using client = createDeferredClient(adder, address);
  await assert.rejects(client.add(pair), { code: "RPC_PROG_UNAVAIL", mayHaveRun: true });
});

test("a false retry after a lost copy of the same submission may be of that copy", async (t) => {
  let copies = 0;
  const submit = (_: unknown, call: IncomingCall) => {
    if (++copies === 1) call.peer.destroy(new Error("lost"));
    return State.TICKET_FALSE_RETRY;
  };
  const server = new Server({ onError: () => undefined }).implement(DEFERRED_VERS, { ...quiet, open, submit } as never);
  t.after(() => server.destroy());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createDeferredClient(adder, address, { results: "fetch" });
  await assert.rejects(client.add(pair), { code: "RPC_DEFERRED_REFUSED", mayHaveRun: true });
  await assert.rejects(client.add(pair), { code: "RPC_DEFERRED_REFUSED", mayHaveRun: false });
});

/** A server with a log on a disk that is full from `fill` until its next start, and how often the call ran. */
async function withFullDisk(work: (world: FullDisk) => Promise<void>): Promise<number> {
  let runs = 0;
  await simulate(1, async (world) => {
    const server = world.machine("server", async ({ clock, disk, network }) => {
      const log = await openTicketLog("log", { disk, clock });
      const add = () => new Promise<number>(() => void runs++);
      const over = new Server({ clock }).implement(adder, adding({ add }));
      serveDeferred(over, { log, clock, running: 1 });
      await over.listen("memory:a", { network });
    });
    const { clock, network } = world.machine("client").now;
    const client = () => createDeferredClient(adder, "memory:a", { clock, connection: { network }, results: "fetch" });
    await world.wait(50);
    await work({
      client,
      wait: (milliseconds) => world.wait(milliseconds),
      fill: () => {
        server.disk.faults.capacity = server.disk.used;
      },
      restart: async () => {
        server.crash();
        server.disk.faults.capacity = Number.POSITIVE_INFINITY;
        await server.restart(0);
        await world.wait(5_000);
      },
    });
  });
  return runs;
}

interface FullDisk {
  client(): ReturnType<typeof createDeferredClient<typeof adder.procedures>>;
  wait(milliseconds: number): Promise<void>;
  fill(): void;
  restart(): Promise<void>;
}

test("nobody learns that a call was cancelled before that is in the log: after a crash it runs", async () => {
  const runs = await withFullDisk(async ({ client, fill, wait, restart }) => {
    const [one, other] = [client(), client()];
    await one.add(pair);
    const ticket = await one.add(pair);
    await wait(100);
    fill();
    ticket.cancel().catch(() => undefined);
    await wait(10);
    const resumed = resumeTicket(other, "add", ticket.id);
    resumed.cancel().catch(() => undefined);
    await assert.rejects(resumed.result({ timeout: 2_000 }), { code: "RPC_TIMEOUT", mayHaveRun: true });
    await assert.rejects(ticket.result({ timeout: 2_000 }), { code: "RPC_TIMEOUT", mayHaveRun: true });
    await restart();
    for (const each of [one, other]) each[Symbol.asyncDispose]();
  });
  assert.equal(runs, 2);
});

test("a copy of a submission is not accepted before the first one is in the log", async () => {
  const runs = await withFullDisk(async ({ client, fill, wait }) => {
    const id = "00".repeat(16);
    fill();
    const copies = [client(), client()].map((each) => each.add(pair, { ticket: id }));
    for (const copy of copies) await assert.rejects(copy, { code: "RPC_DEFERRED_REFUSED", mayHaveRun: false });
    await wait(5_000);
  });
  assert.equal(runs, 0);
});

for (const results of ["fetch", "connection"] as const) {
  test(`a ticket of a call with its own credential is asked for, cancelled and released with it (${results})`, async (t) => {
    let end: (sum: number) => void = () => undefined;
    const add = () => new Promise<number>((resolve) => (end = resolve));
    const server = new Server().implement(adder, adding({ add }));
    t.after(() => server.destroy());
    const deferred = serveDeferred(server);
    const { address } = await server.listen("tcp://127.0.0.1:0");
    await using client = createDeferredClient(adder, address, { results });
    const ran = await client.add(pair, { auth: sys });
    const result = ran.result();
    await until(
      () => deferred.stats.runs === 1,
      () => "the call to run",
    );
    end(3);
    assert.equal(await result, 3);
    const stopped = await client.add(pair, { auth: sys });
    await until(
      () => deferred.stats.runs === 2,
      () => "the second call to run",
    );
    assert.equal(await stopped.cancel(), true);
    await assert.rejects(stopped.result(), { code: "RPC_CANCELLED" });
    await until(
      () => deferred.size === 0,
      () => "the tickets to be released",
    );
  });
}

test("a call that is cancelled before it is submitted did not run, and leaves others alone", async (t) => {
  let answer: (server: ReturnType<typeof open>) => void = () => undefined;
  const submit = () => State.TICKET_REFUSED;
  const asked = () => new Promise((resolve) => (answer = resolve));
  const server = new Server().implement(DEFERRED_VERS, { ...quiet, open: asked, submit } as never);
  t.after(() => server.destroy());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createDeferredClient(adder, address, { results: "fetch" });
  const abort = new AbortController();
  const first = client.add(pair, { signal: abort.signal });
  const second = client.add(pair);
  abort.abort();
  await assert.rejects(first, { code: "RPC_CANCELLED", mayHaveRun: false });
  const timed = client.add(pair, { timeout: 0 });
  await assert.rejects(timed, { code: "RPC_TIMEOUT", mayHaveRun: false });
  const ended = assert.rejects(second, { code: "RPC_DEFERRED_REFUSED", mayHaveRun: false });
  const poll = setInterval(() => answer(open()), 5);
  t.after(() => clearInterval(poll));
  await ended;
});
