import assert from "node:assert/strict";
import { test } from "node:test";
import { array, list, optional } from "./composite.js";
import { fromJson, toJson } from "./json.js";
import { byteString, opaque, string } from "./opaque.js";
import * as p from "./primitives.js";
import { Quadruple } from "./quadruple.js";
import { enumeration, struct, union } from "./structured.js";

const color = enumeration("color", { RED: 0, GREEN: 1 });
const result = union<object>("result", {
  discriminant: { name: "status", type: p.int },
  cases: [{ values: [0], arm: { name: "ok", type: string(9) } }],
  default: {},
});
const all = struct("all", {
  color,
  result,
  data: opaque(),
  raw: byteString(),
  big: p.hyper,
  real: array(p.double),
  quad: p.quadruple,
  flag: p.bool,
  none: optional(p.int),
  items: list(struct("item", { name: string() })),
});
const value = {
  color: 1 as const,
  result: { status: 5, isDefault: true },
  data: Uint8Array.of(1, 2, 255),
  raw: Uint8Array.of(0xff),
  big: -(2n ** 63n),
  real: [1.5, Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  quad: Quadruple.fromNumber(1.5),
  flag: true,
  none: null,
  items: [{ name: "a" }],
};
const json = {
  color: "GREEN",
  result: { status: 5, isDefault: true },
  data: "AQL/",
  raw: "/w==",
  big: "-9223372036854775808",
  real: [1.5, "NaN", "-0", "Infinity", "-Infinity"],
  quad: "1.5",
  flag: true,
  none: null,
  items: [{ name: "a" }],
};

test("every kind of value has its JSON form, and comes back from it", () => {
  assert.deepStrictEqual(toJson(all, value), json);
  assert.deepStrictEqual(fromJson(all, JSON.parse(JSON.stringify(json))), value);
});

test("input may be written in friendlier forms", () => {
  assert.equal(fromJson(p.hyper, 5), 5n);
  assert.equal(fromJson(color, 1), 1);
  assert.deepEqual(fromJson(result, { status: 7 }), { status: 7, isDefault: true });
  assert.equal(fromJson(enumeration("open", { A: 0 }, { open: true }), 9), 9);
  assert.equal(toJson(enumeration("open", { A: 0 }, { open: true }), 9), 9);
});

function refuses(change: object, message: string): void {
  test(`bad JSON is refused: ${message}`, () => {
    assert.throws(() => fromJson(all, { ...json, ...change }), { name: "XdrError", message });
  });
}

refuses({ color: "BLUE" }, 'color: "BLUE" is not a value of enum color (RED, GREEN)');
refuses({ color: 7 }, "color: 7 is not a value of enum color (RED, GREEN)");
refuses({ result: { status: 0 } }, "result.ok: missing (string<9>)");
refuses(
  { result: { status: 1, ok: "x" } },
  'result: "ok" is not a field of union result here, which has: status, isDefault',
);
refuses({ data: "AQL" }, 'data: "AQL" is not a value of opaque<>: write the bytes as base64');
refuses({ big: 2 ** 60 }, 'big: 1152921504606847000 is not a value of hyper: write a decimal in quotes, like "123"');
refuses({ big: "9223372036854775808" }, "big: 9223372036854775808 is not a hyper (-2^63 to 2^63-1)");
refuses(
  { real: [1, "x"] },
  'real[1]: "x" is not a value of double: write a number, "NaN", "Infinity", "-Infinity" or "-0"',
);
refuses({ flag: 1 }, "flag: 1 is not a bool");
refuses({ items: [{ name: 3 }] }, "items[0].name: 3 is not a value of string<>");
refuses({ items: null }, "items: null is not an array");
refuses({ quad: "x" }, "quad: a quadruple is a decimal number, or 0x and 32 hexadecimal digits");

test("names of JavaScript's own are ordinary names", () => {
  const odd = struct("odd", { constructor: p.int, ["__proto__"]: p.int } as object);
  const parsed: unknown = JSON.parse('{"constructor":1,"__proto__":2}');
  const back = fromJson(odd, parsed) as object;
  assert.equal(JSON.stringify(toJson(odd, back)), '{"constructor":1,"__proto__":2}');
  assert.throws(() => fromJson(odd, {}), { message: "constructor: missing (int)" });
});
