import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { InTurns } from "./in-turns.js";

test("a turn of the event loop has work up to a limit, jobs take turns, and one that is stopped does no more", async () => {
  const turns = new InTurns(10);
  const done: string[] = [];
  const job = (name: string, steps: number) => {
    let left = steps;
    return turns.add(() => {
      if (left-- === 0) return undefined;
      done.push(name);
      return 3;
    });
  };
  job("a", 6);
  job("b", 2);
  const c = job("c", 100);
  assert.deepEqual(done, []);
  await turn();
  assert.equal(done.join(""), "abca");
  c.stop();
  await turn();
  assert.equal(done.join(""), "abcabaaa");
  await turn();
  assert.equal(done.join(""), "abcabaaaa");
  job("d", 1);
  await turn();
  await turn();
  assert.equal(done.join(""), "abcabaaaad");
});
