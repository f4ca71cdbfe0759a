// The generated codecs of two interfaces, one with one of everything and one with awkward names, against the interpreted
// ones: same bytes, same values, same refusals.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { generate } from "lupine/codegen";
import { interfaceOf } from "lupine/dynamic";
import { compileInterface, type InterfaceModule } from "lupine/idl";
import { decode, defaultLimits, encode, fromShape, type Shape, XdrError, type XdrType } from "lupine/xdr";
import type * as support from "../../src/xdr/arbitrary.test-support.js";
import * as everything from "../fixtures/everything.gen.js";
import * as names from "../fixtures/names.gen.js";
import fc from "../support/fast-check.js";

// Compiled tests run in build/test/codegen.
const root = new URL("../../../", import.meta.url);
const { arbitraryValue, misfits, placesIn } = (await import(
  new URL("dist/xdr/arbitrary.test-support.js", root).href
)) as typeof support;
const runs = { numRuns: Number(process.env["LUPINE_PROPERTY_RUNS"] ?? (process.env["LUPINE_TEST_ALL"] ? 100 : 15)) };

function compiled(path: string): InterfaceModule {
  const text = readFileSync(new URL(path, root), "utf8");
  const result = compileInterface({ file: path, text });
  assert.ok(result.module !== undefined, JSON.stringify(result.diagnostics));
  return result.module;
}

interface Codecs {
  readonly file: string;
  readonly module: InterfaceModule;
  /** Exported codecs by the type's name in the interface. */
  readonly codecs: ReadonlyMap<string, XdrType<unknown>>;
}

/** An enum's codec is called after it: ColorType. A word that TypeScript forbids has `_` behind it. */
function codecsOf(file: string, exported: Record<string, unknown>): Codecs {
  const module = compiled(`test/fixtures/${file}.x`);
  const types = module.definitions.filter(({ kind }) => kind !== "const" && kind !== "program");
  const codecs = types.map(({ name, kind }) => {
    const codec = kind === "enum" ? exported[`${name}Type`] : (exported[name] ?? exported[`${name}_`]);
    return [name, codec as XdrType<unknown>] as const;
  });
  return { file, module, codecs: new Map(codecs) };
}

const interfaces = [codecsOf("everything", { ...everything }), codecsOf("names", { ...names })];

for (const { file, module, codecs } of interfaces) {
  test(`${file}.gen.ts is what the compiler makes of ${file}.x, byte for byte`, () => {
    assert.equal(readFileSync(new URL(`test/fixtures/${file}.gen.ts`, root), "utf8"), generate(module));
  });

  test(`every type of ${file}.x has a codec, with the shape that the dynamic one is made from`, () => {
    const { types } = interfaceOf(module);
    assert.equal(codecs.size, types.size);
    for (const [name, codec] of codecs) {
      assert.deepEqual(resolved(codec.shape), resolved(types.get(name)?.shape as Shape), name);
    }
  });
}

/** A shape with its references followed, once a name. */
function resolved(shape: Shape, within: readonly string[] = []): unknown {
  if (shape.kind === "reference") return resolved(shape.shape(), within);
  if ("name" in shape && within.includes(shape.name)) return `again ${shape.name}`;
  const inner = "name" in shape ? [...within, shape.name] : within;
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== "object" || value === null) return value;
    if ("kind" in value) return resolved(value as Shape, inner);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, visit(part)]));
  };
  return Object.fromEntries(Object.entries(shape).map(([key, part]) => [key, visit(part)]));
}

for (const [name, codec] of interfaces.flatMap((each) => [...each.codecs])) {
  test(`random values of ${name} have the same bytes from generated and interpreted code, and come back equal`, () => {
    const interpreted = fromShape(codec.shape);
    fc.assert(
      fc.property(arbitraryValue(codec.shape), (value) => {
        const bytes = encode(codec, value);
        assert.deepEqual(bytes, encode(interpreted, value));
        assert.deepStrictEqual(decode(codec, bytes), value);
        assert.deepStrictEqual(decode(interpreted, bytes), value);
      }),
      runs,
    );
  });

  test(`changed bytes of ${name} are refused by both, with an XdrError, or decoded to the same value by both`, () => {
    const interpreted = fromShape(codec.shape);
    fc.assert(
      fc.property(arbitraryValue(codec.shape), fc.nat(), fc.integer({ min: 0, max: 255 }), (value, at, byte) => {
        const bytes = encode(codec, value);
        if (bytes.length > 0) bytes[at % bytes.length] = byte;
        assert.deepEqual(outcome(codec, bytes), outcome(interpreted, bytes));
      }),
      runs,
    );
  });

  test(`what does not fit into ${name} is refused with the rule and the path that interpreted code has for it`, () => {
    const interpreted = fromShape(codec.shape);
    fc.assert(
      fc.property(arbitraryValue(codec.shape), fc.nat(), fc.constantFrom(...misfits), (value, at, misfit) => {
        const root = { value };
        const places = placesIn(root);
        const [object, key] = places[at % places.length] as [object, string];
        Object.defineProperty(object, key, { value: misfit, enumerable: true });
        assert.deepEqual(refusal(codec, root.value), refusal(interpreted, root.value));
      }),
      runs,
    );
  });

  test(`every truncation of a value of ${name} is refused with an XdrError`, () => {
    fc.assert(
      fc.property(arbitraryValue(codec.shape), fc.nat(), (value, at) => {
        const bytes = encode(codec, value);
        if (bytes.length === 0) return;
        assert.throws(() => decode(codec, bytes.subarray(0, at % bytes.length)), XdrError);
      }),
      runs,
    );
  });
}

function refusal(codec: XdrType<unknown>, value: unknown): unknown {
  try {
    encode(codec, value);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof XdrError, String(error));
    return [error.code, error.message];
  }
}

function outcome(codec: XdrType<unknown>, bytes: Uint8Array): unknown {
  try {
    return decode(codec, bytes);
  } catch (error) {
    assert.ok(error instanceof XdrError, String(error));
    return "refused";
  }
}

test("a hundred thousand entries of a linked list go through without a deep stack", () => {
  const list = Array.from({ length: 100_000 }, (_, id) => ({ id, who: "x" }));
  const bytes = encode(everything.entries, list);
  assert.equal(bytes.length, 100_000 * 16 + 4);
  const back = decode(everything.entries, bytes);
  assert.equal(back.length, list.length);
  assert.deepEqual(back.at(-1), { id: 99_999, who: "x" });
});

test("recursion past the depth limit is an XdrError, both ways", () => {
  let value: everything.chain = { more: false, last: 1 };
  for (let i = 0; i < 300; i++) value = { more: true, rest: value };
  assert.throws(() => encode(everything.chain, value), { code: "XDR_LIMIT" });
  const bytes = Buffer.alloc(4 * 100_000, Buffer.from([0, 0, 0, 1]));
  assert.throws(() => decode(everything.chain, bytes), { code: "XDR_LIMIT" });
});

test("a list of more entries than limits.elements is refused, whole and before it is written", () => {
  const limits = { ...defaultLimits, elements: 2 };
  const list = Array.from({ length: 3 }, (_, id) => ({ id, who: "x" }));
  assert.equal(encode(everything.entries, list.slice(1), { limits }).length, 36);
  assert.throws(() => encode(everything.entries, list, { limits }), { code: "XDR_LIMIT" });
});

test("a fixed array is measured against the bytes that are left before its elements are read", () => {
  const { module } = compileInterface({ file: "f.x", text: "typedef string word<9>; struct f { word words[1000]; };" });
  assert.match(generate(module as InterfaceModule), /from\.expectElements\(1000, 4\);/);
});

test("a wrong JavaScript value is refused with the path to it", () => {
  const encodeAny = (type: XdrType<unknown>, value: unknown) => () => encode(type, value, { root: "args" });
  const { directory, by_enum, arrays, blob, name, names, pair } = everything as unknown as Record<
    string,
    XdrType<unknown>
  >;
  const cases: [XdrType<unknown> | undefined, unknown, RegExp][] = [
    [pair, { a: 1, b: 2 ** 31 }, /^args\.b: 2147483648 is not an int \(-2147483648 to 2147483647\)$/],
    [pair, undefined, /^args: undefined is not/],
    [
      directory,
      {
        path: "p",
        children: [
          { id: 1, who: "ok" },
          { id: 2, who: 7 },
        ],
        others: [],
      },
      /^args\.children\[1\]\.who: /,
    ],
    [directory, { path: "p", children: null, others: [] }, /^args\.children: null is not an array/],
    [by_enum, { what: 1 }, /^args\.what: 1 is not/],
    [by_enum, { what: 0 }, /^args.*both/],
    [directory, { path: "p", children: "", others: [] }, /^args\.children: "" is not an array/],
    [blob, "text", /^args: "text" is not a Uint8Array/],
    [blob, [1, 2], /^args: an array of 2 is not a Uint8Array/],
    [name, new Uint8Array(2), /^args: 2 bytes \(Uint8Array\) is not a string/],
    [names, new Set(), /^args: an object is not an array/],
    [arrays, { fixed_ints: [1, 2] }, /^args\.fixed_ints: 2 elements, but exactly 3/],
  ];
  for (const [type, value, message] of cases) {
    assert.throws(
      encodeAny(type as XdrType<unknown>, value),
      (error) => error instanceof XdrError && message.test(error.message),
    );
  }
});

test("fields called __proto__ and constructor are own properties like any other", () => {
  const text = "struct odd { int __proto__; int constructor; };";
  const odd = compileInterface({ file: "odd.x", text }).module as InterfaceModule;
  assert.match(generate(odd), /\["__proto__"\]: number;\n {2}constructor: number;/);
  assert.match(generate(odd), /\["__proto__"\]: view\.getInt32\(at\)/);
});
