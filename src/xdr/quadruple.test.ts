import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { Quadruple } from "./quadruple.js";

test("every double is a quadruple and comes back the same", () => {
  const edges = [0, -0, 5e-324, -2.225e-308, Number.MAX_VALUE, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of [...edges, Number.NaN]) assert.ok(Object.is(Quadruple.fromNumber(value).toNumber(), value));
  fc.assert(fc.property(fc.double(), (value) => Object.is(Quadruple.fromNumber(value).toNumber(), value)));
});

test("one third has the bits that IEEE 754 says, and rounds to the nearest double", () => {
  const third = new Quadruple(0x3ffd5555555555555555555555555555n);
  assert.equal(third.toNumber(), 1 / 3);
  assert.equal(String(third), "0x3ffd5555555555555555555555555555");
  assert.equal(String(Quadruple.fromNumber(1)), "1");
  assert.equal(Quadruple.fromNumber(1).bits, 0x3fffn << 112n);
});

test("rounding to a double goes to the nearest, ties to even", () => {
  const one = 0x3fffn << 112n;
  assert.equal(new Quadruple(one | (1n << 59n)).toNumber(), 1);
  assert.equal(new Quadruple(one | (1n << 59n) | 1n).toNumber(), 1 + 2 ** -52);
  assert.equal(new Quadruple(one | (3n << 59n)).toNumber(), 1 + 2 ** -51);
});

test("what no double can hold becomes an infinity or a zero of the same sign", () => {
  assert.equal(new Quadruple(0x7ffen << 112n).toNumber(), Number.POSITIVE_INFINITY);
  assert.equal(new Quadruple(0xfffen << 112n).toNumber(), Number.NEGATIVE_INFINITY);
  assert.ok(Object.is(new Quadruple((1n << 127n) | 1n).toNumber(), -0));
  assert.equal(new Quadruple(BigInt(16_383 - 1074) << 112n).toNumber(), 5e-324);
  assert.equal(new Quadruple(BigInt(16_383 - 1076) << 112n).toNumber(), 0);
});

test("equality is of bits, and text and bytes keep them all", () => {
  assert.ok(!Quadruple.fromNumber(0).equals(Quadruple.fromNumber(-0)));
  assert.ok(Quadruple.fromNumber(Number.NaN).equals(Quadruple.fromNumber(Number.NaN)));
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (bits) => {
      const value = new Quadruple(bits);
      assert.ok(Quadruple.fromString(String(value)).equals(value));
      assert.ok(Quadruple.fromString(JSON.parse(JSON.stringify(value))).equals(value));
      assert.ok(Quadruple.fromBytes(value.toBytes()).equals(value));
    }),
  );
});

test("what is no quadruple is refused", () => {
  assert.throws(() => new Quadruple(1n << 128n), { code: "XDR_OUT_OF_RANGE" });
  assert.throws(() => new Quadruple(-1n), { code: "XDR_OUT_OF_RANGE" });
  assert.throws(() => Quadruple.fromBytes(new Uint8Array(15)), { code: "XDR_BAD_LENGTH" });
  for (const text of ["", "x", "0x12", "1e", "--1"]) {
    assert.throws(() => Quadruple.fromString(text), { code: "XDR_WRONG_TYPE" });
  }
});
