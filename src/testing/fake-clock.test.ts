import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "./fake-clock.js";

test("time stands still until it is moved, and timers ring in the order in which they are due", () => {
  const clock = new FakeClock({ now: 100 });
  const rang: [string, number][] = [];
  const note = (name: string) => () => void rang.push([name, clock.now()]);
  clock.setTimeout(note("late"), 30);
  clock.setTimeout(note("early"), 10);
  clock.clearTimeout(clock.setTimeout(note("never"), 5));
  assert.deepEqual([clock.now(), clock.timers, clock.next], [100, 2, 10]);
  clock.advance(29);
  assert.deepEqual(rang, [["early", 110]]);
  clock.advance(1);
  assert.deepEqual(rang.slice(1), [["late", 130]]);
  assert.deepEqual([clock.now(), clock.timers, clock.next], [130, 0, undefined]);
});

test("an interval rings until it is cleared, also by itself", () => {
  const clock = new FakeClock();
  let rings = 0;
  const timer = clock.setInterval(() => {
    if (++rings === 3) clock.clearTimeout(timer);
  }, 10);
  clock.advance(1_000);
  assert.deepEqual([rings, clock.timers], [3, 0]);
});

test("a timer set by a timer rings within the same advance, when it is due in it", () => {
  const clock = new FakeClock({ now: 0 });
  const at: number[] = [];
  clock.setTimeout(() => clock.setTimeout(() => at.push(clock.now()), 5), 10);
  clock.advance(15);
  assert.deepEqual(at, [15]);
});

test("after a suspension what was due comes late", () => {
  const clock = new FakeClock({ now: 0 });
  const at: number[] = [];
  clock.setTimeout(() => at.push(clock.now()), 10);
  clock.suspend(1_000);
  assert.deepEqual(at, []);
  clock.advance(0);
  assert.deepEqual(at, [1_000]);
});

test("the calendar goes with the clock, and chance is the same for the same seed", () => {
  const [one, two] = [new FakeClock({ seed: 7 }), new FakeClock({ seed: 7 })];
  one.advance(60_000);
  assert.equal(new Date(one.date()).toISOString(), "2026-01-01T00:01:00.000Z");
  assert.equal(one.random(), two.random());
});

test("run lets promises get on between timers, and runUntil stops at the outcome", async () => {
  const clock = new FakeClock({ now: 0 });
  const wait = (time: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, time));
  const at: number[] = [];
  const work = async () => {
    for (let i = 0; i < 3; i++) {
      await wait(100);
      at.push(clock.now());
    }
    return "done";
  };
  const working = work();
  await clock.run(250);
  assert.deepEqual([at, clock.now()], [[100, 200], 250]);
  assert.equal(await clock.runUntil(working), "done");
  assert.equal(clock.now(), 300);
  await assert.rejects(clock.runUntil(wait(2_000), 1_000), /not settled after 1000 ms of the fake clock/);
});

test("a timer keeps the process alive until it is unreferenced", () => {
  const clock = new FakeClock();
  const timer = clock.setTimeout(() => {}, 10);
  assert.equal(clock.holds, true);
  timer.unref();
  assert.equal(clock.holds, false);
});
