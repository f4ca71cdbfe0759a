import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, fromJson, fromShape, type Shape, toJson, XdrError } from "./index.js";

const kinds = ["int", "unsigned int", "hyper", "unsigned hyper", "float", "double"] as const;

function shapeOf(kind: (typeof kinds)[number], typed: boolean, fixed = false): Shape {
  return { kind: "array", fixed, length: 3, element: { kind }, ...(typed ? { typed } : {}) };
}

const samples = {
  int: new Int32Array([1, -1, -(2 ** 31)]),
  "unsigned int": new Uint32Array([0, 1, 2 ** 32 - 1]),
  hyper: new BigInt64Array([1n, -1n, -(2n ** 63n)]),
  "unsigned hyper": new BigUint64Array([0n, 1n, 2n ** 64n - 1n]),
  float: new Float32Array([0.5, -0, Number.NaN]),
  double: new Float64Array([0.1, -0, Number.POSITIVE_INFINITY]),
};

for (const kind of kinds) {
  test(`a typed array of ${kind} has the bytes of a plain one, and comes back as the same kind`, () => {
    for (const fixed of [false, true]) {
      const bytes = encode(fromShape(shapeOf(kind, true, fixed)), samples[kind]);
      assert.deepEqual(bytes, encode(fromShape(shapeOf(kind, false, fixed)), [...samples[kind]]));
      assert.deepStrictEqual(decode(fromShape(shapeOf(kind, true, fixed)), bytes), samples[kind]);
    }
    const shape = shapeOf(kind, true);
    assert.deepStrictEqual(fromJson(shape, toJson(shape, samples[kind])), samples[kind]);
  });
}

test("a plain array, another kind of typed array, and a wrong length are refused", () => {
  const type = fromShape(shapeOf("int", true, true));
  for (const value of [[1, 2, 3], new Uint32Array(3), new Int32Array(2), null]) {
    assert.throws(() => encode(type, value), XdrError);
  }
  assert.throws(() => encode(fromShape(shapeOf("int", true)), new Int32Array(4)), /4 elements, but at most 3/);
});

test("a count that the bytes do not bear out allocates nothing", () => {
  const type = fromShape({ kind: "array", fixed: false, length: 0xffff_ffff, element: { kind: "hyper" }, typed: true });
  assert.throws(() => decode(type, new Uint8Array([0x40, 0, 0, 0, 0, 0, 0, 0])), /announced/);
});
