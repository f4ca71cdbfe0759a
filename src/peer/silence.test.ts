import assert from "node:assert/strict";
import { test } from "node:test";
import { call, RawEnd } from "../rpc/adder.test-support.js";
import { RpcTimeout } from "../rpc/errors.js";
import { FakeClock } from "../testing/fake-clock.js";
import { memoryPair } from "../transport/memory.js";
import { Deadlines } from "./deadlines.js";
import { Peer } from "./peer.js";

const success = "00000001 00000000 00000000 00000000 00000000 00000003";

function converse() {
  const clock = new FakeClock();
  const [near, far] = memoryPair();
  const peer = new Peer(near, { deadlines: new Deadlines(clock) });
  return {
    clock,
    peer,
    end: new RawEnd(far),
    add: (timeout: number, patient = false) => call(peer, "add", [{ a: 1, b: 2 }], { timeout, patient }),
  };
}

test("a connection on which nothing came in while a call timed out counts as dead, but its other calls may be answered", async () => {
  const { clock, peer, end, add } = converse();
  const patient = add(60_000);
  const xid = (await end.next()).slice(0, 8);
  const late = assert.rejects(add(1_000), RpcTimeout);
  clock.advance(1_100);
  await late;
  assert.equal(peer.connected, false);
  end.send(`${xid} ${success}`);
  assert.equal(await patient, 3);
});

test("a connection on which anything came in while a call timed out is kept", async () => {
  const { clock, peer, end, add } = converse();
  const slow = assert.rejects(add(1_000), RpcTimeout);
  await end.next();
  const other = add(1_000);
  end.send(`${(await end.next()).slice(0, 8)} ${success}`);
  assert.equal(await other, 3);
  clock.advance(1_100);
  await slow;
  assert.equal(peer.connected, true);
});

test("a connection on which nothing came in while a patient call timed out is kept", async () => {
  const { clock, peer, add } = converse();
  const late = assert.rejects(add(1_000, true), RpcTimeout);
  clock.advance(1_100);
  await late;
  assert.equal(peer.connected, true);
});

test("one call in a great hurry proves nothing, many one after the other do", async () => {
  const { clock, peer, add } = converse();
  let calls = 0;
  for (; peer.connected && calls < 100; calls++) {
    const late = assert.rejects(add(10), RpcTimeout);
    clock.advance(30);
    await late;
  }
  assert.ok(calls > 1 && calls < 10, `${calls} calls`);
});

test("answers between calls in a hurry begin the count anew", async () => {
  const { clock, peer, end, add } = converse();
  for (let i = 0; i < 20; i++) {
    const late = assert.rejects(add(10), RpcTimeout);
    await end.next();
    clock.advance(30);
    await late;
    const answered = add(1_000);
    end.send(`${(await end.next()).slice(0, 8)} ${success}`);
    assert.equal(await answered, 3);
  }
  assert.equal(peer.connected, true);
});
