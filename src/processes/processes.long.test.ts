import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FakeClock } from "../testing/fake-clock.js";
import { Events, moduleOf } from "./events.test-support.js";
import { startProcesses } from "./processes.js";

const atOnce = { first: 0, factor: 1, most: 0, jitter: 0 };
const quiet = moduleOf("export default () => setInterval(() => {}, 1e6);");
/** Ends with the code that it is sent, and answers anything else with its process number. */
const obedient = moduleOf(
  "export default (worker) => worker.onMessage((what) => {",
  "  if (typeof what === 'number') process.exit(what);",
  "  worker.send([what, process.pid, process.argv.slice(2)]);",
  "});",
);

test("all workers run when startProcesses has resolved, and none after close", async () => {
  const events = new Events();
  const processes = await startProcesses(quiet, { size: 3, onEvent: events.note });
  assert.deepEqual(
    processes.workers.map(({ place, state }) => [place, state]),
    [1, 2, 3].map((place) => [place, "ready"]),
  );
  const pids = processes.workers.map(({ pid }) => pid);
  assert.equal(new Set(pids).size, 3);
  await processes.close();
  assert.deepEqual(processes.workers, []);
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), /ESRCH/);
  const ends = events.all.filter((one) => one.kind === "ended");
  assert.deepEqual(
    ends.map(({ expected, code }) => [expected, code]),
    [1, 2, 3].map(() => [true, 0]),
  );
});

test("messages go to the workers and back, and workers get their arguments", async () => {
  const got = new Events<{ kind: string; [more: string]: unknown }>();
  await using processes = await startProcesses(obedient, {
    size: 2,
    args: ["a", "b"],
    onMessage: (message, { pid }) => got.note({ kind: "answer", message, pid }),
  });
  processes.sendToAll("hello");
  await got.until("answer", 2);
  const expected = processes.workers.map(({ pid }) => ({ kind: "answer", message: ["hello", pid, ["a", "b"]], pid }));
  const byPid = (one: { pid: number }, other: { pid: number }): number => one.pid - other.pid;
  assert.deepEqual((got.all as typeof expected).sort(byPid), expected.sort(byPid));
});

test("a worker that ends is started again in its place", async () => {
  const events = new Events();
  await using processes = await startProcesses(obedient, {
    size: 1,
    onEvent: events.note,
    backoff: atOnce,
  });
  const [first] = processes.workers;
  processes.sendToAll(3);
  await events.until("ready", 2);
  const [second] = processes.workers;
  assert.equal(second?.place, 1);
  assert.notEqual(second?.pid, first?.pid);
  assert.deepEqual(events.kinds, ["started", "ready", "ended", "started", "ready"]);
  const end = await events.until("ended");
  assert.deepEqual([end.expected, end.code, end.worker.pid], [false, 3, first?.pid]);
});

test("workers that end again and again are a crash loop: it is reported, and nothing runs any more", async () => {
  const events = new Events();
  const clock = new FakeClock();
  const processes = await startProcesses(obedient, {
    size: 2,
    clock,
    crashes: 3,
    backoff: atOnce,
    onEvent: events.note,
  });
  const broken = processes.broken.catch((error) => error);
  for (let ends = 1; ends <= 3; ends++) {
    processes.sendToAll(1);
    if (ends < 3) await events.until("ready", 2 + 2 * ends);
  }
  const error = await broken;
  assert.equal(error.code, "PROCESSES_CRASH_LOOP");
  assert.match(error.message, /3 times in a row.*ended with code 1/);
  await processes.close();
  assert.deepEqual(processes.workers, []);
  await assert.rejects(processes.reload(), { code: "PROCESSES_CRASH_LOOP" });
});

test("workers that another process kills again and again are started again, and are no crash loop", async () => {
  const events = new Events();
  await using processes = await startProcesses(quiet, {
    size: 1,
    clock: new FakeClock(),
    crashes: 2,
    heartbeat: false,
    backoff: atOnce,
    onEvent: events.note,
  });
  for (let kills = 1; kills <= 4; kills++) {
    process.kill(processes.workers[0]?.pid ?? assert.fail(), "SIGKILL");
    await events.until("ready", 1 + kills);
  }
  assert.ok(!events.kinds.includes("crash-loop"));
});

test("a worker that lived long enough does not count as one more crash", async () => {
  const events = new Events();
  const clock = new FakeClock();
  await using processes = await startProcesses(obedient, {
    size: 1,
    clock,
    crashes: 2,
    healthy: 1_000,
    heartbeat: false,
    backoff: atOnce,
    onEvent: events.note,
  });
  for (let ends = 1; ends <= 4; ends++) {
    clock.advance(1_000);
    processes.sendToAll(1);
    await events.until("ready", 1 + ends);
  }
  assert.ok(!events.kinds.includes("crash-loop"));
});

test("a module that fails fails the start, with its own error", async () => {
  const bad = moduleOf("export default () => { throw new Error('no database'); };");
  await assert.rejects(startProcesses(bad, { size: 2 }), { code: "PROCESSES_NOT_READY", message: /no database/ });
  await assert.rejects(startProcesses("/no/such/file.js", { size: 1 }), {
    code: "PROCESSES_NOT_READY",
    message: /Cannot find module/,
  });
  const ending = moduleOf("process.exit(7);");
  await assert.rejects(startProcesses(ending, { size: 1 }), { message: /ended with code 7 before it was ready/ });
});

test("a worker that does not become ready in time fails the start", async () => {
  const clock = new FakeClock();
  const never = moduleOf("export default () => new Promise(() => setInterval(() => {}, 1e6));");
  const starting = startProcesses(never, { size: 1, clock, readyTimeout: 5_000 });
  clock.advance(5_000);
  await assert.rejects(starting, { code: "PROCESSES_NOT_READY", message: /5000 ms \(readyTimeout\)/ });
});

test("reload replaces each worker by one that is ready before the old one leaves", async () => {
  const events = new Events();
  await using processes = await startProcesses(quiet, { size: 2, onEvent: events.note });
  const before = processes.workers.map(({ pid }) => pid);
  await processes.reload();
  await events.until("ended", 2);
  const after = processes.workers.map(({ pid }) => pid);
  assert.equal(new Set([...before, ...after]).size, 4);
  const replaced = events.all.findIndex(({ kind }) => kind === "replaced");
  assert.deepEqual(events.kinds.slice(4, replaced + 1), ["started", "ready", "replaced"]);
  for (const one of events.all) if (one.kind === "ended") assert.ok(one.expected);
});

test("a reload whose new worker fails leaves the old ones in place", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lupine-processes-"));
  try {
    const file = join(folder, "worker.mjs");
    await writeFile(file, "export default () => setInterval(() => {}, 1e6);");
    await using processes = await startProcesses(file, { size: 2 });
    const before = processes.workers;
    await writeFile(file, "export default () => { throw new Error('a mistake'); };");
    await assert.rejects(processes.reload(), { code: "PROCESSES_NOT_READY", message: /a mistake/ });
    assert.deepEqual(
      processes.workers.filter(({ state }) => state === "ready").map(({ pid }) => pid),
      before.map(({ pid }) => pid),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the number of workers can be changed while they run", async () => {
  const events = new Events();
  await using processes = await startProcesses(quiet, { size: 1, onEvent: events.note });
  await processes.resize(3);
  assert.deepEqual([processes.size, processes.workers.length], [3, 3]);
  await processes.resize(1);
  await events.until("ended", 2);
  assert.deepEqual(
    processes.workers.map(({ place }) => place),
    [1],
  );
  for (const size of [0, 1.5, Number.NaN, -1]) await assert.rejects(processes.resize(size), TypeError);
});

test("workers are replaced after their number of calls, and after their time, varied by chance", async () => {
  const events = new Events();
  const clock = new FakeClock();
  const counting = moduleOf("export default (worker) => worker.onMessage((n) => worker.count(n));");
  await using processes = await startProcesses(counting, {
    size: 1,
    clock,
    heartbeat: false,
    recycle: { calls: 100, age: 60_000, jitter: 0 },
    onEvent: events.note,
  });
  processes.sendToAll(99);
  processes.sendToAll(1);
  assert.equal((await events.until("replaced", 1)).reason, "calls");
  clock.advance(60_000);
  assert.equal((await events.until("replaced", 2)).reason, "age");
});

test("a worker that holds more memory than `recycle.memory` is replaced", async () => {
  const events = new Events();
  const most = 192 * 2 ** 20;
  const growing = moduleOf(
    "const held = [];",
    `export default (worker) => worker.onMessage(() => held.push(Buffer.alloc(${most}, 1)));`,
  );
  await using processes = await startProcesses(growing, {
    size: 1,
    recycle: { memory: most },
    // It answers late while it fills its memory, but it is not silent.
    heartbeat: { interval: 50, unanswered: Number.MAX_SAFE_INTEGER },
    onEvent: events.note,
  });
  const [first] = processes.workers;
  processes.sendToAll("grow");
  const { reason, worker } = await events.until("replaced");
  assert.deepEqual([reason, worker.pid], ["memory", first?.pid]);
  assert.ok(worker.memory > most);
  await events.until("ended");
  assert.notEqual(processes.workers[0]?.pid, first?.pid);
});

test("a server of node:http that a worker attaches answers the connections that are handed over", async (t) => {
  const module = moduleOf(
    'import { createServer } from "node:http";',
    "export default (worker) =>",
    '  worker.attach(createServer((request, response) => response.end([request.url, process.pid].join(" "))));',
  );
  await using processes = await startProcesses(module, { size: 2 });
  const listener = createServer({ pauseOnConnect: true }, (socket) => void processes.handOver(socket));
  t.after(() => listener.close());
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as { port: number };
  const pids = new Set(processes.workers.map(({ pid }) => String(pid)));
  for (const path of ["/one", "/two"]) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } });
    const [url, pid = ""] = (await response.text()).split(" ");
    assert.equal(url, path);
    assert.ok(pids.has(pid));
  }
});

test("a worker that does not answer heartbeats is killed and replaced", async () => {
  const events = new Events();
  const clock = new FakeClock();
  const hanging = moduleOf("export default (worker) => worker.onMessage(() => { for (;;); });");
  await using processes = await startProcesses(hanging, {
    size: 1,
    clock,
    heartbeat: { interval: 1_000, unanswered: 2 },
    backoff: atOnce,
    readyTimeout: Number.POSITIVE_INFINITY,
    onEvent: events.note,
  });
  const [first] = processes.workers;
  processes.sendToAll("hang");
  while (!events.kinds.includes("killed")) {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const end = await events.until("ended");
  assert.deepEqual([end.worker.pid, end.signal], [first?.pid, "SIGKILL"]);
  await events.until("ready", 2);
});

test("a worker that does not leave in time is killed", async () => {
  const events = new Events();
  const clock = new FakeClock();
  const stubborn = moduleOf("export default (worker) => worker.onLeaving(() => { for (;;); });");
  const processes = await startProcesses(stubborn, {
    size: 1,
    clock,
    heartbeat: false,
    drain: 500,
    onEvent: events.note,
  });
  const closing = processes.close();
  clock.advance(1_500);
  await closing;
  assert.equal((await events.until("killed")).reason, "slow");
});

test("each line of a worker is passed on whole, with its worker", async () => {
  const lines: [string, string, number][] = [];
  const talking = moduleOf(
    "process.stdout.write('o'); console.log('ne'); console.error('two'); process.stdout.write('end');",
  );
  const processes = await startProcesses(talking, {
    size: 1,
    onLine: (line, stream, { place }) => lines.push([stream, line, place]),
  });
  await processes.close();
  assert.deepEqual(lines.sort(), [
    ["stderr", "two", 1],
    ["stdout", "end", 1],
    ["stdout", "one", 1],
  ]);
});

test("workers can be threads", async () => {
  const events = new Events();
  const got = new Events<{ kind: string; [more: string]: unknown }>();
  const processes = await startProcesses(moduleOf("export default (w) => w.onMessage((n) => w.send(n + 1));"), {
    size: 2,
    kind: "thread",
    onEvent: events.note,
    onMessage: (sum) => got.note({ kind: "sum", sum }),
  });
  processes.sendToAll(1);
  await got.until("sum", 2);
  assert.deepEqual(got.all, [
    { kind: "sum", sum: 2 },
    { kind: "sum", sum: 2 },
  ]);
  assert.throws(() => processes.handOver(new Socket()), { code: "PROCESSES_NOT_TAKEN" });
  await processes.reload();
  await processes.close();
  assert.equal(events.kinds.filter((kind) => kind === "ended").length, 4);
});

test("the error that ended a thread is among its lines", async () => {
  const lines = new Events<{ kind: string; line: string }>();
  const failing = moduleOf("export default (w) => w.onMessage((n) => { throw new RangeError('message ' + n); });");
  await using processes = await startProcesses(failing, {
    size: 1,
    kind: "thread",
    onLine: (line, kind) => lines.note({ kind, line }),
  });
  processes.sendToAll(7);
  await lines.until("stderr", 1);
  assert.equal(lines.all[0]?.line, "RangeError: message 7");
});

test("a module that is no path or file is refused before a worker is started", async () => {
  for (const module of [undefined, null, 5, {}, "", "http://127.0.0.1/worker.js", new URL("https://127.0.0.1/x.js")]) {
    const refused = { name: "TypeError", message: /^the module is .*; give a path, or a URL of a file: new URL\(/ };
    await assert.rejects(startProcesses(module as string), refused);
  }
});

/** Answers each connection with its process number and the message that came with it. */
const answering = moduleOf(
  "export default (worker) => worker.onConnection((socket, message) => {",
  "  socket.once('data', (data) => socket.end([process.pid, message, data].join(' ')));",
  "  socket.resume();",
  "});",
);

async function listening(take: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, take);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function ask(server: Server, text: string): Promise<string> {
  const { port } = server.address() as { port: number };
  const socket = connect(port, "127.0.0.1");
  socket.end(text);
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}

test("connections are handed over with a message, to the worker that has the fewest", async (t) => {
  await using processes = await startProcesses(answering, { size: 2 });
  let number = 0;
  const server = await listening((socket) => processes.handOver(socket, `client ${++number}`));
  t.after(() => server.close());
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(server, "hello")));
  const byPid = new Map<string, number>();
  for (const answer of answers) {
    const [, pid = "", rest = ""] = /^(\d+) (.*)$/.exec(answer) ?? [];
    byPid.set(pid, (byPid.get(pid) ?? 0) + 1);
    assert.match(rest, /^client \d+ hello$/);
  }
  assert.deepEqual([...byPid.keys()].sort(), processes.workers.map(({ pid }) => String(pid)).sort());
});

test("an HTTP server of node:http in a worker answers the connections that are handed over", async (t) => {
  const http = moduleOf(
    "import { createServer } from 'node:http';",
    "export default (worker) => worker.attach(createServer((request, response) => response.end(request.url)));",
  );
  await using processes = await startProcesses(http, { size: 1 });
  const server = await listening((socket) => processes.handOver(socket));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  for (const path of ["/a", "/b"]) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } });
    assert.equal(await response.text(), path);
  }
});

test("connections wait while no worker is ready, up to the backlog", async (t) => {
  const events = new Events();
  const clock = new FakeClock();
  const mortal = moduleOf(
    "export default (worker) => {",
    "  worker.onMessage(() => process.exit(1));",
    "  worker.onConnection((socket) => socket.end('answer'));",
    "};",
  );
  await using processes = await startProcesses(mortal, { size: 1, clock, backlog: 2, onEvent: events.note });
  const server = await listening((socket) => processes.handOver(socket));
  t.after(() => server.close());
  processes.sendToAll("end");
  await events.until("ended");
  const asking = [1, 2, 3].map(() => ask(server, "hello").catch(() => ""));
  // The third is closed at once.
  await Promise.race(asking);
  clock.advance(1_000);
  assert.deepEqual((await Promise.all(asking)).sort(), ["", "answer", "answer"]);
});

test("wrong options are refused by name", async () => {
  for (const [options, message] of [
    [{ sise: 2 }, /options\.sise is not an option; did you mean size/],
    [{ size: 0 }, /options\.size is 0/],
    [{ kind: "fibre" }, /options\.kind is "fibre"/],
    [{ recycle: { memery: 1 } }, /options\.recycle\.memery/],
    [{ heartbeat: { interval: -1 } }, /options\.heartbeat\.interval/],
  ] as const)
    await assert.rejects(startProcesses(quiet, options as object), { name: "TypeError", message });
});
