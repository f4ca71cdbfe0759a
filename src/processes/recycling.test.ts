import assert from "node:assert/strict";
import { test } from "node:test";
import { Events, moduleOf } from "./events.test-support.js";
import { startProcesses } from "./processes.js";

const mebibytes = 2 ** 20;

test("a worker that holds more memory than `recycle.memory` is replaced", async () => {
  const events = new Events();
  const module = moduleOf(
    "const held = [];",
    "export default (worker) => worker.onMessage(() => held.push(Buffer.alloc(400 * 2 ** 20, 1)));",
  );
  await using processes = await startProcesses(module, {
    size: 1,
    recycle: { memory: 400 * mebibytes },
    heartbeat: { interval: 50 },
    onEvent: events.note,
  });
  const [first] = processes.workers;
  processes.sendToAll("grow");
  const { reason, worker } = await events.until("replaced");
  assert.deepEqual([reason, worker.pid], ["memory", first?.pid]);
  assert.ok(worker.memory > 400 * mebibytes);
  await events.until("ended");
  assert.notEqual(processes.workers[0]?.pid, first?.pid);
});
