import assert from "node:assert/strict";
import { test } from "node:test";
import { argumentList, noArguments, oneArgument } from "./arguments.js";
import { decode, encode } from "./codec.js";
import { int } from "./primitives.js";

const two = argumentList<[number, number]>([
  { name: "a", type: int },
  { name: "b", type: int },
]);

test("arguments follow one another without anything between", () => {
  assert.equal(encode(noArguments, []).length, 0);
  assert.deepEqual(decode(noArguments, new Uint8Array()), []);
  assert.deepEqual(decode(oneArgument(int), encode(oneArgument(int), [5])), [5]);
  assert.deepEqual(encode(two, [1, 2]), Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2));
  assert.deepEqual(decode(two, encode(two, [1, 2])), [1, 2]);
});

test("a wrong number of arguments is an XdrError, and so is a bad one", () => {
  assert.throws(() => encode(two, [1] as unknown as [number, number]), { code: "XDR_BAD_LENGTH" });
  assert.throws(() => encode(noArguments, [1] as unknown as []), { code: "XDR_BAD_LENGTH" });
  assert.throws(() => encode(two, null as unknown as [number, number]), { code: "XDR_WRONG_TYPE" });
  assert.throws(() => encode(two, [1, 2 ** 31], { root: "args" }), {
    message: "args.b: 2147483648 is not an int (-2147483648 to 2147483647)",
  });
});
