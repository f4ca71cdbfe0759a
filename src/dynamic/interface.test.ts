import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, hyper } from "../xdr/index.js";
import { findProcedure, InterfaceError, loadInterface } from "./index.js";

const text = `
enum colour { RED = 1, BLUE = 4 };
struct item { string name<8>; colour paint; item *next; };
union answer switch (bool ok) { case TRUE: hyper total; case FALSE: void; };
program SHOP_PROG { version SHOP_V1 { answer SHOP_SUM(item) = 1; void SHOP_NOTE(int, string) = 2; } = 1; } = 0x20000007;
`;

test("types of an interface encode and decode with no generated code", () => {
  const { types } = loadInterface(text);
  const answer = types.get("answer");
  assert.ok(answer);
  const bytes = encode(answer, { ok: true, total: -2n });
  assert.equal(Buffer.from(bytes).toString("hex"), "00000001fffffffffffffffe");
  assert.deepEqual(decode(answer, bytes), { ok: true, total: -2n });
});

test("a linked list is an array, with the same bytes as the chain", () => {
  const item = loadInterface(text).types.get("item");
  assert.ok(item);
  const list = [
    { name: "a", paint: 1 },
    { name: "b", paint: 4 },
  ];
  const bytes = encode(item, list);
  assert.equal(Buffer.from(bytes).toString("hex"), "0000000161000000000000010000000100000001620000000000000400000000");
  assert.deepEqual(decode(item, bytes), list);
});

test("procedures carry their numbers, and codecs of their arguments and result", () => {
  const { programs } = loadInterface(text);
  const { program, procedure } = findProcedure(programs, "SHOP_PROG.SHOP_NOTE");
  assert.deepEqual([program.number, program.version, procedure.number], [0x20000007, 1, 2]);
  assert.equal(Buffer.from(encode(procedure.args, [7, "x"])).toString("hex"), "000000070000000178000000");
  assert.equal(encode(procedure.result, undefined).length, 0);
});

test("a type called like a property of every object is found, and others are not", () => {
  const { types } = loadInterface("typedef int constructor; typedef int __proto__;");
  assert.deepEqual([...types.keys()], ["constructor", "__proto__"]);
  assert.equal(types.get("toString"), undefined);
});

test("an interface with errors shows each of them in its line", () => {
  assert.throws(
    () => loadInterface("struct a { b c; };\n", { file: "a.x" }),
    (error) => {
      assert.ok(error instanceof InterfaceError);
      assert.match(error.message, /a\.x:1:12/);
      assert.equal(error.diagnostics.length, 1);
      return true;
    },
  );
});

const open = '%#include "clock.h"\nstruct event { clock_reading at; clock_reading *before; string what<>; };';

test("types that are written by hand take the shape that is given for them", () => {
  const { types } = loadInterface(open, { externs: { clock_reading: hyper } });
  const event = types.get("event");
  assert.ok(event);
  const value = { at: 5n, before: 4n, what: "" };
  const bytes = encode(event, value);
  assert.equal(Buffer.from(bytes).toString("hex"), "000000000000000500000001000000000000000400000000");
  assert.deepEqual(decode(event, bytes), value);
});

test("types that are written by hand and not given throw when a value needs them, and say which", () => {
  const event = loadInterface(open).types.get("event");
  assert.ok(event);
  assert.throws(() => encode(event, { at: 5n, before: null, what: "" }), /clock_reading is written by hand/);
  assert.throws(() => decode(event, new Uint8Array(16)), /clock_reading is written by hand/);
});
