import assert from "node:assert/strict";
import test from "node:test";
import { ending } from "../testing/waiting.test-support.js";
import { pause, waitFor } from "./wait.js";

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
  await assert.rejects(waitFor(never, patience(10)), /late/);
  const abort = new AbortController();
  const waiting = waitFor(never, patience(Number.POSITIVE_INFINITY, abort.signal));
  abort.abort("enough");
  await assert.rejects(waiting, /enough/);
  await assert.rejects(waitFor(never, patience(1000, AbortSignal.abort("before"))), /before/);
});

test("a deadline beyond the longest timer does not expire at once", async () => {
  const late = new Promise<string>((resolve) => setTimeout(() => resolve("came"), 20));
  assert.equal(await waitFor(late, patience(1e12)), "came");
});

test("a pause ends early when its signal is aborted", async () => {
  const abort = new AbortController();
  const waiting = pause(600_000, { signal: abort.signal });
  abort.abort();
  await ending(waiting, "the pause to end");
});
