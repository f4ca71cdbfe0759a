import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { fingerprint } from "./fingerprint.js";

test("the fingerprint of a message is its length and its CRC-32, short or long", () => {
  for (let length = 0; length < 300; length++) {
    const message = Uint8Array.from({ length }, (_, at) => (at * 89 + length * 7) & 0xff);
    assert.deepEqual(fingerprint(message), { length, crc: crc32(message) });
  }
});
