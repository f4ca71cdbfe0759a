// Every type of RFC 4506 section 4 against bytes written out by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "./codec.js";
import { array, fixedArray, list, optional } from "./composite.js";
import { fromShape } from "./interpret.js";
import { byteString, fixedOpaque, latin1String, opaque, string } from "./opaque.js";
import * as p from "./primitives.js";
import { Quadruple } from "./quadruple.js";
import { enumeration, struct, union } from "./structured.js";
import type { XdrType } from "./type.js";

function known<T>(what: string, type: XdrType<T>, value: T, hex: string): void {
  test(`${what} is ${hex || "no bytes"}`, () => {
    const bytes = new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
    assert.deepEqual(encode(type, value), bytes);
    assert.deepStrictEqual(decode(type, bytes), value);
    const interpreted = fromShape(type.shape);
    assert.deepEqual(encode(interpreted, value), bytes);
    assert.deepStrictEqual(decode(interpreted, bytes), value);
  });
}

known("the int -2^31", p.int, -2147483648, "80000000");
known("the int -1", p.int, -1, "ffffffff");
known("the unsigned int 2^32 - 1", p.unsignedInt, 4294967295, "ffffffff");
known("the hyper -2^63", p.hyper, -(2n ** 63n), "80000000 00000000");
known("the hyper 0x0123456789abcdef", p.hyper, 0x0123456789abcdefn, "01234567 89abcdef");
known("the unsigned hyper 2^64 - 1", p.unsignedHyper, 2n ** 64n - 1n, "ffffffff ffffffff");
known("the hyper -1 as a number", p.hyperNumber, -1, "ffffffff ffffffff");
known("the hyper -(2^53 - 1) as a number", p.hyperNumber, Number.MIN_SAFE_INTEGER, "ffe00000 00000001");
known("the unsigned hyper 2^53 - 1 as a number", p.unsignedHyperNumber, Number.MAX_SAFE_INTEGER, "001fffff ffffffff");
known("the float 1.5", p.float, 1.5, "3fc00000");
known("the float -0", p.float, -0, "80000000");
known("the float NaN", p.float, Number.NaN, "7fc00000");
known("the double -0", p.double, -0, "80000000 00000000");
known("the double NaN", p.double, Number.NaN, "7ff80000 00000000");
known("the double -Infinity", p.double, Number.NEGATIVE_INFINITY, "fff00000 00000000");
known("the quadruple -2", p.quadruple, Quadruple.fromNumber(-2), "c0000000 00000000 00000000 00000000");
known("the bool true", p.bool, true, "00000001");
known("the bool false", p.bool, false, "00000000");
known("void", p.voidType, undefined, "");
known("an enum", enumeration("color", { RED: 2, YELLOW: 3, BLUE: -5 }), -5, "fffffffb");
known("opaque[5]", fixedOpaque(5), Uint8Array.of(1, 2, 3, 4, 5), "01020304 05000000");
known("opaque[0]", fixedOpaque(0), new Uint8Array(), "");
known("opaque<>", opaque(), Uint8Array.of(0xff), "00000001 ff000000");
known("an empty opaque<>", opaque(), new Uint8Array(), "00000000");
known("string<>", string(), "JILL", "00000004 4a494c4c");
known("a string that is not ASCII", string(6), "aé€", "00000006 61c3a9e2 82ac0000");
known("a string with a byte order mark", string(), "\ufeffx", "00000004 efbbbf78");
known("a string with U+FFFD", string(), "\ufffd", "00000003 efbfbd00");
known("a string with a surrogate pair", string(), "😀", "00000004 f09f9880");
known("a string with U+0000", string(), "a\0b", "00000003 61006200");
known("a string as bytes", byteString(2), Uint8Array.of(0xff, 0xfe), "00000002 fffe0000");
known("a string as Latin-1", latin1String(2), "é\u0080", "00000002 e9800000");
known("int[2]", fixedArray(p.int, 2), [1, -1], "00000001 ffffffff");
known("string<3>", array(string(), 3), ["a", ""], "00000002 00000001 61000000 00000000");
known("a pointer to something", optional(p.int), 7, "00000001 00000007");
known("a pointer to nothing", optional(p.int), null, "00000000");
known("an empty list", list(struct("entry", { id: p.int })), [], "00000000");
known(
  "a list of two",
  list(struct("entry", { id: p.int })),
  [{ id: 5 }, { id: 6 }],
  "00000001 00000005 00000001 00000006 00000000",
);
known(
  "a list that is not behind a pointer",
  list(struct("entry", { id: p.int }), { optional: false }),
  [{ id: 5 }, { id: 6 }],
  "00000005 00000001 00000006 00000000",
);
known("a struct", struct("pair", { a: p.int, b: p.hyper }), { a: 1, b: 2n }, "00000001 00000000 00000002");

const result = union("result", {
  discriminant: { name: "status", type: p.int },
  cases: [{ values: [0, 1], arm: { name: "ok", type: string() } }, { values: [2] }],
  default: { arm: { name: "code", type: p.unsignedInt } },
});
known("a union's arm", result, { status: 1, ok: "x" }, "00000001 00000001 78000000");
known("a union's void arm", result, { status: 2 }, "00000002");
known("a union's default arm", result, { status: -1, isDefault: true, code: 9 }, "ffffffff 00000009");
known(
  "a union over bool",
  union("maybe", {
    discriminant: { name: "present", type: p.bool },
    cases: [{ values: [true], arm: { name: "value", type: p.int } }, { values: [false] }],
  }),
  { present: true, value: 3 },
  "00000001 00000003",
);
// RFC 4506 section 7: the file of the example.
known(
  "the file of RFC 4506 section 7",
  struct("file", {
    filename: string(255),
    type: union("filetype", {
      discriminant: { name: "kind", type: enumeration("filekind", { TEXT: 0, DATA: 1, EXEC: 2 }) },
      cases: [
        { values: [0] },
        { values: [1], arm: { name: "creator", type: string(255) } },
        { values: [2], arm: { name: "interpretor", type: string(255) } },
      ],
    }),
    owner: string(32),
    data: opaque(65535),
  }),
  {
    filename: "sillyprog",
    type: { kind: 2, interpretor: "lisp" },
    owner: "john",
    data: new Uint8Array(Buffer.from("(quit)")),
  },
  "00000009 73696c6c 7970726f 67000000 00000002 00000004 6c697370 00000004 6a6f686e 00000006 28717569 74290000",
);
