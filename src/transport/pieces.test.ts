import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { turns } from "../testing/waiting.test-support.js";
import { writeInPieces } from "./pieces.js";

/** A layer that takes a write when it is told to. */
function layer() {
  const taken: Buffer[] = [];
  const waiting: Array<(error?: Error) => void> = [];
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, encoding, done) => {
      assert.equal(encoding, "buffer");
      taken.push(chunk);
      waiting.push(done);
    },
    writev: () => assert.fail("all chunks at once"),
  });
  writeInPieces(stream);
  const finish = async (error?: Error): Promise<void> => {
    waiting.shift()?.(error);
    await turns();
  };
  const finishAll = async (): Promise<void> => {
    while (waiting.length > 0) await finish();
  };
  return { stream, taken, finish, finishAll, lengths: () => taken.map(({ length }) => length) };
}

const counted = (length: number): Buffer => Buffer.from(Uint8Array.from({ length }, (_, i) => i % 251));

test("a long write reaches the layer in pieces of 32 KiB, each after the last, and no byte changes", async () => {
  const { stream, taken, finish, finishAll, lengths } = layer();
  const bytes = counted(100_000);
  stream.write(bytes);
  assert.deepEqual(lengths(), [32_768]);
  await finish();
  assert.deepEqual(lengths(), [32_768, 32_768]);
  await finishAll();
  assert.deepEqual(lengths(), [32_768, 32_768, 32_768, 1_696]);
  assert.deepEqual(Buffer.concat(taken), bytes);
});

test("chunks that wait share a piece, and what has one for itself is not copied", async () => {
  const { stream, taken, finishAll, lengths } = layer();
  const [first, head, long, tail] = [counted(10), counted(40), counted(80_000), counted(4)];
  stream.write(first);
  for (const chunk of [head, long, tail]) stream.write(chunk);
  stream.end();
  await finishAll();
  assert.deepEqual(lengths(), [10, 32_768, 32_768, 14_508]);
  assert.deepEqual(Buffer.concat(taken), Buffer.concat([first, head, long, tail]));
  assert.equal(taken[2]?.buffer, long.buffer);
  if (!stream.writableFinished) await once(stream, "finish");
});

test("a write that fails is not continued", async () => {
  const { stream, finish, lengths } = layer();
  const failed = once(stream, "error");
  stream.write(counted(100_000));
  await finish(new Error("gone"));
  assert.deepEqual(await failed, [new Error("gone")]);
  assert.deepEqual(lengths(), [32_768]);
});

test("a write of nothing ends", async () => {
  const { stream, finishAll } = layer();
  const written = new Promise<void>((resolve) => stream.write(Buffer.alloc(0), () => resolve()));
  await finishAll();
  await written;
});
