// What many calls in flight cost: guards by counts of objects.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as v8 from "node:v8";
import { adder, call, RawEnd } from "../rpc/adder.test-support.js";
import { RpcCancelled, RpcTimeout } from "../rpc/errors.js";
import type { Procedure } from "../rpc/program.js";
import { FakeClock } from "../testing/fake-clock.js";
import { memoryPair } from "../transport/memory.js";
import { type Alarm, Deadlines } from "./deadlines.js";
import { Peer } from "./peer.js";

/** Collects the alarms that were set: each is an exchange. */
class Collecting extends Deadlines {
  readonly alarms = new Set<Alarm>();

  override set(alarm: Alarm, delay: number): void {
    this.alarms.add(alarm);
    super.set(alarm, delay);
  }
}

function converse() {
  const clock = new FakeClock();
  const deadlines = new Collecting(clock);
  const [near, far] = memoryPair();
  return { clock, deadlines, peer: new Peer(near, { deadlines }), end: new RawEnd(far) };
}

function reply(sent: string, sum: number): string {
  const word = sum.toString(16).padStart(8, "0");
  return `${sent.slice(0, 8)} 00000001 00000000 00000000 00000000 00000000 ${word}`;
}

test("calls use the objects of calls that were answered, so their number is that of the calls in flight", async () => {
  const { deadlines, peer, end } = converse();
  for (let round = 0; round < 20; round++) {
    const calls = Array.from({ length: 50 }, (_, i) => call(peer, "add", [{ a: i, b: round }]));
    for (let i = 0; i < calls.length; i++) end.send(reply(await end.next(), i + round));
    assert.deepEqual(
      await Promise.all(calls),
      calls.map((_, i) => i + round),
    );
  }
  assert.equal(peer.stats.calls, 1_000);
  assert.equal(deadlines.alarms.size, 50);
});

test("a burst uses the objects of one on another connection", async () => {
  const before = converse();
  const after = converse();
  for (const { peer, end } of [before, after]) {
    const calls = Array.from({ length: 9_000 }, (_, i) => call(peer, "add", [{ a: i, b: 1 }]));
    for (let i = 0; i < calls.length; i++) end.send(reply(await end.next(), i + 1));
    await Promise.all(calls);
  }
  assert.deepEqual(after.deadlines.alarms, before.deadlines.alarms);
});

test("a call that was cancelled or has timed out leaves its object to nobody, and its late reply reaches no other call", async () => {
  const { clock, deadlines, peer, end } = converse();
  const cancelled = new AbortController();
  const first = call(peer, "add", [{ a: 1, b: 1 }], { signal: cancelled.signal });
  const firstSent = await end.next();
  cancelled.abort();
  await assert.rejects(first, RpcCancelled);
  const second = call(peer, "add", [{ a: 2, b: 2 }], { timeout: 10 });
  const secondSent = await end.next();
  const late = assert.rejects(second, RpcTimeout);
  clock.advance(100);
  await late;
  const third = call(peer, "add", [{ a: 3, b: 3 }]);
  const thirdSent = await end.next();
  end.send(reply(firstSent, 2));
  end.send(reply(secondSent, 4));
  end.send(reply(thirdSent, 6));
  assert.equal(await third, 6);
  assert.equal(peer.stats.unmatchedReplies, 2);
  assert.equal(deadlines.alarms.size, 3);
});

test("calls with a signal use the objects of others, and the signal of one that was answered ends no later call", async () => {
  const { deadlines, peer, end } = converse();
  const aborts: AbortController[] = [];
  for (let round = 0; round < 20; round++) {
    const abort = new AbortController();
    aborts.push(abort);
    const sum = call(peer, "add", [{ a: 1, b: round }], { signal: abort.signal });
    end.send(reply(await end.next(), round + 1));
    assert.equal(await sum, round + 1);
  }
  const last = call(peer, "add", [{ a: 1, b: 1 }]);
  const sent = await end.next();
  for (const abort of aborts) abort.abort();
  end.send(reply(sent, 2));
  assert.equal(await last, 2);
  assert.equal(deadlines.alarms.size, 1);
});

test("over a reliable connection, a call that was sent does not keep its arguments", {
  skip: v8.queryObjects === undefined && "this Node cannot count objects",
}, async () => {
  class Pair {
    readonly a = 1;
    readonly b = 2;
  }
  const { peer, end } = converse();
  const calls = Array.from({ length: 100 }, () => call(peer, "add", [new Pair()]));
  for (let i = 0; i < calls.length; i++) end.send(reply(await end.next(), i));
  const last = call(peer, "add", [new Pair()]);
  const sent = await end.next();
  assert.equal(v8.queryObjects(Pair, { format: "count" }), 0);
  end.send(reply(sent, 3));
  assert.equal(await last, 3);
  await Promise.all(calls);
});

test("an object that serves later calls keeps no connection in memory", {
  skip: v8.queryObjects === undefined && "this Node cannot count objects",
}, async () => {
  class Ended extends Peer {}
  const converseOnce = async (): Promise<void> => {
    const [near, far] = memoryPair();
    const peer = new Ended(near);
    const end = new RawEnd(far);
    const sum = call(peer, "add", [{ a: 1, b: 2 }]);
    end.send(reply(await end.next(), 3));
    assert.equal(await sum, 3);
    await peer.close();
  };
  for (let i = 0; i < 10; i++) await converseOnce();
  assert.equal(v8.queryObjects(Ended, { format: "count" }), 0);
});

test("a call that has waited for its connection keeps no fractions, for each would be an object more", async () => {
  const { deadlines, peer, end } = converse();
  const { add } = adder.procedures;
  const sum = peer.call({
    program: adder,
    procedure: add as Procedure,
    args: [{ a: 1, b: 2 }],
    options: {},
    spent: 50.7,
  });
  const [exchange] = deadlines.alarms;
  const fractions = Object.entries(exchange as Alarm).filter(
    ([, value]) => typeof value === "number" && value % 1 !== 0,
  );
  assert.deepEqual(fractions, []);
  end.send(reply(await end.next(), 3));
  assert.equal(await sum, 3);
});
