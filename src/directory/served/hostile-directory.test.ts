// What a hostile directory can make its clients do.
import assert from "node:assert/strict";
import test from "node:test";
import { FakeClock } from "../../testing/fake-clock.js";
import { settleAll } from "../../testing/settle.js";
import type { ServiceEntry } from "../engine.js";
import { Asking, type Services } from "./asking.js";
import type { DirectoryConnection } from "./connection.js";
import { SharedWatch } from "./shared-watch.js";

/** Questions to a directory that answers each watch at once, or after some time. */
function asked(clock: FakeClock, answer: (question: number) => Services, delay = 0) {
  let questions = 0;
  const watch = async (): Promise<Services> => {
    const question = questions++;
    if (delay > 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, delay));
    return answer(question);
  };
  return { asking: { clock, name: "directory", watch } as unknown as Asking, questions: () => questions };
}

const entry = (priority: number): ServiceEntry => ({ id: "1", versions: [], addresses: ["10.0.0.1:1"], priority });
const news = (question: number, entries = [entry(question)]): Services => ({
  revision: { epoch: 1n, change: BigInt(question) },
  entries,
});

/** Lets a minute pass. */
async function aMinute(clock: FakeClock): Promise<void> {
  for (let time = 0; time < 60_000; time += 50) {
    clock.advance(50);
    await settleAll();
  }
}

test("a directory that answers every watch at once with another state is asked some times at once, then twice a second", async () => {
  const clock = new FakeClock();
  const { asking, questions } = asked(clock, (question) => news(question));
  let told = 0;
  const shared = new SharedWatch(asking, "/a", () => undefined);
  await shared.join(() => told++, { timeout: 1_000 });
  await settleAll();
  assert.ok(questions() <= 3, `${questions()} questions while no time passes`);
  await aMinute(clock);
  assert.ok(told >= 100 && questions() <= 170, `${questions()} questions in a minute`);
  shared.end(new Error("over"));
  const last = questions();
  await aMinute(clock);
  assert.equal(questions(), last);
});

test("a directory whose states are large is asked for at most some megabytes a second", async () => {
  const clock = new FakeClock();
  const many = Array.from({ length: 64 }, () => `tcp://${"a".repeat(500)}:1`);
  const large = (question: number): Services =>
    news(
      question,
      Array.from({ length: 100 }, (_, id) => ({ ...entry(question), id: String(id), addresses: many })),
    );
  // Not at once: it takes care not to be noticed.
  const { asking, questions } = asked(clock, large, 60);
  const shared = new SharedWatch(asking, "/a", () => undefined);
  const joined = shared.join(() => undefined, { timeout: 1_000 });
  clock.advance(60);
  await joined;
  for (let time = 0; time < 2_000; time += 20) {
    clock.advance(20);
    await settleAll();
  }
  const bytes = questions() * JSON.stringify(large(0).entries).length;
  assert.ok(bytes < 2 * 20_000_000, `${bytes} bytes in two seconds`);
  shared.end(new Error("over"));
});

test("a list without end is given up after 64 MiB of paths", async () => {
  let pages = 0;
  const list = async () => {
    const prefix = String(++pages).padStart(6, "0");
    const paths = Array.from({ length: 4_096 }, (_, i) => `/${prefix}${String(i).padStart(4, "0")}${"x".repeat(240)}`);
    return { status: 0, found: { paths, more: true } };
  };
  const connection = { clock: new FakeClock(), name: "directory", client: { list }, onLost() {}, heard() {} };
  const asking = new Asking(connection as unknown as DirectoryConnection);
  await assert.rejects(asking.list("/", { timeout: 5_000 }), { code: "DIRECTORY_REFUSED", message: /lists more than/ });
  assert.ok(pages < 70, `${pages} pages`);
});
