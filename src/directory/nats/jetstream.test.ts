import assert from "node:assert/strict";
import { test } from "node:test";
import { deliveryOf } from "./jetstream.js";

test("what JetStream says of a message is read from either form of its reply subject", () => {
  const delivery = { stored: 1_700_000_000_000, sequence: 42, place: 7, pending: 3 };
  assert.deepEqual(deliveryOf("$JS.ACK.KV_x.consumer.1.42.7.1700000000000000000.3"), delivery);
  assert.deepEqual(deliveryOf("$JS.ACK._.hash.KV_x.consumer.1.42.7.1700000000000000000.3.random"), delivery);
});

test("any other reply subject is none", () => {
  const others = ["", "_INBOX.x", "$JS.ACK.a.b", "$JS.ACK.a.b.1.x.7.1.3", "$JS.FC.a.b.c.d.e.f.g.h"];
  for (const reply of [undefined, ...others]) assert.equal(deliveryOf(reply), undefined, reply);
});
