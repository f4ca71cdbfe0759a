// When replies leave before the end of a turn, counted in writes.
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { turns } from "../testing/waiting.test-support.js";
import type { XdrWriter } from "../xdr/writer.js";
import { Input, readBufferSize } from "./input.js";
import { StreamConnection, type StreamRole } from "./stream.js";

/** A record of 52 bytes, as long as the call of an addition. */
const call = Buffer.concat([Buffer.from([0x80, 0, 0, 48]), Buffer.alloc(48)]);
const reply = (out: XdrWriter, bytes: Uint8Array): void => out.writeBytes(bytes);

/** One end, which answers each record with one of 32 bytes. The system takes every write at once. */
function end(role: StreamRole) {
  const writes: number[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      writes.push(chunk.length);
      done();
    },
  });
  const input = new Input();
  const remote = { kind: "memory", name: "end" } as const;
  const connection = new StreamConnection(
    socket as Socket,
    input,
    { role, info: { remote, local: remote, netid: "tcp" } },
    {},
  );
  connection.open({
    message: () => connection.send(reply, new Uint8Array(28)),
    drained: () => undefined,
    closed: () => undefined,
  });
  /** Reads `bytes`, and returns the lengths of the writes that this led to. */
  const read = async (bytes: Buffer): Promise<number[]> => {
    const atOnce = take(bytes);
    await turns();
    return [...atOnce, ...writes.splice(0)];
  };
  /** The same, without those of later. */
  const take = (bytes: Buffer): number[] => {
    const into = input.onread.buffer();
    input.onread.callback(bytes.copy(into), into);
    return writes.splice(0);
  };
  return { take, read, connection, writes };
}

const calls = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => call));

test("a server that has read all that came begins to answer before it has handled it all, in few writes", async () => {
  const { read } = end("server");
  assert.deepEqual(await read(calls(1)), [32]);
  assert.deepEqual(await read(calls(64)), [2048]);
  assert.deepEqual(await read(calls(128)), [2080, 2016]);
  assert.deepEqual(await read(calls(300)), [2080, 4160, 3360]);
  assert.deepEqual(await read(calls(1)), [32]);
});

test("a server for which more waits to be read answers in one write", async () => {
  const { read, connection } = end("server");
  await read(calls(1));
  const whole = calls(Math.ceil(readBufferSize / call.length));
  assert.deepEqual(await read(whole.subarray(0, readBufferSize)), [32 * Math.floor(readBufferSize / call.length)]);
  connection.destroy();
});

test("replies leave when all that was read has been handled, before anything else of the turn", async () => {
  const { take, read, connection, writes } = end("server");
  await read(calls(1));
  assert.deepEqual(take(calls(1)), [32]);
  assert.deepEqual(take(calls(64)), [2048]);
  // What is sent later waits for the end of the turn.
  connection.send(reply, new Uint8Array(28));
  connection.send(reply, new Uint8Array(28));
  assert.deepEqual(writes, []);
  await turns();
  assert.deepEqual(writes, [64]);
});

test("a client's messages of one turn leave in one write", async () => {
  const { read } = end("client");
  await read(calls(1));
  assert.deepEqual(await read(calls(128)), [128 * 32]);
});
