import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { type asked_questions, asked_kind as Kind, asked_questions as questions } from "./shared-replies.gen.js";
import { encoded, Wire } from "./wire.js";

/** A stream whose both ends are here, and what comes out of the wire over it. */
function wire() {
  const stream = new PassThrough();
  const received: asked_questions[] = [];
  const failures: unknown[] = [];
  const both = new Wire(
    stream,
    questions,
    questions,
    (message) => void received.push(message),
    (error) => void failures.push(error),
  );
  return { stream, both, received, failures };
}

const store = (call: number, outcome: Uint8Array) => ({ kind: Kind.ASKED_STORE, store: { call, outcome } });

test("messages of a wire arrive whole and in order, however the pipe cuts them", async () => {
  const sender = wire();
  const bytes: Buffer[] = [];
  sender.stream.on("data", (chunk: Buffer) => void bytes.push(chunk));
  sender.both.send([store(1, Uint8Array.of(1, 2, 3))]);
  sender.both.send([store(2, new Uint8Array(100_000).fill(7)), { kind: Kind.ASKED_FORGET, forgotten: 3 }]);
  await sender.both.flushed();
  const all = Buffer.concat(bytes);
  for (const size of [1, 3, 4096, all.length]) {
    const { stream, received, failures } = wire();
    for (let at = 0; at < all.length; at += size) stream.emit("data", all.subarray(at, at + size));
    assert.deepEqual(failures, []);
    assert.equal(received.length, 2, `in pieces of ${size} bytes`);
    assert.deepEqual(received[0], [store(1, Uint8Array.of(1, 2, 3))]);
    assert.deepEqual(received[1]?.[1], { kind: Kind.ASKED_FORGET, forgotten: 3 });
  }
});

test("a malformed message ends a wire, and is reported once", () => {
  const { stream, failures } = wire();
  const body = encoded(questions, [store(1, Uint8Array.of(1))]);
  body[7] = 9;
  const mark = Buffer.of(0x80, 0, 0, body.length);
  stream.emit("data", Buffer.concat([mark, body, mark, body]));
  assert.equal(failures.length, 1);
  assert.equal(stream.destroyed, true);
});

test("what is sent on a wire whose other end has gone is dropped", async () => {
  const { stream, both } = wire();
  stream.destroy();
  both.send([store(1, Uint8Array.of(1))]);
  await both.flushed();
});
