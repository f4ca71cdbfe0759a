import assert from "node:assert/strict";
import { test } from "node:test";
import { thoroughTest } from "../testing/count-of.test-support.js";
import fc from "../testing/fast-check.test-support.js";
import { Sender } from "./admission.js";
import { MessageQueue } from "./message-queue.js";

const limits = { messages: 4, bytes: 20 };

interface Step {
  readonly kind: "put" | "take" | "takeFrom" | "leave" | "reconnect";
  readonly at: number;
  readonly bytes: number;
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom("put", "put", "put", "take", "takeFrom", "leave", "reconnect"),
    at: fc.nat(4),
    bytes: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 30 })),
  }),
  { maxLength: 300 },
);

interface Put {
  readonly from: string;
  readonly sender: Sender;
  readonly message: number;
  readonly bytes: number;
  readonly leave: () => boolean;
  hasLeft: boolean;
}

/** Three senders of one host, and two of others. */
const origins = [
  ["a", ""],
  ["b", ""],
  ["c", ""],
  ["d", "192.0.2.1"],
  ["e", "192.0.2.2"],
] as const;

test("a queue loses nothing, keeps the order of each sender, and never holds more than its limits", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new MessageQueue<number>(limits);
      const connections = origins.map(([, host]) => new Sender(host));
      let left: Put[] = [];
      const placed = new Set<number>();
      const received = (message: number | undefined): void => {
        const one = left.find((put) => put.message === message) ?? assert.fail(`${message} was not put, or twice`);
        assert.equal(
          left.find(({ from }) => from === one.from),
          one,
          "a later message overtook another of its sender",
        );
        assert.ok(placed.has(one.message), "a message that was received was placed");
        left = left.filter((put) => put !== one);
      };
      for (const [message, { kind, at, bytes }] of all.entries()) {
        const [from, host] = origins[at] as (typeof origins)[number];
        const sender = connections[at] as Sender;
        if (kind === "put") {
          const sent = { placed: () => placed.add(message) };
          const wasFull = queue.isFull(from, sender, bytes);
          const leave = queue.put({ from, sender, message, bytes, sent });
          assert.equal(placed.has(message), !wasFull);
          left.push({ from, sender, message, bytes, leave, hasLeft: false });
        } else if (kind === "leave" || kind === "reconnect") {
          for (const one of left.filter((put) => put.sender === sender && !put.hasLeft)) {
            one.hasLeft = true;
            if (!one.leave()) left = left.filter((put) => put !== one);
          }
          connections[at] = new Sender(host);
        } else {
          const taken = queue.take(kind === "take" ? undefined : from);
          const expected = kind === "take" ? left.length > 0 : left.some((one) => one.from === from);
          assert.equal(taken !== undefined, expected);
          if (taken !== undefined) received(taken.message);
        }
        assert.equal(queue.size, left.length);
        const inside = left.filter((one) => placed.has(one.message));
        const sum = (puts: readonly Put[]): number => puts.reduce((total, put) => total + put.bytes, 0);
        assert.equal(queue.bytes, sum(inside));
        assert.ok(left.length === 0 || inside.length > 0, "messages wait although the mailbox is empty");
        assert.ok(inside.length <= 6, "1.5625 times 4");
        assert.ok(queue.bytes <= 31.25 || inside.length === 1);
        const outside = left.filter((one) => !placed.has(one.message) && one.hasLeft);
        assert.ok(outside.length <= 5 && sum(outside) <= 25);
        for (const from of ["a", "b", "c", "d", "e"]) {
          const own = inside.filter((one) => one.from === from);
          assert.ok(own.length <= 4 && (sum(own) <= 20 || own.length === 1));
        }
      }
      for (let taken = queue.take(undefined); taken !== undefined; taken = queue.take(undefined))
        received(taken.message);
      assert.deepEqual([left, queue.size, queue.bytes], [[], 0, 0]);
    }),
  );
});

/** A queue for 100 messages, and what was placed in it, by sender. */
function queueOfHundred() {
  const queue = new MessageQueue<string>({ messages: 100, bytes: 1_600 });
  const placed: Record<string, number> = {};
  const put = (from: string, sender: Sender, count: number, bytes = 1): void => {
    const sent = {
      placed() {
        placed[from] = (placed[from] ?? 0) + 1;
      },
    };
    for (let i = 0; i < count; i++) queue.put({ from, sender, message: from, bytes, sent });
  };
  const take = (count: number): string[] => Array.from({ length: count }, () => queue.take(undefined)?.message ?? "");
  return { queue, placed, put, take };
}

test("a sender that fills a mailbox leaves room to other senders of its host, and the host to other hosts", () => {
  const { queue, placed, put } = queueOfHundred();
  const hosts = { a: "", b: "", c: "", d: "", e: "192.0.2.1", f: "192.0.2.1", g: "192.0.2.2", h: "192.0.2.3" };
  for (const [from, host] of Object.entries(hosts)) put(from, new Sender(host), 2_000);
  assert.deepEqual(placed, { a: 100, b: 20, c: 4, d: 1, e: 20, f: 4, g: 4, h: 2 });
  assert.ok(queue.isFull("i", new Sender(""), 1));
  assert.equal(queue.size, 16_000);
});

test("senders that wait take turns by host, and those of one host among themselves", () => {
  const { put, take } = queueOfHundred();
  put("a", new Sender(""), 2_000);
  // The flood of another host does not come before those who wait.
  const others = { b: new Sender(""), d: new Sender("192.0.2.1") };
  for (const [from, sender] of Object.entries(others)) put(from, sender, 1_000);
  take(300);
  const next = take(400);
  const counts = ["a", "b", "d"].map((from) => next.filter((one) => one === from).length);
  assert.ok(
    counts.every((count) => count > 100),
    counts.join(),
  );
});

test("a message is received at most as many messages later as the mailbox holds, however many others wait", () => {
  const { put, take } = queueOfHundred();
  put("a", new Sender(""), 10_000);
  put("b", new Sender(""), 1);
  assert.equal(take(101).at(-1), "b");
  // One whose place is taken gets its turn next.
  for (const from of ["c", "d", "e", "f"]) put(from, new Sender(""), 1_000);
  put("g", new Sender("192.0.2.1"), 1_000);
  put("h", new Sender(""), 1);
  assert.ok(take(160).includes("h"));
});

test("a long message gets its turn, although shorter ones find room all the time", () => {
  const { queue, placed, put, take } = queueOfHundred();
  put("a", new Sender(""), 90, 16);
  put("long", new Sender("192.0.2.1"), 1, 1_500);
  const short = new Sender("192.0.2.2");
  let refused = 0;
  let taken = 0;
  for (; placed["long"] === undefined; taken++) {
    take(1);
    if (queue.isFull("short", short, 16)) refused++;
    else put("short", short, 1, 16);
  }
  assert.ok(taken <= 90, `${taken} messages were received before`);
  assert.deepEqual([refused > 0, refused < taken], [true, true]);
});

test("a sender that connects again comes after what it has left behind", () => {
  const queue = new MessageQueue<number>(limits);
  const put = (sender: Sender, message: number, bytes = 1) =>
    queue.put({ from: "a", sender, message, bytes, sent: {} });
  const first = new Sender("192.0.2.1");
  put(new Sender(""), 0, 50);
  put(first, 1);
  assert.ok(put(first, 2)());
  assert.ok(put(first, 3)());
  const second = new Sender("192.0.2.1");
  put(second, 4);
  put(new Sender("192.0.2.1"), 5);
  assert.deepEqual(
    Array.from({ length: 6 }, () => queue.take("a")?.message),
    [0, 1, 2, 3, 4, 5],
  );
});

thoroughTest("a hundred thousand messages of one sender behind one of another are taken in linear work", () => {
  const queue = new MessageQueue<number>({ messages: 1e6, bytes: 1e9 });
  const sender = new Sender("");
  queue.put({ from: "first", sender, message: -1, bytes: 1, sent: {} });
  for (let message = 0; message < 100_000; message++)
    queue.put({ from: "second", sender, message, bytes: 1, sent: {} });
  for (let message = 0; message < 100_000; message++) assert.equal(queue.take("second")?.message, message);
  assert.equal(queue.take("second"), undefined);
  assert.equal(queue.take(undefined)?.message, -1);
});

test("a long message that is kept as bytes is decoded when it is received", () => {
  const queue = new MessageQueue<number>({ messages: 4, bytes: 20 });
  let decoded = 0;
  const later = (): number => ++decoded;
  queue.put({ from: "a", sender: new Sender(""), message: 7, bytes: 3, sent: {}, later });
  assert.deepEqual([decoded, queue.bytes], [0, 3]);
  assert.deepEqual(queue.take(undefined), { from: "a", message: 1 });
});

test("a message is handed to the receiver that has waited longest for it, and to nobody if none waits", () => {
  const queue = new MessageQueue<number>({ messages: 4, bytes: 20 });
  const received: unknown[] = [];
  const wait = (name: string, from?: string) =>
    queue.wait(from, ({ message }) => received.push([name, message]), assert.fail);
  assert.equal(queue.handOver("a", 1), false);
  wait("first of b", "b");
  wait("first of any");
  wait("second of a", "a");
  assert.deepEqual([queue.handOver("a", 2), queue.handOver("a", 3), queue.handOver("a", 4)], [true, true, false]);
  assert.deepEqual([queue.handOver("b", 5), queue.size], [true, 0]);
  assert.deepEqual(received, [
    ["first of any", 2],
    ["second of a", 3],
    ["first of b", 5],
  ]);
});
