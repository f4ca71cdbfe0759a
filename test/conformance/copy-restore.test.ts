import assert from "node:assert/strict";
import { test } from "node:test";
import { XdrError } from "lupine";
import { restoring } from "lupine/codegen/v1";
import { loadInterface } from "lupine/dynamic";

type RestoredArgument = Parameters<typeof restoring>[0][number];

const { types } = loadInterface(`
    struct pair { int a; string b<>; };
    struct owner { pair one; pair many<>; opaque raw<>; pair *maybe; int numbers<>; };
    union choice switch (int which) { case 1: pair one; case 2: int number; default: opaque rest<>; };
    struct deep { int depth; deep *inside; int more; };
    typedef opaque bytes<>;
  `);

function restore(type: string, into: unknown, from: unknown, place: Partial<RestoredArgument> = {}): void {
  const shape = types.get(type)?.shape;
  assert.ok(shape);
  const tuple = { kind: "tuple", elements: [{ name: "it", type: shape }] } as const;
  restoring([{ argument: [0], result: [], ...place }])([into], from, tuple);
}

test("the fields of the caller's struct change, and the object stays the same", () => {
  const mine = { a: 1, b: "x", extra: "own" };
  const alias = { of: mine };
  restore("pair", mine, { a: 2, b: "y" });
  assert.deepEqual(alias.of, { a: 2, b: "y", extra: "own" });
});

test("objects within objects keep their identity", () => {
  const one = { a: 1, b: "" };
  const first = { a: 2, b: "" };
  const raw = new Uint8Array([1, 2]);
  const numbers = [1, 2, 3];
  const mine = { one, many: [first, { a: 3, b: "" }], raw, maybe: one, numbers };
  const { many } = mine;
  restore("owner", mine, {
    one: { a: 10, b: "one" },
    many: [{ a: 20, b: "" }],
    raw: new Uint8Array([8, 9]),
    maybe: null,
    numbers: [7, 8, 9, 10],
  });
  assert.equal(mine.one, one);
  assert.equal(one.a, 10);
  assert.equal(mine.many, many);
  assert.deepEqual(many, [{ a: 20, b: "" }]);
  assert.equal(many[0], first);
  assert.equal(mine.raw, raw);
  assert.deepEqual([...raw], [8, 9]);
  assert.equal(mine.maybe, null);
  assert.equal(mine.numbers, numbers);
  assert.deepEqual(numbers, [7, 8, 9, 10]);
});

test("a part that the caller has not, or of another length, is replaced", () => {
  const mine = { one: null, many: [], raw: new Uint8Array(1), maybe: null, numbers: [] };
  const from = {
    one: { a: 1, b: "" },
    many: [{ a: 2, b: "" }],
    raw: new Uint8Array(3),
    maybe: { a: 3, b: "" },
    numbers: [],
  };
  restore("owner", mine, from);
  assert.deepEqual(mine, from);
});

test("a union takes the arm that came back, and loses its own", () => {
  const mine: Record<string, unknown> = { which: 1, one: { a: 1, b: "" } };
  restore("choice", mine, { which: 2, number: 5 });
  assert.deepEqual(mine, { which: 2, number: 5 });
  restore("choice", mine, { isDefault: true, which: 9, rest: new Uint8Array([1]) });
  assert.deepEqual(mine, { isDefault: true, which: 9, rest: new Uint8Array([1]) });
  restore("choice", mine, { which: 1, one: { a: 2, b: "" } });
  assert.deepEqual(mine, { which: 1, one: { a: 2, b: "" } });
});

test("a union that takes no new properties keeps its arm if another one comes back, and so does the rest", () => {
  const fixed = [Object.preventExtensions, Object.seal] as const;
  for (const fix of fixed) {
    for (const from of [
      { which: 2, number: 5 },
      { isDefault: true, which: 9, rest: new Uint8Array([1]) },
    ]) {
      const mine = fix({ which: 1, one: { a: 1, b: "" } });
      assert.throws(() => restore("choice", mine, from), /^XdrError: args\.it: another arm came back, .* one for it/);
      assert.deepEqual(mine, { which: 1, one: { a: 1, b: "" } });
    }
    const same = fix({ which: 1, one: { a: 1, b: "" } });
    restore("choice", same, { which: 1, one: { a: 2, b: "" } });
    assert.deepEqual(same, { which: 1, one: { a: 2, b: "" } });
  }
});

test("a union whose change is undone has no more properties than before", () => {
  const mine = Object.defineProperty({ one: { a: 1, b: "" } }, "which", {
    get: () => 1,
    set: () => assert.fail("read only"),
    enumerable: true,
  });
  assert.throws(() => restore("choice", mine, { which: 2, number: 5 }), /^XdrError: .*read only/);
  assert.deepEqual(Object.keys(mine).sort(), ["one", "which"]);
});

test("bytes are filled from the beginning, and what did not come back stays", () => {
  const buffer = new Uint8Array([9, 9, 9, 9]);
  restore("bytes", buffer, new Uint8Array([1, 2]));
  assert.deepEqual([...buffer], [1, 2, 9, 9]);
});

test("more bytes than the caller's buffer holds are an error that changes nothing", () => {
  const buffer = new Uint8Array(2);
  const pair = { a: 1, b: "" };
  const shape = {
    kind: "tuple",
    elements: [
      { name: "pair", type: types.get("pair")?.shape ?? assert.fail() },
      { name: "buffer", type: types.get("bytes")?.shape ?? assert.fail() },
    ],
  } as const;
  const both = restoring([
    { argument: [0], result: ["pair"] },
    { argument: [1], result: ["buffer"] },
  ]);
  assert.throws(
    () => both([pair, buffer], { pair: { a: 2, b: "new" }, buffer: new Uint8Array(3) }, shape),
    new XdrError("XDR_BAD_LENGTH", "3 elements came back, but the caller's object holds 2", {
      place: "args.buffer",
      path: ["buffer"],
    }),
  );
  assert.deepEqual([pair, [...buffer]], [{ a: 1, b: "" }, [0, 0]]);
});

test("a frozen object is an error that names it and changes nothing", () => {
  const mine = {
    one: { a: 1, b: "" },
    many: [Object.freeze({ a: 1, b: "" })],
    raw: new Uint8Array(),
    maybe: null,
    numbers: [],
  };
  const from = { ...mine, one: { a: 2, b: "" }, many: [{ a: 2, b: "" }] };
  assert.throws(() => restore("owner", mine, from), /^XdrError: args\.it\.many\[0\]: a frozen object/);
  assert.equal(mine.one.a, 1);
});

test("a reply with another arm, and null, restore nothing", () => {
  const buffer = new Uint8Array([1]);
  restore("bytes", buffer, { status: 5 }, { result: ["ok", "buffer"] });
  restore("bytes", buffer, { status: 0, ok: null }, { result: ["ok", "buffer"] });
  restore("bytes", null, new Uint8Array([2]));
  assert.deepEqual([...buffer], [1]);
});

test("a field of an argument is restored by its path", () => {
  const mine = { one: { a: 1, b: "x" } };
  restore("owner", mine, { pair: { a: 2, b: "y" } }, { argument: [0, "one"], result: ["pair"] });
  assert.deepEqual(mine, { one: { a: 2, b: "y" } });
});

test("a chain of objects is restored without a deep stack", () => {
  const count = process.env["LUPINE_TEST_ALL"] ? 1_000_000 : 30_000;
  const chain = (depth: number): object => {
    let inside: object | null = null;
    for (let i = 0; i < count; i++) inside = { depth, inside, more: i };
    return inside ?? assert.fail();
  };
  const mine = chain(1) as { depth: number; inside: unknown };
  const { inside } = mine;
  restore("deep", mine, chain(2));
  assert.equal(mine.inside, inside);
  let last = mine;
  while (last.inside !== null) last = last.inside as typeof mine;
  assert.equal(last.depth, 2);
});

test("a sealed array that would have to grow or shrink is refused, and nothing is changed", () => {
  const place: Partial<RestoredArgument> = { argument: [0, "numbers"], result: ["numbers"] };
  for (const close of [Object.seal<number[]>, Object.preventExtensions<number[]>]) {
    for (const came of [[7, 8, 9], [7]]) {
      const numbers = close([1, 2]);
      const refused = (error: unknown): boolean =>
        error instanceof XdrError &&
        error.message.startsWith(`args.it.numbers: ${came.length} elements came back, but the caller's array`);
      assert.throws(() => restore("owner", { numbers }, { numbers: came }, place), refused);
      assert.deepEqual(numbers, [1, 2]);
      restore("owner", { numbers }, { numbers: [3, 4] }, place);
      assert.deepEqual(numbers, [3, 4]);
    }
  }
});

test("an object that refuses a change in the middle leaves all others as they were", () => {
  const refusing = {
    a: 3,
    get b(): string {
      return "three";
    },
    set b(_value: string) {
      throw new RangeError("not this one");
    },
  };
  const raw = new Uint8Array([1, 2]);
  const mine = {
    one: { a: 1, b: "one", c: true },
    many: [{ a: 2, b: "two" }, refusing],
    raw,
    maybe: null,
    numbers: [1, 2, 3],
  };
  const before = structuredClone({ ...mine, many: mine.many.slice(0, 1) });
  const came = {
    one: { a: 10, b: "x" },
    many: [
      { a: 20, b: "y" },
      { a: 30, b: "z" },
    ],
    raw: new Uint8Array([8, 9]),
    maybe: { a: 1, b: "" },
    numbers: [7],
  };
  const message = "args: an object of the caller refuses what came back: not this one";
  assert.throws(() => restore("owner", mine, came), { code: "XDR_WRONG_TYPE", message });
  assert.deepEqual({ ...mine, many: mine.many.slice(0, 1) }, before);
  assert.equal(mine.many[1], refusing);
});
