import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { arbitraryShape, arbitraryValue, misfits, placesIn } from "./arbitrary.test-support.js";
import { decode, encode } from "./codec.js";
import { XdrError } from "./errors.js";
import { fromShape } from "./interpret.js";
import { int } from "./primitives.js";
import { XdrReader } from "./reader.js";
import type { Shape } from "./shape.js";
import type { XdrType } from "./type.js";
import { XdrWriter } from "./writer.js";

const runs = { numRuns: Number(process.env["LUPINE_PROPERTY_RUNS"] ?? (process.env["LUPINE_TEST_ALL"] ? 1000 : 60)) };

const shapeAndValue = arbitraryShape.chain((shape) => arbitraryValue(shape).map((value) => ({ shape, value })));

function failureOf(work: () => void): XdrError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof XdrError, String(error));
    return error;
  }
}

/** Interpreted codecs keep their own paths, which are those to find; generated ones have no paths at all. */
function assertSame(found: XdrError | undefined, own: XdrError | undefined): void {
  const parts = (error: XdrError | undefined) =>
    error && { code: error.code, rule: error.rule, path: error.path, offset: error.offset };
  assert.deepEqual(parts(found), parts(own));
}

test("the path found for a value that does not fit is the one that an interpreted codec keeps", () => {
  fc.assert(
    fc.property(shapeAndValue, fc.nat(), fc.constantFrom(...misfits), ({ shape, value }, at, misfit) => {
      const root = { value };
      const places = placesIn(root);
      const [object, key] = places[at % places.length] as [object, string];
      Object.defineProperty(object, key, { value: misfit, enumerable: true });
      const type = fromShape(shape);
      const own = failureOf(() => type.encode(new XdrWriter(), root.value));
      assertSame(
        failureOf(() => encode(type, root.value)),
        own,
      );
    }),
    runs,
  );
});

test("the path found for bytes that are wrong or missing is the one that an interpreted codec keeps", () => {
  const changes = { at: fc.nat(), change: fc.integer({ min: 1, max: 255 }), missing: fc.constantFrom(0, 0, 1, 4, 9) };
  fc.assert(
    fc.property(shapeAndValue, fc.record(changes), ({ shape, value }, { at, change, missing }) => {
      const type = fromShape(shape);
      const good = encode(type, value);
      const bytes = good.subarray(0, Math.max(0, good.length - missing));
      if (bytes.length > 0) bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ change;
      const from = new XdrReader(bytes);
      const own = failureOf(() => {
        type.decode(from);
        from.finish();
      });
      assertSame(
        failureOf(() => decode(type, bytes)),
        own,
      );
    }),
    runs,
  );
});

test("of two fields that hold the same value, the one whose type it breaks is named", () => {
  const color = (...members: [string, number][]): Shape => ({ kind: "enum", name: "color", members });
  const shape: Shape = {
    kind: "struct",
    name: "both",
    fields: [
      { name: "count", type: { kind: "unsigned int" } },
      { name: "old", type: color(["RED", 0], ["BLUE", 5]) },
      { name: "new", type: color(["RED", 0]) },
    ],
  };
  assert.throws(() => encode(fromShape(shape), { count: 5, old: 5, new: 5 }), {
    message: "new: 5 is not a member of enum color",
  });
});

test("what a codec of the user's own refuses is told as it said it, where no rule of the shape is broken", () => {
  const even: XdrType<number> = {
    shape: int.shape,
    encode(out, value) {
      if (value % 2 !== 0) throw new XdrError("XDR_OUT_OF_RANGE", `${value} is odd`);
      int.encode(out, value);
    },
    decode: (from) => int.decode(from),
  };
  assert.throws(() => encode(even, 3, { root: "args" }), { message: "args: 3 is odd", path: [] });
});
