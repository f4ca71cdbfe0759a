import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../testing/waiting.test-support.js";
import type { Connection } from "./connection.js";
import type { TransportError } from "./errors.js";
import { listenTcp, type TcpListenOptions } from "./tcp-listener.js";

interface Served {
  readonly port: number;
  readonly messages: number[];
  readonly ends: Array<TransportError | undefined>;
  readonly refused: TransportError[];
  readonly connections: Connection[];
}

async function serve(t: TestContext, options: Partial<TcpListenOptions>): Promise<Served> {
  const messages: number[] = [];
  const ends: Array<TransportError | undefined> = [];
  const refused: TransportError[] = [];
  const connections: Connection[] = [];
  const accept = (connection: Connection): void => {
    connections.push(connection);
    connection.open({
      message: (_bytes, start, end) => messages.push(end - start),
      drained() {},
      closed: (error) => ends.push(error),
    });
  };
  const onError = (error: TransportError): number => refused.push(error);
  const listener = await listenTcp(accept, { host: "127.0.0.1", port: 0, onError, ...options });
  t.after(async () => {
    for (const connection of connections) connection.destroy();
    await listener.close();
  });
  assert.ok(listener.address.kind === "tcp");
  return { port: listener.address.port, messages, ends, refused, connections };
}

async function dial(t: TestContext, port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  socket.resume();
  await once(socket, "connect");
  return socket;
}

const header = (length: number, last: boolean): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((length | (last ? 0x8000_0000 : 0)) >>> 0);
  return bytes;
};

test("a record over the cap closes the connection with the code", async (t) => {
  const served = await serve(t, { limits: { record: 1000 } });
  const socket = await dial(t, served.port);
  socket.write(header(1001, true));
  await until(
    () => served.ends.length === 1,
    () => "the end",
  );
  assert.equal(served.ends[0]?.code, "TRANSPORT_MESSAGE_TOO_LONG");
});

test("the default caps hold, and the operator is told: 16 MiB and one byte, 65,537 empty fragments", async (t) => {
  const served = await serve(t, {});
  (await dial(t, served.port)).write(header(16 * 1024 * 1024 + 1, true));
  await until(
    () => served.ends.length === 1,
    () => "the first end",
  );
  (await dial(t, served.port)).write(Buffer.alloc(4 * 65_537));
  await until(
    () => served.ends.length === 2,
    () => "the second end",
  );
  const codes = served.ends.map((error) => error?.code);
  assert.deepEqual(codes, ["TRANSPORT_MESSAGE_TOO_LONG", "TRANSPORT_TOO_MANY_FRAGMENTS"]);
  assert.deepEqual(
    served.refused.map(({ code }) => code),
    codes,
  );
  for (const { message } of served.refused)
    assert.match(message, /^tcp:\/\/127\.0\.0\.1:\d+ was disconnected: a record/);
});

test("the operator is told of a peer that speaks another protocol, and of one that leaves within a record", async (t) => {
  const served = await serve(t, {});
  (await dial(t, served.port)).write("GET / HTTP/1.1\r\n\r\n");
  await until(
    () => served.refused.length === 1,
    () => "the first report",
  );
  assert.match(
    served.refused[0]?.message ?? "",
    /^tcp:.* was disconnected: the peer sent "GET", which is HTTP: is that an RPC client\?$/,
  );
  (await dial(t, served.port)).end(header(8, true));
  await until(
    () => served.refused.length === 2,
    () => "the second report",
  );
  assert.match(served.refused[1]?.message ?? "", /closed the connection within a record/);
});

test("the operator is told of a connection that is reset within a record, and not of one between records", async (t) => {
  const served = await serve(t, {});
  const record = Buffer.concat([header(4, true), Buffer.alloc(4)]);
  for (const [at, sent] of [record, Buffer.concat([record, header(8, true)])].entries()) {
    const socket = await dial(t, served.port);
    socket.write(sent);
    // What follows the record in one chunk was read with it.
    await until(
      () => served.messages.length === at + 1,
      () => "the record",
    );
    socket.resetAndDestroy();
    await until(
      () => served.ends.length === at + 1,
      () => "the end",
    );
    assert.equal(served.ends[at]?.code, "TRANSPORT_RESET");
  }
  assert.deepEqual(
    served.refused.map(({ code, message }) => [code, message.replace(/\d+ was/, "PORT was")]),
    [
      [
        "TRANSPORT_RESET",
        "tcp://127.0.0.1:PORT was disconnected: the connection failed within a record: read ECONNRESET",
      ],
    ],
  );
});

test("a record that dribbles in is timed from its first byte, however often a byte comes", async (t) => {
  const served = await serve(t, { limits: { time: 60 } });
  const socket = await dial(t, served.port);
  const drip = setInterval(() => socket.write(Buffer.of(0x80)), 10);
  t.after(() => clearInterval(drip));
  await until(
    () => served.ends.length === 1,
    () => "the end",
  );
  assert.equal(served.ends[0]?.code, "TRANSPORT_TIMEOUT");
});

test("records that each span chunks are timed one by one", async (t) => {
  // The limit is long, because a busy machine may stop this process between two chunks of one record.
  const served = await serve(t, { limits: { time: 4_000 } });
  const socket = await dial(t, served.port);
  socket.write(header(4, true).subarray(0, 2));
  for (let i = 0; i < 10; i++) {
    await sleep(450); // waits: all records together must take longer than the limit of one
    // The rest of one record, and the beginning of the next.
    socket.write(Buffer.concat([header(4, true).subarray(2), Buffer.alloc(4), header(4, true).subarray(0, 2)]));
  }
  await until(
    () => served.messages.length === 10,
    () => "10 records",
  );
  assert.deepEqual(served.ends, []);
});

test("time that the receiver spent paused does not count", async (t) => {
  const served = await serve(t, { limits: { time: 4_000 } });
  const socket = await dial(t, served.port);
  socket.write(Buffer.concat([header(4, true), Buffer.alloc(2)]));
  await until(
    () => served.connections.length === 1,
    () => "the connection",
  );
  served.connections[0]?.pause();
  await sleep(4_500); // waits: the pause must take longer than the limit
  socket.write(Buffer.alloc(2));
  served.connections[0]?.resume();
  await until(
    () => served.messages.length === 1,
    () => "the record",
  );
  assert.deepEqual(served.ends, []);
});

test("an idle connection is destroyed, a busy one is not", async (t) => {
  const served = await serve(t, { idleTimeout: 2_000 });
  await dial(t, served.port);
  const busy = await dial(t, served.port);
  const traffic = setInterval(() => busy.write(Buffer.concat([header(4, true), Buffer.alloc(4)])), 10);
  t.after(() => clearInterval(traffic));
  await until(
    () => served.ends.length === 1,
    () => "one end",
  );
  assert.deepEqual(
    served.ends.map((error) => error?.code),
    ["TRANSPORT_TIMEOUT"],
  );
});

for (const cap of ["maxConnections", "maxConnectionsPerAddress"] as const) {
  test(`${cap} closes the connection that is one too many, and a place that is freed is given again`, async (t) => {
    const served = await serve(t, { [cap]: 2, whenFull: "refuse" });
    const [first] = [await dial(t, served.port), await dial(t, served.port)];
    await until(
      () => served.connections.length === 2,
      () => "two connections",
    );
    const third = await dial(t, served.port);
    await once(third, "close");
    assert.equal(served.refused[0]?.code, "TRANSPORT_TOO_MANY_CONNECTIONS");
    assert.match(served.refused[0]?.message ?? "", new RegExp(cap));
    first.destroy();
    await until(
      () => served.ends.length === 1,
      () => "the first to be gone",
    );
    await dial(t, served.port);
    await until(
      () => served.connections.length === 3,
      () => "a third connection",
    );
  });
}

for (const cap of ["maxConnections", "maxConnectionsPerAddress"] as const) {
  test(`at ${cap} the oldest connection is closed for a new one`, async (t) => {
    const served = await serve(t, { [cap]: 2 });
    const sockets = [];
    for (let i = 1; i <= 5; i++) {
      sockets.push(await dial(t, served.port));
      await until(
        () => served.connections.length === i,
        () => `connection ${i}`,
      );
    }
    await until(
      () => served.ends.length === 3,
      () => "three ends",
    );
    assert.deepEqual(
      served.ends.map((error) => error?.code),
      new Array(3).fill("TRANSPORT_TOO_MANY_CONNECTIONS"),
    );
    assert.equal(served.refused.length, 3);
    assert.match(served.refused[0]?.message ?? "", /was disconnected: closed for a newer one: .*maxConn/);
    // The last two are there and are served.
    for (const socket of sockets.slice(3)) socket.write(Buffer.concat([header(4, true), Buffer.alloc(4)]));
    await until(
      () => served.messages.length === 2,
      () => "two messages",
    );
    // A place that is freed is taken without closing anybody.
    sockets[4]?.destroy();
    await until(
      () => served.ends.length === 4,
      () => "the fourth end",
    );
    await dial(t, served.port);
    await until(
      () => served.connections.length === 6,
      () => "connection 6",
    );
    await sleep(20);
    assert.equal(served.ends.length, 4);
  });
}

test("three hundred connections that announce 16 MiB each take little memory", async (t) => {
  const served = await serve(t, {});
  const before = process.memoryUsage().arrayBuffers;
  // The announcement is read together with the whole record before it.
  const bytes = Buffer.concat([header(4, true), Buffer.alloc(4), header(16 * 1024 * 1024, true)]);
  for (let i = 0; i < 300; i++) (await dial(t, served.port)).write(bytes);
  await until(
    () => served.messages.length === 300,
    () => "300 announcements",
  );
  await new Promise((resolve) => setImmediate(resolve));
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 60 * 1024 * 1024, `${grown} bytes for 300 connections`);
});

test("times of Infinity, or longer than a timer can hold, are times that do not run out", async (t) => {
  const warnings: string[] = [];
  const warn = (warning: Error): number => warnings.push(warning.message);
  process.on("warning", warn);
  t.after(() => process.off("warning", warn));
  for (const time of [Number.POSITIVE_INFINITY, 1e12]) {
    const times = { limits: { time }, idleTimeout: time, closeTimeout: time, halfCloseTimeout: time };
    const served = await serve(t, times);
    const socket = await dial(t, served.port);
    socket.write(header(4, true).subarray(0, 2));
    await sleep(30);
    socket.write(header(4, true).subarray(2));
    socket.write("once");
    await until(
      () => served.messages.length === 1,
      () => "the record has come",
    );
    const closed = served.connections[0]?.close();
    await once(socket, "end");
    socket.end();
    await closed;
    assert.deepEqual(served.ends, [undefined]);
  }
  assert.deepEqual(warnings, []);
});

test("connections that never finish their records are cut off when together they hold too much", async (t) => {
  const served = await serve(t, { maxUnfinished: 250_000 });
  const greedy = await Promise.all([dial(t, served.port), dial(t, served.port), dial(t, served.port)]);
  for (const socket of greedy) socket.write(Buffer.concat([header(1_000_000, true), Buffer.alloc(100_000)]));
  await until(
    () => served.ends.length > 0,
    () => "one is cut off",
  );
  assert.deepEqual(
    served.ends.map((error) => error?.code),
    ["TRANSPORT_OUT_OF_MEMORY"],
  );
  assert.match(String(served.ends[0]?.message), /limit of 250000 bytes \(maxUnfinished\)/);
});

test("a finished record and an ended connection give back what they held", async (t) => {
  const served = await serve(t, { maxUnfinished: 150_000 });
  for (let round = 0; round < 5; round++) {
    const abandoned = await dial(t, served.port);
    abandoned.write(Buffer.concat([header(1_000_000, true), Buffer.alloc(60_000)]));
    const finished = await dial(t, served.port);
    finished.write(Buffer.concat([header(80_000, true), Buffer.alloc(70_000)]));
    await until(
      () => served.connections.length === 2 * round + 2,
      () => "both have begun",
    );
    finished.write(Buffer.alloc(10_000));
    await until(
      () => served.messages.length === round + 1,
      () => "the record is whole",
    );
    abandoned.destroy();
    finished.end();
    await until(
      () => served.ends.length === 2 * round + 2,
      () => "both have ended",
    );
  }
  assert.ok(served.ends.every((error) => error?.code !== "TRANSPORT_OUT_OF_MEMORY"));
});
