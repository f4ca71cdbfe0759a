// What holds for every reply cache, whatever keeps its replies. Each engine runs it in a file of its own.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { createClient, Server } from "lupine";
import type { CallerKey, ReplyCache, ReplyKey, ReplyVerdict } from "lupine/server";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { Forge } from "./forge.js";

/** A reply cache, and what ends it. */
export interface OpenCache extends AsyncDisposable {
  readonly cache: ReplyCache;
}

export interface EngineUnderTest {
  readonly name: string;
  /** Opens a cache with nothing in it. */
  open(): Promise<OpenCache>;
}

export const caller: CallerKey = {
  id: "udp 127.0.0.1:700 [1]",
  host: "127.0.0.1",
  remote: { kind: "udp", host: "127.0.0.1", port: 700 },
  netid: "udp",
  identity: { flavor: 1 },
};

export const call: ReplyKey = {
  caller,
  xid: 7,
  program: 0x12345,
  version: 1,
  procedure: 1,
  length: 8,
  checksum: 2 ** 53 - 1,
  oneWay: false,
};

/** Begins a call that is expected to be new. @returns its entry. */
export async function beginNew(cache: ReplyCache, key = call): Promise<unknown> {
  const verdict = await cache.begin(key);
  assert.equal(verdict.kind, "new");
  return (verdict as ReplyVerdict & { kind: "new" }).entry;
}

export async function finish(cache: ReplyCache, key = call, outcome = Uint8Array.of(1)): Promise<void> {
  await cache.store(await beginNew(cache, key), outcome);
}

/** The outcome of a call that has run. */
export async function outcomeOf(cache: ReplyCache, key = call): Promise<Uint8Array> {
  const verdict = await cache.begin(key);
  assert.ok(verdict.kind === "done", `${verdict.kind}, and not done`);
  return Uint8Array.from(verdict.outcome);
}

/** The outcome that a copy of a running call waits for. */
export async function joined(cache: ReplyCache, key = call): Promise<{ outcome: Promise<Uint8Array | undefined> }> {
  const verdict = await cache.begin(key);
  assert.ok(verdict.kind === "running" && verdict.outcome !== undefined, `${verdict.kind}, and not running`);
  return { outcome: verdict.outcome };
}

export function replyCacheSuite({ name, open }: EngineUnderTest): void {
  test(`${name}: a copy of a call that runs waits for its outcome, and one of a call that has ended gets it`, async () => {
    await using opened = await open();
    const { cache } = opened;
    const entry = await beginNew(cache);
    const copies = [await joined(cache), await joined(cache, { ...call })];
    await cache.store(entry, Uint8Array.of(9, 8));
    for (const { outcome } of copies) {
      assert.deepEqual(Uint8Array.from((await outcome) as Uint8Array), Uint8Array.of(9, 8));
    }
    assert.deepEqual(await outcomeOf(cache), Uint8Array.of(9, 8));
    assert.deepEqual(await outcomeOf(cache), Uint8Array.of(9, 8));
  });

  test(`${name}: of many copies that come at once one is new`, async () => {
    await using opened = await open();
    const { cache } = opened;
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => cache.begin(call)));
    const begun = verdicts.filter((one) => one.kind === "new");
    assert.equal(begun.length, 1);
    await cache.store(begun[0]?.entry, Uint8Array.of(5));
    for (const one of verdicts) if (one.kind === "running") assert.deepEqual((await one.outcome)?.[0], 5);
  });

  test(`${name}: a call that was forgotten runs again, and its copies get nothing`, async () => {
    await using opened = await open();
    const { cache } = opened;
    const entry = await beginNew(cache);
    const copy = await joined(cache);
    cache.forget(entry);
    assert.equal(await copy.outcome, undefined);
    await finishSoon(cache);
    assert.deepEqual(await outcomeOf(cache), Uint8Array.of(1));
  });

  test(`${name}: no caller gets the reply of another, nor that of another procedure`, async () => {
    await using opened = await open();
    const { cache } = opened;
    await finish(cache);
    const others: Partial<ReplyKey>[] = [
      { caller: { ...caller, id: "udp 127.0.0.1:701 [1]" } },
      { caller: { ...caller, id: "udp 127.0.0.1:700 [0]" } },
      { xid: 8 },
      { program: 0x12346 },
      { version: 2 },
      { procedure: 2 },
    ];
    for (const other of others) await beginNew(cache, { ...call, ...other });
  });

  test(`${name}: the same transaction id with other arguments is a false retry, while the call runs and later`, async () => {
    await using opened = await open();
    const { cache } = opened;
    const others = [
      { ...call, length: 4 },
      { ...call, checksum: 78 },
    ];
    const entry = await beginNew(cache);
    for (const other of others) assert.equal((await cache.begin(other)).kind, "false-retry");
    await cache.store(entry, Uint8Array.of(1));
    for (const other of others) assert.equal((await cache.begin(other)).kind, "false-retry");
    assert.deepEqual(await outcomeOf(cache), Uint8Array.of(1));
  });

  test(`${name}: each call gets its own outcome, of whatever length`, async () => {
    await using opened = await open();
    const { cache } = opened;
    const lengths = [0, 1, 63, 1024, 5_000, 70_000];
    const key = (at: number): ReplyKey => ({ ...call, xid: 0xffff_fff0 + at });
    const bytes = (at: number) => Uint8Array.from({ length: lengths[at % lengths.length] as number }, (_, i) => i * at);
    await Promise.all(Array.from({ length: 12 }, (_, at) => finish(cache, key(at), bytes(at))));
    for (let at = 0; at < 12; at++) assert.deepEqual(await outcomeOf(cache, key(at)), bytes(at));
  });

  test(`${name}: 1,000 duplicates of a datagram that come while the first is held run once`, async () => {
    await using opened = await open();
    const { cache } = opened;
    let executions = 0;
    let finishCall: ((sum: number) => void) | undefined;
    const began = deferred<void>();
    await using server = new Server({ replyCache: cache, onError: (error) => assert.fail(error as Error) });
    server.implement(ADD_VERS, {
      add: () => {
        executions++;
        began.resolve();
        return new Promise<number>((resolve) => {
          finishCall = resolve;
        });
      },
    });
    const { address } = await server.listen("udp://127.0.0.1:0");
    const port = "port" in address ? address.port : 0;
    const socket = createSocket("udp4").unref();
    const forge = new Forge();
    const message = forge.add(1, 2);
    const reply = once(socket, "message") as Promise<[Buffer]>;
    socket.send(message, port, "127.0.0.1");
    await began.promise;
    // A hundred at a time, so that the system's buffer holds them: each batch has arrived when the server has counted it.
    for (let copies = 0; copies < 1000; copies += 100) {
      for (let at = 0; at < 100; at++) socket.send(message, port, "127.0.0.1");
      await seen(() => server.stats.joins >= copies + 100);
    }
    finishCall?.(3);
    assert.deepEqual([...(await reply)[0].subarray(-4)], [0, 0, 0, 3]);
    const again = once(socket, "message") as Promise<[Buffer]>;
    socket.send(message, port, "127.0.0.1");
    assert.deepEqual([...(await again)[0].subarray(-4)], [0, 0, 0, 3]);
    assert.deepEqual([executions, server.stats.joins, server.stats.replays], [1, 1000, 1]);
    socket.close();
  });

  test(`${name}: a server with it answers the calls of its clients over TCP and UDP`, async () => {
    await using opened = await open();
    await using server = new Server({ replyCache: opened.cache, onError: (error) => assert.fail(error as Error) });
    server.implement(ADD_VERS, { add: ({ a, b }) => a + b });
    for (const target of ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"]) {
      const { address } = await server.listen(target);
      await using client = createClient(ADD_VERS, address);
      const sums = await Promise.all(Array.from({ length: 20 }, (_, a) => client.add({ a, b: 1 })));
      assert.deepEqual(
        sums,
        Array.from({ length: 20 }, (_, a) => a + 1),
      );
    }
  });

  async function finishSoon(cache: ReplyCache): Promise<void> {
    for (;;) {
      const verdict = await cache.begin(call);
      if (verdict.kind === "new") return void (await cache.store(verdict.entry, Uint8Array.of(1)));
      assert.ok(verdict.kind === "running");
      await verdict.outcome;
    }
  }
}

/** Looks after each turn of the event loop whether something has happened. */
export async function seen(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setImmediate(resolve));
}

/** A promise, and what resolves it. */
export function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
