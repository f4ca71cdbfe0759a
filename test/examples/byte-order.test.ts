// What the lecture says of the number 5 and the name JILL between a Pentium and a SPARC.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "lupine/xdr";
import { letter } from "../../examples/byte-order/letter.gen.js";
import {
  type ByteOrder,
  invertWords,
  readMarked,
  readMemory,
  writeMarked,
  writeMemory,
} from "../../examples/byte-order/native.js";
import fc from "../support/fast-check.js";
import { runToEnd } from "./run.js";

const message: letter = { number: 5, name: "JILL" };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("the number 5 from a little-endian machine is 5 * 2^24 to a big-endian one, and the text is right", () => {
  const raw = writeMemory(message, "little");
  assert.equal(hex(raw), "050000004a494c4c");
  assert.deepEqual(readMemory(raw, "big"), { number: 5 * 2 ** 24, name: "JILL" });
});

test("turning every word round makes the number right and the text wrong", () => {
  const inverted = invertWords(writeMemory(message, "little"));
  assert.equal(hex(inverted), "000000054c4c494a");
  assert.deepEqual(readMemory(inverted, "big"), { number: 5, name: "LLIJ" });
});

test("XDR carries both, in the same bytes from every machine", () => {
  assert.equal(hex(encode(letter, message)), "00000005000000044a494c4c");
  assert.deepEqual(decode(letter, encode(letter, message)), message);
});

test("a mark in every byte of the first word lets the receiver make right", () => {
  assert.equal(hex(writeMarked(message, "little")), "00000000050000004a494c4c");
  assert.equal(hex(writeMarked(message, "big")), "01010101000000054a494c4c");
  const order = fc.constantFrom<ByteOrder>("little", "big");
  const name = fc.string({ unit: fc.constantFrom(..."abcXYZ019 "), minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(order, order, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), name, (from, to, number, text) => {
      assert.deepEqual(readMarked(writeMarked({ number, name: text }, from), to), { number, name: text });
    }),
  );
});

test("a mark that is not the same in every byte, or names no order, is refused", () => {
  for (const mark of ["00000001", "01000000", "02020202"]) {
    const bytes = Buffer.from(`${mark}000000054a494c4c`, "hex");
    assert.throws(() => readMarked(bytes, "big"), /names no representation/);
  }
  assert.throws(() => readMarked(new Uint8Array(4), "big"), /too few/);
});

test("the example shows the bytes of all four ways", async () => {
  const { stdout, code } = await runToEnd("byte-order/machines.js");
  assert.equal(code, 0);
  for (const line of ["05 00 00 00", "83886080", '5 and "LLIJ"', "00 00 00 04", "00 00 00 00", '5 and "JILL"']) {
    assert.ok(stdout.includes(line), `${line} is not in\n${stdout}`);
  }
});
