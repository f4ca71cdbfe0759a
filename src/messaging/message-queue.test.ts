import assert from "node:assert/strict";
import { test } from "node:test";
import { thoroughTest } from "../testing/count-of.test-support.js";
import fc from "../testing/fast-check.test-support.js";
import { MessageQueue } from "./message-queue.js";

type Step = { readonly kind: "put" | "take" | "takeFrom"; readonly from: string; readonly bytes: number };

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom("put", "put", "take", "takeFrom"),
    from: fc.constantFrom("a", "b", "c"),
    bytes: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 300 },
);

test("a queue gives what a plain list would give, and never holds more than its limits", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new MessageQueue<number>({ messages: 4, bytes: 20 });
      const model: { from: string; message: number; bytes: number }[] = [];
      const placed = new Set<number>();
      for (const [message, { kind, from, bytes }] of all.entries()) {
        if (kind === "put") {
          model.push({ from, message, bytes });
          queue.put(from, message, bytes, { placed: () => placed.add(message) });
        } else {
          const at = kind === "take" ? 0 : model.findIndex((one) => one.from === from);
          const [expected] = at < 0 ? [] : model.splice(at, 1);
          const taken = queue.take(kind === "take" ? undefined : from);
          assert.deepEqual(taken, expected && { from: expected.from, message: expected.message });
          if (expected !== undefined) assert.ok(placed.has(expected.message), "a message that was received was placed");
        }
        assert.equal(queue.size, model.length);
        const inside = model.filter((one) => placed.has(one.message));
        assert.ok(inside.length <= 4);
        assert.equal(
          queue.bytes,
          inside.reduce((sum, one) => sum + one.bytes, 0),
        );
        assert.ok(queue.bytes <= 20 || inside.length === 1);
        const flags = model.map((one) => (placed.has(one.message) ? "in" : "out")).join(" ");
        assert.doesNotMatch(flags, /out.* in/, "a later message has room, and an earlier one has not");
      }
      assert.equal(queue.close(new Error("closed")), model.length);
    }),
  );
});

thoroughTest("a hundred thousand messages of one sender behind one of another are taken in linear work", () => {
  const queue = new MessageQueue<number>({ messages: 1e6, bytes: 1e9 });
  queue.put("first", -1, 1, {});
  for (let message = 0; message < 100_000; message++) queue.put("second", message, 1, {});
  for (let message = 0; message < 100_000; message++) assert.equal(queue.take("second")?.message, message);
  assert.equal(queue.take("second"), undefined);
  assert.equal(queue.take(undefined)?.message, -1);
});

test("a long message that is kept as bytes is decoded when it is received", () => {
  const queue = new MessageQueue<number>({ messages: 4, bytes: 20 });
  let decoded = 0;
  const later = (): number => ++decoded;
  queue.put("a", 7, 3, {}, later);
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
