import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { countOf } from "../testing/count-of.test-support.js";
import type { XdrWriter } from "../xdr/writer.js";
import { Output, type OutputOptions } from "./output.js";

const raw = (out: XdrWriter, value: Uint8Array): void => out.writeBytes(value);
const opaque = (out: XdrWriter, value: Uint8Array): void => out.writeFixedOpaque(value);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Sink {
  readonly output: Output;
  /** One entry a write or writev, as the system would see it. */
  readonly writes: Buffer[][];
  /** Ends the oldest write that is under way, when the sink is slow. */
  readonly finish: () => void;
  drained: number;
}

/** A stream end that takes writes at once, or (slow) only when told. */
function sink(options: OutputOptions = {}, slow = false): Sink {
  const writes: Buffer[][] = [];
  const pending: Array<() => void> = [];
  // The system reads a buffer until its write is over: only then is it clear what was sent.
  const take = (chunks: Buffer[], done: () => void): void => {
    const index = writes.push(chunks) - 1;
    const end = (): void => {
      writes[index] = chunks.map((chunk) => Buffer.from(chunk));
      done();
    };
    if (slow) pending.push(end);
    else done();
  };
  const socket = new Writable({
    write: (chunk: Buffer, _encoding, done) => take([slow ? chunk : Buffer.from(chunk)], done),
    writev: (chunks, done) =>
      take(
        chunks.map(({ chunk }) => chunk as Buffer),
        done,
      ),
  });
  const result = { writes, drained: 0, finish: () => pending.shift()?.() } as Sink;
  const output = new Output(socket, () => result.drained++, options);
  return Object.assign(result, { output });
}

test("short messages of one turn are one write of one piece, each behind its record mark", async () => {
  const { output, writes } = sink();
  output.send(raw, Buffer.from("abcd"));
  output.send(raw, Buffer.from("efghijkl"));
  assert.equal(writes.length, 0);
  await turn();
  assert.deepEqual(writes, [[Buffer.from("\x80\0\0\x04abcd\x80\0\0\x08efghijkl", "latin1")]]);
  output.send(raw, Buffer.from("next"));
  await turn();
  assert.equal(writes.length, 2);
});

test("a message that is sent at once leaves in this turn, but not before those that wait for its end", async () => {
  const { output, writes } = sink();
  output.send(raw, Buffer.from("one!"), true);
  assert.deepEqual(writes, [[Buffer.from("\x80\0\0\x04one!", "latin1")]]);
  output.send(raw, Buffer.from("two!"));
  output.send(raw, Buffer.from("last"), true);
  assert.equal(writes.length, 1);
  await turn();
  assert.deepEqual(writes[1], [Buffer.from("\x80\0\0\x04two!\x80\0\0\x04last", "latin1")]);
  assert.equal(writes.length, 2);
});

test("messages stay whole where a system that took everything at once becomes slow, and is quick again", async () => {
  const taken: Buffer[] = [];
  let finish: (() => void) | undefined;
  let isSlow = false;
  const socket = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const end = (): void => {
        taken.push(Buffer.from(chunk));
        done();
      };
      if (isSlow) finish = end;
      else end();
    },
  });
  const output = new Output(socket, assert.fail);
  const sendOne = async (text: string): Promise<void> => {
    output.send(raw, Buffer.from(text));
    await turn();
  };
  await sendOne("quick 1!");
  await sendOne("quick 2!");
  isSlow = true;
  await sendOne("slow 1! ");
  await sendOne("slow 2! ");
  assert.ok(output.held > 0);
  isSlow = false;
  finish?.();
  await turn();
  await sendOne("quick 3!");
  assert.equal(output.held, 0);
  const texts = Buffer.concat(taken).toString("latin1").split("\x80\0\0\x08");
  assert.deepEqual(texts, ["", "quick 1!", "quick 2!", "slow 1! ", "slow 2! ", "quick 3!"]);
});

test("a long opaque is neither copied nor a write of its own", async () => {
  const { output, writes } = sink();
  const large = Buffer.alloc(20_001, 1);
  output.send(raw, Buffer.from("abcd"));
  output.send(opaque, large);
  output.send(raw, Buffer.from("efgh"));
  await turn();
  assert.equal(writes.length, 1);
  const pieces = writes[0] as Buffer[];
  assert.equal(pieces[1]?.buffer, large.buffer, "the opaque was copied");
  assert.ok((pieces[1]?.length ?? 0) >= 20_000);
  const all = Buffer.concat(pieces);
  assert.equal(all.readUInt32BE(8), 0x8000_0000 + 20_004);
  assert.equal(all.length, 8 + 4 + 20_004 + 8);
});

test("a buffer whose write is not over is not written over", async () => {
  const { output, writes, finish } = sink({}, true);
  for (const text of ["aaaa", "bbbb", "cccc", "dddd"]) {
    output.send(raw, Buffer.from(text));
    await turn();
  }
  finish();
  await turn();
  output.send(raw, Buffer.from("eeee"));
  await turn();
  for (let i = 0; i < 5; i++) {
    finish();
    await turn();
  }
  assert.equal(writes.length, 3, "what waited left together");
  const all = Buffer.concat(writes.flat()).toString("latin1").replaceAll("\x80\0\0\x04", "");
  assert.equal(all, "aaaabbbbccccddddeeee");
});

test("a buffer is used again once its write is over", async () => {
  const { output, writes } = sink({}, false);
  const buffers = new Set<ArrayBufferLike>();
  const watching = (out: XdrWriter): void => {
    buffers.add(out.buffer.buffer);
    out.writeWord(1);
  };
  for (let i = 0; i < 10; i++) {
    output.send(watching, 0);
    await turn();
  }
  assert.equal(writes.length, 10);
  assert.equal(buffers.size, 1);
});

test("a buffer that one large turn has blown up is not kept", async () => {
  const { output } = sink();
  let capacity = 0;
  const watching = (out: XdrWriter, size: number): void => {
    out.writeBytes(Buffer.alloc(size));
    capacity = out.buffer.length;
  };
  output.send(watching, 2_000_000);
  assert.ok(capacity >= 2_000_000);
  await turn();
  output.send(watching, 4);
  assert.ok(capacity < 300_000, `${capacity} bytes were kept`);
});

test("a fast system takes twice the high-water mark in one turn, and the rest has to wait for the next", async () => {
  const fast = sink({ highWaterMark: 100 });
  assert.equal(fast.output.send(raw, Buffer.alloc(196)), true);
  assert.equal(fast.output.send(raw, Buffer.alloc(100)), false);
  assert.equal(fast.drained, 0);
  await turn();
  assert.equal(fast.drained, 1);
  assert.equal(fast.output.send(raw, Buffer.alloc(196)), true);
});

test("send over the high-water mark hands over at once, and is true where the system takes it all", async () => {
  const fast = sink({ highWaterMark: 100 });
  assert.equal(fast.output.send(raw, Buffer.alloc(60)), true);
  assert.equal(fast.writes.length, 0);
  assert.equal(fast.output.send(raw, Buffer.alloc(60)), true);
  assert.equal(fast.writes.length, 1);
  await turn();
  assert.equal(fast.writes.length, 1);
  assert.equal(fast.drained, 0);
});

test("send returns false over the high-water mark where the peer is slow, and drained comes once, later", async () => {
  const slow = sink({ highWaterMark: 100 }, true);
  assert.equal(slow.output.send(raw, Buffer.alloc(60)), true);
  assert.equal(slow.output.send(raw, Buffer.alloc(60)), false);
  assert.equal(slow.output.send(raw, Buffer.alloc(60)), false);
  await turn();
  assert.equal(slow.drained, 0);
  slow.finish();
  await turn();
  slow.finish();
  await turn();
  assert.equal(slow.drained, 1);
});

test("a message that fails half-way leaves its neighbours as they were", async () => {
  const { output, writes } = sink();
  const fail = (out: XdrWriter): void => {
    out.writeWord(9);
    throw new RangeError("no");
  };
  output.send(raw, Buffer.from("abcd"));
  assert.throws(() => output.send(fail, 0), RangeError);
  output.send(raw, Buffer.from("efgh"));
  await turn();
  assert.equal(Buffer.concat(writes.flat()).toString("latin1"), "\x80\0\0\x04abcd\x80\0\0\x04efgh");
});

test("a fragment size that divides the record exactly leaves no empty fragment", async () => {
  const { output, writes } = sink({ fragmentSize: 4 });
  output.send(raw, Buffer.from("abcdefgh"));
  output.send(raw, Buffer.from("ijklm"));
  await turn();
  const wanted = "\0\0\0\x04abcd\x80\0\0\x04efgh\0\0\0\x04ijkl\x80\0\0\x01m";
  assert.equal(Buffer.concat(writes.flat()).toString("latin1"), wanted);
});

test("a burst leaves as it fills, into buffers that need not grow", async () => {
  const burst = async (slow: boolean) => {
    const { output, writes } = sink({ highWaterMark: 64 * 1024 * 1024 }, slow);
    const buffers = new Set<ArrayBufferLike>();
    const watching = (out: XdrWriter): void => {
      out.writeBytes(message);
      buffers.add(out.buffer.buffer);
    };
    const message = Buffer.alloc(144, 7);
    for (let i = 0; i < 30_000; i++) output.send(watching, 0);
    const writesInTurn = writes.length;
    await turn();
    return { writesInTurn, allocated: [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0) };
  };
  const sent = 30_000 * 148;
  const fast = await burst(false);
  assert.equal(fast.writesInTurn, Math.floor(sent / (64 * 1024)));
  assert.ok(fast.allocated <= 256 * 1024, `${fast.allocated} bytes of buffers for a fast system`);
  const slow = await burst(true);
  assert.ok(slow.allocated <= 1.3 * sent, `${slow.allocated} bytes of buffers for ${sent}`);
});

test("while the system is behind, messages of many turns share buffers, and leave in few writes", async () => {
  const { output, writes, finish } = sink({ highWaterMark: 64 * 1024 * 1024 }, true);
  const message = Buffer.alloc(144, 7);
  const count = 10_000;
  for (let i = 0; i < count; i++) {
    output.send(raw, message);
    await turn();
  }
  const sent = count * 148;
  assert.ok(output.held < 2 * sent + 128 * 1024, `${output.held} bytes are held for ${sent}`);
  for (;;) {
    const before = writes.length;
    finish();
    await turn();
    if (writes.length === before) break;
  }
  const pieces = writes.flat();
  assert.ok(pieces.length <= sent / (64 * 1024) + 2, `${pieces.length} pieces`);
  const all = Buffer.concat(pieces);
  assert.equal(all.length, sent);
  for (let at = 0; at < sent; at += 148) assert.ok(all.subarray(at + 4, at + 148).equals(message));
  assert.equal(output.held, 0);
});

test("a message that waits leaves as soon as the system has taken the last write", async () => {
  const { output, writes, finish } = sink({}, true);
  output.send(raw, Buffer.from("aaaa"));
  await turn();
  output.send(raw, Buffer.from("bbbb"));
  await turn();
  output.send(raw, Buffer.from("cccc"));
  await turn();
  assert.equal(writes.length, 1);
  finish();
  await turn();
  assert.deepEqual(writes[1], [Buffer.from("\x80\0\0\x04bbbb\x80\0\0\x04cccc", "latin1")]);
});

test("flush hands over what waits, as closing needs it", async () => {
  const { output, writes, finish } = sink({}, true);
  output.send(raw, Buffer.from("aaaa"));
  await turn();
  output.send(raw, Buffer.from("bbbb"));
  output.flush();
  finish();
  await turn();
  assert.equal(Buffer.concat(writes.flat()).toString("latin1"), "\x80\0\0\x04aaaa\x80\0\0\x04bbbb");
});

test("buffers count by their capacity: a peer that does not read holds the mark and one buffer more at most", async () => {
  for (const size of [4, 144, 5_000, 15_000, 40_000, 300_000]) {
    const mark = countOf(1024, 128) * 1024;
    const { output } = sink({ highWaterMark: mark }, true);
    const writers = [raw, opaque] as const;
    for (let i = 0; output.send(writers[i % 2] as typeof raw, Buffer.alloc(size)); i++) await turn();
    assert.ok(output.held > mark / 2, `${size}: held ${output.held}`);
    assert.ok(output.held <= 2 * mark + 2 * size, `${size}: held ${output.held}`);
  }
});

test("a thousand connections on which nothing was sent hold less than a megabyte of buffers", () => {
  const before = process.memoryUsage().arrayBuffers;
  const idle = Array.from({ length: 1_000 }, () => sink().output);
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
  assert.ok(idle.every(({ held }) => held === 0));
});
