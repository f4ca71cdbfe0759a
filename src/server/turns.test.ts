import assert from "node:assert/strict";
import { test } from "node:test";
import { mostSkipped, Turns } from "./turns.js";

/** Turns of an event loop that the test moves. */
function loop() {
  let scheduled: (() => void)[] = [];
  const turns = new Turns((next) => scheduled.push(next));
  const next = (): boolean => {
    const now = scheduled;
    scheduled = [];
    for (const one of now) one();
    return now.length > 0;
  };
  return { turns, next };
}

test("where no connection comes in, everyone goes on at once", () => {
  const { turns, next } = loop();
  turns.opened();
  while (next()) {}
  assert.equal(
    turns.mayGoOn(() => assert.fail("it did not wait")),
    true,
  );
  assert.equal(next(), false);
});

test("while connections come in, those that were sent much wait, and one of them goes on in every eighth turn", () => {
  const { turns, next } = loop();
  const gone: number[] = [];
  for (let i = 0; i < 200; i++) {
    turns.opened();
    assert.equal(
      turns.mayGoOn(() => gone.push(i)),
      false,
    );
    next();
  }
  assert.deepEqual(gone, [...Array(200 / mostSkipped).keys()], "the oldest first");
});

test("when no more come in, all go on, one in each turn, and then nothing is left to do", () => {
  const { turns, next } = loop();
  turns.opened();
  let gone = 0;
  for (let i = 0; i < 10; i++) turns.mayGoOn(() => gone++);
  let turn = 0;
  for (; next(); turn++) assert.ok(gone <= turn, `${gone} in turn ${turn}`);
  assert.equal(gone, 10);
  assert.ok(turn <= 13, `${turn} turns`);
});

test("a connection that has ended is not called", () => {
  const { turns, next } = loop();
  turns.opened();
  const ended = (): void => assert.fail("it has ended");
  turns.mayGoOn(ended);
  turns.forget(ended);
  while (next()) {}
});
