import assert from "node:assert/strict";
import { test } from "node:test";
import { countOf } from "../testing/count-of.test-support.js";
import { treeShape } from "./arbitrary.test-support.js";
import { doubles } from "./bulk.js";
import { decode, encode } from "./codec.js";
import { array, fixedArray, list, optional, recursive } from "./composite.js";
import { explain } from "./explain.js";
import { fromShape } from "./interpret.js";
import { defaultLimits } from "./limits.js";
import { fixedOpaque, opaque, string } from "./opaque.js";
import { int, voidType } from "./primitives.js";
import { XdrReader } from "./reader.js";
import type { StructShape } from "./shape.js";
import { struct } from "./structured.js";
import type { XdrType } from "./type.js";

interface Chain {
  readonly next: Chain | null;
}
const chain: XdrType<Chain> = recursive("chain", () => struct<Chain>("chain", { next: optional(chain) }));

function chainOf(depth: number): Chain {
  let value: Chain = { next: null };
  for (let i = 1; i < depth; i++) value = { next: value };
  return value;
}

function chainBytes(depth: number): Buffer {
  const bytes = Buffer.alloc(depth * 4);
  for (let i = 0; i < depth - 1; i++) bytes.writeUInt32BE(1, i * 4);
  return bytes;
}

function limited(limits: Partial<typeof defaultLimits>) {
  return { limits: { ...defaultLimits, ...limits } };
}

test("recursion may be 200 levels deep, and no more, both ways", () => {
  assert.equal(defaultLimits.depth, 200);
  assert.deepEqual(encode(chain, chainOf(200)), new Uint8Array(chainBytes(200)));
  assert.deepEqual(decode(chain, chainBytes(200)), chainOf(200));
  assert.throws(() => encode(chain, chainOf(201)), { code: "XDR_LIMIT" });
  assert.throws(() => decode(chain, chainBytes(201)), { code: "XDR_LIMIT", offset: 800 });
});

test("a million levels fail with an XdrError, whatever the depth limit is", () => {
  const interpreted = fromShape(chain.shape);
  assert.throws(() => decode(chain, chainBytes(1_000_000)), { code: "XDR_LIMIT" });
  assert.throws(() => decode(interpreted, chainBytes(1_000_000)), { code: "XDR_LIMIT" });
  assert.throws(() => decode(chain, chainBytes(1_000_000), limited({ depth: 1e9 })), { code: "XDR_LIMIT" });
});

test("the interpreted codec counts nesting in the shape of a tree", () => {
  const type = fromShape(treeShape);
  let value: unknown = { label: "", children: [], next: null };
  for (let i = 1; i < 200; i++) value = { label: "", children: [value], next: null };
  assert.deepEqual(decode(type, encode(type, value)), value);
  const tooDeep = { label: "", children: [value], next: null };
  assert.throws(() => encode(type, tooDeep), { code: "XDR_LIMIT" });
});

test("lists within lists count once a list, however many entries each has", () => {
  const item: StructShape = {
    kind: "struct",
    name: "item",
    fields: [
      {
        name: "children",
        type: {
          kind: "list",
          optional: true,
          element: { kind: "reference", name: "item", shape: () => item },
        },
      },
    ],
  };
  const type = fromShape({ kind: "list", optional: true, element: item });
  let value: unknown[] = [];
  for (let i = 1; i < 200; i++) value = [{ children: [] }, { children: value }];
  const bytes = encode(type, value);
  assert.deepEqual(decode(type, bytes), value);
  assert.equal(explain(type, bytes).error, undefined);
  assert.throws(() => encode(type, [{ children: value }]), { code: "XDR_LIMIT" });
  const deeper = Buffer.concat([Buffer.from("00000001", "hex"), bytes, Buffer.alloc(4)]);
  assert.throws(() => decode(type, deeper), { code: "XDR_LIMIT" });
  assert.equal(explain(type, deeper).error?.code, "XDR_LIMIT");
});

test("a long linked list takes no stack", () => {
  const type = list(struct("entry", { id: int }));
  const count = countOf(1_000_000, 100_000);
  const values = Array.from({ length: count }, (_, id) => ({ id }));
  const bytes = encode(type, values);
  assert.equal(bytes.length, 8 * count + 4);
  const decoded = decode(type, bytes);
  assert.equal(decoded.length, count);
  assert.deepEqual(decoded[count - 1], { id: count - 1 });
});

test("limits.elements counts all arrays and lists of a decode together", () => {
  const type = struct("two", { array: array(int), list: list(struct("entry", { id: int })) });
  const bytes = encode(type, { array: [1, 2], list: [{ id: 1 }, { id: 2 }] });
  assert.equal(decode(type, bytes, limited({ elements: 4 })).list.length, 2);
  assert.throws(() => decode(type, bytes, limited({ elements: 3 })), { code: "XDR_LIMIT", path: ["list", 1] });
  assert.throws(() => encode(type, { array: [1, 2], list: [] }, limited({ elements: 1 })), { code: "XDR_LIMIT" });
});

test("limits.bytes holds for opaques and strings both ways", () => {
  const limits = limited({ bytes: 3 });
  assert.throws(() => encode(opaque(), new Uint8Array(4), limits), { code: "XDR_LIMIT" });
  assert.throws(() => encode(string(), "four", limits), { code: "XDR_LIMIT" });
  assert.throws(() => decode(string(), Buffer.from("0000000461616161", "hex"), limits), { code: "XDR_LIMIT" });
});

test("a count is checked against the bytes that are left before anything is made for it", () => {
  const announced = Buffer.from("7ffffff000000000", "hex");
  const before = process.memoryUsage().heapUsed;
  for (const type of [array(int), array(string()), array(fixedArray(int, 1000)), opaque(), string()]) {
    assert.throws(() => decode(type as XdrType<unknown>, announced), { code: "XDR_TOO_SHORT" });
  }
  assert.throws(() => decode(fixedArray(int, 2 ** 32 - 1), announced), { code: "XDR_TOO_SHORT" });
  assert.throws(() => decode(fixedOpaque(2 ** 32 - 1), announced), { code: "XDR_TOO_SHORT" });
  assert.throws(() => doubles.read(new XdrReader(announced), 2 ** 32 - 1), { code: "XDR_TOO_SHORT" });
  assert.ok(process.memoryUsage().heapUsed - before < 5_000_000);
});

test("elements that take no bytes cannot be announced in masses", () => {
  const type = array(voidType);
  const announce = (count: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(count);
    return bytes;
  };
  assert.equal(decode(type, announce(65_536)).length, 65_536);
  assert.throws(() => decode(type, announce(65_537)), { code: "XDR_LIMIT" });
  assert.throws(() => decode(fixedArray(voidType, 65_537), announce(0).subarray(4)), { code: "XDR_LIMIT" });
});
