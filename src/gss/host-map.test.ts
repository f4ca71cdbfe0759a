import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { HostMap } from "./host-map.js";

test("the oldest of the host that has most gives way", () => {
  const map = new HostMap<string>(4);
  for (const key of ["a1", "b1", "a2", "a3"]) assert.equal(map.add(key, key.slice(0, 1), key), undefined);
  assert.equal(map.add("c1", "c", "c1"), "a1");
  assert.equal(map.add("c2", "c", "c2"), "a2");
  assert.equal(map.add("c3", "c", "c3"), "c1");
  assert.deepEqual([map.get("b1"), map.take("b1"), map.take("b1"), map.size], ["b1", "b1", undefined, 3]);
});

test("a host keeps what it has as long as another has more, and the limit is kept", () => {
  const step = fc.record({ host: fc.constantFrom("a", "b", "c"), take: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const map = new HostMap<number>(5);
      const model: { host: string; value: number }[] = [];
      const countOf = (host: string): number => model.filter((one) => one.host === host).length;
      for (const [value, { host, take }] of steps.entries()) {
        if (take) {
          const at = model.findIndex((one) => one.host === host);
          const [one] = at < 0 ? [] : model.splice(at, 1);
          assert.equal(one && map.take(String(one.value)), one?.value);
        } else {
          model.push({ host, value });
          const gone = map.add(String(value), host, value);
          assert.equal(gone !== undefined, model.length > 5);
          const at = model.findIndex((one) => one.value === gone);
          if (gone !== undefined) {
            const { host: giver } = model[at] as { host: string };
            assert.equal(countOf(giver), Math.max(...["a", "b", "c"].map(countOf)));
            assert.equal(
              model.findIndex((one) => one.host === giver),
              at,
            );
            model.splice(at, 1);
          }
        }
        assert.equal(map.size, model.length);
        for (const one of model) assert.equal(map.get(String(one.value)), one.value);
      }
    }),
  );
});
