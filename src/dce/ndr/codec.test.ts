import assert from "node:assert/strict";
import { test } from "node:test";
import { countOf } from "../../testing/count-of.test-support.js";
import fc from "../../testing/fast-check.test-support.js";
import { type ByteOrder, decodeNdr, encodeNdr } from "./codec.js";
import { NdrDecoder } from "./decoder.js";
import { NdrEncoder } from "./encoder.js";
import { NdrError } from "./errors.js";
import { mostDecoded } from "./memory.js";
import type { NdrArm, NdrExpression, NdrField, NdrPointer, NdrShape, NdrStruct, NdrType, NdrUnion } from "./types.js";

const long: NdrShape = { kind: "long" };
const both: readonly ByteOrder[] = ["little", "big"];

function struct(name: string, fields: Record<string, NdrShape>): NdrStruct {
  return { kind: "struct", name, fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof NdrError) return `${error.code} at ${error.path.join(".")}`;
    throw error;
  }
  return "no error";
}

interface Node {
  value: number;
  next: Node | null;
}
const uniqueNode: NdrType<Node> = struct("node", {
  value: long,
  next: { kind: "pointer", pointer: "unique", to: () => uniqueNode },
});
const fullNode: NdrType<Node> = struct("node", {
  value: long,
  next: { kind: "pointer", pointer: "ptr", to: () => fullNode },
});

test("each number is aligned to its size, and the byte order is the sender's", () => {
  const type = struct("s", { a: { kind: "byte" }, b: long, c: { kind: "small" }, d: { kind: "hyper" } });
  const value = { a: 1, b: 2, c: -1, d: 3n };
  assert.equal(hex(encodeNdr(type, value)), "0100000002000000ff000000000000000300000000000000");
  assert.equal(hex(encodeNdr(type, value, { byteOrder: "big" })), "0100000000000002ff000000000000000000000000000003");
  for (const byteOrder of both)
    assert.deepEqual(decodeNdr(type, encodeNdr(type, value, { byteOrder }), { byteOrder }), value);
});

test("the size of a conformant array at the end of a structure comes before the structure", () => {
  const type: NdrType = {
    kind: "struct",
    name: "s",
    fields: [
      { name: "count", type: { kind: "short" }, countOf: "items" },
      { name: "items", type: { kind: "array", element: long, sizeIs: "count" } },
    ],
  };
  const bytes = encodeNdr(type, { items: [7, 8] });
  assert.equal(hex(bytes), "02000000" + "02000000" + "07000000" + "08000000");
  assert.deepEqual(decodeNdr(type, bytes), { items: [7, 8] });
  bytes[4] = 3;
  assert.equal(
    codeOf(() => decodeNdr(type, bytes)),
    "NDR_BAD_LENGTH at items",
  );
});

test("a string is sent with its size, offset, length and NUL, in UTF-8 or UTF-16", () => {
  assert.equal(hex(encodeNdr({ kind: "string" }, "hé")), "04000000000000000400000068c3a900");
  assert.equal(hex(encodeNdr({ kind: "string", wide: true }, "hé")), "0300000000000000030000006800e9000000");
  assert.equal(hex(encodeNdr({ kind: "string", length: 8 }, "a")), "00000000" + "02000000" + "6100");
  for (const wide of [false, true]) {
    for (const byteOrder of both) {
      const type: NdrType<string> = { kind: "string", wide };
      assert.equal(decodeNdr(type, encodeNdr(type, "a€😀", { byteOrder }), { byteOrder }), "a€😀");
    }
  }
  assert.equal(
    codeOf(() => encodeNdr({ kind: "string" }, "a\0b")),
    "NDR_BAD_TEXT at ",
  );
  assert.equal(
    codeOf(() => decodeNdr({ kind: "string" }, Buffer.from("010000000000000001000000" + "61", "hex"))),
    "NDR_BAD_TEXT at ",
  );
});

test("values behind embedded pointers follow the structure, depth first", () => {
  const inner = struct("inner", { p: { kind: "pointer", pointer: "unique", to: long } });
  const type = struct("outer", {
    a: { kind: "pointer", pointer: "unique", to: inner },
    b: { kind: "pointer", pointer: "unique", to: long },
  });
  const value = { a: { p: 1 }, b: 2 };
  const bytes = encodeNdr(type, value);
  assert.equal(hex(bytes), "00000200" + "04000200" + "08000200" + "01000000" + "02000000");
  assert.deepEqual(decodeNdr(type, bytes), value);
});

test("full pointers keep sharing and cycles by identity", () => {
  const pair = struct("pair", {
    left: { kind: "pointer", pointer: "ptr", to: () => fullNode },
    right: { kind: "pointer", pointer: "ptr", to: () => fullNode },
  });
  const node: Node = { value: 1, next: null };
  node.next = { value: 2, next: node };
  for (const byteOrder of both) {
    const bytes = encodeNdr(pair, { left: node, right: node.next }, { byteOrder });
    const { left, right } = decodeNdr(pair, bytes, { byteOrder }) as { left: Node; right: Node };
    assert.equal(left.next, right);
    assert.equal(right.next, left);
    assert.equal(right.value, 2);
  }
});

test("a cycle of pointers that are not full is refused before it fills the memory", () => {
  const node: NdrType = struct("node", { value: long, next: { kind: "pointer", pointer: "unique", to: () => node } });
  const ring: { value: number; next: unknown } = { value: 1, next: null };
  ring.next = { value: 2, next: ring };
  assert.match(
    codeOf(() => encodeNdr(node, ring)),
    /^NDR_BAD_POINTER/,
  );
});

test("a long linked list needs no stack", () => {
  let list: Node | null = null;
  const length = countOf(200_000, 50_000);
  for (let value = 0; value < length; value++) list = { value, next: list };
  const type: NdrPointer = { kind: "pointer", pointer: "unique", to: uniqueNode };
  const bytes = encodeNdr(type as NdrType<Node | null>, list);
  let count = 0;
  for (let node = decodeNdr(type as NdrType<Node | null>, bytes); node !== null; node = node.next) count++;
  assert.equal(count, length);
});

test("a union has its discriminant and one arm", () => {
  const type: NdrUnion = {
    kind: "union",
    name: "u",
    tag: "kind",
    tagType: { kind: "short" },
    arms: [
      { cases: [1, 2], field: { name: "number", type: { kind: "double" } } },
      { cases: [3] },
      { cases: [], field: { name: "text", type: { kind: "pointer", pointer: "unique", to: { kind: "string" } } } },
    ],
  };
  for (const value of [{ kind: 2, number: 0.5 }, { kind: 3 }, { kind: 9, text: "x" }, { kind: 9, text: null }]) {
    for (const byteOrder of both) {
      assert.deepEqual(decodeNdr(type, encodeNdr(type, value, { byteOrder }), { byteOrder }), value);
    }
  }
  assert.equal(hex(encodeNdr(type, { kind: 1, number: 1 })), "0100000000000000000000000000f03f");
});

test("with ms_union every arm, also an empty one, is aligned as the widest", () => {
  const arms: NdrArm[] = [
    { cases: [1], field: { name: "wide", type: { kind: "hyper" } } },
    { cases: [2], field: { name: "narrow", type: { kind: "small" } } },
    { cases: [] },
  ];
  const type: NdrType = { kind: "union", name: "u", tag: "kind", tagType: { kind: "short" }, arms, msUnion: true };
  for (const [value, bytes] of [
    [{ kind: 1, wide: 5n }, "01000000000000000500000000000000"],
    [{ kind: 2, narrow: 5 }, "020000000000000005"],
    [{ kind: 3 }, "0300000000000000"],
  ] as const) {
    const encoded: Uint8Array = encodeNdr(type, value, { byteOrder: "little" });
    assert.equal(Buffer.from(encoded).toString("hex"), bytes);
    assert.deepStrictEqual(decodeNdr(type, encoded, { byteOrder: "little" }), value);
  }
});

test("errors name the field", () => {
  const type = struct("s", { points: { kind: "array", element: struct("point", { x: { kind: "short" } }) } });
  assert.equal(
    codeOf(() => encodeNdr(type, { points: [{ x: 1 }, { x: 40_000 }] })),
    "NDR_OUT_OF_RANGE at points.1.x",
  );
  assert.equal(
    codeOf(() => encodeNdr(type, { points: 1 })),
    "NDR_WRONG_TYPE at points",
  );
  assert.equal(
    codeOf(() => encodeNdr(uniqueNode, { value: 1, next: { value: 1.5, next: null } })),
    "NDR_OUT_OF_RANGE at next.value",
  );
  assert.equal(
    codeOf(() => decodeNdr(type, Buffer.from("02000000" + "0100", "hex"))),
    "NDR_TOO_SHORT at points",
  );
});

test("an announced number of elements that cannot be there is refused before anything is made", () => {
  const bytes = Buffer.from(`ffffffff${"00000000".repeat(4)}`, "hex");
  for (const element of [long, { kind: "byte" }, struct("s", { a: long, b: long })] as NdrShape[]) {
    assert.equal(
      codeOf(() => decodeNdr({ kind: "array", element }, bytes)),
      "NDR_TOO_SHORT at ",
    );
  }
});

test("random bytes are a value that encodes again, or an NdrError", () => {
  const types: NdrType[] = [
    uniqueNode,
    fullNode,
    struct("s", { a: { kind: "string" }, b: { kind: "array", element: { kind: "string", wide: true, length: 4 } } }),
    {
      kind: "array",
      element: { kind: "pointer", pointer: "ptr", to: { kind: "array", element: long, varying: true } },
    },
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom(...both),
      (type, bytes, byteOrder) => {
        try {
          encodeNdr(type, decodeNdr(type, bytes, { byteOrder }), { byteOrder });
        } catch (error) {
          assert.ok(error instanceof NdrError, String(error));
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test("bytes of a Buffer are decoded to a Uint8Array of its own", () => {
  const value = decodeNdr(
    { kind: "array", element: { kind: "byte" }, length: 4 },
    Buffer.from([1, 2, 3, 4]),
  ) as Uint8Array;
  assert.deepStrictEqual(value, new Uint8Array([1, 2, 3, 4]));
  assert.equal(value.buffer.byteLength, 4);
});

test("sizes follow expressions with every operator, in both byte orders", () => {
  const cases: readonly [sizeIs: NdrExpression, n: number, size: number][] = [
    [["&", "n", 7], 0x7fff_fffb, 3],
    [["&", ["+", "n", 7], -8], 9, 16],
    [["<<", ["|", "n", 1], 1], 2, 6],
    [[">>", ["^", "n", 6], 1], 9, 7],
    [["%", "n", 4], 7, 3],
    [["/", "n", 2], 5, 2],
    [["-", 0, "n"], -3, 3],
    [["?", [">=", "n", 4], 4, "n"], 9, 4],
    [["?", ["==", "n", 0], 1, ["/", 12, "n"]], 0, 1],
    [["*", ["!=", "n", 5], 2], 6, 2],
  ];
  for (const [sizeIs, n, size] of cases) {
    const type = struct("s", { n: long, v: { kind: "array", element: { kind: "byte" }, sizeIs } });
    const value = { n, v: new Uint8Array(size) };
    for (const byteOrder of both) {
      const bytes = encodeNdr(type, value, { byteOrder });
      assert.deepStrictEqual(decodeNdr(type, bytes, { byteOrder }), value, JSON.stringify(sizeIs));
      const wrong = { n, v: new Uint8Array(size + 1) };
      assert.equal(
        codeOf(() => encodeNdr(type, wrong, { byteOrder })),
        codeOf(() =>
          encodeNdr(struct("s", { n: long, v: { kind: "array", element: { kind: "byte" }, sizeIs: size } }), wrong),
        ),
      );
    }
  }
});

test("an expression without a value is an NdrError", () => {
  for (const sizeIs of [
    ["/", 1, "n"],
    ["%", 1, "n"],
    ["<<", 1, ["-", "n", 1]],
    ["<<", 1, ["+", "n", 60]],
  ] as const) {
    const type = struct("s", { n: long, v: { kind: "array", element: { kind: "byte" }, sizeIs } });
    assert.match(
      codeOf(() => encodeNdr(type, { n: 0, v: new Uint8Array(1) })),
      /^NDR_OUT_OF_RANGE/,
    );
  }
});

test("a null pointer is false in a condition, as in size_is(n ? *n : 0)", () => {
  const count: NdrType = { kind: "pointer", pointer: "unique", to: { kind: "long" } };
  for (const condition of ["n", ["!=", "n", 0]] as const) {
    const type = struct("s", {
      n: count,
      v: { kind: "array", element: { kind: "byte" }, sizeIs: ["?", condition, "n", 0] },
    });
    for (const value of [
      { n: null, v: new Uint8Array(0) },
      { n: 2, v: new Uint8Array(2) },
    ])
      assert.deepStrictEqual(decodeNdr(type, encodeNdr(type, value)), value);
    assert.match(
      codeOf(() => encodeNdr(type, { n: null, v: new Uint8Array(1) })),
      /^NDR_BAD_LENGTH/,
    );
  }
});

test("a boolean counts as 1 or 0 in an expression", () => {
  const type = struct("s", {
    more: { kind: "boolean" },
    v: { kind: "array", element: { kind: "byte" }, sizeIs: ["?", "more", 2, 1] },
  });
  const value = { more: true, v: new Uint8Array(2) };
  assert.deepStrictEqual(decodeNdr(type, encodeNdr(type, value)), value);
});

test("numbers and sizes outside of their range are refused in both directions, with their path", () => {
  const range = [2, 4] as const;
  const shapes = (limits: {
    readonly range?: typeof range;
  }): readonly [shape: NdrShape, good: unknown, bad: readonly unknown[]][] => [
    [{ kind: "long", ...limits }, 4, [5, 1, -2]],
    [{ kind: "unsigned hyper", ...limits }, 2n, [1n, 2n ** 40n]],
    [{ kind: "enum", name: "e", size: 2, members: { one: 1, two: 2 }, ...limits }, 2, [1]],
    [{ kind: "array", element: long, ...limits }, [1, 2], [[1], [1, 2, 3, 4, 5]]],
    [{ kind: "array", element: { kind: "byte" }, varying: true, ...limits }, new Uint8Array(4), [new Uint8Array(5)]],
    // The NUL at the end counts.
    [{ kind: "string", wide: true, ...limits }, "abc", ["", "abcd"]],
  ];
  for (const [i, [shape, good, bad]] of shapes({ range }).entries()) {
    const free = shapes({})[i]?.[0] ?? long;
    const type = struct("s", { x: shape });
    const unlimited = struct("s", { x: free });
    for (const byteOrder of both) {
      assert.deepEqual(decodeNdr(type, encodeNdr(type, { x: good }, { byteOrder }), { byteOrder }), { x: good });
      for (const value of bad) {
        const bytes = encodeNdr(unlimited, { x: value }, { byteOrder });
        assert.equal(
          codeOf(() => encodeNdr(type, { x: value }, { byteOrder })),
          "NDR_INVALID_BOUND at x",
        );
        assert.equal(
          codeOf(() => decodeNdr(type, bytes, { byteOrder })),
          "NDR_INVALID_BOUND at x",
        );
      }
    }
  }
});

test("a number of elements that is outside of its range is reported for the array that it counts", () => {
  const type = struct("s", {
    items: { kind: "pointer", pointer: "unique", to: { kind: "array", element: long, sizeIs: "n" } },
  });
  const fields = [{ name: "n", type: { kind: "long", range: [1, 2] }, countOf: "items" }, ...type.fields] as const;
  const counted: NdrStruct = { ...type, fields };
  assert.equal(
    codeOf(() => encodeNdr(counted, { items: [1, 2, 3] })),
    "NDR_INVALID_BOUND at items",
  );
  assert.equal(
    codeOf(() => encodeNdr(counted, { items: null })),
    "NDR_INVALID_BOUND at items",
  );
  assert.equal(
    codeOf(() => encodeNdr(counted, { items: [1, 2] })),
    "no error",
  );
});

test("an array or string with a wrong size is refused before memory is taken for it", () => {
  const items = new Array<number>(100_000).fill(1);
  const text = "a".repeat(100_000);
  const counted = (limits: object) => [
    { name: "n", type: long },
    { name: "v", type: { kind: "array", element: long, ...limits } as NdrShape },
  ];
  const cases: readonly [written: readonly NdrField[], read: readonly NdrField[], values: Record<string, unknown>][] = [
    [counted({}), counted({ range: [0, 10] }), { n: 1, v: items }],
    [counted({}), counted({ sizeIs: "n" }), { n: 1, v: items }],
    [[{ name: "s", type: { kind: "string" } }], [{ name: "s", type: { kind: "string", range: [1, 10] } }], { s: text }],
  ];
  for (const [written, read, values] of cases) {
    const encoder = new NdrEncoder({ little: true, limit: 1e6 });
    encoder.fields(written, values);
    const memory = { left: mostDecoded };
    assert.throws(() => new NdrDecoder(encoder.finish(), { little: true, memory }).fields(read), NdrError);
    assert.equal(memory.left, mostDecoded);
  }
});

test("a size that the reply changes is that of the reply, also if it comes after the array", () => {
  const fields: readonly NdrField[] = [
    { name: "v", type: { kind: "array", element: long, sizeIs: "n" } },
    { name: "n", type: long },
  ];
  const encoder = new NdrEncoder({ little: true, limit: 1e6 });
  encoder.fields(fields, { v: [1, 2, 3], n: 3 });
  const sent = (name: string) => (name === "n" ? 5 : undefined);
  assert.deepEqual(new NdrDecoder(encoder.finish(), { little: true }).fields(fields, sent), { v: [1, 2, 3], n: 3 });
});

test("full pointers to a value that is still to come weigh as much as others", () => {
  const shared: NdrType<unknown[]> = {
    kind: "array",
    element: { kind: "pointer", pointer: "ptr", to: struct("node", { value: long }) },
  };
  const bytesOf = (count: number): Uint8Array =>
    new Uint8Array(Uint32Array.from({ length: count + 2 }, (_, i) => (i === 0 ? count : i <= count ? 1 : 7)).buffer);
  const values = decodeNdr(shared, bytesOf(1_000));
  assert.deepEqual([values.length, new Set(values).size, values[999]], [1_000, 1, { value: 7 }]);
  // Each keeps a function that puts the value into its place.
  assert.equal(codeOf(() => decodeNdr(shared, bytesOf(mostDecoded / 160))).split(" ")[0], "NDR_LIMIT");
});
