import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type ClientWiring, createClientWith } from "../client/create-client.js";
import { channelOf } from "../client/handle.js";
import type { ClientOptions } from "../client/options.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/server.js";
import { someOf } from "../testing/count-of.test-support.js";
import { MemoryNetwork } from "../testing/index.js";
import { openClientFile, type SavedCall } from "./client-file.js";
import type { ClientSlot } from "./client-session.js";
import { type SessionOptions, serveSessions, unfinishedCalls } from "./index.js";
import { sessionChannel } from "./make.js";
import { ledgerWith } from "./sessions.test-support.js";

const wiring: ClientWiring = { sessions: sessionChannel };

/** A server whose calls are held until they are told to end, and clients with one session file. */
async function held(options: SessionOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "client-file-"));
  const file = join(folder, "session");
  const network = new MemoryNetwork();
  const ends: (() => void)[] = [];
  const waiting: (() => void)[] = [];
  const add = ({ a, b }: { a: number; b: number }) =>
    new Promise<number>((resolve) => {
      ends.push(() => resolve(a + b));
      for (const told of waiting.splice(0)) told();
    });
  const server = new Server({ onError: () => undefined }).implement(adder, adding({ add }));
  const sessions = serveSessions(server, options);
  await server.listen("memory:add", { network });
  const clientOf = (more: ClientOptions<typeof adder.procedures> = {}) =>
    createClientWith(wiring, adder, "memory:add", {
      semantics: { add: "exactly-once" },
      connection: { network },
      session: { file },
      timeout: 60_000,
      ...more,
    } as ClientOptions);
  return {
    file,
    sessions,
    clientOf,
    ends,
    async begun(count: number) {
      while (ends.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      for (const end of ends) end();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Ends a client as the end of its process would: nothing more is written to its file. Resolves when another one can have it. */
async function crash(client: object, file: string, ...calls: readonly Promise<unknown>[]): Promise<void> {
  channelOf(client).destroy();
  await Promise.allSettled(calls);
  for (;;) {
    try {
      return await (await openClientFile(file, {})).close();
    } catch (error) {
      if ((error as Error).name !== "LockTaken") throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

test("a client that is restarted finishes the calls that it had begun, and none of them runs twice", async () => {
  await using world = await held();
  const { sessions, clientOf, ends } = world;
  const first = clientOf();
  const calls = [first.add({ a: 1, b: 2 }), first.add({ a: 3, b: 4 }), first.add({ a: 5, b: 6 })];
  await world.begun(3);
  ends[2]?.();
  assert.equal(await calls[2], 11);
  await crash(first, world.file, ...calls);
  await using second = clientOf();
  const unfinished = await unfinishedCalls(second, adder);
  assert.deepEqual(
    unfinished.map(({ name, args }) => [name, args]),
    [
      ["add", [{ a: 1, b: 2 }]],
      ["add", [{ a: 3, b: 4 }]],
    ],
  );
  const finished = unfinished.map((one) => one.finish());
  const more = second.add({ a: 7, b: 8 });
  await world.begun(4);
  for (const end of ends) end();
  assert.deepEqual(await Promise.all([...finished, more]), [3, 7, 15]);
  assert.deepEqual([sessions.size, sessions.stats.runs, sessions.stats.falseRetries], [1, 4, 0]);
  await assert.rejects(unfinished[0]?.finish() as Promise<unknown>, /was finished or given up already/);
  assert.deepEqual(await unfinishedCalls(second, adder), []);
});

test("the calls of a client that was closed are finished, and its session has ended", async () => {
  await using world = await held();
  {
    await using client = world.clientOf();
    const sum = client.add({ a: 1, b: 2 });
    await world.begun(1);
    world.ends[0]?.();
    await sum;
  }
  assert.equal(world.sessions.size, 0);
  await using next = world.clientOf();
  assert.deepEqual(await unfinishedCalls(next, adder), []);
  const sum = next.add({ a: 1, b: 2 });
  await world.begun(2);
  world.ends[1]?.();
  assert.equal(await sum, 3);
});

test("a call that ran and whose reply the client did not see gets the reply, and a call that is given up is not listed again", async () => {
  await using world = await held();
  const first = world.clientOf();
  const calls = [first.add({ a: 1, b: 2 }), first.add({ a: 3, b: 4 })];
  await world.begun(2);
  await crash(first, world.file, ...calls);
  for (const end of world.ends) end();
  const second = world.clientOf();
  const [one, other] = await unfinishedCalls(second, adder);
  other?.abandon();
  assert.equal(await one?.finish(), 3);
  await crash(second, world.file);
  const third = world.clientOf();
  assert.deepEqual(await unfinishedCalls(third, adder), []);
  await crash(third, world.file);
  assert.deepEqual([world.sessions.stats.runs, world.sessions.stats.replays + world.sessions.stats.joins], [2, 1]);
});

test("unfinished calls that nobody asks for stay in the file, and do not stop other calls", async () => {
  await using world = await held();
  const first = world.clientOf();
  const call = first.add({ a: 1, b: 2 });
  await world.begun(1);
  await crash(first, world.file, call);
  for (let start = 2; start <= 3; start++) {
    await using client = world.clientOf();
    const sum = client.add({ a: start, b: 0 });
    await world.begun(start);
    world.ends[start - 1]?.();
    assert.equal(await sum, start);
  }
  const last = world.clientOf();
  const [left] = await unfinishedCalls(last, adder);
  world.ends[0]?.();
  assert.equal(await left?.finish(), 3);
  assert.equal(world.sessions.stats.runs, 3);
  await crash(last, world.file);
});

test("a call whose session the server has forgotten is in doubt, and the next call makes a new session", async () => {
  await using world = await held({ sessions: 1 });
  const first = world.clientOf();
  const call = first.add({ a: 1, b: 2 });
  await world.begun(1);
  await crash(first, world.file, call);
  await using other = await held();
  // The same file, at a server that does not know the session.
  const second = other.clientOf({ session: { file: world.file } });
  const [left] = await unfinishedCalls(second, adder);
  await assert.rejects(left?.finish() as Promise<unknown>, { code: "RPC_IN_DOUBT", mayHaveRun: true });
  const sum = second.add({ a: 1, b: 1 });
  await other.begun(1);
  other.ends[0]?.();
  assert.equal(await sum, 2);
  await crash(second, world.file);
});

test("only one client can have the file, and a file that is something else is left alone", async () => {
  await using world = await held();
  const first = world.clientOf();
  const call = first.add({ a: 1, b: 2 });
  await world.begun(1);
  const second = world.clientOf();
  await assert.rejects(second.add({ a: 1, b: 2 }), { name: "LockTaken" });
  world.ends[0]?.();
  await call;
  await crash(first, world.file);
  writeFileSync(world.file, "precious", { mode: 0o600 });
  await assert.rejects(second.add({ a: 1, b: 2 }), /is not a session file of a client of this version of Lupine/);
});

test("a client without a file has no list, and an option for another kind of target is refused", async () => {
  await using world = await held();
  const client = world.clientOf({ session: undefined });
  await assert.rejects(unfinishedCalls(client, adder), /option session: \{ file \}/);
  assert.throws(() => createClientWith(wiring, adder, ["memory:a"], { session: { file: "x" } }), /options\.session/);
});

/** Bytes behind the records that were written together. */
const batchEnd = 16;

test("a file that is cut off at any byte opens, with the calls whose records are whole", async () => {
  await using world = await held();
  const first = world.clientOf();
  const call = first.add({ a: 1, b: 2 });
  await world.begun(1);
  await crash(first, world.file, call);
  const whole = readFileSync(world.file);
  for (const length of [...someOf([...whole.keys()].slice(8), 11), whole.length]) {
    writeFileSync(world.file, whole);
    truncateSync(world.file, length);
    const file = await openClientFile(world.file, {});
    const calls = file.restored?.calls.length ?? 0;
    assert.equal(calls, length >= whole.length - batchEnd ? 1 : 0, `cut off at ${length}`);
    await file.close();
  }
});

test("the slot of a call that never left, was refused or was given up serves the client after its restart", async () => {
  for (const how of ["aborted", "refused", "given up"] as const) {
    let failing = false;
    const log = ledgerWith({});
    Object.defineProperty(log, "failing", { get: () => failing });
    await using world = await held({ log });
    const first = world.clientOf();
    if (how === "given up") {
      const begun = first.add({ a: 1, b: 2 });
      await world.begun(1);
      await crash(first, world.file, begun);
      await saveUnsent(world.file);
    } else {
      failing = how === "refused";
      const caller = new AbortController();
      const call = first.add({ a: 1, b: 2 }, { signal: caller.signal });
      if (how === "aborted") caller.abort();
      await assert.rejects(call, { mayHaveRun: false });
      failing = false;
      await crash(first, world.file);
    }
    const before = world.ends.length;
    for (const end of world.ends) end();
    const second = world.clientOf();
    const left = await unfinishedCalls(second, adder);
    assert.equal(left.length, how === "given up" ? 2 : 0);
    for (const one of left) one.abandon();
    await crash(second, world.file);
    const third = world.clientOf();
    assert.deepEqual(await unfinishedCalls(third, adder), []);
    const sums = [3, 4].map((a) => third.add({ a, b: 0 }));
    await world.begun(before + 2);
    for (const end of world.ends) end();
    assert.deepEqual(await Promise.all(sums), [3, 4], how);
    assert.deepEqual([world.sessions.stats.runs, world.sessions.stats.misordered], [before + 2, 0], how);
    await crash(third, world.file);
  }
});

/** Writes a second call to a file that has one, as if the process had ended before it was sent. */
async function saveUnsent(path: string): Promise<void> {
  const file = await openClientFile(path, {});
  const { session, calls } = file.restored as NonNullable<typeof file.restored>;
  const slot = (await session.take()) as ClientSlot;
  slot.sequence++;
  await file.begin(session, slot, (calls[0] as SavedCall).message);
  await file.close();
}
