import assert from "node:assert/strict";
import { test } from "node:test";
import { isUuid, newUuid, readUuid, writeUuid } from "./uuid.js";

const epm = "e1af8308-5d1f-11c9-91a4-08002b14a0fa";

test("the first three groups of a UUID are in the sender's byte order", () => {
  const view = new DataView(new ArrayBuffer(16));
  const hex = () => Buffer.from(view.buffer).toString("hex");
  writeUuid(view, 0, epm, true);
  assert.equal(hex(), "0883afe11f5dc91191a408002b14a0fa");
  assert.equal(readUuid(view, 0, true), epm);
  writeUuid(view, 0, epm.toUpperCase(), false);
  assert.equal(hex(), "e1af83085d1f11c991a408002b14a0fa");
  assert.equal(readUuid(view, 0, false), epm);
});

test("new UUIDs differ, and have the version and variant of random ones", () => {
  const made = new Set(Array.from({ length: 1_000 }, newUuid));
  assert.equal(made.size, 1_000);
  for (const uuid of made) assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("a text that is not a UUID is refused", () => {
  for (const text of ["", "e1af8308", `${epm} `, "g1af8308-5d1f-11c9-91a4-08002b14a0fa"]) {
    assert.equal(isUuid(text), false);
    assert.throws(() => writeUuid(new DataView(new ArrayBuffer(16)), 0, text, true), TypeError);
  }
});
