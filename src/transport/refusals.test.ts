import assert from "node:assert/strict";
import { test } from "node:test";
import { TransportError } from "./errors.js";
import { mostReportsAtOnce, Refusals, reportInterval } from "./refusals.js";

const refusal = new TransportError("TRANSPORT_TOO_MANY_CONNECTIONS", "one too many");

test("after a burst one report is made an interval, which says how many were left out", () => {
  const told: string[] = [];
  let now = 0;
  const refusals = new Refusals(
    ({ message }) => told.push(message),
    () => now,
  );
  for (let i = 0; i < mostReportsAtOnce + 50; i++) refusals.report(refusal);
  assert.deepEqual(told, new Array(mostReportsAtOnce).fill("one too many"));
  now += reportInterval;
  for (let i = 0; i < 10; i++) refusals.report(refusal);
  now += reportInterval;
  refusals.disconnected({ kind: "tcp", host: "192.0.2.1", port: 9 }, refusal);
  assert.deepEqual(told.slice(mostReportsAtOnce), [
    "one too many (50 more since the last report)",
    "tcp://192.0.2.1:9 was disconnected: one too many (9 more since the last report)",
  ]);
});

test("a callback that throws is survived, and none need be there", () => {
  const thrower = new Refusals(() => {
    throw new Error("bug");
  });
  thrower.report(refusal);
  new Refusals(undefined).report(refusal);
});
