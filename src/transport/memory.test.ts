import assert from "node:assert/strict";
import { test } from "node:test";
import type { XdrWriter } from "../xdr/writer.js";
import type { Connection } from "./connection.js";
import { TransportError } from "./errors.js";
import { MemoryNetwork, memoryPair } from "./memory.js";

const word = (out: XdrWriter, value: number): void => out.writeWord(value);
const raw = (out: XdrWriter, value: Uint8Array): void => out.writeBytes(value);

interface Seen {
  readonly messages: Uint8Array[];
  readonly closed: Array<TransportError | undefined>;
  drained: number;
}

function watch(connection: Connection): Seen {
  const seen: Seen = { messages: [], closed: [], drained: 0 };
  connection.open({
    message: (bytes, start, end) => seen.messages.push(bytes.slice(start, end)),
    drained: () => seen.drained++,
    closed: (error) => seen.closed.push(error),
  });
  return seen;
}

async function turn(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}

test("messages arrive in order, and never before send has returned", async () => {
  const [near, far] = memoryPair();
  const seen = watch(far);
  for (let i = 0; i < 5; i++) near.send(word, i);
  assert.equal(seen.messages.length, 0);
  await turn();
  assert.deepEqual(
    seen.messages.map((bytes) => bytes[3]),
    [0, 1, 2, 3, 4],
  );
});

test("messages sent before the other end opens are kept for it", async () => {
  const [near, far] = memoryPair();
  near.send(word, 7);
  await turn();
  const seen = watch(far);
  await turn();
  assert.equal(seen.messages.length, 1);
});

test("a lent message is overwritten once the receiver has returned, an owned one is not", async () => {
  const [near, far] = memoryPair();
  const kept: Uint8Array[] = [];
  const owned: boolean[] = [];
  far.open({
    message: (bytes, _start, _end, own) => {
      kept.push(bytes);
      owned.push(own);
    },
    drained() {},
    closed() {},
  });
  near.send(word, 1);
  near.send(raw, new Uint8Array(20_000).fill(9));
  await turn();
  assert.deepEqual(owned, [false, true]);
  assert.equal(kept[0]?.[3], 0xa5);
  assert.equal(kept[1]?.[3], 9);
});

test("a writer that throws sends nothing of its message and spoils no other", async () => {
  const [near, far] = memoryPair();
  const seen = watch(far);
  near.send(word, 1);
  const half = (out: XdrWriter): void => {
    out.writeWord(99);
    throw new RangeError("no");
  };
  assert.throws(() => near.send(half, 0), RangeError);
  near.send(word, 2);
  await turn();
  assert.deepEqual(
    seen.messages.map((bytes) => bytes[3]),
    [1, 2],
  );
});

test("a message over maxMessage is refused and nothing is sent", async () => {
  const [near, far] = memoryPair({ maxMessage: 8 });
  const seen = watch(far);
  assert.throws(() => near.send(raw, new Uint8Array(12)), { code: "TRANSPORT_MESSAGE_TOO_LONG" });
  await turn();
  assert.equal(seen.messages.length, 0);
});

test("close delivers what was sent, then tells both ends without an error, once", async () => {
  const [near, far] = memoryPair();
  const [a, b] = [watch(near), watch(far)];
  near.send(word, 1);
  await near.close();
  await near.close();
  await turn();
  assert.equal(b.messages.length, 1);
  assert.deepEqual(a.closed, [undefined]);
  assert.deepEqual(b.closed, [undefined]);
  assert.throws(() => near.send(word, 1), { code: "TRANSPORT_CLOSED" });
  assert.throws(() => far.send(word, 1), { code: "TRANSPORT_CLOSED" });
});

test("destroy drops what was sent; the other end sees a reset", async () => {
  const [near, far] = memoryPair();
  const [a, b] = [watch(near), watch(far)];
  near.send(word, 1);
  const error = new TransportError("TRANSPORT_CLOSED", "enough");
  near.destroy(error);
  await turn();
  assert.equal(b.messages.length, 0);
  assert.deepEqual(a.closed, [error]);
  assert.equal(b.closed[0]?.code, "TRANSPORT_RESET");
});

test("a paused end makes send return false, and drained follows when it resumes", async () => {
  const [near, far] = memoryPair({ highWaterMark: 1000 });
  const [a, b] = [watch(near), watch(far)];
  far.pause();
  assert.equal(near.send(raw, new Uint8Array(500)), true);
  assert.equal(near.send(raw, new Uint8Array(500)), false);
  await turn();
  assert.equal(b.messages.length, 0);
  far.resume();
  await turn();
  assert.equal(b.messages.length, 2);
  assert.equal(a.drained, 1);
});

test("pausing inside message stops delivery at that message", async () => {
  const [near, far] = memoryPair();
  let count = 0;
  const message = (): void => {
    count++;
    far.pause();
  };
  far.open({ message, drained() {}, closed() {} });
  near.send(word, 1);
  near.send(word, 2);
  await turn();
  assert.equal(count, 1);
  far.resume();
  await turn();
  assert.equal(count, 2);
});

test("a receiver that throws loses its connection, with what it threw as the cause", async () => {
  const [near, far] = memoryPair();
  const a = watch(near);
  const cause = new Error("bug");
  let end: TransportError | undefined;
  const message = (): void => {
    throw cause;
  };
  const closed = (error?: TransportError): void => {
    end = error;
  };
  far.open({ message, drained() {}, closed });
  near.send(word, 1);
  await turn();
  assert.equal(end?.cause, cause);
  assert.equal(a.closed[0]?.code, "TRANSPORT_RESET");
});

test("a network joins by name, refuses a taken name and an unknown one, and frees a name on close", async () => {
  const network = new MemoryNetwork();
  const accepted: Connection[] = [];
  const listener = network.listen("x", (connection) => accepted.push(connection));
  assert.throws(() => network.listen("x", () => {}), { code: "TRANSPORT_LISTEN_FAILED" });
  const near = network.connect("x");
  const seen = watch(accepted[0] as Connection);
  near.send(word, 1);
  await turn();
  assert.equal(seen.messages.length, 1);
  assert.deepEqual(near.info.remote, { kind: "memory", name: "x" });
  await listener.close();
  assert.throws(() => network.connect("x"), { code: "TRANSPORT_CONNECT_FAILED" });
  assert.ok(new MemoryNetwork().listen("x", () => {}));
});
