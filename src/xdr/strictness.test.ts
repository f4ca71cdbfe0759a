import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "./codec.js";
import { array, fixedArray, list, optional } from "./composite.js";
import { XdrError, type XdrErrorCode } from "./errors.js";
import { fixedOpaque, latin1String, opaque, string } from "./opaque.js";
import * as p from "./primitives.js";
import { enumeration, struct, union } from "./structured.js";
import type { XdrType } from "./type.js";

const pair = struct("pair", { a: p.int, b: p.hyper });
const status = enumeration("status", { OK: 0, BAD: 1 });
const reply = union<object>("reply", {
  discriminant: { name: "status", type: status },
  cases: [{ values: [0], arm: { name: "value", type: p.int } }],
});

function refuses<T>(type: XdrType<T>, value: unknown, message: string, code: XdrErrorCode): void {
  test(`encoding refuses: ${message}`, () => {
    assert.throws(() => encode(type, value as T, { root: "args" }), { name: "XdrError", message, code });
  });
}

refuses(p.int, 2 ** 31, "args: 2147483648 is not an int (-2147483648 to 2147483647)", "XDR_OUT_OF_RANGE");
refuses(p.int, 1.5, "args: 1.5 is not an int (-2147483648 to 2147483647)", "XDR_OUT_OF_RANGE");
refuses(p.int, 5n, "args: 5n is not an int (write it without the n)", "XDR_WRONG_TYPE");
refuses(p.int, "5", 'args: "5" is not an int', "XDR_WRONG_TYPE");
refuses(p.int, Symbol("x"), "args: Symbol(x) is not an int", "XDR_WRONG_TYPE");
refuses(p.unsignedInt, -1, "args: -1 is not an unsigned int (0 to 4294967295)", "XDR_OUT_OF_RANGE");
refuses(p.unsignedInt, 2 ** 32, "args: 4294967296 is not an unsigned int (0 to 4294967295)", "XDR_OUT_OF_RANGE");
refuses(p.hyper, 5, "args: 5 is not a hyper: write 5n", "XDR_WRONG_TYPE");
refuses(p.hyper, 2n ** 63n, "args: 9223372036854775808n is not a hyper (-2^63 to 2^63-1)", "XDR_OUT_OF_RANGE");
refuses(p.unsignedHyper, -1n, "args: -1n is not an unsigned hyper (0 to 2^64-1)", "XDR_OUT_OF_RANGE");
refuses(p.hyperNumber, 2 ** 53, "args: 9007199254740992 is not a hyper from -2^53+1 to 2^53-1", "XDR_OUT_OF_RANGE");
refuses(p.float, 1e300, "args: 1e+300 is not a float", "XDR_OUT_OF_RANGE");
refuses(p.double, null, "args: null is not a double", "XDR_WRONG_TYPE");
refuses(p.quadruple, 1, "args: 1 is not a Quadruple: write Quadruple.fromNumber(…)", "XDR_WRONG_TYPE");
refuses(p.bool, 1, "args: 1 is not a bool", "XDR_WRONG_TYPE");
refuses(status, 2, "args: 2 is not a member of enum status", "XDR_OUT_OF_RANGE");
refuses(string(3), "é€", "args: 5 bytes, but at most 3 are allowed", "XDR_BAD_LENGTH");
refuses(string(), "\ud800", "args: the string has a lone surrogate, which UTF-8 cannot hold", "XDR_BAD_TEXT");
refuses(
  string(),
  `${"x".repeat(99)}\udfff`,
  "args: the string has a lone surrogate, which UTF-8 cannot hold",
  "XDR_BAD_TEXT",
);
refuses(string(), 5, "args: 5 is not a string", "XDR_WRONG_TYPE");
refuses(latin1String(), "€", 'args: "€" is not a character of Latin-1 (U+0000 to U+00FF)', "XDR_BAD_TEXT");
refuses(opaque(1), new Uint8Array(2), "args: 2 bytes, but at most 1 are allowed", "XDR_BAD_LENGTH");
refuses(opaque(), [1], "args: an array of 1 is not a Uint8Array", "XDR_WRONG_TYPE");
refuses(fixedOpaque(4), new Uint8Array(3), "args: 3 bytes, but exactly 4 are needed", "XDR_BAD_LENGTH");
refuses(array(p.int, 1), [1, 2], "args: 2 elements, but at most 1 are allowed", "XDR_BAD_LENGTH");
refuses(fixedArray(p.int, 3), [1, 2], "args: 2 elements, but exactly 3 are needed", "XDR_BAD_LENGTH");
refuses(array(p.int), { length: 1 }, "args: an object is not an array", "XDR_WRONG_TYPE");
refuses(array(pair), [{ a: 1, b: 2n }, null], "args[1]: null is not an object with fields", "XDR_WRONG_TYPE");
refuses(optional(pair), { a: 1 }, "args.b: missing (hyper)", "XDR_WRONG_TYPE");
refuses(list(pair, { optional: false }), [], "args: 0 entries, but this list has at least one", "XDR_BAD_LENGTH");
refuses(list(pair), [{ a: 1, b: 2 }], "args[0].b: 2 is not a hyper: write 2n", "XDR_WRONG_TYPE");
refuses(pair, "x", 'args: "x" is not an object with fields', "XDR_WRONG_TYPE");
refuses(reply, { status: 1 }, "args.status: 1 selects no arm of union reply", "XDR_OUT_OF_RANGE");
refuses(reply, { status: 0 }, 'args: discriminant 0 of union reply needs the arm "value"', "XDR_WRONG_TYPE");

test("a getter that throws becomes an XdrError with its cause", () => {
  const cause = new Error("no such luck");
  const value = {
    get a(): number {
      throw cause;
    },
    b: 1n,
  };
  assert.throws(
    () => encode(pair, value),
    (error: unknown) => error instanceof XdrError && error.cause === cause,
  );
});

function refusesBytes(type: XdrType<unknown>, hex: string, message: string, code: XdrErrorCode, offset: number): void {
  test(`decoding refuses ${hex}: ${message}`, () => {
    const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
    assert.throws(() => decode(type, bytes, { root: "result" }), { name: "XdrError", message, code, offset });
  });
}

refusesBytes(p.int, "000000", "result: 4 bytes needed, but only 3 left", "XDR_TOO_SHORT", 0);
refusesBytes(p.int, "00000001 00", "result: 1 byte left over", "XDR_TRAILING_BYTES", 4);
refusesBytes(p.bool, "00000002", "result: 2 is not a bool (0 or 1)", "XDR_OUT_OF_RANGE", 0);
refusesBytes(status, "00000002", "result: 2 is not a member of enum status", "XDR_OUT_OF_RANGE", 0);
refusesBytes(optional(p.int), "ffffffff", "result: 4294967295 is not a bool (0 or 1)", "XDR_OUT_OF_RANGE", 0);
refusesBytes(opaque(), "00000001 01000100", "result: padding byte 1 is not zero", "XDR_BAD_PADDING", 6);
refusesBytes(opaque(3), "00000004 01020304", "result: 4 bytes, but at most 3 are allowed", "XDR_BAD_LENGTH", 0);
refusesBytes(opaque(), "00000001 01", "result: 4 bytes needed, but only 1 left", "XDR_TOO_SHORT", 4);
refusesBytes(string(), "00000001 80000000", "result: the string is not well-formed UTF-8", "XDR_BAD_TEXT", 4);
refusesBytes(string(), "00000003 eda08000", "result: the string is not well-formed UTF-8", "XDR_BAD_TEXT", 4);
refusesBytes(string(), "00000002 c0af0000", "result: the string is not well-formed UTF-8", "XDR_BAD_TEXT", 4);
refusesBytes(array(p.int, 1), "00000002", "result: 2 elements, but at most 1 are allowed", "XDR_BAD_LENGTH", 0);
refusesBytes(
  array(pair),
  "00000001 00000001",
  "result: 1 elements announced, but only 4 bytes left",
  "XDR_TOO_SHORT",
  4,
);
refusesBytes(
  p.hyperNumber,
  "00200000 00000000",
  "result: 9007199254740992 is beyond the integers that a number holds exactly (2^53)",
  "XDR_OUT_OF_RANGE",
  0,
);
refusesBytes(reply, "00000001", "result.status: 1 selects no arm of union reply", "XDR_OUT_OF_RANGE", 0);
refusesBytes(
  struct("dirs", { dirs: array(struct("dir", { name: string(1) })) }),
  "00000002 00000001 41000000 00000002 41410000",
  "result.dirs[1].name: 2 bytes, but at most 1 are allowed",
  "XDR_BAD_LENGTH",
  12,
);

test("a lenient decoder says what it forgave, and where", () => {
  const forgiven: [string, number][] = [];
  const lenient = (what: string, offset: number) => forgiven.push([what, offset]);
  const type = struct("odd", { flag: p.bool, data: opaque(), text: string() });
  const bytes = Buffer.from("0000000700000001aa00ff0000000001800000000000", "hex");
  const value = decode(type, bytes, { lenient });
  assert.deepEqual(value, { flag: true, data: Uint8Array.of(0xaa), text: "\ufffd" });
  assert.deepEqual(forgiven, [
    ["bool", 0],
    ["padding", 10],
    ["text", 16],
    ["trailing bytes", 20],
  ]);
});

test("a lenient decoder still refuses what has no meaning", () => {
  const lenient = () => undefined;
  assert.throws(() => decode(struct("s", { flag: p.bool, n: p.int }), Buffer.from("00000007", "hex"), { lenient }), {
    message: "n: 4 bytes needed, but only 0 left",
  });
});

test("an open enum lets unknown numbers through both ways", () => {
  const open = enumeration("status", { OK: 0 }, { open: true }) as XdrType<number>;
  assert.equal(decode(open, encode(open, -7)), -7);
  assert.throws(() => encode(open, 2 ** 31), { code: "XDR_OUT_OF_RANGE" });
});
