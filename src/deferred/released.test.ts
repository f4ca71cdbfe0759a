import assert from "node:assert/strict";
import { test } from "node:test";
import { ReleasedTicket, ReleasedTickets } from "./released.js";

test("the ids of released tickets are bounded, those of the host that has most go first, and the oldest of these", () => {
  const forgotten: string[] = [];
  const released = new ReleasedTickets(100, (key) => forgotten.push(key));
  for (let at = 0; at < 20; at++) released.add(new ReleasedTicket({ key: `few ${at}`, host: "few", ended: at }));
  for (let at = 0; at < 1_000; at++) {
    released.add(new ReleasedTicket({ key: `many ${at}`, host: "many", ended: at }));
    assert.ok(released.size <= 100, `${released.size} ids`);
  }
  assert.equal(released.size, 1_020 - forgotten.length);
  assert.deepEqual(
    forgotten,
    forgotten.map((_, at) => `many ${at}`),
  );
  assert.deepEqual(
    ["few 0", "many 0", "many 999"].map((key) => released.has(key)),
    [true, false, true],
  );
  released.expire(10);
  assert.deepEqual(
    ["few 9", "few 10"].map((key) => released.has(key)),
    [false, true],
  );
  released.expire(Number.POSITIVE_INFINITY);
  assert.deepEqual([released.size, forgotten.length], [0, 1_020]);
});

test("what is kept of a released ticket is its key, its host and its date", () => {
  const ticket = { key: "a", host: "b", ended: 1, message: new Uint8Array(100), owner: "c" };
  assert.deepEqual({ ...new ReleasedTicket(ticket) }, { key: "a", host: "b", ended: 1 });
});
