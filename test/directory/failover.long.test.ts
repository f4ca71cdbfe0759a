// Servers of a service that die, stop, join and leave under 1,000 calls a second, and the directory itself.
// What each run measured is printed as a comment: docs/guides/load-balancing.md has the figures.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "lupine";
import { openDirectory } from "lupine/directory";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import type { Running } from "../interop/harness/processes.js";
import { until } from "../support/waiting.js";
import { type Load, startLoad, summary } from "./load.js";
import { path, startService } from "./service.js";

const perSecond = 1_000;

/** Waits until a server has answered so many more calls. */
async function untilAnsweredBy(load: Load, number: number, more = 50): Promise<void> {
  const wanted = (load.byServer.get(number) ?? 0) + more;
  await until(
    () => (load.byServer.get(number) ?? 0) >= wanted,
    () => `server ${number} to answer ${more} calls: ${summary(load)}`,
  );
}

/** Waits until each of these servers has answered so many more calls. */
async function untilAllAnswer(load: Load, numbers: readonly number[], more: number): Promise<void> {
  await Promise.all(numbers.map((number) => untilAnsweredBy(load, number, more)));
}

/** Makes calls until so many are answered. */
async function answeredCalls(load: Load, wanted: number): Promise<void> {
  await until(
    () => load.answered.size + load.errors.length >= wanted,
    () => `${wanted} calls to end: ${summary(load)}`,
  );
  await load.stop();
}

function assertNoneFailed(load: Load): void {
  assert.deepEqual(load.errors, []);
}

for (const transport of ["tcp", "udp"]) {
  test(`kill -9 of one of three servers over ${transport}: no call of an idempotent procedure fails`, async (t) => {
    const address = `${transport}://127.0.0.1:0`;
    await using service = await startService(2, { address });
    const dying = await service.server(3, { address });
    await using client = createClient(ADD_VERS, service.target, {
      semantics: { add: "at-least-once" },
      timeout: 60_000,
    });
    await using load = startLoad(perSecond, (id) => client.add({ a: id, b: 0 }));
    await untilAnsweredBy(load, 3);
    dying.signal("SIGKILL");
    await untilAllAnswer(load, [1, 2], 700);
    await load.stop();
    t.diagnostic(summary(load));
    assertNoneFailed(load);
  });
}

test("SIGSTOP of one of three servers: no call of an idempotent procedure fails, and later ones do not wait", async (t) => {
  await using service = await startService(2);
  const hanging = await service.server(3);
  await using client = createClient(ADD_VERS, service.target, { semantics: { add: "at-least-once" }, timeout: 60_000 });
  await using load = startLoad(perSecond, (id) => client.add({ a: id, b: 0 }));
  await untilAnsweredBy(load, 3);
  hanging.signal("SIGSTOP");
  await untilAllAnswer(load, [1, 2], 1_000);
  await load.stop();
  t.diagnostic(summary(load));
  assertNoneFailed(load);
  await using later = startLoad(perSecond, (id) => client.add({ a: id, b: 0 }));
  await answeredCalls(later, 500);
  assertNoneFailed(later);
  hanging.signal("SIGCONT");
});

test("SIGSTOP: a call that must not run twice waits its deadline at most, and the next ones go elsewhere", async (t) => {
  await using service = await startService(1);
  const hanging = await service.server(2);
  await using client = createClient(ADD_VERS, service.target, { timeout: 1_500 });
  for (let i = 0; i < 4; i++) await client.add({ a: i, b: 0 });
  hanging.signal("SIGSTOP");
  await using load = startLoad(200, (id) => client.add({ a: id, b: 0 }));
  await until(
    () => load.errors.length > 0,
    () => `a call to fail: ${summary(load)}`,
  );
  await untilAnsweredBy(load, 1, 200);
  await load.stop();
  t.diagnostic(summary(load));
  const failed = load.errors as { mayHaveRun: boolean }[];
  assert.ok(failed.every(({ mayHaveRun }) => mayHaveRun));
  await using later = startLoad(200, (id) => client.add({ a: id, b: 0 }));
  await answeredCalls(later, 100);
  assertNoneFailed(later);
});

test("a server that is told to end under load: no call fails, and none runs twice", async (t) => {
  await using service = await startService(0);
  const servers: Running[] = [];
  for (const number of [1, 2, 3]) servers.push(await service.server(number, { wait: 5 }));
  await using client = createClient(ADD_VERS, service.target, { timeout: 60_000 });
  await using load = startLoad(perSecond, (id) => client.add({ a: id, b: 0 }));
  await untilAnsweredBy(load, 3);
  servers[2]?.signal("SIGTERM");
  const first = await ranOn(servers[2] as Running);
  await untilAllAnswer(load, [1, 2], 150);
  await load.stop();
  for (const server of servers.slice(0, 2)) server.signal("SIGTERM");
  const ran = [...first, ...(await ranOn(servers[0] as Running)), ...(await ranOn(servers[1] as Running))];
  t.diagnostic(summary(load));
  assertNoneFailed(load);
  assert.ok(first.length >= 50, "it was called before");
  assert.equal(new Set(ran).size, ran.length, "no call ran twice");
  assert.deepEqual(new Set(ran), load.answered);
});

async function ranOn(server: Running): Promise<number[]> {
  const [, list] = await server.printed(/^ran (\[.*\])\n/m);
  return JSON.parse(list as string);
}

test("a server that joins under load has its share", async (t) => {
  await using service = await startService(2);
  await using client = createClient(ADD_VERS, service.target, { timeout: 60_000 });
  await using load = startLoad(perSecond, (id) => client.add({ a: id, b: 0 }));
  await untilAllAnswer(load, [1, 2], 200);
  await service.server(3);
  await untilAnsweredBy(load, 3, 100);
  const before = new Map(load.byServer);
  await untilAnsweredBy(load, 3, 300);
  const gained = [1, 2, 3].map((number) => (load.byServer.get(number) ?? 0) - (before.get(number) ?? 0));
  await load.stop();
  t.diagnostic(`${gained.join(", ")} calls`);
  assertNoneFailed(load);
  // About a third. Calls go to the least busy server, which on a busy machine may be one of them for a while.
  const total = gained.reduce((sum, count) => sum + count, 0);
  for (const count of gained) assert.ok(count / total > 1 / 6, `${gained}`);
});

test("kill -9 of the directory and its restart under load: no call fails, and who registers then is followed", async (t) => {
  await using service = await startService(3);
  await using client = createClient(ADD_VERS, service.target, { timeout: 60_000 });
  await using load = startLoad(perSecond, (id) => client.add({ a: id, b: 0 }));
  await untilAllAnswer(load, [1, 2, 3], 100);
  service.killDirectory();
  await untilAllAnswer(load, [1, 2, 3], 500);
  await service.startDirectory();
  await Promise.all([1, 2, 3].map((number) => untilAnsweredBy(load, number)));
  await service.server(4);
  await untilAnsweredBy(load, 4, 1);
  await load.stop();
  t.diagnostic(summary(load));
  assertNoneFailed(load);
  await using directory = await openDirectory(service.directory);
  assert.equal((await directory.lookup(path)).length, 4);
});

test("clients made while the directory is down fail with its address, or wait for it", async () => {
  await using service = await startService(1);
  service.killDirectory();
  await sleep(50);
  await using impatient = createClient(ADD_VERS, service.target, { timeout: 500 });
  await assert.rejects(impatient.add({ a: 1, b: 2 }), (error: Error & { mayHaveRun?: boolean }) => {
    assert.equal(error.mayHaveRun, false);
    assert.ok(error.message.includes(service.directory.slice(6)), error.message);
    return true;
  });
  await using patient = createClient(ADD_VERS, service.target, { timeout: 60_000, waitForServer: true });
  const waiting = patient.add({ a: 1, b: 2 });
  await sleep(50);
  await service.startDirectory();
  assert.equal(await waiting, 1);
  assert.equal(await impatient.add({ a: 1, b: 2 }), 1);
});
