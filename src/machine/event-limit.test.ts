import assert from "node:assert/strict";
import { test } from "node:test";
import { type LimitedEvent, limitEvents, omittedText } from "./event-limit.js";

interface Event extends LimitedEvent {
  readonly by?: string;
}

function limited() {
  const time = { now: 0 };
  const logged: Event[] = [];
  const log = limitEvents<Event>(
    (event) => logged.push(event),
    ({ by }) => by,
    () => time.now,
  );
  return { time, logged, log };
}

test("one caller causes 1,000 lines at once and then 10 a second, which say how many are left out, and others are logged", () => {
  const { time, logged, log } = limited();
  for (let at = 0; at < 5_000; at++) log({ kind: "call", by: "one" });
  assert.equal(logged.length, 1_000);
  log({ kind: "call", by: "other" });
  log({ kind: "set", by: "one" });
  log({ kind: "trouble" });
  assert.deepEqual(logged.slice(1_000), [
    { kind: "call", by: "other", omitted: 4_000 },
    { kind: "set", by: "one" },
    { kind: "trouble" },
  ]);
  assert.equal(omittedText(logged[1_000] as Event), " (4000 more were left out before)");
  for (let second = 1; second <= 10; second++) {
    time.now += 1_000;
    for (let at = 0; at < 1_000; at++) log({ kind: "call", by: "one" });
  }
  assert.equal(logged.length, 1_003 + 100);
});

test("any number of callers cause 10,000 lines of a kind at once, and then 100 a second", () => {
  const { time, logged, log } = limited();
  for (let at = 0; at < 50_000; at++) log({ kind: "call", by: `caller ${at}` });
  assert.equal(logged.length, 10_000);
  time.now += 1_000;
  for (let at = 0; at < 50_000; at++) log({ kind: "call", by: `caller ${at}` });
  assert.equal(logged.length, 10_100);
  log({ kind: "set", by: "one" });
  assert.deepEqual(logged.at(-1), { kind: "set", by: "one" });
});
