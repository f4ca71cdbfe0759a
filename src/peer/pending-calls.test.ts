import assert from "node:assert/strict";
import { test } from "node:test";
import { Total } from "../transport/budget.js";
import { PendingCalls } from "./pending-calls.js";

test("xids follow each other, across the end of the range too", () => {
  const calls = new PendingCalls<{ xid: number }>(0xffff_fffe);
  const xids = [0, 1, 2, 3].map(() => {
    const call = { xid: 0 };
    assert.ok(calls.add(call));
    return call.xid >>> 0;
  });
  assert.deepEqual(xids, [0xffff_fffe, 0xffff_ffff, 0, 1]);
});

test("an xid that is still awaited is skipped, however many calls go by", () => {
  const calls = new PendingCalls<{ xid: number }>(0);
  const slow = { xid: 0 };
  calls.add(slow);
  for (let i = 0; i < 1000; i++) {
    const call = { xid: 0 };
    calls.add(call);
    assert.notEqual(call.xid % 64, 0);
    assert.equal(calls.get(slow.xid), slow);
    assert.ok(calls.delete(call));
  }
  assert.equal(calls.count, 1);
});

test("ten thousand calls wait at once and each is found by its xid", () => {
  const calls = new PendingCalls<{ xid: number }>(0xffff_f000);
  const waiting = Array.from({ length: 10_000 }, () => ({ xid: 0 }));
  for (const call of waiting) assert.ok(calls.add(call));
  assert.equal(new Set(waiting.map(({ xid }) => xid)).size, waiting.length);
  for (const call of waiting) assert.equal(calls.get(call.xid), call);
  for (const call of waiting) assert.ok(calls.delete(call));
  assert.deepEqual([calls.count, calls.all()], [0, []]);
});

test("the full xid is compared", () => {
  const calls = new PendingCalls<{ xid: number }>(5);
  const call = { xid: 0 };
  calls.add(call);
  assert.equal(calls.get(5 + 64), undefined);
  assert.equal(calls.get(5), call);
  assert.equal(calls.delete({ xid: 5 }), false);
});

test("connections share a total: one has four fifths of it, others find room, and what ends is free again", () => {
  const total = new Total(1_000, 0, true);
  const connections = Array.from({ length: 4 }, () => new PendingCalls<{ xid: number }>(0, 1 << 20, total));
  const waiting = connections.map((one) => {
    const calls: { xid: number }[] = [];
    for (let call = { xid: 0 }; one.add(call); call = { xid: 0 }) calls.push(call);
    return calls;
  });
  assert.equal(waiting[0]?.length, 800);
  for (const calls of waiting) assert.ok(calls.length > 0, waiting.map(({ length }) => length).join());
  assert.ok(total.calls <= 1_000);
  for (const [i, calls] of waiting.entries()) for (const call of calls) connections[i]?.delete(call);
  assert.equal(total.calls, 0);
});

test("a total of its own may be used up, and a waiting call gets another xid even then", () => {
  const total = new Total(3, 0);
  const calls = new PendingCalls<{ xid: number }>(5, 10, total);
  const waiting = Array.from({ length: 3 }, () => ({ xid: 0 }));
  for (const call of waiting) assert.equal(calls.add(call), true);
  assert.equal(calls.add({ xid: 0 }), false);
  for (const call of waiting) calls.renew(call);
  assert.deepEqual(
    waiting.map(({ xid }) => xid),
    [8, 9, 10],
  );
  assert.deepEqual([calls.count, total.calls], [3, 3]);
  for (const call of waiting) assert.equal(calls.get(call.xid), call);
});
