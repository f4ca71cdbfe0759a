import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { type Attempt, firstToSucceed } from "./race.js";

/** An attempt that a test ends by hand. */
class ByHand {
  begun = 0;
  signal: AbortSignal | undefined;
  succeed: (value: string) => void = () => assert.fail("not begun");
  fail: (error: Error) => void = () => assert.fail("not begun");
  readonly attempt: Attempt<string> = (signal) => {
    this.begun++;
    this.signal = signal;
    return new Promise((resolve, reject) => {
      this.succeed = resolve;
      this.fail = reject;
    });
  };
}

const never = 2 ** 31 - 1;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("the next attempt begins as soon as the one before has failed", async () => {
  const [one, two, three] = [new ByHand(), new ByHand(), new ByHand()];
  const outcome = firstToSucceed([one.attempt, two.attempt, three.attempt], { delay: never });
  assert.deepEqual([one.begun, two.begun], [1, 0]);
  one.fail(new Error("refused"));
  await turn();
  assert.deepEqual([one.begun, two.begun, three.begun], [1, 1, 0]);
  two.succeed("second");
  assert.equal(await outcome, "second");
});

test("a slow attempt goes on beside the next one, and wins when it succeeds first", async () => {
  const [slow, other] = [new ByHand(), new ByHand()];
  const outcome = firstToSucceed([slow.attempt, other.attempt], { delay: 0 });
  while (other.begun === 0) await turn();
  assert.equal(slow.signal?.aborted, false);
  slow.succeed("slow");
  assert.equal(await outcome, "slow");
  assert.equal(other.signal?.aborted, true);
});

test("a slow attempt still wins after all others have failed", async () => {
  const [slow, other] = [new ByHand(), new ByHand()];
  const outcome = firstToSucceed([slow.attempt, other.attempt], { delay: 0 });
  while (other.begun === 0) await turn();
  other.fail(new Error("refused"));
  await turn();
  slow.succeed("slow");
  assert.equal(await outcome, "slow");
});

test("when all fail their errors come in the order of the attempts", async () => {
  const [one, two] = [new ByHand(), new ByHand()];
  const outcome = firstToSucceed([one.attempt, two.attempt], { delay: 0 });
  while (two.begun === 0) await turn();
  two.fail(new Error("second"));
  one.fail(new Error("first"));
  await assert.rejects(outcome, (error: AggregateError) => {
    assert.deepEqual(
      error.errors.map(({ message }: Error) => message),
      ["first", "second"],
    );
    return true;
  });
});

test("what a beaten attempt makes all the same is discarded", async () => {
  const [one, two] = [new ByHand(), new ByHand()];
  const late: string[] = [];
  const outcome = firstToSucceed([one.attempt, two.attempt], { delay: 0, discard: (value) => late.push(value) });
  while (two.begun === 0) await turn();
  one.succeed("one");
  two.succeed("two");
  assert.equal(await outcome, "one");
  await turn();
  assert.deepEqual(late, ["two"]);
});

test("a final error ends the race though attempts are left", async () => {
  const [one, two] = [new ByHand(), new ByHand()];
  const outcome = firstToSucceed([one.attempt, two.attempt], { delay: never, isFinal: () => true });
  one.fail(new Error("that is final"));
  await assert.rejects(outcome, /^Error: that is final$/);
  assert.equal(two.begun, 0);
});

test("an aborted race begins no further attempt", async () => {
  const abort = new AbortController();
  const [one, two] = [new ByHand(), new ByHand()];
  const outcome = firstToSucceed([one.attempt, two.attempt], { delay: never, signal: abort.signal });
  abort.abort();
  assert.equal(one.signal?.aborted, true);
  one.fail(new Error("given up"));
  await assert.rejects(outcome, AggregateError);
  assert.equal(two.begun, 0);
});

test("nothing of a race is left at a signal that outlives it", async () => {
  const long = new AbortController();
  const options = { delay: never, signal: long.signal };
  const failing: Attempt<string> = () => Promise.reject(new Error("refused"));
  assert.equal(await firstToSucceed([async () => "first"], options), "first");
  await assert.rejects(firstToSucceed([failing, failing], options), AggregateError);
  await assert.rejects(firstToSucceed([failing], { ...options, isFinal: () => true }), /refused/);
  assert.equal(getEventListeners(long.signal, "abort").length, 0);
  const open = new ByHand();
  const outcome = firstToSucceed([open.attempt], options);
  assert.equal(getEventListeners(long.signal, "abort").length, 1);
  long.abort("enough");
  assert.equal(open.signal?.reason, "enough");
  open.fail(new Error("aborted"));
  await assert.rejects(outcome, AggregateError);
  assert.equal(getEventListeners(long.signal, "abort").length, 0);
});
