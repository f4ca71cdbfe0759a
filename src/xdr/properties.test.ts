import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { arbitraryShape, arbitraryValue } from "./arbitrary.test-support.js";
import { decode, encode } from "./codec.js";
import { XdrError } from "./errors.js";
import { explain } from "./explain.js";
import { fromShape } from "./interpret.js";
import { fromJson, toJson } from "./json.js";
import type { IntegerShape, Shape } from "./shape.js";
import { leastSize } from "./shape.js";

const runs = { numRuns: Number(process.env["LUPINE_PROPERTY_RUNS"] ?? (process.env["LUPINE_TEST_ALL"] ? 1000 : 60)) };

const shapeAndValue = arbitraryShape.chain((shape) => arbitraryValue(shape).map((value) => ({ shape, value })));

/** Whether each value has one encoding: chars and shorts take more than they send, and text in chars ends at a NUL. */
function isCanonical(shape: Shape): boolean {
  const parts = new Set<object>([shape]);
  for (const part of parts) {
    const { width, strict, text } = part as Partial<IntegerShape>;
    if (text !== undefined || (width !== undefined && !strict)) return false;
    for (const inner of Object.values(part)) {
      const value: unknown = typeof inner === "function" ? inner() : inner;
      if (typeof value === "object" && value !== null) parts.add(value);
    }
  }
  return true;
}

test("any value of any shape decodes to itself", () => {
  fc.assert(
    fc.property(shapeAndValue, ({ shape, value }) => {
      const type = fromShape(shape);
      assert.deepStrictEqual(decode(type, encode(type, value)), value);
    }),
    runs,
  );
});

test("any value of any shape survives its JSON form as text", () => {
  fc.assert(
    fc.property(shapeAndValue, ({ shape, value }) => {
      const text = JSON.stringify(toJson(shape, value));
      assert.deepStrictEqual(fromJson(shape, JSON.parse(text)), value);
    }),
    runs,
  );
});

test("an encoding is a multiple of four bytes and never less than the least size", () => {
  fc.assert(
    fc.property(shapeAndValue, ({ shape, value }) => {
      const { length } = encode(fromShape(shape), value);
      assert.equal(length % 4, 0);
      assert.ok(length >= leastSize(shape));
    }),
    runs,
  );
});

test("an explanation covers every byte of a good encoding once, in order", () => {
  fc.assert(
    fc.property(shapeAndValue, ({ shape, value }) => {
      const bytes = encode(fromShape(shape), value);
      const { parts, error, end } = explain(shape, bytes);
      assert.equal(error, undefined);
      assert.equal(end, bytes.length);
      assertContiguous(parts, bytes.length);
    }),
    runs,
  );
});

test("random bytes decode to a value that encodes to the same bytes, or fail with an XdrError", () => {
  fc.assert(
    fc.property(arbitraryShape.filter(isCanonical), fc.uint8Array({ maxLength: 64 }), (shape, bytes) => {
      assertCanonicalOrRefused(shape, new Uint8Array(bytes));
    }),
    runs,
  );
});

test("a good encoding with one byte changed decodes to what encodes to the same bytes, or fails with an XdrError", () => {
  fc.assert(
    fc.property(shapeAndValue, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ shape, value }, at, change) => {
      fc.pre(isCanonical(shape));
      const bytes = encode(fromShape(shape), value);
      if (bytes.length === 0) return;
      bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ change;
      assertCanonicalOrRefused(shape, bytes);
    }),
    runs,
  );
});

function assertCanonicalOrRefused(shape: Shape, bytes: Uint8Array): void {
  const type = fromShape(shape);
  const { parts, error } = explain(shape, bytes);
  assertContiguous(parts, bytes.length);
  let value: unknown;
  try {
    value = decode(type, bytes);
  } catch (thrown) {
    assert.ok(thrown instanceof XdrError, String(thrown));
    assert.equal(error?.message, thrown.message);
    return;
  }
  assert.equal(error, undefined);
  // A NaN may come in many bit patterns, and JavaScript keeps one.
  if (!JSON.stringify(toJson(shape, value)).includes("NaN")) assert.deepEqual(encode(type, value), bytes);
}

function assertContiguous(parts: readonly { offset: number; length: number }[], length: number): void {
  let next = 0;
  for (const part of parts) {
    assert.equal(part.offset, next);
    next += part.length;
  }
  assert.equal(next, length);
}
