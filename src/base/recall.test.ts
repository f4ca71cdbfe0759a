import assert from "node:assert/strict";
import { test } from "node:test";
import { Recall } from "./recall.js";

test("like an AbortSignal, a recall calls each listener once, and none that another one has removed", () => {
  for (const abort of [new Recall(), new AbortController()]) {
    const { signal } = abort;
    const called: number[] = [];
    const third = (): void => void called.push(3);
    signal.addEventListener("abort", () => called.push(1), { once: true });
    signal.addEventListener("abort", () => signal.removeEventListener("abort", third), { once: true });
    signal.addEventListener("abort", third, { once: true });
    signal.addEventListener("abort", () => called.push(4), { once: true });
    abort.abort(new Error("over"));
    abort.abort(new Error("again"));
    assert.deepEqual(called, [1, 4]);
    assert.throws(() => signal.throwIfAborted(), /over/);
  }
});
