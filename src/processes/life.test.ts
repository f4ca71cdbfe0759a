import assert from "node:assert/strict";
import { test } from "node:test";
import { Events, moduleOf } from "./events.test-support.js";
import { startProcesses } from "./processes.js";

const obedient = moduleOf(
  "export default (worker) => worker.onMessage((what) => {",
  "  if (what === 'end') process.exit(3);",
  "  worker.send([what, process.pid]);",
  "});",
);

test("workers answer, are started again when they end, and are gone after close", async () => {
  const events = new Events();
  const answers = new Events<{ kind: string; message: unknown; pid: number }>();
  const processes = await startProcesses(obedient, {
    size: 2,
    onEvent: events.note,
    onMessage: (message, { pid }) => answers.note({ kind: "answer", message, pid }),
    backoff: { first: 0, factor: 1, most: 0, jitter: 0 },
  });
  processes.sendToAll("hello");
  await answers.until("answer", 2);
  const before = processes.workers.map(({ pid }) => pid);
  for (const { message, pid } of answers.all) assert.deepEqual(message, ["hello", pid]);
  assert.deepEqual(answers.all.map(({ pid }) => pid).sort(), before.toSorted());

  processes.sendToAll("end");
  await events.until("ready", 4);
  const pids = processes.workers.map(({ pid }) => pid);
  assert.equal(new Set([...before, ...pids]).size, 4);
  await processes.close();
  assert.deepEqual(processes.workers, []);
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), /ESRCH/);
});
