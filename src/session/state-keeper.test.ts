import assert from "node:assert/strict";
import { test } from "node:test";
import { StateKeeper } from "./state-keeper.js";

test("a transaction sees the changes of all before it, and begins when the call before it has ended", async () => {
  const state = new Map([["n", "1"]]);
  const keeper = new StateKeeper(state);
  const [first, second] = [keeper.begin(), keeper.begin()];
  const add = (turn: typeof first): Promise<number> =>
    turn.transaction((all) => {
      all.set("n", Number(all.get("n")) + 1);
      return Number(all.get("n"));
    });
  assert.equal(await add(first), 2);
  const later = add(second);
  assert.deepEqual([...state], [["n", "1"]]);
  first.end(first.writes());
  assert.equal(await later, 3);
  second.end(second.writes());
  assert.deepEqual([...state], [["n", "3"]]);
});

test("a call that ends while its transaction waits lets nobody pass the one that runs", async () => {
  const keeper = new StateKeeper(new Map());
  const [running, given, last] = [keeper.begin(), keeper.begin(), keeper.begin()];
  await running.transaction((all) => all.set("by", "running"));
  const never = given.transaction(() => "given up");
  const seen = last.transaction((all) => all.get("by"));
  given.end([]);
  await assert.rejects(never, /its transaction is closed/);
  running.end(running.writes());
  assert.equal(await seen, "running");
  last.end([]);
  await assert.rejects(
    last.transaction(() => undefined),
    /its transaction is closed/,
  );
});

test("what a transaction throws rejects its promise, and a call may have several", async () => {
  const keeper = new StateKeeper(new Map());
  const turn = keeper.begin();
  await assert.rejects(
    turn.transaction(() => {
      throw new RangeError("no");
    }),
    RangeError,
  );
  await turn.transaction((all) => all.set("a", 1));
  await turn.transaction((all) => all.delete("b"));
  assert.deepEqual(turn.writes(), [
    { key: "a", value: "1" },
    { key: "b", value: undefined },
  ]);
});
