import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../../testing/fast-check.test-support.js";
import { fromKey, keyOf, keysBelow, keysOf } from "./keys.js";

test("a key has the path and the id, with what NATS does not take in hexadecimal", () => {
  assert.equal(keyOf("/services/time", "0a1b"), "services.time.0a1b");
  assert.equal(keyOf("/a.b/c_d-e", "x:1/y"), "a=2eb.c_d-e.x=3a1=2fy");
  assert.equal(keysOf("/services/time"), "services.time.*");
  assert.equal(keysBelow("/services"), "services.>");
  assert.equal(keysBelow("/"), ">");
});

test("every path and id comes back from its key, and no two have the same", () => {
  const component = fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,20}[a-zA-Z0-9])?$/);
  const path = fc.array(component, { minLength: 1, maxLength: 16 }).map((parts) => `/${parts.join("/")}`);
  const id = fc.stringMatching(/^[\x21-\x7e]{1,64}$/);
  fc.assert(
    fc.property(path, id, (path, id) => {
      const key = keyOf(path, id);
      assert.match(key, /^[-/_=.a-zA-Z0-9]+$/);
      assert.deepEqual(fromKey(key), { path, id });
    }),
  );
});

test("what none of us has written is no key", () => {
  for (const key of ["", "a", "a.", "=zz.b", "a=2.b", "=41.b", "a.\u00fc", "a b.c", "a.=ff"]) {
    assert.equal(fromKey(key), undefined, key);
  }
  fc.assert(
    fc.property(fc.string(), (key) => {
      const where = fromKey(key);
      if (where !== undefined) assert.equal(keyOf(where.path, where.id), key);
    }),
  );
});
