// What a client of DCE RPC does about a server that is silent, or reads nothing.
import assert from "node:assert/strict";
import { type Duplex, duplexPair } from "node:stream";
import { type TestContext, test } from "node:test";
import { deadlineTick } from "../peer/deadlines.js";
import { RpcError } from "../rpc/errors.js";
import { FakeClock } from "../testing/fake-clock.js";
import { Total } from "../transport/budget.js";
import { channelOver } from "./channel.js";
import { clientOver } from "./client.js";
import type { DceInterface, DceOperation } from "./interface.js";
import { Flag, makeBindAck, makePdu, type Pdu, PduType } from "./pdu.js";
import { PduStream } from "./pdu-stream.js";

const store: DceInterface<{ put: DceOperation<[data: Uint8Array], void> }> = {
  name: "Store",
  uuid: "0a1b2c3d-5a7e-4c35-9d0f-1c4d9fb3a6e1",
  version: 1,
  minor: 0,
  endpoints: [],
  operations: {
    put: {
      name: "put",
      number: 0,
      params: [{ name: "data", in: true, out: false, type: { kind: "array", element: { kind: "byte" } } }],
    },
  },
};

/**
 * A server that answers what `answers` says: the number of the connection, and of the PDU there, both from 0. It reads nothing after
 * the "last" one.
 */
function serving(answers: (connection: number, pdu: number) => boolean | "last", clock = new FakeClock()) {
  const streams: Duplex[] = [];
  const connect = (): Duplex => {
    const [near, far] = duplexPair();
    const connection = streams.push(near) - 1;
    let count = 0;
    const stream: PduStream = new PduStream(far, {
      pdu: (pdu) => {
        const answer = answers(connection, count++);
        if (answer !== false) stream.send([answerTo(pdu)]);
        if (answer === "last") stream.hold();
      },
      closed: () => undefined,
    });
    return near;
  };
  const reach = { peer: "the server", remote: { kind: "memory", name: "the server" }, connect } as const;
  const client = clientOver(store, channelOver(reach, { clock, timeout: 1_000 }, true), { ownsChannel: true });
  return { client, clock, streams };
}

function answerTo({ type, callId, little }: Pdu): Uint8Array {
  if (type !== PduType.bind) return makePdu({ type: PduType.response, callId, little }, 24);
  const sizes = { maxTransmit: 5_840, maxReceive: 5_840, group: 1, address: "" };
  const ack = makeBindAck({ ...sizes, results: [{ result: 0, reason: 0 }] }, PduType.bindAck, callId, little);
  // Calls need not wait for each other.
  ack[3] = Flag.first | Flag.last | Flag.multiplex;
  return ack;
}

/** Everything in memory that needs no time has happened. */
async function settleAll(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

type Serving = ReturnType<typeof serving>;

/** The outcome of calls at the same time. */
async function outcomes({ client, clock }: Serving, count = 1, timeout = 1_000): Promise<string[]> {
  const codes = Array.from({ length: count }, () =>
    client.put(new Uint8Array(1), { timeout }).then(
      () => "ok",
      (error: RpcError) => error.code,
    ),
  );
  await settleAll();
  // Deadlines are a tick late at most.
  clock.advance(timeout + deadlineTick);
  return Promise.all(codes);
}

test("after two calls in succession without a sign of life, the next one uses a new connection", async () => {
  for (const [silentFrom, expected] of [
    [0, ["RPC_TIMEOUT", "RPC_TIMEOUT", "ok", "ok"]],
    [2, ["ok", "RPC_TIMEOUT", "RPC_TIMEOUT", "ok", "ok"]],
  ] as const) {
    const server = serving((connection, pdu) => connection > 0 || pdu < silentFrom);
    const seen: string[] = [];
    for (const _ of expected) seen.push(...(await outcomes(server)));
    assert.deepEqual(seen, expected);
    assert.equal(server.streams.length, 2);
    await server.client[Symbol.asyncDispose]();
  }
});

test("a connection stays if calls time out together, if one is answered between them, or if they had little time", async () => {
  const ways: [name: string, answers: (pdu: number) => boolean, run: (server: Serving) => Promise<unknown>][] = [
    ["together", (pdu) => pdu === 0, (server) => outcomes(server, 20)],
    [
      "answered between",
      (pdu) => pdu === 0 || pdu === 3 || pdu === 6,
      async (server) => {
        for (let i = 0; i < 4; i++) await outcomes(server);
      },
    ],
    [
      "little time",
      () => false,
      async (server) => {
        for (let i = 0; i < 10; i++) await outcomes(server, 1, 99);
      },
    ],
  ];
  for (const [name, answers, run] of ways) {
    const server = serving((_, pdu) => answers(pdu));
    await run(server);
    assert.deepEqual([server.streams.length, server.streams[0]?.writable], [1, true], name);
    for (const one of server.streams) one.destroy();
  }
});

/** A client in a process of its own, with this total of bytes, and a server that reads nothing. */
function unread(most: number) {
  const total = new Total(100, most, true);
  const server = serving(() => "last", Object.assign(new FakeClock(), { total }));
  return { ...server, total };
}

test("calls to a server that reads nothing keep at most the client's share of the process's bytes", async () => {
  const server = unread(1_000_000);
  const { client, total, streams } = server;
  let most = 0;
  const refusals: RpcError[] = [];
  for (let i = 0; i < 200; i++) {
    const given = new AbortController();
    const call = client.put(new Uint8Array(20_000), { signal: given.signal }).catch((error: RpcError) => {
      if (error.code === "RPC_TOO_MANY_CALLS") refusals.push(error);
    });
    await settleAll();
    most = Math.max(most, total.bytes);
    // All but a few calls are given up: what was sent stays until the server reads it.
    if (i % 10 > 0) given.abort();
    void call;
  }
  await settleAll();
  const admitted = 200 - refusals.length;
  assert.ok(most <= 900_000, `${most} bytes`);
  assert.ok(admitted >= 30 && admitted <= 45, `${admitted} calls`);
  const [first] = refusals;
  assert.ok(first instanceof RpcError);
  assert.equal(first.mayHaveRun, false);
  assert.match(
    first.message,
    /Store version 1 put .* bytes of calls wait for this server, and \d+ of 1000000 are used/,
  );
  for (const one of streams) one.destroy();
  await settleAll();
  assert.equal(total.bytes, 0);
});

test("a client that has ended holds no bytes", async () => {
  const { client, total, clock, streams } = unread(10_000_000);
  const calls = Array.from({ length: 50 }, () => client.put(new Uint8Array(5_000)).catch(() => undefined));
  await settleAll();
  assert.ok(total.bytes > 250_000, String(total.bytes));
  clock.advance(1_000 + deadlineTick);
  await Promise.all(calls);
  await client[Symbol.asyncDispose]();
  for (const one of streams) one.destroy();
  await settleAll();
  assert.equal(total.bytes, 0);
});

test("a stream whose other end reads nothing is destroyed five seconds after its end", (t: TestContext) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const [near] = duplexPair();
  const stream = new PduStream(near, { pdu: () => undefined, closed: () => undefined });
  stream.send([new Uint8Array(1_000_000)]);
  stream.end();
  t.mock.timers.tick(4_999);
  assert.equal(stream.isClosed, false);
  t.mock.timers.tick(1);
  assert.equal(stream.isClosed, true);
});
