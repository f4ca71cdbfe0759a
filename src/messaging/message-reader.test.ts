import assert from "node:assert/strict";
import { test } from "node:test";
import { array } from "../xdr/composite.js";
import { opaque } from "../xdr/opaque.js";
import { int } from "../xdr/primitives.js";
import { MessageReader } from "./message-reader.js";

test("a message of millions of small values is not readable, and a long one that may grow is kept as bytes", () => {
  const reader = new MessageReader(array(opaque(16), 0xffff_ffff));
  const count = 1_500_000;
  const bytes = new Uint8Array(4 + 4 * count);
  new DataView(bytes.buffer).setUint32(0, count);
  assert.throws(() => reader.read(bytes), { code: "XDR_LIMIT" });
  const few = bytes.slice(0, 400_004);
  new DataView(few.buffer).setUint32(0, 100_000);
  assert.equal(reader.read(few).length, 100_000);
  assert.deepEqual([reader.mayGrow(few), reader.mayGrow(few.subarray(0, 60_000))], [true, false]);
  assert.equal(new MessageReader(int).mayGrow(few), false);
});
