// Turns of work on other threads: work that is not needed any more keeps nobody else waiting.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../../testing/index.js";
import { GssError } from "../mechanism.js";
import { Turns } from "./turns.js";

/** Work that ends when it is told to. */
class Job {
  isNeeded = true;
  begun = false;
  readonly outcome: Promise<string>;
  #end: (() => void) | undefined;

  constructor(turns: Turns) {
    const work = (): Promise<string> => {
      this.begun = true;
      return new Promise((resolve) => (this.#end = () => resolve("done")));
    };
    this.outcome = turns.run(work, () => this.isNeeded);
    this.outcome.catch(() => undefined);
  }

  async end(): Promise<void> {
    this.#end?.();
    assert.equal(await this.outcome, "done");
  }
}

function begun(jobs: readonly Job[]): string {
  return jobs.map((job) => (job.begun ? "x" : "-")).join("");
}

function setting(count: number, spare = 1) {
  const clock = new FakeClock();
  const turns = new Turns({ most: 2, spare, clock });
  return { clock, turns, jobs: Array.from({ length: count }, () => new Job(turns)) };
}

test("work waits for its turn, in order", async () => {
  const { jobs } = setting(4);
  assert.equal(begun(jobs), "xx--");
  await jobs[1]?.end();
  assert.equal(begun(jobs), "xxx-");
  await jobs[0]?.end();
  assert.equal(begun(jobs), "xxxx");
});

test("work that failed ends its turn", async () => {
  const { turns } = setting(0);
  for (let i = 0; i < 5; i++)
    await assert.rejects(
      turns.run(() => Promise.reject(new Error("no"))),
      { message: "no" },
    );
});

test("work that is not needed any more is not begun", async () => {
  const { clock, jobs } = setting(4);
  const [, , third] = jobs as [Job, Job, Job];
  third.isNeeded = false;
  await clock.advance(100);
  await assert.rejects(third.outcome, (error) => error instanceof GssError && /no call waits/.test(error.message));
  await jobs[0]?.end();
  assert.equal(begun(jobs), "xx-x");
});

test("work that hangs and is not needed any more gives its turn to the next, as far as there are spare threads", async () => {
  const { clock, turns, jobs } = setting(4);
  const [first, second] = jobs as [Job, Job];
  first.isNeeded = false;
  await clock.advance(100);
  assert.equal(begun(jobs), "xxx-");
  second.isNeeded = false;
  await clock.advance(1_000);
  assert.equal(begun(jobs), "xxx-");
  await first.end();
  assert.equal(begun(jobs), "xxxx");
  const late = new Job(turns);
  assert.equal(late.begun, false);
  await second.end();
  assert.equal(late.begun, false);
  await jobs[2]?.end();
  assert.equal(late.begun, true);
});

test("work that is needed again counts again", async () => {
  const { clock, jobs } = setting(4);
  const [first, , third] = jobs as [Job, Job, Job];
  first.isNeeded = false;
  await clock.advance(100);
  assert.equal(begun(jobs), "xxx-");
  first.isNeeded = true;
  await third.end();
  assert.equal(begun(jobs), "xxx-");
});
