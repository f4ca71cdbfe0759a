import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { authSys } from "../auth/sys.js";
import { Peer } from "../peer/peer.js";
import { adder, adderVersion, adding, call, type Pair, RawEnd } from "../rpc/adder.test-support.js";
import type { Call, Interceptor } from "../rpc/call.js";
import type { RpcRefused } from "../rpc/errors.js";
import { ping } from "../rpc/null.js";
import { countOf } from "../testing/count-of.test-support.js";
import { ending, turns } from "../testing/waiting.test-support.js";
import { memoryPair } from "../transport/memory.js";
import { openConnection } from "../transport/open.js";
import type { ServerOptions } from "./options.js";
import type { ReplyCache } from "./reply-cache.js";
import { Server } from "./server.js";

type Changes = Parameters<typeof adding>[0];

function converse(changes: Changes = {}, options: ServerOptions = {}) {
  const server = new Server(options).implement(adder, adding(changes));
  const [near, far] = memoryPair();
  server.accept(far);
  return { server, peer: new Peer(near), far };
}

/** A promise and the function that resolves it. */
function gate<T = void>(): { promise: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

test("one server serves several versions on TCP, UDP and Unix sockets at once", async () => {
  await using server = new Server();
  server.implement(adder, adding()).implement(adderVersion(2), adding({ add: ({ a, b }: Pair) => a * b }));
  const path = join(tmpdir(), `lupine-server-${process.pid}.sock`);
  await server.listen("tcp://127.0.0.1:0");
  await server.listen("udp://127.0.0.1:0");
  await server.listen(`unix:${path}`);
  assert.deepEqual(
    server.programs.map(({ version }) => version),
    [1, 2],
  );
  for (const address of server.addresses) {
    await using peer = new Peer(await openConnection(address));
    assert.equal(await call(peer, "add", [{ a: 3, b: 4 }]), 7);
    const request = { program: adderVersion(2), procedure: adder.procedures.add, args: [{ a: 3, b: 4 }], options: {} };
    assert.equal(await peer.call(request), 12);
    await ping(peer, adder);
    await assert.rejects(ping(peer, adderVersion(7)), (error: RpcRefused) => error.low === 1 && error.high === 2);
  }
});

test("a version is implemented once, and whole", () => {
  const server = new Server().implement(adder, adding());
  assert.throws(() => server.implement(adder, adding()), /ADD_PROG version 1 is implemented already/);
  assert.throws(() => new Server().implement(adder, {} as never), /has no function add/);
  assert.throws(() => new Server().implement(adder, { ad: () => 0 } as never), /has no function add; is it ad\?/);
});

test("a handler gets the call: who, from where, and what", async () => {
  const seen = gate<Call>();
  const { server } = converse({
    add: ({ a, b }: Pair, call: Call) => {
      seen.open(call);
      return a + b;
    },
  });
  const [near, far] = memoryPair({ name: "somewhere" });
  server.accept(far);
  const auth = authSys({ uid: 1000, gid: 100, gids: [4, 5], machineName: "box", stamp: 9 });
  const peer = new Peer(near, { auth });
  assert.equal(await call(peer, "add", [{ a: 1, b: 2 }]), 3);
  const it = await seen.promise;
  assert.deepEqual(it.remote, { kind: "memory", name: "somewhere" });
  assert.deepEqual([it.program.name, it.procedure.name, it.args], ["ADD_PROG", "ADD", [{ a: 1, b: 2 }]]);
  const sys = { stamp: 9, machineName: "box", uid: 1000, gid: 100, gids: [4, 5] };
  assert.deepEqual(it.identity, { flavor: 1, sys });
  assert.equal(it.signal.aborted, false);
});

test("thousands of calls in flight are answered in any order, each with its own result", async () => {
  const count = countOf(5_000, 1_000);
  const waiting: { value: number; resolve: (value: number) => void }[] = [];
  const later = (value: number) => new Promise<number>((resolve) => waiting.push({ value, resolve }));
  const { peer } = converse({ later }, { limits: { callsInFlight: 10_000 } });
  const results = Array.from({ length: count }, (_, i) => call(peer, "later", [i]));
  while (waiting.length < count) await sleep(1);
  waiting.sort((a, b) => ((a.value * 7919) % count) - ((b.value * 7919) % count));
  for (const { value, resolve } of waiting) resolve(value * 2);
  assert.deepEqual(
    await Promise.all(results),
    Array.from({ length: count }, (_, i) => i * 2),
  );
  assert.equal(peer.waiting, 0);
});

test("a server calls its caller back on the same connection, within the call and nested", async () => {
  // Each end counts down by calling the other.
  const countDown = async (value: number, { peer }: Call): Promise<number> => {
    if (value === 0) return 0;
    return 1 + ((await call(peer as NonNullable<typeof peer>, "later", [value - 1])) as number);
  };
  const [near, far] = memoryPair();
  const left = new Server().implement(adder, adding({ later: countDown }));
  const right = new Server().implement(adder, adding({ later: countDown }));
  right.accept(far);
  const peer = left.accept(near);
  assert.equal(await call(peer, "later", [25]), 25);
});

test("callbacks work though the limit on calls in flight is reached", async () => {
  const later = async (value: number, { peer }: Call) =>
    call(peer as NonNullable<typeof peer>, "add", [{ a: value, b: 1 }]);
  const [near, far] = memoryPair();
  new Server({ limits: { callsInFlight: 1 } }).implement(adder, adding({ later })).accept(far);
  const peer = new Server().implement(adder, adding()).accept(near);
  const results = await Promise.all([1, 2, 3].map((value) => call(peer, "later", [value])));
  assert.deepEqual(results, [2, 3, 4]);
});

test("no more calls than the limit run at once, and the rest are answered in their turn", async () => {
  let running = 0;
  let most = 0;
  const later = async (value: number) => {
    most = Math.max(most, ++running);
    await sleep(2);
    running--;
    return value;
  };
  const { peer } = converse({ later }, { limits: { callsInFlight: 8 } });
  const results = await Promise.all(Array.from({ length: 50 }, (_, i) => call(peer, "later", [i])));
  assert.equal(results.length, 50);
  assert.equal(most, 8);
});

test("calls past four times the limit get SYSTEM_ERR where reading has to go on", async () => {
  const held = gate();
  const later = async (value: number, { peer }: Call) => {
    await call(peer as NonNullable<typeof peer>, "later", [value]);
    return value;
  };
  const [near, far] = memoryPair();
  new Server({ limits: { callsInFlight: 2 } }).implement(adder, adding({ later })).accept(far);
  const back = new Server().implement(adder, adding({ later: async () => held.promise.then(() => 1) }));
  const peer = back.accept(near);
  const results = Array.from({ length: 12 }, (_, i) => call(peer, "later", [i]));
  const outcomes = Promise.allSettled(results);
  await turns();
  held.open();
  const failed = (await outcomes).filter(({ status }) => status === "rejected");
  assert.equal(failed.length, 4);
  for (const one of failed) assert.equal((one as PromiseRejectedResult).reason.code, "RPC_SYSTEM_ERR");
});

test("a server does not read on from a caller that does not read its replies", async () => {
  let runs = 0;
  const repeat = (count: number) => {
    runs++;
    return new Uint8Array(count);
  };
  const server = new Server().implement(adder, adding({ repeat }));
  const [near, far] = memoryPair({ highWaterMark: 10_000 });
  server.accept(far);
  const peer = new Peer(near);
  near.pause();
  const results = Array.from({ length: 100 }, () => call(peer, "repeat", [5000]));
  await turns();
  assert.ok(runs < 10, `${runs} ran`);
  near.resume();
  assert.equal((await Promise.all(results)).length, 100);
  assert.equal(runs, 100);
});

test("a handler's signal is aborted when its caller goes away", async () => {
  const begun = gate<unknown>();
  const aborted = gate<unknown>();
  const later = (_value: number, { signal }: Call) =>
    new Promise<number>((_, reject) => {
      signal.addEventListener("abort", () => {
        aborted.open(signal.reason);
        reject(signal.reason);
      });
      begun.open(undefined);
    });
  const { peer, server } = converse({ later });
  call(peer, "later", [1]).catch(() => undefined);
  await begun.promise;
  peer.destroy();
  assert.match(String(await aborted.promise), /connection has ended/);
  assert.equal(server.connections, 0);
});

test("a signal that nobody needs any more is not kept, nor aborted", async () => {
  const signals: AbortSignal[] = [];
  const add = ({ a, b }: Pair, { signal }: Call) => {
    signals.push(signal);
    return a + b;
  };
  let kept: Call | undefined;
  const later = async (value: number, call: Call) => {
    kept = call;
    return value;
  };
  const { peer } = converse({ add, later });
  await call(peer, "add", [{ a: 1, b: 2 }]);
  await call(peer, "later", [1]);
  signals.push((kept as Call).signal);
  peer.destroy();
  await turns();
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [false, false],
  );
});

test("the owner of a server is told which caller has gone", async () => {
  const gone = gate<unknown>();
  let caller: unknown;
  const later = async (value: number, { peer }: Call) => {
    caller = peer;
    return value;
  };
  const { peer } = converse({ later }, { onDisconnected: gone.open });
  await call(peer, "later", [1]);
  peer.destroy();
  assert.equal(await gone.promise, caller);
});

test("interceptors stand around the handler, the server's outside the program's", async () => {
  const order: string[] = [];
  const named =
    (name: string): Interceptor =>
    async (call, next) => {
      order.push(`${name} in`);
      const result = await next(call);
      order.push(`${name} out`);
      return result;
    };
  const doubling: Interceptor = async (call, next) => {
    const [{ a, b }] = call.args as [Pair];
    return next({ ...call, args: [{ a: a * 2, b: b * 2 }] });
  };
  const server = new Server({ interceptors: [named("first"), named("second")] });
  server.implement(adder, adding(), { interceptors: [doubling] });
  const [near, far] = memoryPair();
  server.accept(far);
  assert.equal(await call(new Peer(near), "add", [{ a: 1, b: 2 }]), 6);
  assert.deepEqual(order, ["first in", "second in", "second out", "first out"]);
});

test("an interceptor that throws gets the caller SYSTEM_ERR, and the hook the error", async () => {
  const errors: unknown[] = [];
  const interceptors = [
    async () => {
      throw new Error("no");
    },
  ];
  const { peer } = converse({}, { interceptors, onError: (error) => errors.push(error) });
  await assert.rejects(call(peer, "add", [{ a: 1, b: 2 }]), { code: "RPC_SYSTEM_ERR" });
  assert.match(String(errors[0]), /no/);
});

test("what another server refused is not the answer of this one", async () => {
  const inner = converse();
  const { peer } = converse({
    add: async () =>
      inner.peer.call({ program: adderVersion(9), procedure: adder.procedures.add, args: [], options: {} }),
    later: async () => ping(inner.peer, adderVersion(9)).then(() => 1),
  });
  await assert.rejects(call(peer, "later", [1]), { code: "RPC_SYSTEM_ERR" });
});

test("close lets calls in flight finish and does not take new ones, whose callers learn that the server went away", async () => {
  const held = gate<number>();
  const begun = gate();
  const later = () => {
    begun.open();
    return held.promise;
  };
  const { peer, server } = converse({ later });
  const hooks: string[] = [];
  server.onClosing(() => {
    hooks.push("unregistered");
  });
  const result = call(peer, "later", [1]);
  await begun.promise;
  const closed = server.close();
  await turns();
  assert.deepEqual(hooks, ["unregistered"]);
  const late = assert.rejects(call(peer, "add", [{ a: 1, b: 2 }]), { code: "RPC_DISCONNECTED" });
  held.open(7);
  assert.equal(await result, 7);
  await closed;
  await late;
  assert.deepEqual([server.connections, peer.connected], [0, false]);
});

test("over UDP a server that closes answers what it has taken, and is silent to what comes then", async () => {
  const held = gate<number>();
  const begun = gate();
  const later = () => {
    begun.open();
    return held.promise;
  };
  const server = new Server().implement(adder, adding({ later }));
  const { address } = await server.listen("udp://127.0.0.1:0");
  const socket = createSocket("udp4");
  const replies: number[] = [];
  socket.on("message", (bytes) => replies.push(bytes.readUInt32BE()));
  const send = (xid: number, procedure: number, ...args: number[]): void => {
    const message = Buffer.alloc(40 + args.length * 4);
    const words = [xid, 0, 2, adder.number, 1, procedure, 0, 0, 0, 0, ...args];
    for (const [i, word] of words.entries()) message.writeUInt32BE(word, i * 4);
    socket.send(message, (address as { port: number }).port, "127.0.0.1");
  };
  send(1, 2, 5);
  await begun.promise;
  const closed = server.close();
  const answered = once(socket, "message");
  send(2, 1, 1, 2);
  await sleep(20);
  held.open(5);
  await answered;
  await closed;
  assert.deepEqual(replies, [1]);
  socket.close();
});

test("a handler may still call its caller back while the server closes", async () => {
  const held = gate();
  const begun = gate();
  const later = async (value: number, { peer }: Call) => {
    begun.open();
    await held.promise;
    return call(peer as NonNullable<typeof peer>, "add", [{ a: value, b: 1 }]);
  };
  const [near, far] = memoryPair();
  const server = new Server().implement(adder, adding({ later }));
  server.accept(far);
  const peer = new Server().implement(adder, adding()).accept(near);
  const result = call(peer, "later", [4]);
  await begun.promise;
  const closed = server.close();
  held.open();
  assert.equal(await result, 5);
  await closed;
});

test("close ends the serving of connections that somebody else owns, and leaves them open", async () => {
  const held = gate<number>();
  const begun = gate();
  const later = () => {
    begun.open();
    return held.promise;
  };
  const server = new Server().implement(adder, adding({ later }));
  const [near, far] = memoryPair();
  const owner = new Peer(far, { dispatcher: server.dispatcher });
  const peer = new Peer(near);
  const result = call(peer, "later", [1]);
  await begun.promise;
  const closed = server.close();
  await turns();
  await assert.rejects(call(peer, "add", [{ a: 1, b: 2 }]), { code: "RPC_PROG_UNAVAIL" });
  held.open(8);
  await closed;
  assert.equal(await result, 8);
  assert.ok(owner.connected && peer.connected);
  const [near2, far2] = memoryPair();
  new Peer(far2, { dispatcher: server.dispatcher });
  await assert.rejects(call(new Peer(near2), "add", [{ a: 1, b: 2 }]), { code: "RPC_PROG_UNAVAIL" });
});

test("close drops what is not done in time", async () => {
  const { peer, server } = converse({ later: () => new Promise<number>(() => undefined) });
  const result = call(peer, "later", [1]);
  await turns();
  const both = Promise.allSettled([server.close({ drain: 30 }), result]);
  const [closed, failed] = await ending(both, "the server to close");
  assert.equal(closed.status, "fulfilled");
  assert.equal((failed as PromiseRejectedResult).reason.code, "RPC_DISCONNECTED");
});

test("a connection that comes to a closed server ends", async () => {
  const server = new Server().implement(adder, adding());
  await server.close();
  const [near, far] = memoryPair();
  server.accept(far);
  await assert.rejects(call(new Peer(near), "add", [{ a: 1, b: 2 }]), { code: "RPC_DISCONNECTED" });
  assert.equal(server.connections, 0);
});

test("a server that is closed does not listen again", async () => {
  const server = new Server();
  await server.close();
  await assert.rejects(server.listen("tcp://127.0.0.1:0"), { code: "TRANSPORT_LISTEN_FAILED" });
});

test("a repeated call is answered from the reply cache and runs once", async () => {
  const stored = new Map<number, Uint8Array>();
  const running = new Set<number>();
  const replyCache: ReplyCache = {
    begin({ xid }) {
      const outcome = stored.get(xid);
      if (outcome !== undefined) return { kind: "done", outcome };
      if (running.has(xid)) return { kind: "running" };
      running.add(xid);
      return { kind: "new", entry: xid };
    },
    store: (entry, outcome) => void stored.set(entry as number, outcome),
    forget: (entry) => void running.delete(entry as number),
  };
  let runs = 0;
  const later = async (value: number) => {
    runs++;
    await turns();
    return value;
  };
  const server = new Server({ replyCache }).implement(adder, adding({ later }));
  const [near, far] = memoryPair({ reliable: false });
  server.accept(far);
  const end = new RawEnd(near);
  const request = "00000007 00000000 00000002 23451111 00000001 00000002 00000000 00000000 00000000 00000000 00000005";
  const reply = "00000007 00000001 00000000 00000000 00000000 00000000 00000005";
  end.send(request);
  end.send(request);
  assert.equal(await end.next(), reply);
  end.send(request);
  assert.equal(await end.next(), reply);
  assert.deepEqual([runs, end.received], [1, []]);
  assert.equal(Buffer.from(stored.get(7) as Uint8Array).toString("hex"), "0000000000000005");
});
