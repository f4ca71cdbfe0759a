// Connections over the system's sockets, whose other end is hostile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { authNone } from "../auth/none.js";
import type { SocketCalls } from "../machine/blocking-socket.js";
import { adder } from "../rpc/adder.test-support.js";
import type { ChannelCall } from "../rpc/call.js";
import { TransportError } from "../transport/errors.js";
import { defaultMaxMessage } from "../transport/output.js";
import { defaultLimits } from "../xdr/limits.js";
import { BlockingChannel } from "./channel.js";
import { openSocket } from "./socket-wire.js";
import type { WireOptions } from "./wire.js";

const remote = { kind: "tcp", host: "192.0.2.1", port: 700 } as const;
const [eagain, notWaiting] = [11, 0x40];

/** A system whose one connection brings these chunks, and takes this many messages that must not wait. */
function system(chunks: Uint8Array[], takes = 0) {
  const count = { sent: 0, notWaiting: 0, open: 0 };
  const calls: SocketCalls = {
    socket: () => ++count.open,
    connect: () => 0,
    send(_fd, { length }, _length, flags) {
      if ((flags & notWaiting) === 0) return ++count.sent && length;
      return ++count.notWaiting <= takes ? length : -1;
    },
    recv(_fd, into, length) {
      const chunk = chunks.shift();
      if (chunk === undefined) return -1;
      into.set(chunk.subarray(0, length));
      if (chunk.length > length) chunks.unshift(chunk.subarray(length));
      return Math.min(length, chunk.length);
    },
    setsockopt: () => 0,
    close() {
      count.open--;
      return 0;
    },
    errno: () => eagain,
  };
  return { calls, count };
}

function add(calls: SocketCalls, timeout: number, connection: WireOptions = {}): unknown {
  const open = (time: number) => openSocket(calls, remote, time, connection);
  const others = { retransmit: undefined, lenient: undefined, onLeftOver: undefined, strict: true };
  const limits = { limits: defaultLimits, decodedBytes: 1_000_000 };
  const times = { timeout, connectTimeout: 1_000 };
  const channel = new BlockingChannel(open, { target: "x", remote, auth: authNone(), ...limits, ...times, ...others });
  const request = { program: adder, procedure: adder.procedures.add, args: [{ a: 1, b: 2 }], options: {} };
  return channel.call(request as ChannelCall);
}

/** Calls of the other end, each a record of 8 bytes. */
function callsOfServer(count: number): Uint8Array {
  const bytes = Buffer.alloc(12 * count);
  for (let i = 0; i < count; i++) bytes.writeUInt32BE(0x8000_0008, 12 * i);
  return bytes;
}

test("a server that makes calls and reads no answers blocks nothing: the connection ends at the first that it does not take", () => {
  for (const takes of [0, 10]) {
    const { calls, count } = system([callsOfServer(5_000)], takes);
    assert.throws(
      () => add(calls, Number.POSITIVE_INFINITY),
      (error: Error & { mayHaveRun?: boolean; cause?: Error }) =>
        error.mayHaveRun === true && /reads no answers/.test(error.cause?.message ?? ""),
    );
    assert.deepEqual(count, { sent: 1, notWaiting: takes + 1, open: 0 });
  }
});

test("a record that is not whole after limits.time ends the connection, however often a byte of it comes", () => {
  const mark = Buffer.from([0x80, 0, 4, 0]);
  const { calls, count } = system([mark, ...Array.from({ length: 1_000 }, () => new Uint8Array(1))]);
  assert.throws(
    () => add(calls, Number.POSITIVE_INFINITY, { limits: { time: 0 } }),
    (error: Error) => error.cause instanceof TransportError && /limits\.time/.test(error.cause.message),
  );
  assert.equal(count.open, 0);
});

test("a socket that cannot be set up gives its descriptor back", () => {
  const { calls, count } = system([]);
  assert.throws(() => add({ ...calls, setsockopt: () => -1 }, 1_000), { code: "RPC_DISCONNECTED", mayHaveRun: false });
  assert.equal(count.open, 0);
});

test("a message has the same limit as one of a client that does not block", () => {
  const wire = openSocket(system([]).calls, remote, 1_000, {});
  assert.equal(wire.info.maxMessage, defaultMaxMessage);
  wire.close();
});

test("a server that does not take the connection in time is a timeout, and the call did not run", () => {
  const { calls, count } = system([]);
  const slow = { ...calls, connect: () => -1, errno: () => 115 };
  for (const timeout of [0, 5_000]) assert.throws(() => add(slow, timeout), { code: "RPC_TIMEOUT", mayHaveRun: false });
  assert.equal(count.open, 0);
});
