// Interfaces whose names JavaScript reserves, or generated code needs for itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDceClient, DceServer } from "lupine/dce";
import { default_, Names_v1_, type number_, Uint8Array as Size, type var__ } from "../interop/dce/names.gen.js";

test("reserved names get an underscore, and what is derived or imported yields to the names of the interface", async () => {
  const server = new DceServer().implement(Names_v1_, {
    then_: (a, b, c) => ({ default_: a + b, case: c, result: default_ }),
    await: (a, b, c, d) => ({ a, b, c, d }),
    yield: (e, f, g, bytes) => ({ e: { ...e, bytes }, f, g }),
    enum: (handle) => ({ handle }),
  });
  await using client = createDceClient(Names_v1_, server);
  assert.deepEqual(await client.then_(1, 2, 3), { default_: 3, case: 3, result: 4 });
  const a: var__ = { class: 1 };
  const d: number_ = { object: 5 };
  const values = { a, b: { plain: a, var_: 2 }, c: { inner: { function: 3 } }, d };
  assert.deepEqual(await client.await(values.a, values.b, values.c, values.d), values);
  const e = { member: Size.new, bytes: new Uint8Array(4) };
  const f = { value: { tag: Size.delete, import: d } };
  const g = { await: 7 };
  assert.deepEqual(await client.yield(e, f, g, Uint8Array.of(1, 2, 3, 4)), {
    e: { ...e, bytes: Uint8Array.of(1, 2, 3, 4) },
    f,
    g,
  });
  assert.deepEqual(await client.enum(null), { handle: null });
});
