import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "./codec.js";
import { list } from "./composite.js";
import { explain } from "./explain.js";
import { formatExplanation } from "./explain-format.js";
import { opaque, string } from "./opaque.js";
import { int, unsignedInt } from "./primitives.js";
import { enumeration, struct } from "./structured.js";

const type = struct("thing", {
  color: enumeration("color", { RED: 0, GREEN: 1 }),
  name: string(9),
  entries: list(struct("entry", { id: int })),
});
const bytes = encode(type, { color: 1, name: "JILL!", entries: [{ id: 5 }] });

test("every group of bytes is named, in order", () => {
  assert.deepEqual(formatExplanation(explain(type, bytes), { root: "args" }), [
    "0000  00 00 00 01              args.color = GREEN (1)  (enum color)",
    "0004  00 00 00 05              args.name length: 5 bytes",
    '0008  4a 49 4c 4c 21           args.name = "JILL!"  (string<9>)',
    "000d  00 00 00                 args.name padding",
    "0010  00 00 00 01              args.entries[0]: present",
    "0014  00 00 00 05              args.entries[0].id = 5  (int)",
    "0018  00 00 00 00              args.entries[1]: none",
  ]);
});

test("bad bytes are explained up to where they go wrong, and then the error", () => {
  const broken = bytes.slice();
  broken[13] = 1;
  const explanation = explain(type, broken);
  assert.equal(explanation.error?.code, "XDR_BAD_PADDING");
  assert.equal(explanation.error?.offset, 13);
  assert.deepEqual(formatExplanation(explanation, { offset: 0x100 }), [
    "0100  00 00 00 01              color = GREEN (1)  (enum color)",
    "0104  00 00 00 05              name length: 5 bytes",
    "0108  4a 49 4c 4c 21 01 00 00  20 bytes not understood",
    "0110  00 00 00 01 00 00 00 05",
    "0118  00 00 00 00",
    "error  name: padding byte 1 is not zero",
  ]);
});

test("left-over bytes are an error, unless only the front is to be explained", () => {
  const longer = Buffer.concat([bytes, Buffer.alloc(4)]);
  assert.equal(explain(type, longer).error?.code, "XDR_TRAILING_BYTES");
  const front = explain(type, longer, { partial: true });
  assert.equal(front.error, undefined);
  assert.equal(front.end, bytes.length);
});

test("long data is shown by its first lines", () => {
  const lines = formatExplanation(explain(opaque(), encode(opaque(), new Uint8Array(100))));
  assert.equal(lines.length, 6);
  assert.equal(lines.at(-1), "      … 68 more bytes");
});

test("a bare value needs no name", () => {
  assert.deepEqual(formatExplanation(explain(unsignedInt, Uint8Array.of(0, 0, 0, 3))), [
    "0000  00 00 00 03              3  (unsigned int)",
  ]);
});
