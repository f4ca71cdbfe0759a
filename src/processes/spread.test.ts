import assert from "node:assert/strict";
import { test } from "node:test";
import type { SocketHandle } from "./socket-handles.js";
import { Spread, type Taker } from "./spread.js";

/** A worker that takes so many connections until it is asked to take more. */
class SlowTaker implements Taker {
  connections = 0;
  room: number;
  readonly taken: unknown[] = [];

  constructor(room: number) {
    this.room = room;
  }

  handOver(_: SocketHandle, message: unknown): boolean {
    if (this.room === 0) return false;
    this.room--;
    this.connections++;
    this.taken.push(message);
    return true;
  }
}

function connections(closed: unknown[]) {
  return (name: unknown): SocketHandle => ({
    reading: false,
    onread: undefined,
    readStop: () => undefined,
    close: () => void closed.push(name),
  });
}

test("connections that slow workers cannot take wait in order, and are taken as soon as there is room", () => {
  const closed: unknown[] = [];
  const handle = connections(closed);
  const [one, other] = [new SlowTaker(2), new SlowTaker(1)];
  const spread = new Spread(
    () => [one, other],
    1,
    () => undefined,
  );
  for (let i = 0; i < 6; i++) assert.equal(spread.take(handle(i), i), true);
  assert.equal(spread.size, 3);
  other.room = 1;
  spread.pump();
  assert.deepEqual([one.taken.length, other.taken.at(-1), spread.size], [2, 3, 2]);
  one.room = 5;
  spread.pump();
  assert.deepEqual([one.taken.slice(2), spread.size, closed], [[4, 5], 0, []]);
  spread.close();
});

test("the connection that has waited longest makes room at the limit, and when few descriptors are left", () => {
  const closed: unknown[] = [];
  const handle = connections(closed);
  let isScarce = false;
  const spread = new Spread(
    () => [new SlowTaker(0)],
    1,
    () => (isScarce ? "few are left" : undefined),
  );
  for (let i = 0; i < 4_100; i++) spread.take(handle(i), i);
  assert.deepEqual([spread.size, closed], [4_096, [0, 1, 2, 3]]);
  isScarce = true;
  spread.take(handle("new"), "new");
  assert.deepEqual([spread.size, closed.slice(4)], [4_096, [4]]);
  spread.close();
  assert.equal(closed.length, 4_101);
});

test("while no worker is ready, a connection beyond the backlog is closed", () => {
  const closed: unknown[] = [];
  const handle = connections(closed);
  const spread = new Spread(
    () => [],
    2,
    () => undefined,
  );
  assert.deepEqual(
    [1, 2, 3].map((name) => spread.take(handle(name), name)),
    [true, true, false],
  );
  assert.deepEqual(closed, [3]);
  spread.close();
  assert.equal(spread.take(handle(4), 4), false);
});
