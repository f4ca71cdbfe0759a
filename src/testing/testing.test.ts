import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "../transport/connection.js";
import type { XdrWriter } from "../xdr/writer.js";
import {
  captureConnection,
  corrupt,
  cut,
  delay,
  drop,
  duplicate,
  FakeClock,
  type LossyOptions,
  lossyConnection,
  memoryPair,
} from "./index.js";
import { turns } from "./waiting.test-support.js";

const word = (out: XdrWriter, value: number): void => out.writeWord(value);

function received(connection: Connection): number[] {
  const words: number[] = [];
  connection.open({
    message: (bytes, start) => words.push(Buffer.from(bytes).readUInt32BE(start)),
    drained() {},
    closed() {},
  });
  return words;
}

async function sendThrough(options: LossyOptions, count: number): Promise<number[]> {
  const [near, far] = memoryPair();
  const words = received(far);
  const lossy = lossyConnection(near, options);
  for (let i = 0; i < count; i++) lossy.send(word, i);
  await sleep(40);
  await lossy.close();
  return words;
}

test("a script drops, repeats and delays message by message", async () => {
  const words = await sendThrough({ script: [drop, duplicate, delay(10)] }, 4);
  assert.deepEqual(words, [1, 1, 3, 2]);
});

test("a script may look at the bytes", async () => {
  const words = await sendThrough({ script: (bytes) => (bytes[3] === 1 ? drop : undefined) }, 3);
  assert.deepEqual(words, [0, 2]);
});

test("chance is the same for the same seed, and does what it is told", async () => {
  const options = { drop: 0.2, duplicate: 0.2, seed: 7, longestDelay: 1 };
  const [first, second] = [await sendThrough(options, 500), await sendThrough(options, 500)];
  const sorted = (words: number[]): number[] => [...words].sort((a, b) => a - b);
  assert.deepEqual(sorted(first), sorted(second));
  const kinds = new Set(first).size;
  assert.ok(kinds > 350 && kinds < 450, `${kinds} of 500 arrived`);
  assert.ok(first.length > kinds + 40, `${first.length - kinds} came twice`);
});

test("reordering changes the order and loses nothing", async () => {
  const words = await sendThrough({ reorder: 0.3 }, 100);
  assert.equal(new Set(words).size, 100);
  assert.notDeepEqual(
    words,
    [...words].sort((a, b) => a - b),
  );
});

test("a lossy connection says that it is not reliable, and sends nothing after close", async () => {
  const [near, far] = memoryPair();
  const words = received(far);
  const lossy = lossyConnection(near, { script: [delay(5)] });
  assert.equal(lossy.info.reliable, false);
  lossy.send(word, 1);
  await lossy.close();
  await sleep(15);
  assert.deepEqual(words, []);
});

test("a capture has every message of both directions, as a copy", async () => {
  const [near, far] = memoryPair();
  const seen: string[] = [];
  const capture = captureConnection(near, ({ direction }) => seen.push(direction));
  received(far);
  received(capture.connection);
  capture.connection.send(word, 1);
  far.send(word, 2);
  await sleep(5);
  assert.deepEqual(seen, ["sent", "received"]);
  assert.deepEqual(
    capture.messages.map(({ bytes }) => [...bytes]),
    [
      [0, 0, 0, 1],
      [0, 0, 0, 2],
    ],
  );
});

test("a corrupted message arrives with exactly one bit changed", async () => {
  const [near, far] = memoryPair();
  const words = received(far);
  const lossy = lossyConnection(near, { script: [corrupt] });
  lossy.send(word, 0);
  await turns();
  assert.match(words[0]?.toString(2) ?? "", /^10*$/);
});

for (const when of ["before", "after"] as const) {
  test(`a connection that is cut ${when} a message is lost at both ends`, async () => {
    const [near, far] = memoryPair();
    const seen: string[] = [];
    const noting = (end: string) => ({
      message: () => seen.push(`${end}: message`),
      drained() {},
      closed: (error?: Error) => seen.push(`${end}: closed${error === undefined ? "" : ", an error"}`),
    });
    const lossy = lossyConnection(near, { script: [when === "before" ? cut : { cut: when }] });
    lossy.open(noting("near"));
    far.open(noting("far"));
    lossy.send(word, 1);
    await turns();
    const delivered = when === "before" ? [] : ["far: message"];
    assert.deepEqual(seen, ["near: closed, an error", ...delivered, "far: closed"]);
    assert.throws(() => lossy.send(word, 2), { code: "TRANSPORT_CLOSED" });
  });
}

test("cuts and corruption by chance come as often as they were asked for", async () => {
  let cuts = 0;
  for (let seed = 0; seed < 400; seed++) {
    const [near] = memoryPair();
    const lossy = lossyConnection(near, { cut: 0.25, seed });
    lossy.open({ message() {}, drained() {}, closed: () => cuts++ });
    lossy.send(word, 1);
  }
  await turns();
  assert.ok(cuts > 60 && cuts < 140, `${cuts} of 400 cut`);
});

test("delays are those of the clock that was given", async () => {
  const clock = new FakeClock();
  const [near, far] = memoryPair();
  const words = received(far);
  const lossy = lossyConnection(near, { script: [delay(3_600_000)], clock });
  lossy.send(word, 1);
  await clock.run(3_599_999);
  assert.deepEqual(words, []);
  await clock.run(1);
  assert.deepEqual(words, [1]);
});
