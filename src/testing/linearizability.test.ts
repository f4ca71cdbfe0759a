import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "./history.js";
import { checkLinearizable, type Operation, type SequentialModel } from "./linearizability.js";
import { seededRandom } from "./random.js";

type Input = { readonly key: string; readonly write?: number };
type Step = Operation<Input, number>;

const register: SequentialModel<number, Input, number> = {
  initial: 0,
  apply: (state, { write }) => ({ state: write ?? state, output: write ?? state }),
  key: ({ key }) => key,
};

const step = (
  write: number | undefined,
  output: number | undefined,
  began: number,
  ended?: number,
  key = "a",
): Step => ({
  input: write === undefined ? { key } : { key, write },
  output,
  began,
  ended,
});

const isLinearizable = (history: Step[]): boolean => checkLinearizable(register, history).linearizable;

test("a read that overlaps a write may see the old value or the new one", () => {
  assert.ok(isLinearizable([step(1, 1, 0, 10), step(undefined, 0, 1, 2)]));
  assert.ok(isLinearizable([step(1, 1, 0, 10), step(undefined, 1, 1, 2)]));
});

test("a read after a write has ended does not see the old value", () => {
  assert.ok(!isLinearizable([step(1, 1, 0, 1), step(undefined, 0, 2, 3)]));
});

test("two reads during one write do not see the new value and then the old one", () => {
  assert.ok(!isLinearizable([step(1, 1, 0, 10), step(undefined, 1, 1, 2), step(undefined, 0, 3, 4)]));
});

test("a write whose outcome is not known may take effect late, or never", () => {
  assert.ok(isLinearizable([step(1, undefined, 0), step(undefined, 0, 1, 2), step(undefined, 1, 3, 4)]));
  assert.ok(isLinearizable([step(1, undefined, 0), step(undefined, 0, 1, 2), step(undefined, 0, 3, 4)]));
  assert.ok(!isLinearizable([step(undefined, 1, 0, 1), step(1, undefined, 2)]));
});

test("keys are checked apart, and the key that does not fit is named, with the longest order that does", () => {
  const history = [step(1, 1, 0, 1, "a"), step(2, 2, 0, 1, "b"), step(undefined, 2, 2, 3, "b")];
  assert.ok(isLinearizable(history));
  const wrong = checkLinearizable(register, [...history, step(undefined, 2, 2, 3, "a")]);
  assert.ok(!wrong.linearizable);
  assert.equal(wrong.key, "a");
  assert.deepEqual(
    wrong.longest.map(({ input }) => input.write),
    [1],
  );
});

test("1,000 small histories by chance get the same answer as from trying every order", () => {
  const random = seededRandom(7);
  const answers = { fit: 0, none: 0 };
  for (let seed = 0; seed < 1000; seed++) {
    const history = randomHistory(random);
    const expected = fitsInSomeOrder(history);
    answers[expected ? "fit" : "none"]++;
    assert.equal(
      checkLinearizable({ ...register, key: () => 0 }, history).linearizable,
      expected,
      JSON.stringify(history),
    );
  }
  // Neither answer is the only one.
  assert.ok(answers.fit > 100 && answers.none > 100, JSON.stringify(answers));
});

test("a history of 2,000 operations of one key by 4 clients is checked in fewer than 100,000 steps", () => {
  const random = seededRandom(3);
  const history: Step[] = [];
  let value = 0;
  for (let at = 0; at < 2000; at++) {
    const write = random() < 0.5 ? at : undefined;
    value = write ?? value;
    history.push(step(write, value, at - Math.floor(random() * 3), at + 1 + Math.floor(random() * 3)));
  }
  assert.ok(checkLinearizable(register, history, { steps: 100_000 }).linearizable);
});

test("a search that takes too many steps ends with an error that says what to do", () => {
  const history = Array.from({ length: 20 }, (_, at) => step(at + 1, at + 1, 0, 1));
  history.push(step(undefined, 0, 2, 3));
  assert.throws(() => checkLinearizable(register, history, { steps: 1000 }), /options\.steps.*key/);
});

test("a recorded call that certainly did not run is left out, and one that may have run has no output", async () => {
  const history = new History<Input, number>();
  const failing = (mayHaveRun: boolean) => () => Promise.reject(Object.assign(new Error("failed"), { mayHaveRun }));
  assert.equal(await history.record({ key: "a", write: 1 }, async () => 1), 1);
  await assert.rejects(history.record({ key: "a", write: 2 }, failing(false)));
  await assert.rejects(history.record({ key: "a", write: 3 }, failing(true)));
  assert.deepEqual(
    history.operations.map(({ input, output, ended }) => [input.write, output, ended]),
    [
      [1, 1, 1],
      [3, undefined, undefined],
    ],
  );
});

function randomHistory(random: () => number): Step[] {
  const pick = (most: number): number => Math.floor(random() * most);
  return Array.from({ length: 2 + pick(5) }, () => {
    const write = random() < 0.5 ? 1 + pick(2) : undefined;
    const began = pick(8);
    if (random() < 0.2) return step(write, undefined, began);
    return step(write, write ?? pick(3), began, began + pick(4));
  });
}

/** Tries each subset of the unknown ones, in each order. */
function fitsInSomeOrder(history: readonly Step[], state = 0): boolean {
  if (history.every(({ ended }) => ended === undefined)) return true;
  return history.some((one, at) => {
    const rest = history.filter((_, index) => index !== at);
    if (rest.some(({ ended }) => ended !== undefined && ended < one.began)) return false;
    const next = register.apply(state, one.input);
    return (one.ended === undefined || next.output === one.output) && fitsInSomeOrder(rest, next.state);
  });
}
