import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { type Holder, Total } from "../transport/budget.js";
import { ServerBudget } from "./budget.js";

/** Bytes that a connection holds which does not get the part that is kept for others. */
const muchHeld = 65 * 1024;

class Connection implements Holder {
  seat = -1;
  queued = 0;
  readonly cut: string[] = [];
  readonly #budget: ServerBudget;

  constructor(budget: ServerBudget) {
    this.#budget = budget;
    budget.join(this);
  }

  queue(bytes: number): void {
    this.queued += bytes;
    this.#budget.add(0, bytes);
    if (this.#budget.isOver) this.#budget.relieve();
  }

  cutOff({ message }: Error): void {
    this.cut.push(message);
    this.end();
  }

  end(): void {
    this.#budget.add(0, -this.queued);
    this.queued = 0;
    this.#budget.leave(this);
  }
}

test("a budget with a total of its own may use all of it", () => {
  const budget = new ServerBudget(new Total(10, 1_000));
  assert.equal(budget.hasRoomFor(1_000, 1_000), true);
  budget.add(1, 1_000);
  assert.deepEqual([budget.freeBytes, budget.hasRoomFor(1, 1), budget.isOver], [0, false, false]);
});

test("of a shared total one takes four fifths, and every one that comes later finds room", () => {
  const total = new Total(1_000, 1_000_000, true);
  const held = Array.from({ length: 5 }, () => {
    const budget = new ServerBudget(total);
    while (budget.hasRoomFor(100, muchHeld)) budget.add(0, 100);
    return budget.bytes;
  });
  assert.equal(held[0], 800_000);
  for (const bytes of held) assert.ok(bytes >= 300, held.join());
});

test("as one gives back, others get more", () => {
  const total = new Total(1_000, 1_000_000, true);
  const [first, second] = [new ServerBudget(total), new ServerBudget(total)];
  first.add(0, 800_000);
  const before = second.freeBytes;
  first.add(0, -500_000);
  assert.ok(second.freeBytes > 3 * before, `${before}, then ${second.freeBytes}`);
});

test("calls of a shared total are divided as bytes are", () => {
  const total = new Total(500, 1_000_000, true);
  const [first, second] = [new ServerBudget(total), new ServerBudget(total)];
  while (first.hasRoomFor(0, muchHeld)) first.add(1, 0);
  assert.equal(first.calls, 800, "twice the limit, four fifths of it");
  assert.equal(second.hasRoomFor(0, muchHeld), true);
  assert.ok(second.callsFor(1_000) < 1_000);
});

test("replies that come later cut off their own server's connections before they take the room of another", () => {
  const total = new Total(100, 9_000, true);
  const [greedy, modest] = [new ServerBudget(total), new ServerBudget(total)];
  const [small, large] = [new Connection(greedy), new Connection(greedy)];
  const other = new Connection(modest);
  other.queue(100);
  small.queue(1_000);
  large.queue(6_000);
  assert.deepEqual([large.cut, modest.hasRoomFor(100, muchHeld)], [[], true]);
  large.queue(1_000);
  assert.match(large.cut[0] ?? "", /7000 bytes .* all hold 8100 of 9000 bytes .limits\.totalBytes/);
  assert.deepEqual([small.cut.length, other.cut.length, total.bytes], [0, 0, 1_100]);
});

for (const isShared of [true, false]) {
  const whose = isShared ? "a shared total" : "a total of its own";
  test(`replies that nobody reads lock nobody out of ${whose}: small calls find room, and the largest are cut off`, () => {
    const total = new Total(1_000, 100_000_000, isShared);
    const budget = new ServerBudget(total);
    const callers: Connection[] = [];
    for (let i = 0; i < 1_000; i++) {
      // A caller that does not read asks for 1 MB, and an honest one for little.
      const deaf = new Connection(budget);
      callers.push(deaf);
      deaf.queue(1_000_000);
      assert.equal(budget.hasRoomFor(40, 40), true, `after ${i}, ${total.bytes} bytes are held`);
      assert.equal(budget.hasRoomFor(60_000, 60_000), true, `after ${i}, ${total.bytes} bytes are held`);
      assert.ok(total.bytes <= total.mostBytes);
    }
    const left = callers.filter(({ cut }) => cut.length === 0).length;
    assert.ok(left >= 80 && left <= 100, `${left} of them are left`);
  });
}

test("what running calls hold is never made room for by cutting off small replies", () => {
  const total = new Total(1_000, 1_000_000);
  const budget = new ServerBudget(total);
  const reader = new Connection(budget);
  reader.queue(50_000);
  budget.add(1, 949_990);
  assert.equal(budget.hasRoomFor(40, 40), false);
  assert.deepEqual(reader.cut, []);
});

test("when all together hold too much, a connection of the server that holds most is cut off", () => {
  const total = new Total(100, 10_000, true);
  const budgets = Array.from({ length: 12 }, () => new ServerBudget(total));
  const connections = budgets.map((budget) => new Connection(budget));
  for (const [i, one] of connections.entries()) one.queue(i === 3 ? 1_500 : 770);
  assert.deepEqual(
    connections.flatMap(({ cut }, i) => (cut.length > 0 ? [i] : [])),
    [3],
  );
});

type Step = {
  readonly who: number;
  readonly kind: "call" | "end" | "queue" | "drain" | "close";
  readonly bytes: number;
};

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    who: fc.nat(11),
    kind: fc.constantFrom("call", "call", "end", "queue", "queue", "drain", "close"),
    bytes: fc.integer({ min: 1, max: 2_000 }),
  }),
  { maxLength: 300 },
);

test("whatever servers and clients do, a shared total is the sum of all, within its limit, and zero at the end", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const total = new Total(50, 10_000, true);
      // Three servers of three connections each, and three clients, whose calls wait on no connection that is cut off.
      const budgets = Array.from({ length: 6 }, () => new ServerBudget(total));
      const connections = Array.from({ length: 9 }, (_, i) => new Connection(budgets[i % 3] as ServerBudget));
      const calls: { budget: ServerBudget; bytes: number }[] = [];
      for (const { who, kind, bytes } of list) {
        const connection = connections[who];
        const budget = budgets[who < 9 ? who % 3 : who - 6] as ServerBudget;
        const isOpen = connection !== undefined && connection.cut.length === 0;
        if (kind === "call" && budget.hasRoomFor(bytes, bytes)) {
          budget.add(1, bytes);
          calls.push({ budget, bytes });
        } else if (kind === "end" && calls.length > 0) {
          const [call] = calls.splice(bytes % calls.length, 1);
          call?.budget.add(-1, -call.bytes);
        } else if (kind === "queue" && isOpen) connection.queue(bytes);
        else if (kind === "drain" && isOpen) {
          budget.add(0, -connection.queued);
          connection.queued = 0;
        } else if (kind === "close" && isOpen) connection.cutOff(new Error("closed"));
        assert.equal(
          total.bytes,
          budgets.reduce((sum, one) => sum + one.bytes, 0),
        );
        assert.equal(total.calls, calls.length);
        assert.ok(total.bytes <= total.mostBytes, `${total.bytes} bytes`);
      }
      for (const { budget, bytes } of calls) budget.add(-1, -bytes);
      for (const one of connections) one.end();
      assert.deepEqual([total.calls, total.bytes, total.relievable.size], [0, 0, 0]);
    }),
    { numRuns: 500 },
  );
});
