import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Peer } from "../peer/peer.js";
import { adder, adding, call } from "../rpc/adder.test-support.js";
import { until } from "../testing/waiting.test-support.js";
import { memoryPair } from "../transport/memory.js";
import type { ServerOptions } from "./options.js";
import { Server } from "./server.js";
import { fewLarge, unknownAtOnce } from "./starts.js";

const large = 200_000;

/** A server whose `repeat` ends when the test says so. */
function serve(t: TestContext, options: ServerOptions = {}) {
  const running: (() => void)[] = [];
  const started: number[] = [];
  const server = new Server(options).implement(
    adder,
    adding({
      repeat: (size) => {
        started.push(size);
        return new Promise((resolve) => running.push(() => resolve(new Uint8Array(size))));
      },
    }),
  );
  t.after(() => server.destroy());
  const dial = (): Peer => {
    const [near, far] = memoryPair();
    server.accept(far);
    const peer = new Peer(near);
    t.after(() => peer.destroy());
    return peer;
  };
  return { server, running, started, dial };
}

/** Until nothing more starts. */
async function settled(started: readonly unknown[]): Promise<void> {
  for (let before = -1; before !== started.length; ) {
    before = started.length;
    for (let i = 0; i < 20; i++) await turn();
  }
}

/** One reply, so that its size is known and the gate is loaded. */
async function replied(served: ReturnType<typeof serve>, size: number): Promise<void> {
  const answered = call(served.dial(), "repeat", [size]);
  await until(
    () => served.running.length === 1,
    () => "the first call",
  );
  served.running.pop()?.();
  await answered;
  served.started.length = 0;
}

const limits = { totalBytes: 20 * large };

test("handlers with large replies start only while there is room for the replies, and small calls do not wait", async (t) => {
  const served = serve(t, { limits });
  await replied(served, large);
  const greedy = Array.from({ length: 30 }, () => served.dial());
  const replies = greedy.map((peer) => Promise.all([call(peer, "repeat", [large]), call(peer, "repeat", [large])]));
  await settled(served.started);
  assert.ok(served.started.length >= fewLarge && served.started.length < 20, `${served.started.length} run`);
  assert.equal(await call(served.dial(), "add", [{ a: 20, b: 22 }]), 42);
  let done = false;
  const all = Promise.all(replies).finally(() => {
    done = true;
  });
  while (!done) {
    assert.ok(served.running.length <= 20, `${served.running.length} run at once`);
    served.running.shift()?.();
    await turn();
  }
  await all;
  assert.equal(served.started.length, 60);
  assert.deepEqual({ ...served.server.usage }, { calls: 0, bytes: 0 });
});

test("connections take turns: a newcomer waits for one call of each other connection", async (t) => {
  const served = serve(t, { limits: { totalBytes: 2 * large } });
  await replied(served, large);
  const greedy = Array.from({ length: 5 }, () => served.dial());
  for (const peer of greedy) for (let i = 0; i < 50; i++) call(peer, "repeat", [large]).catch(() => undefined);
  await settled(served.started);
  assert.equal(served.started.length, fewLarge);
  const honest = call(served.dial(), "repeat", [large + 4]);
  await settled(served.started);
  let ended = 0;
  while (!served.started.includes(large + 4)) {
    served.running.shift()?.();
    ended++;
    await settled(served.started);
  }
  assert.ok(ended <= greedy.length + 1, `after ${ended} others`);
  while (served.running.length > 0) served.running.pop()?.();
  assert.equal(((await honest) as Uint8Array).length, large + 4);
});

test("before the first reply, few handlers of a procedure start at once, and more from time to time", async (t) => {
  const served = serve(t);
  await replied(served, 8);
  const cold = serve(t);
  const first = cold.dial();
  call(first, "repeat", [8]).catch(() => undefined);
  // The gate is loaded.
  await until(
    () => cold.started.length === 1,
    () => "the first call",
  );
  await turnsUntilLoaded();
  for (let i = 0; i < 2 * unknownAtOnce; i++) call(first, "repeat", [8]).catch(() => undefined);
  await until(
    () => cold.started.length > unknownAtOnce,
    () => `${cold.started.length} of the calls`,
  );
  assert.ok(cold.started.length < 2 * unknownAtOnce, `${cold.started.length} started`);
  // Now they are known to be small.
  cold.running.pop()?.();
  await until(
    () => cold.started.length === 2 * unknownAtOnce + 1,
    () => `${cold.started.length} of the calls`,
  );
});

test("a waiting call does not run if its caller has disconnected", async (t) => {
  const served = serve(t, { limits: { totalBytes: 2 * large } });
  await replied(served, large);
  const peer = served.dial();
  for (let i = 0; i < fewLarge; i++) call(peer, "repeat", [large]).catch(() => undefined);
  await settled(served.started);
  const gone = served.dial();
  for (let i = 0; i < 5; i++) call(gone, "repeat", [large + 4]).catch(() => undefined);
  await settled(served.started);
  assert.equal(served.server.usage.calls, fewLarge + 5);
  gone.destroy();
  await until(
    () => served.server.usage.calls === fewLarge,
    () => "the calls to be forgotten",
  );
  while (served.running.length > 0) served.running.pop()?.();
  await settled(served.started);
  assert.equal(served.started.length, fewLarge);
  assert.deepEqual(served.server.usage.calls, 0);
});

test("a server that closes runs the calls that wait", async (t) => {
  const served = serve(t, { limits: { totalBytes: 2 * large } });
  await replied(served, large);
  const peer = served.dial();
  const replies = Array.from({ length: fewLarge + 4 }, () => call(peer, "repeat", [large]));
  await settled(served.started);
  const closed = served.server.close({ drain: 60_000 });
  for (let i = 0; i < replies.length; i++) {
    await until(
      () => served.running.length > 0,
      () => "the next call",
    );
    served.running.pop()?.();
    await turn();
  }
  await closed;
  assert.equal((await Promise.all(replies)).length, fewLarge + 4);
});

/** The file of the gate is loaded by an `import` of its own. */
async function turnsUntilLoaded(): Promise<void> {
  await import("./starts.js");
  await turn();
}
