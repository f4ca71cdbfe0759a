import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { channelOf, closeClient } from "../../client/index.js";
import { adder, adding } from "../../rpc/adder.test-support.js";
import type { Call, Handler } from "../../rpc/call.js";
import { RpcCancelled, RpcDisconnected } from "../../rpc/errors.js";
import { Server } from "../../server/index.js";
import { countOf } from "../../testing/count-of.test-support.js";
import { FakeClock } from "../../testing/fake-clock.js";
import { turns, until } from "../../testing/waiting.test-support.js";
import { memoryDirectory } from "../memory-engine.js";
import {
  Counting,
  clientOf,
  clientTo,
  closeWith,
  counting,
  elapse,
  gate,
  hungServer,
  pair,
  path,
  versions,
} from "./balance.test-support.js";

test("a server that failed gets calls again once it answers", async () => {
  await using directory = memoryDirectory();
  const first = new Counting(1);
  await first.server.listen("tcp://127.0.0.1:0");
  const { url } = first;
  await directory.register(path, { versions, addresses: [url] });
  await using two = await counting(directory, 2);
  await using client = clientOf(directory, { semantics: "at-least-once" });
  for (let i = 0; i < 4; i++) await client.add(pair);
  first.server.destroy();
  for (let i = 0; i < 4; i++) assert.equal(await client.add(pair), 2);
  await using again = new Counting(1);
  await again.server.listen(url);
  const before = two.calls;
  while (again.calls === 0) {
    await client.add(pair);
    await sleep(5);
    assert.ok(two.calls - before < 2_000);
  }
});

test("clients follow those who join and leave, and close connections to those who left", async () => {
  await using directory = memoryDirectory();
  await using one = await counting(directory, 1);
  await using client = clientOf(directory);
  assert.equal(await client.add(pair), 1);
  await using two = await counting(directory, 2);
  const answers = [await client.add(pair), await client.add(pair)];
  assert.deepEqual(answers.sort(), [1, 2]);
  const closing = one.server.close();
  while ((await directory.lookup(path)).length > 1) await sleep(1);
  for (let i = 0; i < 4; i++) assert.equal(await client.add(pair), 2);
  await closing;
  assert.equal(one.calls, 2);
  assert.equal(two.calls, 5);
});

test("a server that closes under load loses no call, and none runs twice", async () => {
  await using directory = memoryDirectory();
  await using one = await counting(directory, 1);
  await using two = await counting(directory, 2);
  one.hold = () => sleep(5);
  await using client = clientOf(directory);
  let done = 0;
  let on = true;
  const callers = Array.from({ length: 20 }, async () => {
    while (on) {
      await client.add(pair);
      done++;
    }
  });
  while (one.calls <= 10) await sleep(5);
  await one.server.close();
  on = false;
  await Promise.all(callers);
  assert.equal(one.calls + two.calls, done);
});

test("however servers come and go, no call runs twice that must not, and none fails that may", async () => {
  await using directory = memoryDirectory();
  const ran = new Map<number, number>();
  const live: Server[] = [];
  const join = async (): Promise<void> => {
    const add = async ({ a }: { a: number }) => {
      ran.set(a, (ran.get(a) ?? 0) + 1);
      await sleep(a % 7);
      return a;
    };
    const server = new Server().implement(adder, adding({ add }));
    await server.listen("tcp://127.0.0.1:0");
    await directory.register(path, server, { linger: 50 });
    live.push(server);
  };
  for (let i = 0; i < 4; i++) await join();
  // Limits that no call reaches: on a busy machine a call is slow, and is sent again often.
  await using client = clientOf(directory, { timeout: 600_000, retryBudget: { burst: 100_000 } });
  let next = 0;
  let on = true;
  const failures: { id: number; mayHaveRun: boolean }[] = [];
  const ended = new Array<number>(16).fill(0);
  const callers = ended.map(async (_, caller) => {
    for (; on; ended[caller] = (ended[caller] ?? 0) + 1) {
      const id = next++;
      const idempotent = caller % 2 === 0;
      const semantics = idempotent ? "at-least-once" : "at-most-once";
      try {
        // What may run twice has ids of its own, which nobody counts.
        await client.add({ a: idempotent ? -id : id, b: 0 }, { semantics });
      } catch (error) {
        assert.ok(!idempotent, `${error}`);
        failures.push({ id, mayHaveRun: (error as RpcDisconnected).mayHaveRun });
      }
    }
  });
  for (let i = 0; i < countOf(30, 10) || next < countOf(1_000, 300); i++) {
    const [leaving] = live.splice(Math.floor(Math.random() * live.length), 1);
    if (i % 2 === 0) leaving?.destroy();
    else leaving?.close();
    await join();
    // One of four servers for each call: a call that meets the end of every server fails rightly.
    const before = [...ended];
    await until(
      () => ended.every((count, caller) => count > (before[caller] ?? 0)),
      () => "a call of each caller to end",
    );
  }
  on = false;
  await Promise.all(callers);
  for (const server of live) server.destroy();
  assert.deepEqual(
    [...ran].filter(([id, times]) => id > 0 && times > 1),
    [],
  );
  for (const { id, mayHaveRun } of failures) assert.ok(mayHaveRun, `call ${id} did not run, and was given up`);
});

test("cancelling ends a call that waits, that connects and that is in flight", async () => {
  await using directory = memoryDirectory();
  await using slow = await counting(directory, 1);
  slow.hold = () => gate().opened;
  await using client = clientOf(directory);
  for (const semantics of ["at-most-once", "at-least-once"] as const) {
    const abort = new AbortController();
    const calling = client.add(pair, { signal: abort.signal, semantics });
    const before = slow.calls;
    while (slow.calls === before) await sleep(2);
    abort.abort(new Error("enough"));
    await assert.rejects(calling, (error: RpcCancelled) => error instanceof RpcCancelled && error.mayHaveRun);
  }
  const { calls } = slow;
  for (const semantics of ["at-most-once", "at-least-once"] as const) {
    const calling = client.add(pair, { signal: AbortSignal.abort(), semantics });
    await assert.rejects(calling, (error: RpcCancelled) => error instanceof RpcCancelled && !error.mayHaveRun);
  }
  assert.equal(slow.calls, calls);
  await using waiting = clientTo("dir:/none", { directory, waitForServer: true });
  await assert.rejects(waiting.add(pair, { signal: AbortSignal.abort() }), (error: RpcCancelled) => !error.mayHaveRun);
  const abort = new AbortController();
  const later = waiting.add(pair, { signal: abort.signal });
  setImmediate(() => abort.abort());
  await assert.rejects(later, (error: RpcCancelled) => error instanceof RpcCancelled && !error.mayHaveRun);
});

test("a call leaves nothing behind: its signal has no listener, whichever way it went", async () => {
  await using directory = memoryDirectory();
  await using hung = await hungServer();
  await directory.register(path, { versions, addresses: ["tcp://127.0.0.1:1"] });
  await directory.register(path, { versions, addresses: [hung.url] });
  await using _one = await counting(directory, 1);
  const clock = new FakeClock();
  const client = clientOf(directory, { timeout: 300, clock });
  await using _closing = closeWith(clock, client);
  const { signal } = new AbortController();
  for (let i = 0; i < 6; i++) await elapse(clock, client.add(pair, { signal, semantics: "at-least-once" }));
  await elapse(clock, Promise.allSettled([client.add(pair, { signal }), client.add(pair, { signal })]));
  await using none = clientTo("dir:/none", { directory });
  await assert.rejects(none.add(pair, { signal }));
  await turns();
  assert.deepEqual(getEventListeners(signal, "abort"), []);
});

test("closing a client lets its calls finish and then refuses; destroying it fails them", async () => {
  await using directory = memoryDirectory();
  await using slow = await counting(directory, 1);
  let answer = gate();
  slow.hold = () => answer.opened;
  const client = clientOf(directory);
  const calling = client.add(pair);
  await until(
    () => slow.calls === 1,
    () => "the call to arrive",
  );
  const closing = closeClient(client);
  await assert.rejects(client.add(pair), /the client was closed/);
  answer.open();
  answer = gate();
  assert.equal(await calling, 1);
  await closing;
  const other = clientOf(directory, { semantics: "at-least-once", waitForServer: true });
  const failing = other.add(pair);
  const before = slow.calls;
  while (slow.calls === before) await sleep(2);
  channelOf(other).destroy();
  await assert.rejects(failing, (error: RpcDisconnected) => error instanceof RpcDisconnected);
  await assert.rejects(other.add(pair), /the client was closed/);
});

test("a client that closes refuses what an interceptor calls again, over a service as over an address", async () => {
  await using directory = memoryDirectory();
  await using one = await counting(directory, 1);
  const refusals: string[] = [];
  for (const target of [`dir:${path}`, one.url]) {
    const again = async (call: Call, next: Handler): Promise<unknown> => {
      await next(call);
      closing = closeClient(client);
      return next(call);
    };
    const interceptors = [again];
    const client = target === one.url ? clientTo(target, { interceptors }) : clientOf(directory, { interceptors });
    let closing: Promise<void> | undefined;
    await assert.rejects(client.add(pair), (error: RpcDisconnected) => {
      // The interceptor's first call ran.
      assert.ok(error instanceof RpcDisconnected && error.mayHaveRun);
      refusals.push(error.message.replace(target, "TARGET"));
      return true;
    });
    await closing;
  }
  assert.equal(one.calls, 2);
  assert.equal(refusals[0], refusals[1]);
  assert.match(refusals[0] as string, /^ADD_PROG version 1 ADD at TARGET: the client was closed/);
});

test("a call that waits for a connection to a server that leaves is told that it left", async () => {
  await using directory = memoryDirectory();
  await using binder = await hungServer();
  const lease = await directory.register(path, { versions, addresses: ["127.0.0.1"] });
  await using client = clientOf(directory, { rpcbind: binder.url });
  const call = client.add(pair);
  while (binder.sockets.size === 0) await sleep(5);
  await lease.withdraw();
  await assert.rejects(call, {
    code: "RPC_DISCONNECTED",
    mayHaveRun: false,
    message: /127.0.0.1 has left its service/,
  });
});
