import assert from "node:assert/strict";
import { test } from "node:test";
import { PendingCalls } from "./pending-calls.js";

test("xids follow each other, across the end of the range too", () => {
  const calls = new PendingCalls<{ xid: number }>(0xffff_fffe);
  const xids = [0, 1, 2, 3].map(() => {
    const call = { xid: 0 };
    assert.ok(calls.add(call));
    return call.xid;
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
