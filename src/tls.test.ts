// RPC over TLS between our own ends: what works over it, and what is refused.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { channelOf } from "./client/handle.js";
import type { ClientOptions } from "./client/options.js";
import { createClient } from "./create-client.js";
import { type AdderProcedures, adder, adding } from "./rpc/adder.test-support.js";
import type { IncomingCall } from "./rpc/call.js";
import { RpcDisconnected } from "./rpc/errors.js";
import { ping } from "./rpc/null.js";
import type { ImplementOptions } from "./server/programs.js";
import { Server } from "./server/server.js";
import type { TlsListenOptions } from "./server/tls-options.js";
import { serveSessions } from "./session/index.js";
import {
  ann,
  authority,
  bob,
  elsewhere,
  eve,
  expired,
  late,
  server as own,
  renewed,
  stranger,
} from "./testing/certificates.test-support.js";
import { until } from "./testing/waiting.test-support.js";
import type { TransportError } from "./transport/errors.js";

type Calls = Parameters<typeof adding>[0];
type Options = ClientOptions<AdderProcedures>;

interface Setting {
  /** Default: TLS without certificates of clients. */
  readonly tls?: TlsListenOptions | false;
  readonly calls?: Calls;
  readonly implement?: ImplementOptions;
  readonly server?: ConstructorParameters<typeof Server>[0];
}

async function serve(t: TestContext, { tls = own, calls, implement, server: options }: Setting = {}) {
  const errors: unknown[] = [];
  const server = new Server({ onError: (error) => errors.push(error), ...options });
  server.implement(adder, adding(calls), implement);
  const listener = await server.listen("tcp://127.0.0.1:0", tls === false ? {} : { tls });
  t.after(() => server.destroy());
  const { host, port } = listener.address as { host: string; port: number };
  return { server, errors, host, port, url: `tls://${host}:${port}` };
}

function client(t: TestContext, url: string, options: Options = {}) {
  const made = createClient(adder, url, { tls: { ca: authority }, ...options });
  t.after(() => made[Symbol.asyncDispose]());
  return made;
}

/** The code of the transport's error; the call certainly did not run. */
async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof RpcDisconnected, String(error));
    assert.equal(error.mayHaveRun, false);
    return `${(error.cause as TransportError).code}: ${error.message}`;
  }
  return assert.fail("the call had a result");
}

test("a client calls a server over TLS 1.3, and both know the other end's certificate", async (t) => {
  let call: IncomingCall | undefined;
  const add = ({ a, b }: { a: number; b: number }, incoming: IncomingCall) => {
    call = incoming;
    return a + b;
  };
  const { url } = await serve(t, { tls: { ...own, ca: authority }, calls: { add: add as never } });
  const calling = client(t, url, { tls: { ca: authority, ...ann } });
  assert.equal(await calling.add({ a: 1, b: 2 }), 3);
  const { security } = channelOf(calling);
  assert.equal(security?.protocol, "TLSv1.3");
  assert.equal(security?.alpn, "sunrpc");
  assert.equal(security?.certificate?.subject, "O=Lupine tests,CN=Server");
  assert.deepEqual(security?.certificate?.names, ["DNS:localhost", "IP:127.0.0.1", "IP:0:0:0:0:0:0:0:1"]);
  assert.equal(call?.identity.tls?.subject, "O=Lupine tests,CN=Ann\\, the first");
  assert.deepEqual(call?.identity.tls?.names, ["email:ann@example.com", "URI:spiffe://example/ann"]);
  assert.match(call?.identity.tls?.fingerprint ?? "", /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.equal(call?.security?.protocol, "TLSv1.3");
});

test("tcp:// with options.tls is the same as tls://", async (t) => {
  const { url } = await serve(t);
  const calling = client(t, url.replace("tls:", "tcp:"));
  assert.equal(await calling.add({ a: 1, b: 2 }), 3);
  assert.equal(channelOf(calling).security?.protocol, "TLSv1.3");
});

test("a server whose certificate does not prove its name is not called", async (t) => {
  let calls = 0;
  const refused = async (tls: TlsListenOptions, options: Options = {}): Promise<string> => {
    const add = () => ++calls;
    const { url } = await serve(t, { tls, calls: { add: add as never, nothing: add as never } });
    return refusal(client(t, url, options).add({ a: 1, b: 2 }));
  };
  const fails = "TRANSPORT_TLS_FAILED: .*cannot connect to tls://127.0.0.1:\\d+: TLS failed: the";
  assert.match(
    await refused(own, { tls: { ca: stranger } }),
    new RegExp(`${fails} other end's certificate comes from`),
  );
  assert.match(await refused(own, { tls: {} }), new RegExp(`${fails} other end's certificate comes from`));
  assert.match(await refused(elsewhere), new RegExp(`${fails} certificate is for other names`));
  assert.match(await refused(expired), new RegExp(`${fails} other end's certificate has expired`));
  const named = { tls: { ca: authority, servername: "elsewhere.example" } };
  assert.match(await refused(own, named), new RegExp(`${fails} certificate is for other names`));
  // Bob's certificate has his e-mail address, and "Bob" as the common name.
  const person = { tls: { ca: authority, servername: "bob" } };
  assert.match(await refused(bob, person), new RegExp(`${fails} certificate is for other names`));
  assert.equal(calls, 0);
});

test("servername is the name that the certificate must have, in place of the host", async (t) => {
  const { url } = await serve(t, { tls: elsewhere });
  const calling = client(t, url, { tls: { ca: authority, servername: "elsewhere.example" } });
  assert.equal(await calling.add({ a: 1, b: 2 }), 3);
});

test("a server without TLS is not called, unless the client made TLS optional", async (t) => {
  let calls = 0;
  const calling = { add: (() => ++calls) as never, nothing: (() => ++calls) as never };
  const { url } = await serve(t, { tls: false, calls: calling });
  assert.match(await refusal(client(t, url).add({ a: 1, b: 2 })), /^TRANSPORT_TLS_NOT_OFFERED: .*It was not called/);
  assert.equal(calls, 0);
  const trying = client(t, url, { tls: { ca: authority, require: "optional" } });
  assert.equal(await trying.add({ a: 1, b: 2 }), 1);
  assert.equal(channelOf(trying).security, undefined);
});

test("interceptors see in call.security what the connection has", async (t) => {
  const seen: unknown[] = [];
  const look: Options["interceptors"] = [
    async (call, next) => {
      const result = await next(call);
      seen.push(call.security?.protocol);
      return result;
    },
  ];
  const tls = { ca: authority, require: "optional" } as const;
  for (const setting of [{}, { tls: false } as const]) {
    const { url } = await serve(t, setting);
    await client(t, url, { tls, interceptors: look }).add({ a: 1, b: 2 });
  }
  assert.deepEqual(seen, ["TLSv1.3", undefined]);
});

test("a server that requires TLS answers procedure 0 without it, and denies the rest", async (t) => {
  let calls = 0;
  const { host, port, url } = await serve(t, { calls: { add: (() => ++calls) as never } });
  const plain = createClient(adder, `tcp://${host}:${port}`);
  t.after(() => plain[Symbol.asyncDispose]());
  await ping(channelOf(plain), adder);
  const weak = { code: "RPC_AUTH_ERROR", authStat: 5, mayHaveRun: false };
  await assert.rejects(plain.add({ a: 1, b: 2 }), {
    ...weak,
    message: /AUTH_TOOWEAK.*TLS, or a certificate \(options\.tls\)/,
  });
  assert.equal(calls, 0);
  assert.equal(await client(t, url).add({ a: 1, b: 2 }), 1);
});

test("a server with optional TLS serves both, but the programs that require it", async (t) => {
  const tls = { ...own, ca: authority, require: "optional" } as const;
  const add = { a: 1, b: 2 };
  const plainly = async (implement: ImplementOptions): Promise<number> => {
    const { url } = await serve(t, { tls, implement });
    return client(t, url.replace("tls:", "tcp:"), { tls: undefined }).add(add);
  };
  const weak = { code: "RPC_AUTH_ERROR", authStat: 5, mayHaveRun: false };
  assert.equal(await plainly({}), 3);
  await assert.rejects(plainly({ requireTls: "tls" }), weak);
  await assert.rejects(plainly({ requireTls: "client-certificate" }), weak);
  const { url } = await serve(t, { tls, implement: { requireTls: "client-certificate" } });
  await assert.rejects(client(t, url).add(add), weak);
  assert.equal(await client(t, url, { tls: { ca: authority, ...ann } }).add(add), 3);
});

test("a server that requires certificates of its clients closes connections without a valid one", async (t) => {
  let calls = 0;
  const tls = { ...own, ca: authority, require: "client-certificate" } as const;
  const add = (() => ++calls) as never;
  const { url, errors } = await serve(t, { tls, calls: { add, nothing: add } });
  const refused = (pair: object): Promise<string> =>
    refusal(client(t, url, { tls: { ca: authority, ...pair } }).add({ a: 1, b: 2 }));
  const why = /^TRANSPORT_TLS_FAILED: .*as it does if it does not accept the client's certificate/;
  assert.match(await refused({}), why);
  assert.match(await refused(eve), why);
  assert.match(await refused(late), why);
  assert.equal(calls, 0);
  assert.equal(errors.length, 3);
  assert.equal(await client(t, url, { tls: { ca: authority, ...bob } }).add({ a: 1, b: 2 }), 1);
});

test("a certificate of a strange authority is refused also where none is required", async (t) => {
  const { url } = await serve(t, { tls: { ...own, ca: authority } });
  const calling = client(t, url, { tls: { ca: authority, ...eve } });
  assert.match(await refusal(calling.add({ a: 1, b: 2 })), /^TRANSPORT_TLS_FAILED: /);
});

test("identify gives callers a name, or turns them away", async (t) => {
  const names: unknown[] = [];
  const identify: TlsListenOptions["identify"] = ({ names: [first = ""] }) => {
    if (first === "email:bob@example.com") throw new Error("Bob has left");
    return first.replace("email:", "");
  };
  const add = (_: unknown, { identity }: IncomingCall) => names.push(identity.principal);
  const { url, errors } = await serve(t, { tls: { ...own, ca: authority, identify }, calls: { add: add as never } });
  await client(t, url, { tls: { ca: authority, ...ann } }).add({ a: 1, b: 2 });
  await client(t, url).add({ a: 1, b: 2 });
  assert.deepEqual(names, ["ann@example.com", undefined]);
  await refusal(client(t, url, { tls: { ca: authority, ...bob } }).add({ a: 1, b: 2 }));
  assert.match(String(errors[0]), /Bob has left/);
});

test("identify may be asynchronous, and no call runs before it has ended", async (t) => {
  const names: unknown[] = [];
  let decide: ((name: string) => void) | undefined;
  const identify: TlsListenOptions["identify"] = () => new Promise((resolve) => (decide = resolve));
  const note = (_: unknown, { identity }: IncomingCall) => names.push(identity.principal);
  const calls = { add: note as never };
  const { url, errors } = await serve(t, { tls: { ...own, ca: authority, identify }, calls });
  const call = client(t, url, { tls: { ca: authority, ...ann } }).add({ a: 1, b: 2 });
  await until(
    () => decide !== undefined,
    () => "identify to be called",
  );
  assert.deepEqual(names, []);
  decide?.("ann");
  await call;
  assert.deepEqual([names, errors], [["ann"], []]);
});

test("a connection whose identify rejects or returns anything but a name is closed and reported", async (t) => {
  const refused = async (identify: () => unknown): Promise<string> => {
    let calls = 0;
    const count = () => ++calls;
    const tls = { ...own, ca: authority, identify: identify as TlsListenOptions["identify"] };
    const { url, errors } = await serve(t, { tls, calls: { add: count as never, nothing: count as never } });
    await refusal(client(t, url, { tls: { ca: authority, ...ann } }).add({ a: 1, b: 2 }));
    assert.equal(calls, 0);
    assert.equal(errors.length, 1);
    return String(errors[0]);
  };
  const rejects = async (): Promise<never> => Promise.reject(new Error("revoked"));
  assert.match(await refused(rejects), /tls\.identify refused the certificate of .*Ann.*: revoked/);
  const throws = (thrown: unknown) => () => {
    throw thrown;
  };
  assert.match(await refused(throws(undefined)), /tls\.identify refused .*: undefined/);
  for (const [value, shown] of [
    ["", '""'],
    [42, "42"],
    [null, "null"],
    [false, "false"],
    [["ann"], "an array of 1"],
  ] as const) {
    const message = new RegExp(`tls\\.identify must return a name, or undefined.*returned ${shown}`);
    assert.match(await refused(() => value), message);
    assert.match(await refused(async () => value), message);
  }
});

test("an identify that never ends is cut off by handshakeTimeout, and what it does afterwards is ignored", async (t) => {
  let reject: ((error: Error) => void) | undefined;
  const identify: TlsListenOptions["identify"] = () => new Promise((_, fail) => (reject = fail));
  const { url, errors } = await serve(t, { tls: { ...own, ca: authority, identify, handshakeTimeout: 300 } });
  await refusal(client(t, url, { tls: { ca: authority, ...ann } }).add({ a: 1, b: 2 }));
  await until(
    () => errors.length > 0,
    () => "the report",
  );
  reject?.(new Error("too late"));
  assert.match(String(errors[0]), /not over after 300 ms/);
  assert.equal(errors.length, 1);
});

test("calls back, long messages and many calls at once go over TLS", async (t) => {
  const served = new Server().implement(adder, adding());
  const later = async (value: number, { peer }: IncomingCall) => {
    const back = createClient(adder, peer);
    return back.add({ a: value, b: 1 });
  };
  const { url } = await serve(t, { calls: { later: later as never } });
  const calling = client(t, url, { callbacks: served });
  const sums = await Promise.all(Array.from({ length: 200 }, (_, i) => calling.later(i)));
  assert.deepEqual(
    sums,
    Array.from({ length: 200 }, (_, i) => i + 1),
  );
  assert.equal((await calling.repeat(1_000_000)).length, 1_000_000);
});

test("a client connects again over TLS after the connection was lost", async (t) => {
  const calls = {
    nothing: ((call: IncomingCall) => call.peer.destroy()) as never,
  };
  const { url } = await serve(t, { calls });
  const calling = client(t, url);
  assert.equal(await calling.add({ a: 1, b: 2 }), 3);
  await assert.rejects(calling.nothing(), RpcDisconnected);
  assert.equal(await calling.add({ a: 1, b: 2 }), 3);
  assert.equal(channelOf(calling).security?.protocol, "TLSv1.3");
});

test("a server that closes waits for calls over TLS", async (t) => {
  let finish: ((value: number) => void) | undefined;
  const later = () => new Promise<number>((resolve) => (finish = resolve));
  const { server, url } = await serve(t, { calls: { later: later as never } });
  const result = client(t, url).later(7);
  await until(
    () => finish !== undefined,
    () => "the call",
  );
  const closing = server.close();
  finish?.(7);
  assert.equal(await result, 7);
  await closing;
});

test("a call that runs exactly once has the certificate of its connection", async (t) => {
  const seen: unknown[] = [];
  const add = (_: unknown, { identity }: IncomingCall) => seen.push(identity.tls?.names[0], identity.principal);
  const tls = { ...own, ca: authority, identify: () => "ann" };
  const implement = { requireTls: "client-certificate" } as const;
  const { server, url } = await serve(t, { tls, implement, calls: { add: add as never } });
  await serveSessions(server);
  const calling = client(t, url, { tls: { ca: authority, ...ann }, semantics: { add: "exactly-once" } });
  assert.equal(await calling.add({ a: 1, b: 2 }), 2);
  assert.deepEqual(seen, ["email:ann@example.com", "ann"]);
  const nobody = client(t, url, { semantics: { add: "exactly-once" } });
  await assert.rejects(nobody.add({ a: 1, b: 2 }), { code: "RPC_AUTH_ERROR", authStat: 5 });
});

test("a connection over TLS that is idle is closed, and the client makes a new one", async (t) => {
  const errors: unknown[] = [];
  const server = new Server({ onError: (error) => errors.push(error) }).implement(adder, adding());
  t.after(() => server.destroy());
  const { address } = await server.listen("tcp://127.0.0.1:0", { tls: own, idleTimeout: 100 });
  const calling = client(t, `tls://127.0.0.1:${(address as { port: number }).port}`);
  assert.equal(await calling.add({ a: 1, b: 2 }), 3);
  await until(
    () => server.connections === 0,
    () => "the end of the idle connection",
  );
  // On a busy machine the next one may be idle for as long before its handshake ends.
  const isAnswered = (): Promise<boolean> =>
    calling.nothing().then(
      () => true,
      () => false,
    );
  await until(isAnswered, () => "an answer over a new connection");
});

test("keep-alive calls procedure 0 through TLS", async (t) => {
  let asked = 0;
  const count = (call: IncomingCall, next: (call: IncomingCall) => unknown): unknown => {
    if (call.procedure.number === 0 && call.security !== undefined) asked++;
    return next(call);
  };
  const { url, server } = await serve(t, { server: { interceptors: [count as never] } });
  const calling = client(t, url, { keepAlive: { interval: 20, unanswered: 1_000_000 } });
  assert.equal(await calling.add({ a: 1, b: 2 }), 3);
  // The first one ends the handshake.
  await until(
    () => asked >= 4,
    () => "calls of procedure 0",
  );
  assert.equal(server.connections, 1);
});

test("files are read again when they have changed, and kept in use if they become unusable", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-tls-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (pair: { cert: string; key: string }): void => {
    writeFileSync(join(folder, "server.pem"), pair.cert);
    writeFileSync(join(folder, "server.key"), pair.key);
  };
  write(own);
  const { url, errors } = await serve(t, {
    tls: { cert: join(folder, "server.pem"), key: join(folder, "server.key") },
  });
  const subject = async (): Promise<string | undefined> => {
    await using calling = createClient(adder, url, { tls: { ca: authority } });
    await calling.nothing();
    return channelOf(calling).security?.certificate?.subject;
  };
  assert.match((await subject()) ?? "", /CN=Server/);
  write(renewed);
  await until(
    async () => (await subject())?.endsWith("CN=Renewed") === true,
    () => "the new certificate",
  );
  writeFileSync(join(folder, "server.key"), "no key");
  await until(
    async () => (await subject())?.endsWith("CN=Renewed") === true && errors.length > 0,
    () => "the report of the unusable key",
  );
  assert.match(String(errors[0]), /the certificate or key for TLS cannot be used \(options.tls\)/);
});

test("options of TLS that are wrong or do not apply are refused where they are given", async (t) => {
  const options =
    (tls: unknown, target = "tls://localhost:1") =>
    () =>
      createClient(adder, target, { tls } as Options);
  assert.throws(options({ ca: 5 }), /options.tls.ca is 5; give PEM text or bytes, or the path of a PEM file/);
  assert.throws(options({ servernmae: "a" }), /options.tls.servernmae is not an option; did you mean servername/);
  for (const lone of [{ cert: ann.cert }, { key: ann.key }]) {
    assert.throws(options(lone), /give cert and key/);
    assert.throws(options(lone, "tls://localhost"), /give cert and key/);
    assert.throws(options(lone, ["tcp://localhost:1", "tcp://localhost:2"] as never), /give cert and key/);
  }
  assert.throws(options({}, "udp://localhost:1"), /options.tls does not apply to udp:\/\/localhost:1/);
  assert.throws(options({}, "unix:/run/add.sock"), /options.tls does not apply/);
  const server = new Server();
  const listen = (tls: TlsListenOptions, url = "tcp://127.0.0.1:0") => server.listen(url, { tls });
  await assert.rejects(listen({}), /options.tls.cert is missing/);
  await assert.rejects(listen({ ...own, require: "client-certificate" }), /options.tls.ca is missing/);
  await assert.rejects(listen(own, "udp://127.0.0.1:0"), /options.tls does not apply to udp: addresses/);
  await assert.rejects(listen({ ...own, cert: "/nowhere/server.pem" }), { code: "TRANSPORT_TLS_FAILED" });
  await assert.rejects(listen({ ...own, key: bob.key }), { code: "TRANSPORT_TLS_FAILED" });
  await assert.rejects(server.listen("tls://127.0.0.1:0"), /listen at tcp:\/\/host:port with the option tls/);
  t.after(() => server.destroy());
});

test("a list with a server that cannot have TLS fails closed", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-tls-"));
  const server = new Server().implement(adder, adding({ add: (() => assert.fail("it was called")) as never }));
  t.after(() => server.destroy());
  t.after(() => rmSync(folder, { recursive: true }));
  await server.listen(`unix:${folder}/add.sock`);
  const calling = createClient(adder, [`unix:${folder}/add.sock`], { tls: { ca: authority } });
  t.after(() => calling[Symbol.asyncDispose]());
  await assert.rejects(calling.add({ a: 1, b: 2 }), { mayHaveRun: false, message: /cannot have TLS \(options.tls\)/ });
});

test("a host name whose addresses are balanced is the name that each certificate must have", async (t) => {
  const { port } = await serve(t);
  const target = `tls://localhost:${port}`;
  const calling = client(t, target, { balance: "round-robin" } as Options);
  assert.equal(await calling.add({ a: 1, b: 2 }), 3);
  const strict = client(t, target, { balance: "round-robin", tls: { ca: stranger } } as Options);
  await assert.rejects(strict.add({ a: 1, b: 2 }), { mayHaveRun: false });
});

test("a list of servers with TLS is called over TLS", async (t) => {
  const [one, two] = [await serve(t), await serve(t)];
  const calling = createClient(adder, [one.url, `tcp://${two.host}:${two.port}`], { tls: { ca: authority } });
  t.after(() => calling[Symbol.asyncDispose]());
  for (let i = 0; i < 4; i++) assert.equal(await calling.add({ a: 1, b: i }), i + 1);
});
