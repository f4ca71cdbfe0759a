// A reply cache that servers share through NATS: a copy that reaches another server does not run again.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Server } from "lupine";
import { openSharedReplies, type SharedReplies, type SharedReplyOptions } from "lupine/replies";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { nats as nodeNats } from "../directory-engines/nats-client.js";
import { natsServerMissing, sharedNatsServer } from "../directory-engines/nats-server.js";
import { peerSuite } from "../directory-engines/peer-suite.js";
import { freePort } from "../support/free-port.js";
import { Forge } from "./forge.js";
import { beginNew, call, deferred, finish, joined, type OpenCache, outcomeOf, replyCacheSuite, seen } from "./suite.js";

peerSuite(natsServerMissing(), () => {
  const nats = sharedNatsServer();
  let buckets = 0;

  const url = (): string => `nats://127.0.0.1:${nats().port}/replies-${buckets}`;
  const openShared = (options: SharedReplyOptions = {}): Promise<SharedReplies> =>
    openSharedReplies(url(), { timeout: 60_000, ...options });

  /** Replicas with one bucket of their own. */
  async function replicas(count: number, options?: SharedReplyOptions): Promise<SharedReplies[] & AsyncDisposable> {
    buckets++;
    const opened = await Promise.all(Array.from({ length: count }, () => openShared(options)));
    return Object.assign(opened, {
      [Symbol.asyncDispose]: async () => void (await Promise.all(opened.map((one) => one.close()))),
    });
  }

  replyCacheSuite({
    name: "in NATS",
    open: async (): Promise<OpenCache> => {
      const opened = await replicas(1);
      return { cache: opened[0] as SharedReplies, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
    },
  });

  test("a copy that reaches another server joins the call that runs, and gets its reply later", async () => {
    await using servers = await replicas(3);
    const [first, second, third] = servers as unknown as [SharedReplies, SharedReplies, SharedReplies];
    const entry = await beginNew(first);
    const copies = [await joined(second), await joined(third), await joined(second)];
    assert.equal((await second.begin({ ...call, checksum: 4 })).kind, "false-retry");
    await first.store(entry, Uint8Array.of(6));
    for (const { outcome } of copies) assert.deepEqual(Uint8Array.from((await outcome) ?? []), Uint8Array.of(6));
    for (const one of servers) assert.deepEqual(await outcomeOf(one), Uint8Array.of(6));
  });

  test("of copies that reach all servers at once one runs, each time", async () => {
    await using servers = await replicas(3);
    for (let xid = 0; xid < 30; xid++) {
      const verdicts = await Promise.all([...servers, ...servers].map((one) => one.begin({ ...call, xid })));
      assert.equal(verdicts.filter(({ kind }) => kind === "new").length, 1);
    }
  });

  test("a call that its server forgets runs on another one", async () => {
    await using servers = await replicas(2);
    const [first, second] = servers as unknown as [SharedReplies, SharedReplies];
    const entry = await beginNew(first);
    const copy = await joined(second);
    first.forget(entry);
    assert.equal(await copy.outcome, undefined);
    await finish(second);
    assert.deepEqual(await outcomeOf(first), Uint8Array.of(1));
  });

  test("a call whose server has ended does not run on another one, and its copies get SYSTEM_ERR", async () => {
    await using servers = await replicas(2, { timeout: 1_000 });
    const [first, second] = servers as unknown as [SharedReplies, SharedReplies];
    await beginNew(first);
    const early = await joined(second);
    await first.close();
    const late = await joined(second);
    for (const { outcome } of [early, late]) assert.deepEqual(await outcome, Uint8Array.of(0, 0, 0, 5));
  });

  test("a copy waits for a server that is there, however often it asks", async () => {
    await using servers = await replicas(2, { timeout: 1_000 });
    const [first, second] = servers as unknown as [SharedReplies, SharedReplies];
    const client = await nodeNats.connect({ servers: `127.0.0.1:${nats().port}` });
    const asked = deferred<void>();
    let questions = 0;
    client.subscribe("lupine.present.>", { callback: () => void (++questions === 6 && asked.resolve()) });
    await client.flush();
    const entry = await beginNew(first);
    const copy = await joined(second);
    await asked.promise;
    await client.close();
    await first.store(entry, Uint8Array.of(8));
    assert.deepEqual(Uint8Array.from((await copy.outcome) ?? []), Uint8Array.of(8));
  });

  test("the record of a call that runs for long is renewed before it is dropped", async () => {
    await using servers = await replicas(2, { age: 1_000 });
    const [first, second] = servers as unknown as [SharedReplies, SharedReplies];
    const client = await nodeNats.connect({ servers: `127.0.0.1:${nats().port}` });
    const renewed = deferred<void>();
    let records = 0;
    client.subscribe(`$KV.replies-${buckets}.>`, { callback: () => void (++records === 4 && renewed.resolve()) });
    await client.flush();
    const entry = await beginNew(first);
    await renewed.promise;
    await client.close();
    await first.store(entry, Uint8Array.of(3));
    assert.deepEqual(await outcomeOf(second), Uint8Array.of(3));
  });

  test("while NATS is away, calls are refused before they run; afterwards everything stored is known", async () => {
    await using servers = await replicas(1);
    const [first] = servers as unknown as [SharedReplies];
    await finish(first, call, Uint8Array.of(7));
    let second: SharedReplies | undefined;
    while (second === undefined) second = await openShared({ timeout: 500 }).catch(() => undefined);
    await nats().kill();
    await assert.rejects(Promise.resolve(second.begin({ ...call, xid: 8 })), { name: "DirectoryError" });
    await nats().begin();
    for (;;) {
      const verdict = await Promise.resolve(second.begin(call)).catch(() => undefined);
      if (verdict === undefined) continue;
      assert.equal(verdict.kind, "done");
      break;
    }
    await second.close();
  });

  test("an outcome that is too large for NATS is sent, and copies get no reply and do not run", async () => {
    await using servers = await replicas(2);
    const [first, second] = servers as unknown as [SharedReplies, SharedReplies];
    await first.store(await beginNew(first), new Uint8Array(2_000_000));
    assert.deepEqual(await second.begin(call), { kind: "running" });
  });

  test("a client that reconnects from its port to another server gets the reply of the first one", async () => {
    await using servers = await replicas(2);
    let executions = 0;
    const begun = deferred<(sum: number) => void>();
    const [one, other] = servers.map((replyCache) => {
      const server = new Server({ replyCache, onError: (error) => assert.fail(error as Error) });
      server.implement(ADD_VERS, {
        add: () => {
          executions++;
          return new Promise<number>((resolve) => begun.resolve(resolve));
        },
      });
      return server;
    }) as [Server, Server];
    const { address } = await one.listen("tcp://127.0.0.1:0");
    const otherAddress = (await other.listen("tcp://127.0.0.1:0")).address;
    const portOf = (at: typeof address): number => ("port" in at ? at.port : 0);
    const message = new Forge().add(1, 2);
    const record = Buffer.concat([Buffer.of(0x80, 0, 0, message.length), message]);
    const localPort = await freePort();
    const socket = connect({ port: portOf(address), host: "127.0.0.1", localPort });
    await once(socket, "connect");
    socket.write(record);
    const finishCall = await begun.promise;
    // The connection is lost while the call runs; the retry comes from the same port and reaches the other server.
    const again = connect({ port: portOf(otherAddress), host: "127.0.0.1", localPort });
    await once(again, "connect");
    const reply = once(again, "data") as Promise<[Buffer]>;
    again.write(record);
    await seen(() => other.stats.joins === 1);
    socket.destroy();
    finishCall(3);
    assert.deepEqual([...(await reply)[0].subarray(-4)], [0, 0, 0, 3]);
    assert.equal(executions, 1);
    again.destroy();
    await Promise.all([one.close(), other.close()]);
  });

  test("wrong options and URLs are refused, with what to write", async () => {
    await assert.rejects(openShared({ age: 5 }), /options\.age must be 1,000 milliseconds or more; got 5/);
    await assert.rejects(openShared({ ages: 5 } as object), /options\.ages is not an option; did you mean/);
    await assert.rejects(openSharedReplies("nats://"), /is not host or host:port/);
    await assert.rejects(openSharedReplies("nats://127.0.0.1:1", { timeout: 300 }), /reply cache at nats:/);
  });
});
