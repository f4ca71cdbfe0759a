import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { linkSignals } from "./link-signals.js";

test("a linked signal is aborted with the first of its sources, and with its reason", () => {
  for (const first of [0, 1]) {
    const sources = [new AbortController(), new AbortController()] as const;
    const linked = linkSignals(sources[0].signal, undefined, sources[1].signal);
    assert.equal(linked.signal.aborted, false);
    sources[first]?.abort("enough");
    assert.equal(linked.signal.reason, "enough");
    sources[1 - first]?.abort("later");
    assert.equal(linked.signal.reason, "enough");
  }
});

test("a signal that is linked to an aborted one is aborted from the start", () => {
  const long = new AbortController();
  const linked = linkSignals(long.signal, AbortSignal.abort("before"));
  assert.equal(linked.signal.reason, "before");
  assert.equal(getEventListeners(long.signal, "abort").length, 0);
});

test("a link that was released leaves nothing at its sources", () => {
  const long = new AbortController();
  const linked = linkSignals(long.signal);
  assert.equal(getEventListeners(long.signal, "abort").length, 1);
  linked.release();
  assert.equal(getEventListeners(long.signal, "abort").length, 0);
  long.abort();
  assert.equal(linked.signal.aborted, false);
});
