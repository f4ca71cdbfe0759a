// Calls to a list of servers, to the addresses of a name, and to one server that may get a call again.
import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type ClientOptions, type ClientWiring, closeClient, createClientWith } from "../client/index.js";
import type { PoolTarget } from "../client/target-traits.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import { RpcDisconnected } from "../rpc/errors.js";
import { Server } from "../server/index.js";
import { FakeClock } from "../testing/fake-clock.js";
import { drop, lossyConnection } from "../testing/lossy.js";
import { settleAll } from "../testing/settle.js";
import { ending } from "../testing/waiting.test-support.js";
import { memoryPair } from "../transport/memory.js";
import type { Endpoint, Endpoints } from "./endpoints.js";
import { listEndpoints } from "./list.js";
import { makePool, type PoolClientOptions, repeatOver } from "./make.js";
import { RetryBudget } from "./retry-budget.js";

const pair = { a: 1, b: 2 };

const wiring: ClientWiring = {
  pool: async (target, program, options) => makePool(undefined, program, target, options),
  repeating: async (over, name, program, options) => repeatOver(over, name, program, options),
};

function clientOf(target: PoolTarget, options: PoolClientOptions = {}) {
  return createClientWith(wiring, adder, target, options as ClientOptions);
}

/** A server that answers ADD with its number. */
async function numbered(number: number): Promise<{ server: Server; url: string } & AsyncDisposable> {
  const server = new Server().implement(adder, adding({ add: () => number }));
  const { address } = await server.listen("tcp://127.0.0.1:0");
  assert.ok("port" in address);
  const url = `tcp://127.0.0.1:${address.port}`;
  return { server, url, [Symbol.asyncDispose]: async () => server.destroy() };
}

/** A call of ADD over TCP. */
const callBytes = 52;

/** A TCP server. */
async function listening(serve: (socket: Socket) => void) {
  const server = createServer((socket) => serve(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const close = async () => void server.close();
  return { url: `tcp://127.0.0.1:${port}`, [Symbol.asyncDispose]: close };
}

/** Reads each call and hangs up without an answer, as often as `times` says; then hands on to `url`'s server. */
async function hangingUp(times: number, port: number) {
  let calls = 0;
  const { connect } = await import("node:net");
  const front = await listening((socket) => {
    if (calls >= times) {
      const onward = connect(port, "127.0.0.1");
      onward.on("error", () => undefined).on("close", () => socket.destroy());
      socket.pipe(onward).pipe(socket);
      return;
    }
    socket.once("data", () => {
      calls++;
      socket.destroy();
    });
  });
  return { ...front, calls: () => calls };
}

function portOf(url: string): number {
  return Number(url.slice(url.lastIndexOf(":") + 1));
}

test("calls to a list of targets take turns, and go on to the next server when one is gone", async () => {
  await using one = await numbered(1);
  await using two = await numbered(2);
  // On a busy machine a connection may take longer than the default, and the other server be asked in its place.
  await using client = clientOf([one.url, two.url], { times: { connectPatience: 600_000 } });
  const answers = await Promise.all(Array.from({ length: 6 }, () => client.add(pair)));
  assert.deepEqual(answers.toSorted(), [1, 1, 1, 2, 2, 2]);
  await one.server.close();
  for (let i = 0; i < 4; i++) assert.equal(await client.add(pair), 2);
});

test("a list may hold addresses of any kind, and one that is given twice counts once", async () => {
  await using one = await numbered(1);
  await using client = clientOf([{ kind: "tcp", host: "127.0.0.1", port: portOf(one.url) }, one.url, one.url]);
  assert.equal(await client.add(pair), 1);
  const reported: (readonly Endpoint[])[] = [];
  await listEndpoints([one.url, one.url]).watch((each) => reported.push(each), new AbortController().signal);
  assert.deepEqual(reported, [[{ id: one.url, addresses: [one.url] }]]);
});

test("with no server left of a list the error names each, and the call did not run", async () => {
  await using client = clientOf(["tcp://127.0.0.1:1", "tcp://127.0.0.1:2"]);
  await assert.rejects(client.add(pair), (error: RpcDisconnected) => {
    assert.ok(error instanceof RpcDisconnected);
    assert.equal(error.mayHaveRun, false);
    assert.match(error.message, /none of 2 servers of tcp:\/\/127.0.0.1:1, tcp:\/\/127.0.0.1:2 could be called/);
    return true;
  });
});

test("a source of endpoints is watched from the first call on, followed, and left when the client is closed", async () => {
  await using one = await numbered(1);
  await using two = await numbered(2);
  const log: string[] = [];
  let report: (endpoints: readonly Endpoint[]) => void = () => undefined;
  const source: Endpoints = {
    name: "workers",
    watch(on) {
      log.push("watched");
      report = on;
      on([{ id: "1", addresses: [one.url] }]);
      return () => void log.push("stopped");
    },
  };
  const client = clientOf(source);
  await turn();
  assert.deepEqual(log, []);
  assert.equal(await client.add(pair), 1);
  report([{ id: "2", addresses: [two.url] }]);
  assert.equal(await client.add(pair), 2);
  report([]);
  await assert.rejects(client.add(pair), /workers: workers has no server at the moment$/);
  await closeClient(client);
  assert.deepEqual(log, ["watched", "stopped"]);
});

test("a source that fails tells its calls why, and is watched again by a later call", async () => {
  await using one = await numbered(1);
  let attempts = 0;
  const source: Endpoints = {
    name: "flaky",
    async watch(on) {
      if (attempts++ === 0) throw new Error("not yet");
      on([{ id: "1", addresses: [one.url] }]);
      return () => undefined;
    },
  };
  await using client = clientOf(source, { backoff: { first: 0, factor: 1, most: 0, jitter: 0 } });
  await assert.rejects(client.add(pair), { code: "RPC_DISCONNECTED", mayHaveRun: false, message: /flaky .*not yet/ });
  assert.equal(await client.add(pair), 1);
});

test("with balance a host name is a pool of its addresses", async () => {
  await using one = await numbered(1);
  await using client = clientOf(`tcp://localhost:${portOf(one.url)}`, { balance: "round-robin" });
  for (let i = 0; i < 3; i++) assert.equal(await client.add(pair), 1);
});

test("a call of at-least-once outlives connections that are lost, also with one server; at-most-once does not", async () => {
  await using one = await numbered(1);
  await using front = await hangingUp(2, portOf(one.url));
  const backoff = { first: 1, factor: 1, most: 1, jitter: 0 };
  await using client = clientOf(front.url, { backoff });
  await assert.rejects(client.add(pair), { mayHaveRun: true });
  assert.equal(await ending(client.add(pair, { semantics: "at-least-once" }), "the repeated call"), 1);
  assert.equal(front.calls(), 2);
});

test("semantics are chosen by the call, else by the client for the procedure, else by the interface", async () => {
  await using one = await numbered(1);
  const backoff = { first: 1, factor: 1, most: 1, jitter: 0 };
  await using front = await hangingUp(1, portOf(one.url));
  await using chosen = clientOf(front.url, { backoff, semantics: { add: "at-least-once" } });
  assert.equal(await ending(chosen.add(pair), "the call"), 1);
  await using again = await hangingUp(1, portOf(one.url));
  await using overridden = clientOf(again.url, { backoff, semantics: "at-least-once" });
  await assert.rejects(overridden.add(pair, { semantics: "at-most-once" }), { mayHaveRun: true });
  await using third = await hangingUp(1, portOf(one.url));
  const { add, ...others } = adder.procedures;
  const repeatable = { ...adder, procedures: { ...others, add: { ...add, semantics: "at-least-once" as const } } };
  await using annotated = createClientWith(wiring, repeatable, third.url, { backoff });
  assert.equal(await ending(annotated.add(pair), "the annotated call"), 1);
});

test("a call whose reply is longer than the client receives is sent once more, not until its timeout", async () => {
  let runs = 0;
  await using server = new Server().implement(
    adder,
    adding({ repeat: (count) => new Uint8Array(count * Math.sign(++runs)) }),
  );
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const backoff = { first: 1, factor: 1, most: 1, jitter: 0 };
  const connection = { limits: { record: 50_000 } };
  await using client = clientOf(`tcp://127.0.0.1:${(address as { port: number }).port}`, { backoff, connection });
  const call = client.repeat(60_000, { semantics: "at-least-once" });
  await assert.rejects(ending(call, "the refusal"), { mayHaveRun: true, message: /limits\.record/ });
  assert.equal(runs, 2);
  assert.equal((await client.repeat(40_000, { semantics: "at-least-once" })).length, 40_000);
});

test("a server that fails every call gets at most 1.2 times the calls if time adds no retries", async () => {
  let bytes = 0;
  await using front = await listening((socket) =>
    socket.on("data", ({ length }) => {
      bytes += length;
      setImmediate(() => socket.destroy());
    }),
  );
  const backoff = { first: 1, factor: 1, most: 1, jitter: 0 };
  // A probe would count as a call.
  const times = { quarantine: { first: 600_000, factor: 1, most: 600_000, jitter: 0 } };
  const retryBudget = { perSecond: 0 };
  await using client = clientOf(front.url, { backoff, times, semantics: "at-least-once", retryBudget, timeout: 500 });
  const calls = Array.from({ length: 100 }, () => client.add(pair));
  for (const outcome of await Promise.allSettled(calls)) assert.equal(outcome.status, "rejected");
  const sent = bytes / callBytes;
  assert.ok(sent > 100 && sent <= 120, String(sent));
});

test("all calls get through when a server is back, although the budget has fewer repetitions", async () => {
  await using one = await numbered(1);
  await using front = await hangingUp(1, portOf(one.url));
  const backoff = { first: 1, factor: 1, most: 1, jitter: 0 };
  const retryBudget = { share: 0.2, perSecond: 0 };
  await using client = clientOf(front.url, { backoff, semantics: "at-least-once", retryBudget, timeout: 60_000 });
  const calls = Array.from({ length: 100 }, () => client.add(pair));
  assert.deepEqual(new Set(await ending(Promise.all(calls), "the repeated calls")), new Set([1]));
});

test("without budget a call that may have run is not sent again, and ends at its deadline", async () => {
  await using one = await numbered(1);
  await using front = await hangingUp(3, portOf(one.url));
  const backoff = { first: 1, factor: 1, most: 1, jitter: 0 };
  const times = { quarantine: { first: 600_000, factor: 1, most: 600_000, jitter: 0 } };
  const retryBudget = { share: 0, perSecond: 0 };
  await using client = clientOf(front.url, { backoff, times, semantics: "at-least-once", retryBudget, timeout: 100 });
  await assert.rejects(ending(client.add(pair), "the deadline"), { mayHaveRun: true });
  assert.equal(front.calls(), 1);
});

test("repetitions at other servers begin with the burst, and each answer adds its share", () => {
  const budget = new RetryBudget({ share: 0.5, burst: 2 });
  const three = () => [budget.spendElsewhere(), budget.spendElsewhere(), budget.spendElsewhere()];
  assert.deepEqual(three(), [true, true, false]);
  budget.answered(false);
  assert.equal(budget.spendElsewhere(), false);
  budget.answered(false);
  assert.equal(budget.spendElsewhere(), true);
  for (let i = 0; i < 10; i++) budget.answered(false);
  assert.deepEqual(three(), [true, true, false]);
});

test("repetitions at a server that has failed come with calls and with time, and are given back if it answers", () => {
  const clock = new FakeClock();
  const budget = new RetryBudget({ share: 0.5, perSecond: 10, burst: 2 }, clock);
  assert.equal(budget.spendAgain(), false);
  budget.made();
  budget.made();
  assert.deepEqual([budget.spendAgain(), budget.spendAgain()], [true, false]);
  budget.answered(true);
  assert.deepEqual([budget.spendAgain(), budget.spendAgain()], [true, false]);
  clock.advance(100);
  assert.deepEqual([budget.spendAgain(), budget.spendAgain()], [true, false]);
  clock.advance(60_000);
  assert.deepEqual([budget.spendAgain(), budget.spendAgain(), budget.spendAgain()], [true, true, false]);
});

test("a call of maybe is sent once over datagrams, others are repeated", async () => {
  const sent = async (semantics: "maybe" | "at-most-once"): Promise<number> => {
    let messages = 0;
    const [near] = memoryPair();
    const lost = lossyConnection(near, {
      script: () => {
        messages++;
        return drop;
      },
    });
    const clock = new FakeClock();
    const options: ClientOptions = { clock, semantics, timeout: 100, retransmit: { first: 30, factor: 1, jitter: 0 } };
    await using client = createClientWith(wiring, adder, lost, options);
    const failing = assert.rejects(client.add(pair), { code: "RPC_TIMEOUT", mayHaveRun: true });
    for (let step = 0; step < 10; step++) {
      await settleAll();
      clock.advance(10);
    }
    await failing;
    return messages;
  };
  assert.equal(await sent("maybe"), 1);
  assert.equal(await sent("at-most-once"), 4);
});
