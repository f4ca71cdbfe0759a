import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { until } from "../testing/waiting.test-support.js";
import { Events, moduleOf } from "./events.test-support.js";
import { startProcesses } from "./processes.js";

const atOnce = { first: 0, factor: 1, most: 0, jitter: 0 };
const answering = moduleOf(
  "export default (worker) => worker.onConnection((socket) => socket.end(String(process.pid)));",
);

async function answerOf(socket: Socket): Promise<string> {
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}

test("connections that a worker has not taken when it is killed go to its successor", async (t) => {
  const events = new Events();
  await using processes = await startProcesses(answering, { size: 1, backoff: atOnce, onEvent: events.note });
  let handedOver = 0;
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    processes.handOver(socket);
    handedOver++;
  });
  t.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const pid = processes.workers[0]?.pid as number;
  process.kill(pid, "SIGSTOP");
  const answers = [1, 2, 3].map(() => answerOf(connect(port, "127.0.0.1")));
  await until(
    () => handedOver === answers.length,
    () => "the connections",
  );
  // The messages of this turn have left for the worker.
  await new Promise(setImmediate);
  process.kill(pid, "SIGKILL");
  const second = await events.until("ready", 2);
  assert.deepEqual(
    await Promise.all(answers),
    answers.map(() => String(second.worker.pid)),
  );
});
