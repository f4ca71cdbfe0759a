import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { type Bulk, doubles, floats, hypers, ints, unsignedHypers, unsignedInts } from "./bulk.js";
import { encode } from "./codec.js";
import { array, fixedArray } from "./composite.js";
import * as p from "./primitives.js";
import { XdrReader } from "./reader.js";
import type { XdrType } from "./type.js";
import { XdrWriter } from "./writer.js";

function agrees<T>(name: string, bulk: Bulk<T>, element: XdrType<T>, values: fc.Arbitrary<T>, bad: unknown): void {
  test(`arrays of ${name} in bulk have the bytes of arrays element by element`, () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 20 }), (list) => {
        const out = new XdrWriter({ capacity: 1 });
        bulk.write(out, list, 20);
        assert.deepEqual(out.toBytes(), encode(array(element, 20), list));
        assert.deepStrictEqual(bulk.read(new XdrReader(out.toBytes()), 20), list);
        out.reset();
        bulk.writeFixed(out, list, list.length);
        assert.deepEqual(out.toBytes(), encode(fixedArray(element, list.length), list));
        assert.deepStrictEqual(bulk.readFixed(new XdrReader(out.toBytes()), list.length), list);
      }),
    );
  });
  test(`arrays of ${name} in bulk are as strict`, () => {
    const out = new XdrWriter();
    assert.throws(() => bulk.write(out, [bad as T], 5), { name: "XdrError" });
    assert.throws(() => bulk.write(out, bad as T[], 5), { code: "XDR_WRONG_TYPE" });
    assert.throws(() => bulk.writeFixed(out, [], 5), { code: "XDR_BAD_LENGTH" });
    assert.throws(() => bulk.read(new XdrReader(Buffer.from("0000000200000000", "hex")), 1), {
      code: "XDR_BAD_LENGTH",
    });
    assert.throws(() => bulk.read(new XdrReader(Buffer.from("0000000200000000", "hex")), 9), { code: "XDR_TOO_SHORT" });
    assert.throws(() => bulk.readFixed(new XdrReader(Buffer.alloc(4)), 2), { code: "XDR_TOO_SHORT" });
  });
}

agrees("int", ints, p.int, fc.integer(), 2 ** 31);
agrees("unsigned int", unsignedInts, p.unsignedInt, fc.nat(), -1);
agrees("hyper", hypers, p.hyper, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), 1);
agrees("unsigned hyper", unsignedHypers, p.unsignedHyper, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), -1n);
agrees("float", floats, p.float, fc.float(), 1e300);
agrees("double", doubles, p.double, fc.double(), "1");
