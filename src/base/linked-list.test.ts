import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "../testing/fast-check.test-support.js";
import { LinkedList, type Place } from "./linked-list.js";

test("a list gives the oldest value that is left, whatever is removed or moved to the end", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.option(fc.nat()), fc.boolean())), (steps) => {
      const list = new LinkedList<number>();
      const places: Place<number>[] = [];
      for (const [value, [step, isMoved]] of steps.entries()) {
        if (step === null) places.push(list.add(value));
        else {
          for (const place of places.splice(step % (places.length + 1), 1)) {
            if (isMoved) {
              list.moveToEnd(place);
              places.push(place);
            } else list.remove(place);
          }
        }
        assert.equal(list.oldest, places[0]?.value);
      }
    }),
  );
});
