import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../../testing/fast-check.test-support.js";
import { byteFormats, formatBytes, parseBytes } from "./bytes.js";

test("bytes survive each form", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(...byteFormats), (bytes, format) => {
      const text = formatBytes(bytes, format);
      const back = parseBytes(typeof text === "string" ? Buffer.from(text) : text, format);
      assert.deepEqual(Uint8Array.from(back), bytes);
    }),
  );
});

test("hexadecimal may be grouped as dumps and C sources do", () => {
  for (const text of ["0102ff", "01 02 FF\n", "01:02:ff", "0x01, 0x02, 0xff"]) {
    assert.deepEqual([...parseBytes(Buffer.from(text), "hex")], [1, 2, 255], text);
  }
});

test("text that is not what it should be is refused with a reason", () => {
  assert.throws(() => parseBytes(Buffer.from("01g2"), "hex"), /"g" is not a hexadecimal digit/);
  assert.throws(() => parseBytes(Buffer.from("012"), "hex"), /3 hexadecimal digits/);
  assert.throws(() => parseBytes(Buffer.from("AAA*"), "base64"), /not base64: it has "\*"/);
  assert.throws(() => parseBytes(Buffer.from("AAAAA"), "base64"), /not base64: its length/);
});
