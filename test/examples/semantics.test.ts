// The lecture's table of call semantics, as the example prints it: what each promises, and what it does not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { someOf } from "../support/count-of.js";
import { runToEnd } from "./run.js";

for (const seed of someOf([1, 2, 3], 3)) {
  test(`the example's table shows what each of the four semantics promises (seed ${seed})`, async () => {
    const { stdout, code } = await runToEnd("semantics/machines.js", "60", String(seed));
    assert.equal(code, 0);
    const [head = "", ...rows] = stdout.trimEnd().split("\n");
    assert.match(head, /^semantics +calls +answers +unknown +counted 0 times +once +more often +sum$/);
    const table = new Map(
      rows.map((row) => {
        const [name = "", ...numbers] = row.split(/ +/);
        const [calls = 0, answers = 0, unknown = 0, never = 0, once = 0, often = 0, sum = 0] = numbers.map(Number);
        return [name, { calls, answers, unknown, never, once, often, sum }];
      }),
    );
    const [maybe, least, most, exact] = [...table.values()];
    assert.deepEqual([...table.keys()], ["maybe", "at-least-once", "at-most-once", "exactly-once"]);
    assert.ok(maybe && maybe.answers < 60 && maybe.never > 0);
    assert.ok(least && least.answers === 60 && least.never === 0 && least.often > 0);
    // The cache is in the memory of a server that is killed: it may forget, but seldom does.
    assert.ok(most && most.never <= most.unknown && most.often < least.often);
    assert.deepEqual(exact, { calls: 60, answers: 60, unknown: 0, never: 0, once: 60, often: 0, sum: 60 });
  });
}
