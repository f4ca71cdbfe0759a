import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../testing/fake-clock.js";
import { Alarm, Deadlines, deadlineTick } from "./deadlines.js";

class Bell extends Alarm {
  readonly clock: FakeClock;
  readonly rang: number[] = [];
  constructor(clock: FakeClock) {
    super();
    this.clock = clock;
  }
  ring(): void {
    this.rang.push(this.clock.now());
  }
}

test("an alarm rings once, never early and at most one tick late, however long it was set to", () => {
  for (const delay of [0, 1, 9, 10, 11, 95, 1000, 2559, 2560, 2561, 30_000, 3_600_000]) {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    const bell = new Bell(clock);
    const start = clock.now();
    deadlines.set(bell, delay);
    clock.advance(delay + 10 * deadlineTick);
    assert.equal(bell.rang.length, 1, `${delay} ms`);
    const late = (bell.rang[0] as number) - start - delay;
    assert.ok(late >= 0 && late <= deadlineTick, `${delay} ms: ${late} ms late`);
  }
});

test("alarms set at different times ring each at its own", () => {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const bells = Array.from({ length: 500 }, (_, i) => ({ bell: new Bell(clock), delay: (i * 7919) % 9000, start: 0 }));
  for (const one of bells) {
    one.start = clock.now();
    deadlines.set(one.bell, one.delay);
    clock.advance(3);
  }
  clock.advance(20_000);
  for (const { bell, delay, start } of bells) {
    const late = (bell.rang[0] as number) - start - delay;
    assert.ok(bell.rang.length === 1 && late >= 0 && late <= deadlineTick + 3, `${delay} ms: ${late} ms late`);
  }
  assert.deepEqual([deadlines.size, clock.timers], [0, 0]);
});

test("an alarm that was cleared does not ring, and no timer is left behind it", () => {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const bell = new Bell(clock);
  deadlines.set(bell, 30_000);
  clock.advance(100);
  deadlines.clear(bell);
  deadlines.clear(bell);
  assert.deepEqual([deadlines.size, clock.timers], [0, 0]);
  clock.advance(60_000);
  assert.deepEqual(bell.rang, []);
});

test("an alarm may clear another that is due in the same tick, and set itself again", () => {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const victim = new Bell(clock);
  class Killer extends Bell {
    override ring(): void {
      super.ring();
      deadlines.clear(victim);
      if (this.rang.length < 3) deadlines.set(this, 5);
    }
  }
  const killer = new Killer(clock);
  deadlines.set(killer, 5);
  deadlines.set(victim, 5);
  clock.advance(200);
  assert.deepEqual([killer.rang.length, victim.rang.length, deadlines.size], [3, 0, 0]);
});

test("an infinite delay never rings and holds no timer", () => {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  deadlines.set(new Bell(clock), Number.POSITIVE_INFINITY);
  assert.deepEqual([deadlines.size, clock.timers], [0, 0]);
});

test("while all deadlines are far the timer sleeps for seconds", () => {
  const clock = new FakeClock();
  let wakings = 0;
  const set = clock.setTimeout.bind(clock);
  clock.setTimeout = (ring, milliseconds) => {
    wakings++;
    return set(ring, milliseconds);
  };
  const deadlines = new Deadlines(clock);
  deadlines.set(new Bell(clock), 30_000);
  clock.advance(31_000);
  assert.ok(wakings < 20, `${wakings} wakings`);
});

test("alarms in the background do not keep the process alive, others do until the last of them is cleared", () => {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock);
  const [background, ordinary] = [new Bell(clock), new Bell(clock)];
  background.background = true;
  deadlines.set(background, 30_000);
  assert.equal(clock.holds, false);
  deadlines.set(ordinary, 30_000);
  assert.equal(clock.holds, true);
  clock.advance(100);
  assert.equal(clock.holds, true);
  deadlines.clear(ordinary);
  assert.equal(clock.holds, false);
  clock.advance(31_000);
  assert.equal(background.rang.length, 1);
  assert.equal(clock.timers, 0);
});

test("long alarms do not read the machine's clock one by one, and none of them rings early", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 7;
  const reading = t.mock.method(performance, "now", () => now);
  const rang: number[] = [];
  class Note extends Alarm {
    ring(): void {
      rang.push(now);
    }
  }
  const deadlines = new Deadlines();
  const alarms = Array.from({ length: 1000 }, () => new Note());
  for (const alarm of alarms) deadlines.set(alarm, 1000);
  assert.equal(reading.mock.callCount(), 0);
  for (const alarm of alarms.slice(1)) deadlines.clear(alarm);
  while (now < 1050) {
    now++;
    t.mock.timers.tick(1);
  }
  assert.equal(rang.length, 1);
  const late = (rang[0] as number) - 7 - 1000;
  assert.ok(late >= 0 && late <= deadlineTick, `${late} ms late`);
});
