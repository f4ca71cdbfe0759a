// The peers of RPC over TLS that break its rules, as raw sockets: before, in and after the handshake.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { createServer as createTlsServer, type TLSSocket, connect as tlsConnect } from "node:tls";
import { createClient } from "./create-client.js";
import { adder, adding } from "./rpc/adder.test-support.js";
import { RpcDisconnected } from "./rpc/errors.js";
import { Server } from "./server/server.js";
import type { TlsListenOptions } from "./server/tls-options.js";
import { authority, server as own } from "./testing/certificates.test-support.js";
import { until } from "./testing/waiting.test-support.js";
import type { TransportError } from "./transport/errors.js";

/** One record of words. */
function record(...words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + words.length * 4);
  bytes.writeUInt32BE(0x8000_0000 + words.length * 4);
  words.forEach((word, at) => void bytes.writeUInt32BE(word, 4 + at * 4));
  return bytes;
}

const program = [adder.number, adder.version] as const;
const starttls = [0x53544152, 0x54544c53];
const probe = (xid = 1, procedure = 0): Buffer => record(xid, 0, 2, ...program, procedure, 7, 0, 0, 0);
const add = (xid = 2): Buffer => record(xid, 0, 2, ...program, 1, 0, 0, 0, 0, 20, 22);
const offer = (xid = 1): Buffer => record(xid, 1, 0, 0, 8, ...starttls, 0);
const sum = (xid = 2): Buffer => record(xid, 1, 0, 0, 0, 0, 42);
const denied = (xid: number, why: number): Buffer => record(xid, 1, 1, 1, why);

interface Raw<S extends Socket = Socket> {
  readonly socket: S;
  /** Waits for that many bytes. */
  read(count: number): Promise<Buffer>;
  closed(): Promise<void>;
}

function raw<S extends Socket>(socket: S): Raw<S> {
  let received = Buffer.alloc(0);
  let isClosed = false;
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    isClosed = true;
  });
  return {
    socket,
    async read(count) {
      await until(
        () => received.length >= count || isClosed,
        () => `${count} bytes`,
      );
      const taken = received.subarray(0, count);
      received = received.subarray(count);
      return taken;
    },
    closed: () =>
      until(
        () => isClosed,
        () => "the end of the connection",
      ),
  };
}

interface Setting {
  readonly tls?: TlsListenOptions;
  readonly later?: () => Promise<number>;
}

async function serve(t: TestContext, { tls = {}, later = async () => 42 }: Setting = {}) {
  const errors: TransportError[] = [];
  let calls = 0;
  const server = new Server({ onError: (error) => errors.push(error as TransportError) });
  const counted = ({ a, b }: { a: number; b: number }): number => {
    calls++;
    return a + b;
  };
  server.implement(adder, adding({ add: counted as never, later: later as never }));
  const { address } = await server.listen("tcp://127.0.0.1:0", { tls: { ...own, ...tls } });
  t.after(() => server.destroy());
  const open = async (): Promise<Raw> => {
    const socket = connect((address as { port: number }).port, "127.0.0.1");
    t.after(() => socket.destroy());
    await once(socket, "connect");
    return raw(socket);
  };
  return { errors, open, calls: () => calls, url: `tls://127.0.0.1:${(address as { port: number }).port}` };
}

async function shakeHands({ socket }: Raw, options: object = {}): Promise<Raw<TLSSocket>> {
  socket.removeAllListeners("data");
  const layer = tlsConnect({ socket, ca: authority, servername: "localhost", ALPNProtocols: ["sunrpc"], ...options });
  const over = raw(layer);
  await once(layer, "secureConnect");
  return over;
}

test("the offer and what follows it are the bytes of RFC 9289 section 4.1", async (t) => {
  const { open } = await serve(t);
  const plain = await open();
  plain.socket.write(probe());
  assert.deepEqual(await plain.read(36), offer());
  const secured = await shakeHands(plain);
  assert.equal(secured.socket.getProtocol(), "TLSv1.3");
  assert.equal(secured.socket.alpnProtocol, "sunrpc");
  secured.socket.write(add());
  assert.deepEqual(await secured.read(32), sum());
  secured.socket.write(probe(3));
  assert.deepEqual(await secured.read(24), denied(3, 1), "a probe within TLS");
});

test("AUTH_TLS is for procedure 0 alone", async (t) => {
  const { open } = await serve(t);
  const plain = await open();
  plain.socket.write(probe(5, 1));
  assert.deepEqual(await plain.read(24), denied(5, 1));
});

test("a probe that breaks a rule of RFC 9289 section 4.1 gets no offer, and its connection serves on", async (t) => {
  const { open } = await serve(t, { tls: { require: "optional" } });
  const plain = await open();
  const call = [0, 2, ...program, 0];
  plain.socket.write(record(1, ...call, 7, 4, 0x61626364, 0, 0));
  assert.deepEqual(await plain.read(24), denied(1, 1), "a credential with a body");
  plain.socket.write(record(2, ...call, 7, 0, 7, 0));
  assert.deepEqual(await plain.read(24), denied(2, 3), "a verifier of another flavor");
  plain.socket.write(record(3, ...call, 7, 0, 0, 4, 0x61626364));
  assert.deepEqual(await plain.read(24), denied(3, 3), "a verifier with a body");
  plain.socket.write(record(4, ...call, 7, 0, 0, 0, 99));
  assert.deepEqual(await plain.read(28), record(4, 1, 0, 0, 0, 4), "arguments");
  plain.socket.write(add(5));
  assert.deepEqual(await plain.read(32), sum(5));
  plain.socket.write(probe(6));
  assert.deepEqual(await plain.read(36), offer(6));
});

test("calls behind the probe in the same packet do not run", async (t) => {
  const { open, calls, errors } = await serve(t, { tls: { require: "optional" } });
  const plain = await open();
  plain.socket.write(Buffer.concat([probe(), add()]));
  assert.deepEqual(await plain.read(36), offer());
  await plain.closed();
  assert.equal(calls(), 0);
  await until(
    () => errors.length === 1,
    () => "the report",
  );
  assert.equal(errors[0]?.code, "TRANSPORT_TLS_FAILED");
});

test("the server refuses an older version of TLS, another ALPN, and none", async (t) => {
  const { open, errors } = await serve(t);
  const attempt = async (options: object): Promise<void> => {
    const plain = await open();
    plain.socket.write(probe());
    await plain.read(36);
    const over = await shakeHands(plain, options).catch(() => plain);
    await over.closed();
  };
  await attempt({ maxVersion: "TLSv1.2" });
  await attempt({ ALPNProtocols: ["http/1.1"] });
  await attempt({ ALPNProtocols: undefined });
  await until(
    () => errors.length === 3,
    () => "three reports",
  );
  const messages = errors.map(({ message }) => message).join("\n");
  assert.match(messages, /chose no protocol by ALPN, and RPC is "sunrpc"/);
});

test("requireAlpn: false accepts a client without ALPN", async (t) => {
  const { open } = await serve(t, { tls: { requireAlpn: false } });
  const plain = await open();
  plain.socket.write(probe());
  await plain.read(36);
  const secured = await shakeHands(plain, { ALPNProtocols: undefined });
  secured.socket.write(add());
  assert.deepEqual(await secured.read(32), sum());
});

test("a client that leaves in the middle of the handshake, or because of the certificate, is gone at once", async (t) => {
  const { open, errors } = await serve(t, { tls: { handshakeTimeout: 3_600_000 } });
  const leave = async (how: (plain: Raw) => unknown): Promise<void> => {
    const plain = await open();
    plain.socket.write(probe());
    await plain.read(36);
    await how(plain);
    await plain.closed();
  };
  await leave(({ socket }) => socket.end());
  await leave((plain) => shakeHands(plain, { ca: undefined }).catch(() => undefined));
  await until(
    () => errors.length === 2,
    () => `two reports; there are ${errors.length}`,
  );
  for (const { code } of errors) assert.equal(code, "TRANSPORT_TLS_FAILED");
});

test("a client that does not begin the handshake is disconnected after handshakeTimeout", async (t) => {
  const { open, errors } = await serve(t, { tls: { handshakeTimeout: 20 } });
  const plain = await open();
  plain.socket.write(probe());
  await plain.read(36);
  await plain.closed();
  assert.equal(errors[0]?.code, "TRANSPORT_TIMEOUT");
  assert.match(errors[0]?.message ?? "", /the TLS handshake was not over after 20 ms/);
});

test("a probe while a call is running is denied, and the call gets its reply in clear text", async (t) => {
  let finish: (value: number) => void = () => undefined;
  let isRunning = false;
  const later = () =>
    new Promise<number>((resolve) => {
      isRunning = true;
      finish = resolve;
    });
  const { open } = await serve(t, { tls: { require: "optional" }, later });
  const plain = await open();
  plain.socket.write(record(1, 0, 2, ...program, 2, 0, 0, 0, 0, 5));
  await until(
    () => isRunning,
    () => "the call",
  );
  plain.socket.write(probe(9));
  assert.deepEqual(await plain.read(24), denied(9, 1));
  finish(42);
  assert.deepEqual(await plain.read(32), sum(1));
  plain.socket.write(probe(10));
  assert.deepEqual(await plain.read(36), offer(10), "now that nothing is running");
});

test("a server sends no session tickets", async (t) => {
  const { open } = await serve(t);
  let tickets = 0;
  const plain = await open();
  plain.socket.write(probe());
  await plain.read(36);
  const secured = await shakeHands(plain);
  secured.socket.on("session", () => tickets++);
  for (const xid of [2, 3]) {
    secured.socket.write(add(xid));
    assert.deepEqual(await secured.read(32), sum(xid));
  }
  assert.equal(tickets, 0);
});

test("a session of another server with the same certificate is not resumed", async (t) => {
  const elsewhere = createTlsServer({ ...own, ALPNProtocols: ["sunrpc"] }).listen(0, "127.0.0.1");
  t.after(() => elsewhere.close());
  await once(elsewhere, "listening");
  const { port } = elsewhere.address() as { port: number };
  const other = tlsConnect({ port, ca: authority, servername: "localhost", ALPNProtocols: ["sunrpc"] });
  t.after(() => other.destroy());
  const [session] = (await once(other, "session")) as [Buffer];
  const { open } = await serve(t);
  const plain = await open();
  plain.socket.write(probe());
  await plain.read(36);
  const { socket, read } = await shakeHands(plain, { session });
  assert.equal(socket.isSessionReused(), false);
  socket.write(add());
  assert.deepEqual(await read(32), sum());
});

/** A server that answers the first record with `answer`, made from its transaction id. */
async function answering(t: TestContext, answer: (xid: number) => Buffer): Promise<{ url: string; later: Buffer[] }> {
  const later: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (bytes: Buffer) => {
      socket.on("data", (more: Buffer) => later.push(more));
      socket.write(answer(bytes.readUInt32BE(4)));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { url: `tls://127.0.0.1:${(server.address() as { port: number }).port}`, later };
}

test("a client calls nothing in clear text, whatever a server or somebody on the way answers", async (t) => {
  const wrong = (word: number, value: number) => (xid: number) => {
    const bytes = offer(xid);
    bytes.writeUInt32BE(value, 4 + word * 4);
    return bytes;
  };
  const answers: Record<string, [(xid: number) => Buffer, string]> = {
    AUTH_REJECTEDCRED: [(xid) => denied(xid, 2), "TRANSPORT_TLS_NOT_OFFERED"],
    AUTH_BADCRED: [(xid) => denied(xid, 1), "TRANSPORT_TLS_NOT_OFFERED"],
    "an empty verifier": [(xid) => record(xid, 1, 0, 0, 0, 0), "TRANSPORT_TLS_NOT_OFFERED"],
    "another verifier's flavor": [wrong(3, 1), "TRANSPORT_TLS_NOT_OFFERED"],
    "a changed verifier": [wrong(5, 0x53544153), "TRANSPORT_TLS_NOT_OFFERED"],
    PROG_UNAVAIL: [wrong(7, 1), "TRANSPORT_TLS_NOT_OFFERED"],
    "bytes behind the reply": [(xid) => record(xid, 1, 0, 0, 8, ...starttls, 0, 0), "TRANSPORT_TLS_NOT_OFFERED"],
    "another transaction id": [(xid) => offer((xid ^ 1) >>> 0), "TRANSPORT_FOREIGN_PROTOCOL"],
    "a call": [(xid) => record(xid, 0, 2, ...program, 1, 0, 0, 0, 0, 1, 2), "TRANSPORT_FOREIGN_PROTOCOL"],
    "a short reply": [(xid) => record(xid, 1), "TRANSPORT_FOREIGN_PROTOCOL"],
    "garbage behind the offer": [(xid) => Buffer.concat([offer(xid), Buffer.from("garbage!")]), "TRANSPORT_TLS_FAILED"],
    "a reply behind the offer": [(xid) => Buffer.concat([offer(xid), sum((xid ^ 1) >>> 0)]), "TRANSPORT_TLS_FAILED"],
  };
  const served = new Server().implement(adder, adding({ add: (() => assert.fail("it was called back")) as never }));
  for (const [name, [answer, code]] of Object.entries(answers)) {
    const { url, later } = await answering(t, answer);
    const client = createClient(adder, url, { tls: { ca: authority }, callbacks: served });
    const error = await client.add({ a: 20, b: 22 }).then(
      () => assert.fail(`${name}: it had a result`),
      (why: unknown) => why,
    );
    await client[Symbol.asyncDispose]();
    assert.ok(error instanceof RpcDisconnected, `${name}: ${String(error)}`);
    assert.equal(error.mayHaveRun, false, name);
    assert.equal((error.cause as TransportError).code, code, `${name}: ${error.message}`);
    // Nothing, a ClientHello, or an alert.
    for (const bytes of later) assert.ok([0x15, 0x16].includes(bytes[0] ?? 0), name);
  }
});

test("a client whose TLS is optional still insists on TLS where it is offered", async (t) => {
  const { url } = await answering(t, (xid) => Buffer.concat([offer(xid), Buffer.from("garbage!")]));
  const client = createClient(adder, url, { tls: { ca: authority, require: "optional" } });
  await assert.rejects(client.add({ a: 1, b: 2 }), { mayHaveRun: false, message: /TLS failed/ });
  await client[Symbol.asyncDispose]();
});

test("a server that says nothing more is given up after connectTimeout", async (t) => {
  const { url } = await answering(t, offer);
  const client = createClient(adder, url, { tls: { ca: authority }, connectTimeout: 30 });
  await assert.rejects(client.add({ a: 1, b: 2 }), { mayHaveRun: false, message: /within 30 ms/ });
  await client[Symbol.asyncDispose]();
});
