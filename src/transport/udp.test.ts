import assert from "node:assert/strict";
import { createSocket, Socket } from "node:dgram";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { XdrWriter } from "../xdr/writer.js";
import type { Connection, Listener } from "./connection.js";
import type { TransportError } from "./errors.js";
import { connectUdp } from "./udp.js";
import { listenUdp, type UdpListenOptions } from "./udp-listener.js";

const word = (out: XdrWriter, value: number): void => out.writeWord(value);
const raw = (out: XdrWriter, value: Uint8Array): void => out.writeBytes(value);

interface End {
  readonly connection: Connection;
  readonly messages: Buffer[];
  readonly ends: Array<TransportError | undefined>;
}

function watch(connection: Connection, onMessage?: (bytes: Buffer) => void): End {
  const end: End = { connection, messages: [], ends: [] };
  connection.open({
    message: (bytes, start, stop) => {
      const copy = Buffer.from(bytes.slice(start, stop));
      end.messages.push(copy);
      onMessage?.(copy);
    },
    drained() {},
    closed: (error) => end.ends.push(error),
  });
  return end;
}

interface Served {
  readonly listener: Listener;
  readonly port: number;
  readonly peers: End[];
}

async function serve(t: TestContext, options: Partial<UdpListenOptions> = {}): Promise<Served> {
  const peers: End[] = [];
  const accept = (connection: Connection): void => {
    peers.push(watch(connection, (bytes) => connection.send(raw, bytes)));
  };
  const listener = await listenUdp(accept, { host: "127.0.0.1", port: 0, closeTimeout: 0, ...options });
  t.after(() => listener.close());
  assert.ok(listener.address.kind === "udp");
  return { listener, port: listener.address.port, peers };
}

async function client(t: TestContext, port: number, host = "127.0.0.1"): Promise<End> {
  const connection = await connectUdp({ host, port });
  t.after(() => connection.destroy());
  return watch(connection);
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let i = 0; i < 2500; i++) {
    if (condition()) return;
    await sleep(2);
  }
  assert.fail(`never came true: ${what}`);
}

for (const host of ["127.0.0.1", "::1"]) {
  test(`datagrams go both ways over ${host}, from none to 65,507 bytes`, async (t) => {
    const served = await serve(t, { host });
    const end = await client(t, served.port, host);
    assert.equal(end.connection.info.reliable, false);
    assert.equal(end.connection.info.netid, host === "::1" ? "udp6" : "udp");
    for (const size of [4, 0, 1500, 65_507]) {
      const bytes = Buffer.alloc(size, 5);
      const before = end.messages.length;
      end.connection.send(raw, bytes);
      await until(`${size} bytes`, () => end.messages.length > before);
      assert.ok(end.messages.at(-1)?.equals(bytes));
    }
    assert.equal(served.peers.length, 1);
  });
}

test("a host name is looked up once, before connecting", async (t) => {
  const served = await serve(t);
  const end = await client(t, served.port, "localhost");
  assert.deepEqual(end.connection.info.remote, { kind: "udp", host: "127.0.0.1", port: served.port });
  end.connection.send(word, 1);
  await until("the echo", () => end.messages.length === 1);
});

test("messages of one turn are one datagram each, and keep their bytes", async (t) => {
  const served = await serve(t);
  const end = await client(t, served.port);
  for (let i = 0; i < 50; i++) end.connection.send(word, i);
  await until("50 echoes", () => end.messages.length === 50);
  assert.deepEqual(
    end.messages.map((bytes) => bytes.readUInt32BE()),
    Array.from({ length: 50 }, (_, i) => i),
  );
});

test("a message over the limit is refused, and the connection goes on", async (t) => {
  const served = await serve(t);
  const connection = await connectUdp({ host: "127.0.0.1", port: served.port, maxMessage: 8800 });
  t.after(() => connection.destroy());
  const end = watch(connection);
  assert.throws(() => connection.send(raw, Buffer.alloc(8801)), {
    code: "TRANSPORT_MESSAGE_TOO_LONG",
    message: /use TCP/,
  });
  connection.send(raw, Buffer.alloc(8800));
  await until("the echo", () => end.messages.length === 1);
  const widest = await connectUdp({ host: "127.0.0.1", port: served.port, maxMessage: 100_000 });
  assert.equal(widest.info.maxMessage, 65_507);
  await widest.close();
});

test("a port that refuses closes the connection with an error, soon", async (t) => {
  const closed = createSocket("udp4").bind(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address();
  closed.close();
  await once(closed, "close");
  const end = await client(t, port);
  end.connection.send(word, 1);
  await until("the end", () => end.ends.length === 1);
  assert.equal(end.ends[0]?.code, "TRANSPORT_REFUSED");
  assert.match(end.ends[0]?.message ?? "", /nothing listens there/);
  assert.throws(() => end.connection.send(word, 1), { code: "TRANSPORT_CLOSED" });
});

test("the listener keeps one connection for each source, and closes the one silent for longest", async (t) => {
  const served = await serve(t, { maxPeers: 2 });
  const [a, b, c] = [await client(t, served.port), await client(t, served.port), await client(t, served.port)];
  const ask = async (end: End): Promise<void> => {
    const before = end.messages.length;
    end.connection.send(word, 1);
    await until("the echo", () => end.messages.length > before);
  };
  for (const end of [a, b, a]) await ask(end);
  assert.equal(served.peers.length, 2);
  await ask(c);
  const [first, second, third] = served.peers as [End, End, End];
  await sleep(5);
  assert.deepEqual([first.ends.length, second.ends.length, third.ends.length], [0, 1, 0]);
  assert.deepEqual(second.ends, [undefined]);
  await ask(b);
  assert.equal(served.peers.length, 4);
});

test("a paused peer drops its datagrams, and only its own", async (t) => {
  const served = await serve(t);
  const [a, b] = [await client(t, served.port), await client(t, served.port)];
  a.connection.send(word, 1);
  await until("a's echo", () => a.messages.length === 1);
  served.peers[0]?.connection.pause();
  a.connection.send(word, 2);
  b.connection.send(word, 3);
  await until("b's echo", () => b.messages.length === 1);
  await sleep(5);
  assert.equal(a.messages.length, 1);
  served.peers[0]?.connection.resume();
  a.connection.send(word, 4);
  await until("a's echo", () => a.messages.length === 2);
});

test("when the queue that peers share is empty again, each that was told to hold back is told so", async (t) => {
  const drained: number[] = [];
  const connections: Connection[] = [];
  const accept = (connection: Connection): void => {
    const own = connections.push(connection) - 1;
    connection.open({ message() {}, drained: () => drained.push(own), closed() {} });
  };
  const listener = await listenUdp(accept, { host: "127.0.0.1", port: 0, closeTimeout: 0 });
  t.after(() => listener.close());
  assert.ok(listener.address.kind === "udp");
  const ends = [await client(t, listener.address.port), await client(t, listener.address.port)];
  for (const [index, end] of ends.entries()) {
    end.connection.send(word, 1);
    await until("its connection", () => connections.length === index + 1);
  }
  const [first, second] = connections as [Connection, Connection];
  // What a real queue holds is up to the system.
  let queued = 1024 * 1024;
  t.mock.method(Socket.prototype, "getSendQueueSize", () => queued);
  assert.deepEqual([first.send(word, 1), second.send(word, 2)], [false, false]);
  await until("both to have got theirs", () => ends.every((end) => end.messages.length === 1));
  await sleep(5);
  assert.deepEqual(drained, []);
  queued = 0;
  assert.equal(second.send(word, 3), true);
  await until("both to be told", () => drained.length === 2);
  second.send(word, 4);
  await sleep(5);
  assert.deepEqual(drained, [0, 1]);
});

test("what a receiver throws costs that peer its connection, not the listener", async (t) => {
  const cause = new Error("bug");
  const ends: Array<TransportError | undefined> = [];
  const accept = (connection: Connection): void => {
    const message = (): void => {
      throw cause;
    };
    connection.open({ message, drained() {}, closed: (error) => ends.push(error) });
  };
  const listener = await listenUdp(accept, { host: "127.0.0.1", port: 0 });
  t.after(() => listener.close());
  assert.ok(listener.address.kind === "udp");
  const end = await client(t, listener.address.port);
  end.connection.send(word, 1);
  await until("one end", () => ends.length === 1);
  end.connection.send(word, 1);
  await until("two ends", () => ends.length === 2);
  assert.equal(ends[0]?.cause, cause);
});

test("closing a listener lets its open connections answer, then frees the address", async (t) => {
  const served = await serve(t, { closeTimeout: 5000 });
  const end = await client(t, served.port);
  end.connection.send(word, 1);
  await until("the echo", () => end.messages.length === 1);
  const closing = served.listener.close();
  served.peers[0]?.connection.send(word, 9);
  await until("the late answer", () => end.messages.length === 2);
  await served.peers[0]?.connection.close();
  await closing;
  const again = await listenUdp(() => {}, { host: "127.0.0.1", port: served.port });
  await again.close();
});

test("a taken port is refused", async (t) => {
  const served = await serve(t);
  const again = listenUdp(() => {}, { host: "127.0.0.1", port: served.port });
  await assert.rejects(again, { code: "TRANSPORT_LISTEN_FAILED" });
});

test("an unknown host and an aborted signal fail the connecting", async () => {
  const unknown = connectUdp({ host: "no-such-host.invalid", port: 1, timeout: 2000 });
  await assert.rejects(unknown, { code: "TRANSPORT_CONNECT_FAILED" });
  const aborted = connectUdp({ host: "127.0.0.1", port: 1, signal: AbortSignal.abort() });
  await assert.rejects(aborted, { code: "TRANSPORT_CONNECT_FAILED" });
});

test("a port that is none fails the connecting and the listening", async () => {
  await assert.rejects(connectUdp({ host: "127.0.0.1", port: 70_000 }), { code: "TRANSPORT_CONNECT_FAILED" });
  await assert.rejects(
    listenUdp(() => {}, { host: "127.0.0.1", port: 70_000 }),
    { code: "TRANSPORT_LISTEN_FAILED" },
  );
});

test("an address that cannot be reached fails the connecting", async () => {
  await assert.rejects(connectUdp({ host: "255.255.255.255", port: 9 }), { code: "TRANSPORT_CONNECT_FAILED" });
});

const isRoot = process.getuid?.() === 0;

test("a reserved source port is below 1024", { skip: !isRoot && "needs root" }, async (t) => {
  const served = await serve(t);
  const connection = await connectUdp({ host: "127.0.0.1", port: served.port, reservedPort: true });
  t.after(() => connection.destroy());
  const end = watch(connection);
  connection.send(word, 1);
  await until("the echo", () => end.messages.length === 1);
  const { remote } = (served.peers[0] as End).connection.info;
  assert.ok(remote.kind === "udp" && remote.port >= 600 && remote.port < 1024);
});
