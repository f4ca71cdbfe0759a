import assert from "node:assert/strict";
import { test } from "node:test";
import { Peer } from "../peer/peer.js";
import { adder, call, RawEnd } from "../rpc/adder.test-support.js";
import { RpcDisconnected } from "../rpc/errors.js";
import { FakeClock } from "../testing/fake-clock.js";
import { memoryPair } from "../transport/memory.js";
import { type KeepAlive, keepAlive } from "./keep-alive.js";

const nullAnswer = "00000001 00000000 00000000 00000000 00000000";
const turn = () => new Promise((resolve) => setImmediate(resolve));

function converse(options: KeepAlive = { interval: 1_000, unanswered: 2 }) {
  const clock = new FakeClock();
  const [near, far] = memoryPair();
  const peer = new Peer(near);
  keepAlive(peer, adder, options, clock);
  return { clock, peer, end: new RawEnd(far) };
}

test("while nothing comes in procedure 0 is called, and a connection that answers is kept", async () => {
  const { clock, peer, end } = converse();
  for (let i = 0; i < 5; i++) {
    clock.advance(1_000);
    const sent = await end.next();
    assert.match(sent, /^\w{8} 00000000 00000002 23451111 00000001 00000000 /);
    end.send(`${sent.slice(0, 8)} ${nullAnswer}`);
    await turn();
    clock.advance(1_000);
  }
  assert.equal(peer.connected, true);
  assert.equal(end.received.length, 0);
});

test("without an interval procedure 0 is called after 30 seconds without data", async () => {
  const { clock, end } = converse({});
  clock.advance(29_999);
  await turn();
  assert.equal(end.received.length, 0);
  clock.advance(1);
  await end.next();
});

test("a connection that answers none of them is given up, and calls on it fail", async () => {
  const { clock, peer, end } = converse();
  const waiting = assert.rejects(call(peer, "add", [{ a: 1, b: 2 }]), (error: RpcDisconnected) => {
    assert.ok(error instanceof RpcDisconnected && error.mayHaveRun);
    assert.match(error.message, /procedure 0 was called 2 times, 1000 ms apart \(options\.keepAlive\)/);
    return true;
  });
  clock.advance(2_000);
  await turn();
  assert.equal(end.received.length, 3);
  assert.equal(peer.closed, false);
  clock.advance(1_000);
  await waiting;
  assert.equal(peer.closed, true);
  assert.equal(clock.timers, 0);
});

test("a connection on which calls are answered is not asked", async () => {
  const { clock, peer, end } = converse();
  for (let i = 0; i < 5; i++) {
    const answered = call(peer, "add", [{ a: 1, b: 2 }]);
    const sent = await end.next();
    end.send(`${sent.slice(0, 8)} ${nullAnswer} 00000003`);
    assert.equal(await answered, 3);
    clock.advance(1_000);
  }
  assert.equal(end.received.length, 0);
});

test("it does not keep the process alive, and ends with the connection", async () => {
  const { clock, peer } = converse();
  clock.advance(1_000);
  assert.deepEqual([clock.timers, clock.holds], [1, false]);
  peer.destroy();
  clock.advance(1_000);
  assert.equal(clock.timers, 0);
});
