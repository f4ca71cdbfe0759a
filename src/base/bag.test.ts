import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { Bag, type Member } from "./bag.js";

test("a bag has what was added and not removed, whatever comes and goes", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat())), (steps) => {
      const bag = new Bag<Member>();
      const inside = new Set<Member>();
      for (const step of steps) {
        if (step === null) {
          const member = { seat: -1 };
          bag.add(member);
          inside.add(member);
        } else {
          const member = [...inside][step % Math.max(1, inside.size)];
          if (member === undefined) continue;
          bag.remove(member);
          bag.remove(member);
          inside.delete(member);
        }
        assert.equal(bag.members.length, inside.size);
        assert.ok(bag.members.every((one, i) => one.seat === i && inside.has(one)));
      }
    }),
  );
});
