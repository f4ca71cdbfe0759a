// Calls that arrive again under the same transaction id: what a server with a reply cache does with each copy.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { adder, adding, RawEnd, words } from "../rpc/adder.test-support.js";
import type { ServerAuth } from "../rpc/auth.js";
import { ending, turns, until } from "../testing/waiting.test-support.js";
import { memoryPair } from "../transport/memory.js";
import { memoryReplyCache } from "./memory-reply-cache.js";
import type { RefusedCall, ServerOptions } from "./options.js";
import type { ReplyCache, ReplyVerdict } from "./reply-cache.js";
import { Server } from "./server.js";

const none = "00000000 00000000";
const ok = `00000001 00000000 ${none} 00000000`;
const systemError = `00000001 00000000 ${none} 00000005`;

/** LATER of `value`, as hex. */
function later(xid: number, value: number, credential = none): string {
  return `${word(xid)} 00000000 00000002 23451111 00000001 00000002 ${credential} ${none} ${word(value)}`;
}

function word(value: number): string {
  return value.toString(16).padStart(8, "0");
}

/** A server whose LATER returns its argument when `release` is called. */
function held(options: ServerOptions = {}) {
  let runs = 0;
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const work = async (value: number): Promise<number> => {
    runs++;
    await gate;
    return value;
  };
  const errors: string[] = [];
  const refused: RefusedCall[] = [];
  const server = new Server({
    onError: (error) => void errors.push((error as Error).message),
    onRefused: (call) => void refused.push(call),
    ...options,
  }).implement(adder, adding({ later: work }));
  const connectTo = (reliable: boolean): RawEnd => {
    const [near, far] = memoryPair({ reliable });
    server.accept(far);
    return new RawEnd(near);
  };
  return { server, errors, refused, runs: () => runs, release: open, connect: connectTo };
}

/** The next message, in hex words. */
async function reply({ received }: RawEnd): Promise<string> {
  await until(
    () => received.length > 0,
    () => "a reply",
  );
  return words(received.shift() as string);
}

test("1,000 copies of a datagram that come while the first one runs join it: one run, one reply", async () => {
  const { server, runs, release, connect } = held();
  const end = connect(false);
  for (let i = 0; i <= 1_000; i++) end.send(later(7, 3));
  await until(
    () => server.stats.joins === 1_000,
    () => `1,000 joins; there are ${server.stats.joins}`,
  );
  release();
  assert.equal(await reply(end), `00000007 ${ok} 00000003`);
  for (let i = 0; i < 10; i++) end.send(later(7, 3));
  for (let i = 0; i < 10; i++) assert.equal(await reply(end), `00000007 ${ok} 00000003`);
  assert.equal(runs(), 1);
  assert.deepEqual(end.received, []);
  assert.deepEqual(server.stats, { duplicates: 1_010, joins: 1_000, replays: 10, falseRetries: 0 });
});

test("another transaction id is another call", async () => {
  const { runs, release, connect } = held();
  const end = connect(false);
  release();
  for (let xid = 1; xid <= 3; xid++) {
    end.send(later(xid, 3));
    assert.equal(await reply(end), `${word(xid)} ${ok} 00000003`);
  }
  assert.equal(runs(), 3);
});

test("over a stream a copy runs again, unless the server has a cache for streams", async () => {
  for (const [replyCache, expected] of [
    [undefined, 2],
    [memoryReplyCache({ streams: false }), 2],
    [memoryReplyCache(), 1],
  ] as const) {
    const { runs, release, connect } = held(replyCache === undefined ? {} : { replyCache });
    const end = connect(true);
    end.send(later(7, 3));
    end.send(later(7, 3));
    release();
    for (let i = 0; i < expected; i++) assert.equal(await reply(end), `00000007 ${ok} 00000003`);
    assert.equal(runs(), expected);
  }
});

test("with replyCache: false a repeated datagram runs again", async () => {
  const { server, runs, release, connect } = held({ replyCache: false });
  const end = connect(false);
  release();
  for (let i = 1; i <= 2; i++) {
    end.send(later(7, 3));
    assert.equal(await reply(end), `00000007 ${ok} 00000003`);
    assert.equal(runs(), i);
  }
  assert.equal(server.stats.duplicates, 0);
});

test("an option that is no cache is refused", () => {
  for (const replyCache of [true, {}, "memory", null]) {
    assert.throws(() => new Server({ replyCache } as object), {
      name: "TypeError",
      message: /options\.replyCache is .*; give memoryReplyCache\(\), or false/,
    });
  }
});

test("what may run again is not remembered: procedure 0, and procedures that are at-least-once", async () => {
  const asked: number[] = [];
  const memory = memoryReplyCache();
  const replyCache: ReplyCache = {
    begin: (key) => {
      asked.push(key.procedure);
      return memory.begin(key);
    },
    store: (entry, outcome) => memory.store(entry, outcome),
    forget: (entry) => memory.forget(entry),
  };
  const { later: procedure, ...others } = adder.procedures;
  const procedures = { ...others, later: { ...procedure, semantics: "at-least-once" as const } };
  const server = new Server({ replyCache }).implement({ ...adder, procedures }, adding());
  const [near, far] = memoryPair({ reliable: false });
  server.accept(far);
  const end = new RawEnd(near);
  const call = (procedure: string, args: string): string =>
    `00000001 00000000 00000002 23451111 00000001 ${procedure} ${none} ${none} ${args}`;
  for (const message of [call("00000000", ""), call("00000002", "00000003"), call("00000004", "")]) {
    for (let i = 0; i < 2; i++) {
      end.send(message);
      assert.match(await reply(end), new RegExp(`^00000001 ${ok}`));
    }
  }
  assert.deepEqual(asked, [4, 4]);
});

test("where a program is implemented, its procedures get other semantics than those of the interface", async () => {
  const run: string[] = [];
  const handlers = adding({
    later: (value: number) => run.push("later") && value,
    nothing: () => void run.push("nothing"),
  });
  const { later: procedure, ...others } = adder.procedures;
  const procedures = { ...others, later: { ...procedure, semantics: "at-least-once" as const } };
  const server = new Server().implement({ ...adder, procedures }, handlers, {
    semantics: { later: "at-most-once", nothing: "at-least-once" },
  });
  const [near, far] = memoryPair({ reliable: false });
  server.accept(far);
  const end = new RawEnd(near);
  for (const [number, args] of [
    ["00000002", "00000003"],
    ["00000004", ""],
  ] as const) {
    for (let i = 0; i < 2; i++) {
      end.send(`00000001 00000000 00000002 23451111 00000001 ${number} ${none} ${none} ${args}`);
      assert.match(await reply(end), new RegExp(`^00000001 ${ok}`));
    }
  }
  assert.deepEqual(run, ["later", "nothing", "nothing"]);
  for (const semantics of [{ latr: "maybe" }, { later: "twice" }, "never", null]) {
    assert.throws(() => new Server().implement(adder, adding(), { semantics } as never), /options\.semantics/);
  }
});

test("a transaction id with other arguments is a false retry: SYSTEM_ERR, counted and reported", async () => {
  const { server, runs, release, connect, refused } = held();
  const end = connect(false);
  end.send(later(7, 3));
  end.send(later(7, 4));
  assert.equal(await reply(end), `00000007 ${systemError}`);
  release();
  assert.equal(await reply(end), `00000007 ${ok} 00000003`);
  assert.equal(runs(), 1);
  assert.equal(server.stats.falseRetries, 1);
  assert.match(String(refused[0]?.cause), /transaction id 7 was used a moment ago by the same caller/);
});

test("arguments that do not decode are refused each time, and leave nothing behind", async () => {
  const { server, runs, connect } = held();
  const end = connect(false);
  const malformed = later(7, 3).slice(0, -9);
  for (let i = 0; i < 2; i++) {
    end.send(malformed);
    assert.equal(await reply(end), `00000007 00000001 00000000 ${none} 00000004`);
  }
  assert.equal(runs(), 0);
  assert.equal(server.stats.duplicates, 0);
});

test("a copy is recognised, not refused, while the server runs as many calls as it may", async () => {
  const { server, runs, release, connect } = held({ limits: { callsInFlight: 1, totalCallsInFlight: 1 } });
  const ends = [connect(false), connect(false)];
  const [one, other] = ends as [RawEnd, RawEnd];
  one.send(later(7, 3));
  await until(
    () => runs() === 1,
    () => "the call to run",
  );
  other.send(later(8, 3));
  await until(
    () => runs() === 2,
    () => "the second call to run",
  );
  const third = connect(false);
  third.send(later(9, 3));
  assert.equal(await reply(third), `00000009 ${systemError}`);
  release();
  assert.equal(await reply(one), `00000007 ${ok} 00000003`);
  third.send(later(9, 3));
  assert.equal(await reply(third), `00000009 ${ok} 00000003`, "the refused call has left nothing behind");
  assert.equal(server.stats.duplicates, 0);
});

/** Proves a session to whoever sends it: the credential's body is its name. */
const sessions: ServerAuth = {
  flavor: 99,
  admit: (_header, { body }) => ({
    kind: "admitted",
    identity: { flavor: 99, session: Buffer.from(body).toString("hex") },
  }),
};

test("a session's copy over a new connection joins the call that runs, and gets a reply of its own", async () => {
  const { server, runs, release, connect } = held({ auth: [sessions], replyCache: memoryReplyCache() });
  const credential = "00000063 00000004 0000abcd";
  const [first, second] = [connect(true), connect(true)];
  first.send(later(7, 3, credential));
  for (let i = 0; i < 5; i++) second.send(later(7, 3, credential));
  const stranger = connect(true);
  stranger.send(later(7, 3, "00000063 00000004 0000abce"));
  await until(
    () => server.stats.joins === 5 && runs() === 2,
    () => "the copies",
  );
  first.connection.destroy();
  release();
  assert.equal(await reply(second), `00000007 ${ok} 00000003`);
  assert.equal(await reply(stranger), `00000007 ${ok} 00000003`);
  await turns();
  assert.deepEqual(second.received, [], "one reply for all copies of one connection");
  assert.equal(runs(), 2);
  assert.equal(server.usage.calls, 0);
});

/** A cache that asks and writes elsewhere, as one on disk does. Both wait for the test. */
function slowCache() {
  const memory = memoryReplyCache();
  const questions: (() => void)[] = [];
  const writes: { finish(): void; fail(error: Error): void }[] = [];
  const cache: ReplyCache = {
    begin: (key) =>
      new Promise<ReplyVerdict>((resolve) => {
        questions.push(() => resolve(memory.begin(key)));
      }),
    store: (entry, outcome) =>
      new Promise<void>((resolve, fail) => {
        writes.push({ finish: () => resolve(memory.store(entry, outcome)), fail });
      }),
    forget: (entry) => memory.forget(entry),
  };
  return { cache, questions, writes };
}

test("a cache may answer later, and a reply leaves when its outcome is stored", async () => {
  const { cache, questions, writes } = slowCache();
  const { server, runs, release, connect } = held({ replyCache: cache });
  release();
  const end = connect(false);
  // The bytes of the first call are overwritten by the second before the cache has answered.
  end.send(later(7, 3));
  end.send(later(8, 4));
  await until(
    () => questions.length === 2,
    () => "both questions",
  );
  assert.equal(runs(), 0);
  for (const answer of questions) answer();
  await until(
    () => writes.length === 2,
    () => "both outcomes to be stored",
  );
  await turns();
  assert.deepEqual(end.received, [], "nothing is sent before it is stored");
  assert.equal(server.usage.calls, 2);
  for (const { finish } of writes) finish();
  assert.equal(await reply(end), `00000007 ${ok} 00000003`);
  assert.equal(await reply(end), `00000008 ${ok} 00000004`);
  await turns();
  assert.equal(server.usage.calls, 0);
});

test("a copy that comes while the outcome is stored joins", async () => {
  const { cache, questions, writes } = slowCache();
  const { server, runs, release, connect } = held({ replyCache: cache });
  release();
  const end = connect(false);
  end.send(later(7, 3));
  end.send(later(7, 3));
  await until(
    () => questions.length === 2,
    () => "both questions",
  );
  questions[0]?.();
  await until(
    () => writes.length === 1,
    () => "the outcome",
  );
  questions[1]?.();
  await until(
    () => server.stats.joins === 1,
    () => "the join",
  );
  writes[0]?.finish();
  assert.equal(await reply(end), `00000007 ${ok} 00000003`);
  await turns();
  assert.deepEqual([runs(), end.received], [1, []]);
});

test("a server that closes waits for outcomes that are being stored", async () => {
  const { cache, questions, writes } = slowCache();
  const { server, release, connect } = held({ replyCache: cache });
  release();
  const end = connect(true);
  end.send(later(7, 3));
  await until(
    () => questions.length === 1,
    () => "the question",
  );
  const closed = server.close({ drain: 600_000 });
  questions[0]?.();
  await until(
    () => writes.length === 1,
    () => "the outcome",
  );
  writes[0]?.finish();
  assert.equal(await reply(end), `00000007 ${ok} 00000003`);
  await ending(closed, "the server to close");
});

test("a cache that fails fails the call at hand with SYSTEM_ERR, and is reported", async () => {
  const { cache, questions, writes } = slowCache();
  const { server, errors, release, connect } = held({ replyCache: cache });
  release();
  const end = connect(false);
  end.send(later(7, 3));
  await until(
    () => questions.length === 1,
    () => "the question",
  );
  questions[0]?.();
  await until(
    () => writes.length === 1,
    () => "the outcome",
  );
  writes[0]?.fail(new Error("the disk is full"));
  assert.equal(await reply(end), `00000007 ${systemError}`);
  assert.deepEqual(errors, ["the disk is full"]);
  const broken: ReplyCache = {
    begin: () => Promise.reject(new Error("the disk is gone")),
    store: () => undefined,
    forget: () => undefined,
  };
  const other = held({ replyCache: broken });
  const last = other.connect(false);
  last.send(later(8, 3));
  assert.equal(await reply(last), `00000008 ${systemError}`);
  assert.deepEqual([other.errors, other.runs()], [["the disk is gone"], 0]);
  await turns();
  assert.deepEqual([server.usage.calls, other.server.usage.calls], [0, 0]);
});

test("over UDP: 1,000 copies of a call that is held run nothing", async () => {
  const { server, runs, release } = held();
  const { address } = await server.listen("udp://127.0.0.1:0");
  const socket = createSocket("udp4");
  const bytes = Buffer.from(later(7, 3).replaceAll(" ", ""), "hex");
  let replies = 0;
  socket.on("message", () => replies++);
  // In batches: what passes the system's buffer is lost.
  while (server.stats.joins < 1_000) {
    const before = server.stats.joins;
    for (let i = 0; i < 50; i++) socket.send(bytes, (address as { port: number }).port, "127.0.0.1");
    await until(
      () => server.stats.joins > before,
      () => "copies to arrive",
    );
  }
  release();
  await until(
    () => replies > 0,
    () => "the reply",
  );
  assert.equal(runs(), 1);
  socket.close();
  server.destroy();
});

/** A connection from a port of its own choice, as clients of NFS make. */
async function connectFrom(port: number, to: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port: to, localAddress: "127.0.0.1", localPort: port });
  await once(socket, "connect");
  return socket;
}

test("over TCP: copies over a new connection from the same port join the call of the lost one", async () => {
  const { server, runs, release } = held({ replyCache: memoryReplyCache() });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const { port } = address as { port: number };
  const record = Buffer.from(`80000000${later(7, 3)}`.replaceAll(" ", ""), "hex");
  record.writeUInt32BE(0x8000_0000 + record.length - 4);
  const copies = Buffer.concat(new Array(500).fill(record));
  let socket = await connectFrom(0, port);
  const own = socket.localPort as number;
  for (let connections = 1; connections <= 2; connections++) {
    socket.write(copies);
    await until(
      () => server.stats.joins === connections * 500 - 1,
      () => `the copies; ${server.stats.joins} joined`,
    );
    if (connections === 2) break;
    // A reset leaves the port free at once.
    socket.resetAndDestroy();
    await until(
      () => server.connections === 0,
      () => "the server to see it",
    );
    socket = await connectFrom(own, port);
  }
  release();
  const [reply] = (await once(socket, "data")) as [Buffer];
  assert.equal(reply.toString("hex"), `8000001c00000007${ok}00000003`.replaceAll(" ", ""));
  assert.equal(runs(), 1);
  socket.destroy();
  server.destroy();
});
