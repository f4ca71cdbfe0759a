import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Events, moduleOf } from "./events.test-support.js";
import { startProcesses } from "./processes.js";

const atOnce = { first: 0, factor: 1, most: 0, jitter: 0 };
const quiet = "export default () => {};";

/** A module whose code can be changed. */
async function changing(t: TestContext, code: string) {
  const folder = await mkdtemp(join(tmpdir(), "lupine-failures-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "worker.mjs");
  const write = (text: string): Promise<void> => writeFile(file, text);
  await write(code);
  return { file, write };
}

test("a resize whose new workers fail leaves the size as it was, and can be repeated", async (t) => {
  const { file, write } = await changing(t, quiet);
  await using processes = await startProcesses(file, { size: 1 });
  await write("export default () => { throw new Error('a mistake'); };");
  await assert.rejects(processes.resize(3), { code: "PROCESSES_NOT_READY", message: /a mistake/ });
  assert.equal(processes.size, 1);
  await write(quiet);
  await processes.resize(3);
  const ready = processes.workers.filter(({ state }) => state === "ready");
  assert.deepEqual(
    ready.map(({ place }) => place),
    [1, 2, 3],
  );
});

test("a reload also replaces a worker that was being started again, which may have the old code", async (t) => {
  const events = new Events();
  const said = new Events<{ kind: string }>();
  const code = (name: string): string =>
    [
      "export default async (worker) => {",
      `  worker.send({ kind: '${name}' });`,
      "  worker.onMessage((what) => { if (what === 'end') process.exit(3); });",
      "  await new Promise((resolve) => setTimeout(resolve, 200));",
      "};",
    ].join("\n");
  const { file, write } = await changing(t, code("old"));
  await using processes = await startProcesses(file, {
    size: 1,
    backoff: atOnce,
    onEvent: events.note,
    onMessage: (message) => said.note(message as { kind: string }),
  });
  processes.sendToAll("end");
  await said.until("old", 2);
  await write(code("new"));
  await processes.reload();
  assert.equal(said.all.at(-1)?.kind, "new");
  assert.equal(events.all.filter(({ kind }) => kind === "replaced").length, 1);
});

for (const isBroken of [false, true])
  test(`a worker that ends while ${isBroken ? "a broken" : "its"} replacement starts has one successor`, async (t) => {
    const events = new Events();
    const obeying = "export default (worker) => worker.onMessage(() => process.exit(3));";
    const { file, write } = await changing(t, obeying);
    await using processes = await startProcesses(file, {
      size: 1,
      backoff: atOnce,
      crashes: 1e6,
      onEvent: events.note,
    });
    await write(`${isBroken ? "throw new Error('a mistake');" : ""} export default () => {};`);
    const reloaded = processes.reload().catch(({ code }) => code);
    await events.until("started", 2);
    processes.sendToAll("end");
    await events.until("ended");
    if (isBroken) {
      assert.equal(await reloaded, "PROCESSES_NOT_READY");
      await write(obeying);
    }
    await events.until("ready", 2);
    assert.equal(await reloaded, isBroken ? "PROCESSES_NOT_READY" : undefined);
    if (!isBroken) assert.equal(events.kinds.filter((kind) => kind === "started").length, 2);
    assert.deepEqual(
      processes.workers.map(({ place, state }) => [place, state]),
      [[1, "ready"]],
    );
  });

test("close ends a resize with PROCESSES_CLOSED", async () => {
  const events = new Events();
  const processes = await startProcesses(moduleOf(quiet), { size: 1, onEvent: events.note });
  const resized = assert.rejects(processes.resize(2), { code: "PROCESSES_CLOSED" });
  await processes.close();
  await resized;
  assert.ok(!events.kinds.includes("failed"));
});

for (const kind of ["process", "thread"] as const)
  test(`a message to workers of kind ${kind} that cannot be cloned is refused where it is sent`, async () => {
    await using processes = await startProcesses(moduleOf(quiet), { size: 1, kind });
    assert.throws(() => processes.sendToAll(() => 1), { name: "TypeError", message: /could not be cloned/ });
  });

test("a connection whose message cannot be cloned is refused, and does not hold up the next one", async (t) => {
  const answering = moduleOf(
    "export default (worker) => worker.onConnection((socket, message) => socket.end(message));",
  );
  await using processes = await startProcesses(answering, { size: 1 });
  const refused: string[] = [];
  const messages: unknown[] = [() => 1, "hello"];
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    try {
      processes.handOver(socket, messages.shift());
    } catch (error) {
      refused.push((error as Error).name);
      socket.destroy();
    }
  });
  t.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const answers: string[] = [];
  for (let i = 0; i < 2; i++) {
    let answer = "";
    for await (const chunk of connect(port, "127.0.0.1")) answer += chunk;
    answers.push(answer);
  }
  assert.deepEqual([refused, answers], [["TypeError"], ["", "hello"]]);
});

for (const [when, after] of [
  ["starts", "await new Promise(() => {});"],
  ["runs", ""],
])
  test(`a worker ends when its supervisor is killed while the worker ${when}`, async (t) => {
    const module = moduleOf(
      `export default async () => { setInterval(() => {}, 1e6); console.log('here'); ${after} };`,
    );
    const code = [
      `import { startProcesses } from ${JSON.stringify(new URL("./processes.js", import.meta.url).href)};`,
      `await startProcesses(${JSON.stringify(module)}, { size: 1, execArgv: ${JSON.stringify(process.execArgv)} });`,
      "console.log('ready');",
    ].join("\n");
    const supervisor = spawn(process.execPath, [...process.execArgv, "--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => supervisor.kill("SIGKILL"));
    let output = "";
    supervisor.stdout.setEncoding("utf8");
    for await (const chunk of supervisor.stdout) {
      output += chunk;
      if (output.includes(when === "runs" ? "ready" : "here")) supervisor.kill("SIGKILL");
    }
    // The pipe has closed: the worker, which has it, too, is gone.
    assert.match(output, /here/);
  });

test("a worker that is replaced answers the requests of its HTTP connections, and the next one reaches its successor", async (t) => {
  const http = moduleOf(
    "import { createServer } from 'node:http';",
    "export default (worker) => worker.attach(createServer((request, response) => {",
    "  const answer = () => response.end(String(process.pid));",
    "  if (request.url !== '/slow') return answer();",
    "  worker.onLeaving(() => setTimeout(answer, 100));",
    "  worker.send({ kind: 'begun' });",
    "}));",
  );
  const said = new Events<{ kind: string }>();
  await using processes = await startProcesses(http, {
    size: 1,
    onMessage: (message) => said.note(message as { kind: string }),
  });
  const server = createServer({ pauseOnConnect: true }, (socket) => void processes.handOver(socket));
  t.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const agents = [1, 2].map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
  t.after(() => agents.forEach((agent) => void agent.destroy()));
  const ask = async (path: string, agent = agents[0] as Agent): Promise<string> => {
    const asking = request({ port, path, agent });
    asking.end();
    const [answer] = await once(asking, "response");
    let text = "";
    for await (const chunk of answer) text += chunk;
    return text;
  };
  const [, other] = agents;
  const first = await ask("/", other);
  const slow = ask("/slow");
  await said.until("begun");
  await processes.reload();
  // Over a connection that it has.
  assert.equal(await ask("/", other), first);
  const next = await ask("/", other);
  assert.equal(next, String(processes.workers.find(({ state }) => state === "ready")?.pid));
  assert.equal(await slow, first);
  for (const agent of agents) agent.destroy();
});
