import assert from "node:assert/strict";
import test from "node:test";
import { FakeClock } from "../testing/fake-clock.js";
import { ending } from "../testing/waiting.test-support.js";
import { pause, waitAtMost, waitFor } from "./wait.js";

const never = new Promise<never>(() => {});

function patience(timeout: number, signal?: AbortSignal) {
  return {
    timeout,
    signal,
    onTimeout: () => new Error("late"),
    onAbort: (reason: unknown) => new Error(String(reason)),
  };
}

test("what comes in time is handed on, be it a value or an error", async () => {
  assert.equal(await waitFor(Promise.resolve(3), patience(1000)), 3);
  await assert.rejects(waitFor(Promise.reject(new Error("no")), patience(1000)), /^Error: no$/);
});

test("a wait ends with its own deadline or signal, whatever the work does", async () => {
  const clock = new FakeClock();
  const late = waitFor(never, { ...patience(10_000), clock });
  clock.advance(10_000);
  await assert.rejects(late, /late/);
  const abort = new AbortController();
  const waiting = waitFor(never, patience(Number.POSITIVE_INFINITY, abort.signal));
  abort.abort("enough");
  await assert.rejects(waiting, /enough/);
  await assert.rejects(waitFor(never, patience(1000, AbortSignal.abort("before"))), /before/);
});

test("a deadline beyond the longest timer sets none", () => {
  const clock = new FakeClock();
  void waitFor(never, { ...patience(1e12), clock });
  assert.equal(clock.timers, 0);
});

test("a pause ends early when its signal is aborted", async () => {
  const [abort, clock, hour] = [new AbortController(), new FakeClock(), 3_600_000];
  const waiting = pause(hour, { signal: abort.signal, clock });
  assert.equal(clock.next, hour);
  abort.abort();
  await ending(waiting, "the pause to end");
  assert.equal(clock.timers, 0);
});

test("work is waited for at most so long, and its error comes through", async () => {
  const clock = new FakeClock();
  const waiting = waitAtMost(1_000, never, clock);
  clock.advance(1_000);
  assert.equal(await waiting, false);
  assert.equal(await waitAtMost(1_000, Promise.resolve(), clock), true);
  await assert.rejects(waitAtMost(1_000, Promise.reject(new Error("no")), clock), /^Error: no$/);
  assert.equal(clock.timers, 0);
});

test("work that fails after the wait has ended disturbs nobody", async () => {
  const failing = Promise.reject(new Error("nobody waits for this"));
  await assert.rejects(waitFor(failing, patience(1_000, AbortSignal.abort("before"))), /before/);
  await new Promise((resolve) => setImmediate(resolve));
});
