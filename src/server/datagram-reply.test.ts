// Replies over unreliable transports are short, unless the program says otherwise: their callers may be forged.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { Peer } from "../peer/peer.js";
import { adder, adding, call, RawEnd, words } from "../rpc/adder.test-support.js";
import type { ServerAuth } from "../rpc/auth.js";
import { until } from "../testing/waiting.test-support.js";
import { memoryPair } from "../transport/memory.js";
import { defaultDatagramReply, type ImplementOptions } from "./programs.js";
import type { ReplyCache } from "./reply-cache.js";
import { Server } from "./server.js";

const headers = 28;

function serve(options: ImplementOptions = {}, reliable = false, replyCache?: ReplyCache) {
  const errors: string[] = [];
  const onError = (error: unknown): number => errors.push((error as Error).message);
  const server = new Server({ onError, ...(replyCache && { replyCache }) }).implement(
    adder,
    adding({ repeat: (count) => new Uint8Array(count) }),
    options,
  );
  const [near, far] = memoryPair({ reliable });
  server.accept(far);
  return { near, server, errors };
}

test(`a reply over UDP has ${defaultDatagramReply} bytes at most; a longer one is SYSTEM_ERR, and reported`, async () => {
  const { near, errors } = serve();
  const peer = new Peer(near);
  const longest = defaultDatagramReply - headers;
  assert.equal(((await call(peer, "repeat", [longest])) as Uint8Array).length, longest);
  assert.deepEqual(errors, []);
  await assert.rejects(call(peer, "repeat", [longest + 1]), { code: "RPC_SYSTEM_ERR", mayHaveRun: true });
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? "", /the reply has 8804 bytes, and the limit is 8800 .*options\.datagramReply/);
});

test("a program sets its own limit, and Infinity is none", async () => {
  const short = new Peer(serve({ datagramReply: 100 }).near);
  assert.equal(((await call(short, "repeat", [60])) as Uint8Array).length, 60);
  await assert.rejects(call(short, "repeat", [100]), { code: "RPC_SYSTEM_ERR" });
  const long = new Peer(serve({ datagramReply: Number.POSITIVE_INFINITY }).near);
  assert.equal(((await call(long, "repeat", [60_000])) as Uint8Array).length, 60_000);
  assert.throws(() => serve({ datagramReply: -1 }), { name: "TypeError", message: /datagramReply/ });
});

test("over a reliable connection there is no such limit", async () => {
  const peer = new Peer(serve({}, true).near);
  assert.equal(((await call(peer, "repeat", [500_000])) as Uint8Array).length, 500_000);
});

test("what a reply cache keeps is short, too", async () => {
  const kept: number[] = [];
  const replyCache: ReplyCache = {
    begin: () => ({ kind: "new", entry: 1 }),
    store: (_entry, outcome) => void kept.push(outcome.length),
    forget: () => undefined,
  };
  const peer = new Peer(serve({}, false, replyCache).near);
  await assert.rejects(call(peer, "repeat", [20_000]), { code: "RPC_SYSTEM_ERR" });
  assert.deepEqual(kept, [4]);
});

test("a reply that the connection cannot carry becomes SYSTEM_ERR, and so does its copy, without a second run", async () => {
  let runs = 0;
  const errors: string[] = [];
  const server = new Server({ onError: (error) => errors.push((error as Error).message) }).implement(
    adder,
    adding({ repeat: (count) => new Uint8Array(count).fill(++runs) }),
  );
  const [near, far] = memoryPair({ reliable: false, maxMessage: 200 });
  server.accept(far);
  const end = new RawEnd(near);
  const none = "00000000 00000000";
  const repeat = (xid: string, count: string): string =>
    `${xid} 00000000 00000002 23451111 00000001 00000005 ${none} ${none} ${count}`;
  for (let i = 0; i < 3; i++) {
    end.send(repeat("00000007", "00001000"));
    await until(
      () => end.received.length > 0,
      () => "a reply",
    );
    assert.equal(words(end.received.shift() as string), `00000007 00000001 00000000 ${none} 00000005`);
  }
  assert.deepEqual([runs, errors.length], [1, 1]);
  assert.match(errors[0] as string, /a message of 4124 bytes is too long/);
  server.destroy();
});

test("a reply whose caller has disconnected is remembered for its next connection", async () => {
  const sessions: ServerAuth = {
    flavor: 99,
    admit: () => ({ kind: "admitted", identity: { flavor: 99, session: "one" } }),
  };
  let runs = 0;
  let release = (): void => {};
  const gate = new Promise<void>((open) => {
    release = open;
  });
  const later = async (value: number): Promise<number> => {
    runs++;
    await gate;
    return value;
  };
  const server = new Server({ auth: [sessions] }).implement(adder, adding({ later }));
  const dial = (): RawEnd => {
    const [near, far] = memoryPair({ reliable: false });
    server.accept(far);
    return new RawEnd(near);
  };
  const message = `00000007 00000000 00000002 23451111 00000001 00000002 00000063 00000000 00000000 00000000 00000003`;
  const first = dial();
  first.send(message);
  await until(
    () => runs === 1,
    () => "the call to run",
  );
  first.connection.destroy();
  await until(
    () => server.connections === 0,
    () => "the server to see it",
  );
  release();
  await until(
    () => server.usage.calls === 0,
    () => "the call to end",
  );
  const second = dial();
  second.send(message);
  await until(
    () => second.received.length > 0,
    () => "the reply",
  );
  assert.equal(words(second.received[0] as string), "00000007 00000001 00000000 00000000 00000000 00000000 00000003");
  assert.deepEqual([runs, server.stats.replays], [1, 1]);
  server.destroy();
});

test("a short datagram from anywhere gets no long one back", async () => {
  await using server = new Server({ onError: () => undefined }).implement(
    adder,
    adding({ repeat: (count) => new Uint8Array(count) }),
  );
  const { address } = await server.listen("udp://127.0.0.1:0");
  const socket = createSocket("udp4");
  const request = Buffer.from(
    "000000070000000000000002234511110000000100000005000000000000000000000000000000000000ea60",
    "hex",
  );
  const answer = once(socket, "message");
  socket.send(request, (address as { port: number }).port, "127.0.0.1");
  const [bytes] = (await answer) as [Buffer];
  assert.ok(bytes.length <= defaultDatagramReply, `${request.length} bytes were answered with ${bytes.length}`);
  socket.close();
});
