// Reply caches of this machine: in memory, and in a log that survives the process.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { memoryReplyCache, Server } from "lupine";
import { openReplyLog, type ReplyLogOptions } from "lupine/replies";
import { FakeClock, simulate } from "lupine/testing";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { thoroughTest } from "../support/count-of.js";
import { freePort } from "../support/free-port.js";
import { Forge } from "./forge.js";
import {
  beginNew,
  call,
  caller,
  deferred,
  finish,
  joined,
  type OpenCache,
  outcomeOf,
  replyCacheSuite,
  seen,
} from "./suite.js";

replyCacheSuite({
  name: "in memory",
  open: async () => ({ cache: memoryReplyCache(), [Symbol.asyncDispose]: async () => undefined }),
});

async function folder(): Promise<{ path: string } & AsyncDisposable> {
  const place = await mkdtemp(join(tmpdir(), "replies-"));
  return { path: join(place, "log"), [Symbol.asyncDispose]: () => rm(place, { recursive: true }) };
}

async function openLog(options: ReplyLogOptions = {}): Promise<OpenCache> {
  const place = await folder();
  const cache = await openReplyLog(place.path, options);
  return {
    cache,
    async [Symbol.asyncDispose]() {
      await cache.close();
      await place[Symbol.asyncDispose]();
    },
  };
}

replyCacheSuite({ name: "in a log", open: () => openLog() });

test("after a restart, calls that have run get their replies, and those that were running get none and do not run", async () => {
  await using place = await folder();
  const first = await openReplyLog(place.path);
  await finish(first, call, Uint8Array.of(1, 2));
  await beginNew(first, { ...call, xid: 8 });
  first.forget(await beginNew(first, { ...call, xid: 9 }));
  await first.close();
  const second = await openReplyLog(place.path);
  assert.deepEqual(await outcomeOf(second), Uint8Array.of(1, 2));
  assert.equal((await second.begin({ ...call, checksum: 1 })).kind, "false-retry");
  assert.deepEqual(await second.begin({ ...call, xid: 8 }), { kind: "running" });
  await beginNew(second, { ...call, xid: 9 });
  await second.close();
});

test("a closing server waits for a call whose connection is lost, and the log has its reply for the copy", async () => {
  await using place = await folder();
  const running = deferred<(sum: number) => void>();
  const add = () => new Promise<number>((resolve) => running.resolve(resolve));
  const serving = async () => {
    const replyCache = await openReplyLog(place.path);
    const server = new Server({ replyCache, onError: (error) => assert.fail(error as Error) });
    const { address } = await server.implement(ADD_VERS, { add }).listen("tcp://127.0.0.1:0");
    return { replyCache, server, port: "port" in address ? address.port : 0 };
  };
  const first = await serving();
  const message = new Forge().add(1, 2);
  const record = Buffer.concat([Buffer.of(0x80, 0, 0, message.length), message]);
  const localPort = await freePort();
  const socket = connect({ port: first.port, host: "127.0.0.1", localPort }).on("error", () => undefined);
  socket.write(record);
  const finishCall = await running.promise;
  socket.resetAndDestroy();
  await seen(() => first.server.connections === 0);
  const order: string[] = [];
  const closing = first.server.close({ drain: 60_000 }).then(() => order.push("closed"));
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  order.push("finished");
  finishCall(3);
  await closing;
  assert.deepEqual(order, ["finished", "closed"]);
  await first.replyCache.close();

  const second = await serving();
  const again = connect({ port: second.port, host: "127.0.0.1", localPort });
  const reply = once(again, "data") as Promise<[Buffer]>;
  again.write(record);
  assert.deepEqual([...(await reply)[0].subarray(-4)], [0, 0, 0, 3]);
  assert.equal(second.server.stats.replays, 1);
  again.destroy();
  await second.server.close();
  await second.replyCache.close();
});

test("a log that is cut off at any byte opens, and never says of a call that ran that it is new", async () => {
  await using place = await folder();
  const first = await openReplyLog(place.path);
  await finish(first, call, Uint8Array.of(1, 2, 3));
  await first.close();
  const whole = await readFile(place.path);
  // The header is written before the first call: it is whole. The first record is written before the call runs. Behind the records that are
  // written together there are 16 bytes more.
  const begun = 8 + 8 + whole.readUInt32BE(8);
  for (let length = begun; length <= whole.length; length++) {
    await writeFile(place.path, whole);
    await truncate(place.path, length);
    const next = await openReplyLog(place.path);
    const verdict = await next.begin(call);
    assert.equal(verdict.kind, length >= whole.length - 16 ? "done" : "running", `cut off at ${length}`);
    await next.close();
  }
});

test("a file that is something else is refused and left alone", async () => {
  await using place = await folder();
  await writeFile(place.path, "precious content", { mode: 0o600 });
  await assert.rejects(openReplyLog(place.path), /is not a reply log of this version of Lupine; give another path/);
  assert.equal(await readFile(place.path, "utf8"), "precious content");
});

test("two processes cannot have one log", async () => {
  await using place = await folder();
  const first = await openReplyLog(place.path);
  await assert.rejects(openReplyLog(place.path), { name: "LockTaken" });
  await first.close();
});

test("the log drops replies by number and age, and an address that floods it drives out its own", async () => {
  const clock = new FakeClock();
  await using opened = await openLog({ entries: 5, age: 1_000, clock });
  const { cache } = opened;
  const other = { ...call, caller: { ...caller, id: "other", host: "10.0.0.1" } };
  await finish(cache, other);
  for (let xid = 0; xid < 20; xid++) await finish(cache, { ...call, xid });
  await outcomeOf(cache, other);
  await outcomeOf(cache, { ...call, xid: 19 });
  await beginNew(cache, { ...call, xid: 15 });
  clock.advance(1_000);
  await beginNew(cache, other);
});

test("addresses with a reply each drive out the oldest replies of the log, not a new one to another address", async () => {
  await using opened = await openLog({ entries: 100 });
  const { cache } = opened;
  let next = 0;
  const flood = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const host = `10.0.${next >> 8}.${next++ & 255}`;
      await finish(cache, { ...call, caller: { ...caller, id: host, host } });
    }
  };
  await flood(300);
  const honest = { ...call, caller: { ...caller, id: "honest", host: "192.0.2.1" } };
  await finish(cache, honest);
  await flood(90);
  await outcomeOf(cache, honest);
});

thoroughTest("the file is written anew when most of it is outdated, and holds what it held", async () => {
  await using place = await folder();
  const clock = new FakeClock();
  const options = { clock, entries: 10, checkpoint: 4_000 };
  const first = await openReplyLog(place.path, options);
  for (let xid = 0; xid < 300; xid++) await finish(first, { ...call, xid }, new Uint8Array(100).fill(xid));
  const running = await beginNew(first, { ...call, xid: 1_000 });
  for (let xid = 300; xid < 600; xid++) await finish(first, { ...call, xid }, new Uint8Array(100).fill(xid));
  assert.ok(running !== undefined);
  await first.close();
  assert.ok((await readFile(place.path)).length < 20_000);
  const second = await openReplyLog(place.path, options);
  assert.deepEqual(await outcomeOf(second, { ...call, xid: 599 }), new Uint8Array(100).fill(599));
  assert.deepEqual(await second.begin({ ...call, xid: 1_000 }), { kind: "running" });
  await second.close();
});

test("while the disk is full, new calls are refused before they run, and the reply of one that has run waits", async () => {
  await simulate(1, async (world) => {
    const machine = world.machine("server");
    const { disk, clock } = machine.now;
    const errors: unknown[] = [];
    const cache = await openReplyLog("replies", { disk, clock, onError: (error) => errors.push(error) });
    const entry = await beginNew(cache);
    machine.disk.faults.capacity = 0;
    const stored = cache.store(entry, Uint8Array.of(4));
    const copy = await joined(cache);
    await world.wait(1_000);
    await assert.rejects(Promise.resolve(cache.begin({ ...call, xid: 8 })), /reply log cannot be written/);
    assert.ok(cache.failing && errors.length > 0);
    machine.disk.faults.capacity = Number.POSITIVE_INFINITY;
    await stored;
    assert.deepEqual(await copy.outcome, Uint8Array.of(4));
    await finish(cache, { ...call, xid: 8 });
    await cache.close();
  });
});
