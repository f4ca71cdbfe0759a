import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { BlockingSocket, longestWait, type SocketCalls } from "./blocking-socket.js";

const timeLimit = 20;

/** The system, as far as limits go. It refuses a time whose microseconds are a second or more, as Linux does. */
function limitsOnly(): { calls: SocketCalls; seconds: () => number; changes: () => number } {
  let [limit, changes] = [0, 0];
  const calls: SocketCalls = {
    socket: () => 3,
    connect: () => 0,
    send: (_fd, { length }) => length,
    recv: () => 1,
    close: () => 0,
    errno: () => 33,
    setsockopt(_fd, _level, name, value) {
      const [seconds, microseconds] = new BigInt64Array(value.slice().buffer) as unknown as [bigint, bigint];
      if (microseconds < 0n || microseconds >= 1_000_000n) return -1;
      if (name === timeLimit) {
        changes++;
        limit = Number(seconds) + Number(microseconds) / 1e6;
      }
      return 0;
    },
  };
  return { calls, seconds: () => limit, changes: () => changes };
}

const place = { kind: "udp", host: "127.0.0.1", port: 9 } as const;

test("the system's limit of a wait is a valid time, at most a millisecond over what is left, and not far below it", () => {
  const time = fc.oneof(fc.double({ min: -5, max: 5_000, noNaN: true }), fc.constantFrom(0, 999.9999, 1e12));
  fc.assert(
    fc.property(fc.array(time, { minLength: 1 }), (times) => {
      const { calls, seconds } = limitsOnly();
      const socket = new BlockingSocket(calls, place);
      for (const wanted of times) {
        socket.receive(new Uint8Array(4), wanted);
        const set = seconds() * 1000;
        assert.ok(set > 0 && set < Math.max(wanted, 1) + 1.001, `${set} for ${wanted}`);
        assert.ok(set >= Math.min(wanted, longestWait) * 0.75, `${set} for ${wanted}`);
      }
    }),
  );
});

test("long waits, and those without an end, are late early: a thread that is terminated ends then", () => {
  for (const time of [3_600_000, Number.POSITIVE_INFINITY]) {
    const { calls, seconds } = limitsOnly();
    const socket = new BlockingSocket(calls, place);
    socket.receive(new Uint8Array(4), time);
    assert.equal(seconds() * 1000, longestWait);
    socket.receive(new Uint8Array(4), 10);
    socket.send(new Uint8Array(4), time);
    assert.equal(seconds() * 1000, longestWait);
  }
});

test("waits of about the same length set the limit once", () => {
  const { calls, changes } = limitsOnly();
  const socket = new BlockingSocket(calls, place);
  for (let i = 0; i < 100; i++) socket.receive(new Uint8Array(4), 300 - (i % 7));
  assert.ok(changes() <= 7, `${changes()} changes`);
});
