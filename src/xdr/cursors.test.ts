import assert from "node:assert/strict";
import { test } from "node:test";
import { countOf } from "../testing/count-of.test-support.js";
import fc from "../testing/fast-check.test-support.js";
import { anyCharacter } from "./arbitrary.test-support.js";
import { decode, encode, encodeInto } from "./codec.js";
import { array } from "./composite.js";
import * as cursors from "./cursors.js";
import { defaultLimits } from "./limits.js";
import { borrowedFixedOpaque, borrowedOpaque, fixedOpaque, opaque, string } from "./opaque.js";
import { int } from "./primitives.js";
import { XdrReader } from "./reader.js";
import { struct } from "./structured.js";
import type { XdrType } from "./type.js";
import { spliceThreshold, XdrWriter } from "./writer.js";

const blob = struct("blob", { before: int, data: opaque(), after: int });

test("a writer that splices yields the same bytes as one that copies", () => {
  for (const length of [
    0,
    1,
    spliceThreshold - 1,
    spliceThreshold,
    spliceThreshold + 1,
    spliceThreshold + 2,
    100_003,
  ]) {
    const value = { before: 1, data: new Uint8Array(length).fill(7), after: 2 };
    const [copying, splicing] = [new XdrWriter(), new XdrWriter({ splice: true })];
    for (const out of [copying, splicing]) for (let i = 0; i < 2; i++) blob.encode(out, value);
    assert.deepEqual(splicing.toBytes(), copying.toBytes());
    assert.equal(splicing.splices.length, length >= spliceThreshold ? 2 : 0);
  }
});

test("rewinding keeps a splice that ends exactly where the writer goes back to", () => {
  const out = new XdrWriter({ splice: true });
  const data = new Uint8Array(spliceThreshold).fill(7);
  opaque().encode(out, data);
  const mark = out.offset;
  const before = out.toBytes();
  opaque().encode(out, data);
  out.rewind(mark);
  assert.deepEqual(out.toBytes(), before);
  assert.equal(out.splices.length, 1);
  out.rewind(0);
  assert.equal(out.splicedBytes, 0);
});

test("a value that cannot be encoded leaves the writer as it was", () => {
  const out = new XdrWriter();
  int.encode(out, 5);
  const bad = { before: 1, data: new Uint8Array(9), after: 1.5 };
  assert.throws(() => encodeInto(blob, out, bad, "args"), {
    message: "args.after: 1.5 is not an int (-2147483648 to 2147483647)",
  });
  assert.deepEqual(out.toBytes(), Uint8Array.of(0, 0, 0, 5));
});

test("a writer grows and can go on in another buffer", () => {
  const out = new XdrWriter({ capacity: 1 });
  const bytes = new Uint8Array(5000).fill(9);
  out.writeBytes(bytes);
  assert.deepEqual(out.toBytes(), bytes);
  out.replaceBuffer(Buffer.alloc(64));
  out.writeWord(1);
  assert.deepEqual(out.toBytes(), Uint8Array.of(0, 0, 0, 1));
});

test("strings of every length and script are written and read as Node does", () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter, maxLength: 60 }), fc.integer({ min: 1, max: 100 }), (unit, times) => {
      const text = unit.repeat(times);
      const bytes = encode(string(), text);
      assert.deepEqual(Buffer.from(bytes.subarray(4, 4 + Buffer.byteLength(text))), Buffer.from(text));
      assert.equal(decode(string(), bytes), text);
    }),
    { numRuns: countOf(300, 60) },
  );
});

test("an opaque is a copy, and a borrowed one a view", () => {
  const bytes = Buffer.from("00000004aabbccdd", "hex");
  const copied = decode(opaque(), bytes);
  const borrowed = decode(borrowedOpaque(), bytes);
  const fixed = decode(borrowedFixedOpaque(8), bytes);
  bytes.fill(0);
  assert.deepEqual(copied, Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd));
  assert.deepEqual(borrowed, new Uint8Array(4));
  assert.equal(fixed.buffer, bytes.buffer);
  for (const value of [copied, borrowed, fixed]) assert.ok(!Buffer.isBuffer(value));
});

test("a long opaque of an owned message is not copied, unless it would keep much more alive", () => {
  const message = Buffer.from(encode(opaque(), new Uint8Array(20_000)));
  const reader = new XdrReader();
  reader.reset(message, 0, message.length, true);
  assert.equal(reader.readOpaque(20_000).buffer, message.buffer);
  const wide = Buffer.concat([message, Buffer.alloc(30_000)]);
  reader.reset(wide, 0, message.length, true);
  assert.notEqual(reader.readOpaque(20_000).buffer, wide.buffer);
  const short = Buffer.from(encode(opaque(), new Uint8Array(4095)));
  reader.reset(short, 0, short.length, true);
  assert.notEqual(reader.readOpaque(4095).buffer, short.buffer);
});

test("each decoded opaque has memory of its own, and no other bytes in it", () => {
  const lengths = [1, 11, 12, 64, 65, 1024, 4095, 4096, 20_000];
  const values = lengths.map((length) => new Uint8Array(length).fill(length));
  const type = array(opaque());
  const plain = encode(type, values);
  const shared = new Uint8Array(new SharedArrayBuffer(plain.length));
  shared.set(plain);
  for (const message of [plain, Buffer.from(plain), shared]) {
    const decoded = decode(type, message);
    assert.deepEqual(decoded, values);
    for (const { buffer, length } of decoded) assert.equal(buffer.byteLength, length);
    assert.equal(new Set(decoded.map(({ buffer }) => buffer)).size, lengths.length);
    assert.ok(decoded.every((value) => value.constructor === Uint8Array && value.buffer instanceof ArrayBuffer));
  }
});

test("many opaques are copied from one view of the message, not from one each", (t) => {
  const type = array(opaque());
  const message = encode(type, new Array(100).fill(new Uint8Array(64)));
  let made = 0;
  const construct = (target: Uint8ArrayConstructor, args: []): Uint8Array => {
    made++;
    return Reflect.construct(target, args);
  };
  const original = globalThis.Uint8Array;
  t.after(() => (globalThis.Uint8Array = original));
  globalThis.Uint8Array = new Proxy(original, { construct });
  decode(type, message);
  globalThis.Uint8Array = original;
  assert.equal(made, 1);
});

test("a reader reads the part of a buffer that it was given, and no more", () => {
  const reader = new XdrReader();
  reader.reset(Buffer.from("000000010000000200000003", "hex"), 4, 8);
  assert.equal(reader.readWord(), 2);
  assert.throws(() => reader.readWord(), { code: "XDR_TOO_SHORT", offset: 8 });
  reader.finish();
});

test("bytes of any kind of array are read from where they start", () => {
  const memory = Uint8Array.of(9, 0, 0, 0, 5, 9);
  assert.equal(decode(int, memory.subarray(1, 5)), 5);
});

test("long results own their memory", () => {
  const first = encode(opaque(), new Uint8Array(40_000).fill(1));
  const second = encode(opaque(), new Uint8Array(40_000).fill(2));
  assert.equal(first[39_000], 1);
  assert.notEqual(first.buffer, second.buffer);
  const words = struct("words", Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`w${i}`, int])));
  const value = Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`w${i}`, i]));
  const third = encode(words, value);
  const kept = third.slice();
  encode(words, { ...value, w0: 77 });
  assert.deepEqual(third, kept);
});

test("a type may encode and decode inside encode and decode", () => {
  const nested: XdrType<number> = {
    shape: { kind: "opaque", fixed: false, length: 4 },
    encode: (out, value) => out.writeOpaque(encode(int, value), 4),
    decode: (from) => decode(int, from.readOpaque(4)),
  };
  const type = struct("outer", { a: int, b: nested, c: int });
  assert.deepEqual(decode(type, encode(type, { a: 1, b: 2, c: 3 })), { a: 1, b: 2, c: 3 });
});

test("what a decode gave out does not change with the next one", () => {
  const type = struct("mixed", { name: string(), fixed: fixedOpaque(20), data: opaque() });
  const value = { name: "one", fixed: new Uint8Array(20).fill(1), data: new Uint8Array(100).fill(1) };
  const decoded = decode(type, encode(type, value));
  decode(type, encode(type, { name: "two", fixed: new Uint8Array(20).fill(2), data: new Uint8Array(100).fill(2) }));
  assert.deepEqual(decoded, value);
});

test("what a decode lends is the message itself, short or long", () => {
  for (const length of [8, 100, 5000]) {
    const message = encode(opaque(), new Uint8Array(length).fill(1));
    const lent = decode(borrowedOpaque(), message);
    message.fill(2);
    assert.deepEqual(lent, new Uint8Array(length).fill(2));
  }
});

test("a short string may have one character beyond ASCII anywhere", () => {
  for (let length = 1; length <= 20; length++) {
    for (let i = 0; i < length; i++) {
      const text = `${"a".repeat(i)}é${"b".repeat(length - i - 1)}`;
      assert.equal(decode(string(), encode(string(), text)), text);
    }
  }
});

test("limits hold for one reader from message to message", () => {
  const reader = new XdrReader(Buffer.alloc(8), { limits: { ...defaultLimits, elements: 2 } });
  for (let i = 0; i < 3; i++) {
    reader.reset(reader.buffer);
    reader.countElements(2);
    assert.throws(() => reader.countElements(1), { code: "XDR_LIMIT" });
  }
});

test("the cursors that users make are of the classes that codecs get, subclasses included", () => {
  class Counting extends cursors.XdrWriter {
    words = 0;
    override writeWord(value: number): void {
      this.words++;
      super.writeWord(value);
    }
  }
  const [out, from, counting] = [new cursors.XdrWriter({ capacity: 64 }), new cursors.XdrReader(), new Counting()];
  for (const writer of [out, counting]) assert.ok(writer instanceof XdrWriter && writer instanceof cursors.XdrWriter);
  assert.ok(from instanceof XdrReader && new XdrReader() instanceof cursors.XdrReader);
  assert.equal(out.constructor, XdrWriter);
  counting.writeOpaque(new Uint8Array(4), 4);
  assert.equal(counting.words, 1);
});
