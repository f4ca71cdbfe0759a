import assert from "node:assert/strict";
import { test } from "node:test";
import { array } from "../xdr/composite.js";
import { opaque } from "../xdr/opaque.js";
import { int } from "../xdr/primitives.js";
import { MessageReader } from "./message-reader.js";

test("a message of millions of small values is not readable, and one that grows is kept as bytes, however short it is", () => {
  const reader = new MessageReader(array(opaque(16), 0xffff_ffff));
  const count = 1_500_000;
  const bytes = new Uint8Array(4 + 4 * count);
  new DataView(bytes.buffer).setUint32(0, count);
  assert.throws(() => reader.read(bytes), { code: "XDR_LIMIT" });
  const long = bytes.subarray(0, 400_004);
  new DataView(bytes.buffer).setUint32(0, 100_000);
  assert.equal(reader.read(long).message.length, 100_000);
  assert.equal(reader.read(long).isLarge, true);
  const short = bytes.subarray(0, 404);
  new DataView(bytes.buffer).setUint32(0, 100);
  assert.equal(reader.read(short).isLarge, true);
  const one = bytes.subarray(0, 8);
  new DataView(bytes.buffer).setUint32(0, 1);
  assert.equal(reader.read(one).isLarge, false);
  assert.equal(new MessageReader(int).read(bytes.subarray(0, 4)).isLarge, false);
});
