import assert from "node:assert/strict";
import { once } from "node:events";
import { after, test } from "node:test";
import { Worker } from "node:worker_threads";
import { systemClock } from "../base/clock.js";
import type { PartnerOrder } from "./partner.test-support.js";
import { longestFrame, NumberedBytes, shared } from "./partner-frames.js";
import { longestRead, PartnerThread } from "./partner-thread.js";

const file = new URL("./partner.test-support.js", import.meta.url);

function start(): PartnerThread {
  const thread = new PartnerThread(file);
  after(() => thread.close());
  return thread;
}

const order = (thread: PartnerThread, what: PartnerOrder): void => thread.post(what);

/** The next message's number and size. */
function next(thread: PartnerThread): [number, number] {
  const message = thread.next() as { readonly number: number; readonly bytes: Uint8Array };
  assert.ok(message.bytes.every((byte) => byte === (message.number & 255)));
  return [message.number, message.bytes.length];
}

test("a partner thread's messages keep their order, whether they are short or long", () => {
  const thread = start();
  const sizes = [0, 1, longestFrame, longestFrame + 1, 7, 300_000, 0, longestFrame - 1, 5];
  order(thread, { send: sizes });
  assert.deepEqual(
    sizes.map(() => next(thread)),
    sizes.map((size, number) => [number, size]),
  );
});

test("a partner thread may send more than the system keeps for a thread that reads later", () => {
  const thread = start();
  const sizes = Array.from({ length: 3_000 }, (_, i) => (i % 500 === 0 ? 40_000 : (i * 37) % 2_000));
  order(thread, { send: [...sizes, 1] });
  for (const [number, size] of sizes.entries()) assert.deepEqual(next(thread), [number, size]);
  assert.deepEqual(next(thread), [sizes.length, 1]);
});

test("a wait for a partner thread ends with its time, and takes nothing from the next one", () => {
  const thread = start();
  for (const time of [0, 5, 1, 0]) assert.equal(thread.next(time), undefined);
  order(thread, { send: [3] });
  assert.deepEqual(next(thread), [0, 3]);
  for (const time of [20, 0, 1, 1]) assert.equal(thread.next(time), undefined);
  order(thread, { send: [4] });
  assert.ok(thread.next(60_000) instanceof NumberedBytes);
});

test("a wait goes on if the partner thread says that its time is up before it is", (t) => {
  const thread = start();
  order(thread, { send: [3] });
  assert.deepEqual(next(thread), [0, 3]);
  // The second look at the clock is after the thread's mark, and still before the end.
  const times = [0, 0, 19.9, 19.9, 20];
  t.mock.method(systemClock, "now", () => times.shift() ?? 20);
  // Else the wait would have no end.
  order(thread, { sendAfter: 30_000 });
  assert.equal(thread.next(20), undefined);
  assert.deepEqual(times, []);
});

test("no wake is lost if the partner thread comes up while its owner begins to wait", (t) => {
  for (const wait of [
    (thread: PartnerThread) => thread.next(30_000),
    (thread: PartnerThread) => thread.waitUntilUp(30_000),
  ]) {
    const thread = start();
    order(thread, { send: [5] });
    const { load: read } = Atomics;
    const load = t.mock.method(Atomics, "load", (words: Int32Array, index: number) => {
      const value = read(words, index);
      load.mock.restore();
      while (read(words, shared.socket) === 0)
        Atomics.wait(words, shared.messages, read(words, shared.messages), 30_000);
      return value;
    });
    const waits = t.mock.method(Atomics, "wait");
    assert.ok(wait(thread));
    assert.ok(waits.mock.calls.every(({ result }) => result !== "timed-out"));
    waits.mock.restore();
  }
});

test("a wait for a thread to come up ends with its time", (t) => {
  const thread = new PartnerThread(new URL("./partner-waiting.test-support.js", import.meta.url));
  after(() => thread.close());
  t.mock.method(Atomics, "wait", () => "timed-out");
  assert.equal(thread.waitUntilUp(10_000), false);
});

test("a thread that waits for its partner without an end can be terminated", { timeout: 60_000 }, async () => {
  const worker = new Worker(new URL("./partner-waiting.test-support.js", import.meta.url), { execArgv: [] });
  await once(worker, "message");
  // Meanwhile that thread begins to wait.
  assert.ok(start().waitUntilUp(60_000));
  assert.equal(await worker.terminate(), 1);
});

test("a thread that waits again and again with the same time asks for its end seldom", (t) => {
  const thread = start();
  order(thread, { send: Array.from({ length: 100 }, () => 8) });
  next(thread);
  const started = systemClock.now();
  const post = t.mock.method(thread, "post");
  for (let i = 1; i < 100; i++) assert.ok(thread.next(60_000) instanceof NumberedBytes);
  const most = 2 + (systemClock.now() - started) / longestRead;
  assert.ok(post.mock.callCount() <= most, `${post.mock.callCount()} messages`);
});

test("a partner thread that has ended is reported to the thread that waits", () => {
  const thread = start();
  order(thread, { send: [2] });
  assert.deepEqual(next(thread), [0, 2]);
  order(thread, { end: true });
  assert.throws(() => thread.next(), /has ended/);
  assert.equal(thread.ended, true);
});

test("a thread that cannot start reports why to a thread that never stops blocking", { timeout: 60_000 }, () => {
  const thread = new PartnerThread(new URL("./no-such-module.js", import.meta.url));
  after(() => thread.close());
  thread.waitUntilUp(Number.POSITIVE_INFINITY);
  assert.throws(() => thread.next(), { code: "ERR_MODULE_NOT_FOUND" });
  assert.equal(thread.ended, true);
});
