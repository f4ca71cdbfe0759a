import assert from "node:assert/strict";
import { test } from "node:test";
import { Input, readBufferSize, turnBytes } from "./input.js";
import { mostAhead } from "./read-ahead.js";

interface Received {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly owned: boolean;
}

function record(length: number, fill: string): Buffer {
  const bytes = Buffer.alloc(4 + length, fill);
  bytes.writeUInt32BE(0x8000_0000 + length);
  return bytes;
}

/** An input, and how a socket reads into it: as much at once as its buffer takes. */
function reading(): {
  input: Input;
  received: Received[];
  read: (bytes: Buffer) => Buffer[];
  lengths: () => number;
  stops: () => number;
} {
  const input = new Input();
  const received: Received[] = [];
  const message = (bytes: Uint8Array, start: number, end: number, owned: boolean): void => {
    const text = `${end - start} of ${String.fromCharCode(bytes[start] as number, bytes[end - 1] as number)}`;
    received.push({ bytes, text, owned });
  };
  const inputFailed = (error: Error): void => assert.fail(error);
  input.start({ inputFailed, readOn: () => undefined, output: { open() {} } }, { message, drained() {}, closed() {} });
  let next = input.onread.buffer();
  let stops = 0;
  const read = (bytes: Buffer): Buffer[] => {
    const used: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const count = bytes.copy(next, 0, at);
      if (!input.onread.callback(count, next)) stops++;
      used.push(next);
      next = input.onread.buffer();
      at += count;
    }
    return used;
  };
  return { input, received, read, lengths: () => next.length, stops: () => stops };
}

/** The code is loaded with the first record that does not come in one piece. */
async function loaded(): Promise<void> {
  await import("./read-ahead.js");
  await new Promise((resolve) => setImmediate(resolve));
}

test("after a long record, the next one is read at once, into memory that it keeps", async () => {
  const { input, received, read } = reading();
  assert.equal(read(record(65_000, "a")).length, 2, "the first");
  await loaded();
  read(record(65_000, "a"));
  for (const fill of ["b", "c"]) {
    const used = read(record(65_000, fill));
    assert.equal(used.length, 1);
    assert.ok((used[0] as Buffer).length > 65_004, "a read that fills its buffer would be followed by another");
    const { bytes, text, owned } = received.at(-1) as Received;
    assert.deepEqual([text, owned, bytes.buffer === used[0]?.buffer], [`65000 of ${fill}${fill}`, true, true]);
  }
  assert.notEqual(received.at(-1)?.bytes.buffer, received.at(-2)?.bytes.buffer);
  input.finish();
});

test("records are whole however the bytes after a long one are cut", async () => {
  for (const size of [1, 3, 4, 5, 30, 1000, 40_000, 65_003, 65_004, 65_005, 65_040, 100_000]) {
    const { input, received, read } = reading();
    read(record(65_000, "a"));
    await loaded();
    const stream = Buffer.concat([
      ...["b", "c", "d"].map((fill) => record(65_000, fill)),
      record(10, "e"),
      record(70_000, "f"),
      ...["g", "h"].map((fill) => record(30_000, fill)),
    ]);
    for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size));
    assert.deepEqual(
      received.slice(1).map(({ text }) => text),
      ["65000 of bb", "65000 of cc", "65000 of dd", "10 of ee", "70000 of ff", "30000 of gg", "30000 of hh"],
      `${size} bytes at once`,
    );
    const kept = received.filter(({ owned }) => owned).map(({ bytes }) => bytes.buffer);
    assert.equal(new Set(kept).size, kept.length, "two records keep the same memory");
    input.finish();
  }
});

test("no long record is expected after a few short ones, and none that would take more than a turn", async () => {
  const { input, read, lengths } = reading();
  read(record(20_000, "a"));
  await loaded();
  read(record(20_000, "a"));
  for (let i = 0; i < 8; i++) {
    assert.ok(lengths() > 20_000);
    read(record(100, "b"));
  }
  assert.equal(lengths(), readBufferSize);
  read(record(2 * turnBytes, "c"));
  assert.equal(lengths(), readBufferSize);
  input.finish();
});

test("a short record of two chunks does not make the next reads short", async () => {
  const { input, read, lengths } = reading();
  const bytes = record(100, "a");
  for (let i = 0; i < 2; i++) {
    read(bytes.subarray(0, 50));
    read(bytes.subarray(50));
    await loaded();
  }
  assert.equal(lengths(), readBufferSize);
  input.finish();
});

test("what all streams keep ready is bounded, and is free again when they end", async () => {
  const ready = async () => {
    const all = Array.from({ length: 200 }, () => reading());
    for (const { read } of all) read(record(100_000, "a"));
    await loaded();
    for (const { read } of all) read(record(100_000, "a"));
    const bytes = all.map(({ lengths }) => lengths()).filter((length) => length > readBufferSize);
    for (const { input } of all) input.finish();
    return bytes.reduce((sum, length) => sum + length, 0);
  };
  const first = await ready();
  assert.ok(first <= mostAhead && first > mostAhead / 2, `${first} bytes`);
  assert.equal(await ready(), first);
});

test("a stream whose sender waits for answers never has to wait for its next turn", async () => {
  const { input, read, stops } = reading();
  read(record(65_000, "a"));
  await loaded();
  for (let i = 0; i < 20; i++) read(record(65_000, "a"));
  assert.equal(stops(), 0);
  for (let i = 0; i < 20; i++) read(Buffer.concat(Array(20).fill(record(65_000, "a"))));
  assert.ok(stops() > 0);
  input.finish();
});
