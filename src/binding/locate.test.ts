import assert from "node:assert/strict";
import test from "node:test";
import { adder, adderVersion, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/index.js";
import type { Address } from "../transport/address.js";
import type { Rpcbind } from "./embedded.js";
import { startRpcbind } from "./everyday.js";
import { rpcbindLocator } from "./locate.js";
import type { BinderPlaces } from "./places.js";
import { servedVersion2, serveVersion2 } from "./portmap/server.js";
import { servedVersion4, serveVersion4 } from "./rpcbind/server.js";
import { newBinderState } from "./rpcbind/state.js";

const { signal } = new AbortController();
const entry = { program: adder.number, version: 1, netid: "tcp", address: "0.0.0.0.8.1", owner: "" };

/** Places at which nothing is, but for what a test puts there. */
const nowhere: BinderPlaces = { port: 9, socket: "/nonexistent/rpcbind.sock", fallbackPort: 9 };

function ask(places: BinderPlaces, change: object = {}) {
  const lookup = { host: "127.0.0.1", program: adder, transport: "tcp", signal, ...change } as const;
  return rpcbindLocator({ ...nowhere, timeout: 20_000, ...places })(lookup);
}

function portOf(rpcbind: Rpcbind): number {
  return (rpcbind.address as { port: number }).port;
}

test("a registered program is found over TCP, UDP, and as a Unix socket", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const port = portOf(rpcbind);
  rpcbind.table.put(entry);
  rpcbind.table.put({ ...entry, netid: "udp", address: "0.0.0.0.8.2" });
  rpcbind.table.put({ ...entry, netid: "local", address: "/run/adder.sock" });
  assert.deepEqual(await ask({ port }), { kind: "tcp", host: "127.0.0.1", port: 2049 });
  assert.deepEqual(await ask({ port }, { transport: "udp" }), { kind: "udp", host: "127.0.0.1", port: 2050 });
  assert.deepEqual(await ask({ port }, { transport: "unix" }), { kind: "unix", path: "/run/adder.sock" });
});

test("the binder may be named by host and port, by URL, and need not be where it usually is", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  rpcbind.table.put({ ...entry, netid: "udp" });
  for (const text of [`127.0.0.1:${portOf(rpcbind)}`, rpcbind.url, `udp://127.0.0.1:${portOf(rpcbind)}`]) {
    assert.equal(((await ask({}, { rpcbind: text, transport: "udp" })) as Address).kind, "udp", text);
  }
});

test("a machine without a binder is asked at the fallback port", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  rpcbind.table.put(entry);
  const found = { kind: "tcp", host: "127.0.0.1", port: 2049 };
  assert.deepEqual(await ask({ fallbackPort: portOf(rpcbind) }), found);
});

test("a binder that answers is believed: the fallback is not asked then", async () => {
  await using first = await startRpcbind({ port: 0 });
  await using second = await startRpcbind({ port: 0 });
  second.table.put(entry);
  await assert.rejects(ask({ port: portOf(first), fallbackPort: portOf(second) }), { code: "RPC_NOT_REGISTERED" });
});

test("another version is better than none: the program says itself which it has", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  rpcbind.table.put(entry);
  assert.deepEqual(await ask({ port: portOf(rpcbind) }, { program: adderVersion(9) }), {
    kind: "tcp",
    host: "127.0.0.1",
    port: 2049,
  });
});

test("a host's name stands for both IP versions, an IP address for its own", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  rpcbind.table.put({ ...entry, netid: "tcp6", address: "::1.8.1" });
  const port = portOf(rpcbind);
  assert.deepEqual(await ask({ port }, { host: "localhost" }), { kind: "tcp", host: "::1", port: 2049 });
  await assert.rejects(ask({ port }), /registered are version 1 over tcp6/);
});

test("a binder of version 2 is asked for UDP over TCP", async () => {
  await using server = new Server();
  const state = newBinderState();
  state.table.put({ ...entry, netid: "udp" });
  server.implement(servedVersion2, serveVersion2(state));
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const { port } = address as { port: number };
  assert.deepEqual(await ask({}, { transport: "udp", rpcbind: `tcp://127.0.0.1:${port}` }), {
    kind: "udp",
    host: "127.0.0.1",
    port: 2049,
  });
});

test("a program that is not registered is told with what is registered instead", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const unknown = ask({ port: portOf(rpcbind) });
  await assert.rejects(
    unknown,
    /ADD_PROG version 1 is not registered over tcp at 127\.0\.0\.1 .*not registered there at all/,
  );
  rpcbind.table.put({ ...entry, version: 3, netid: "udp" });
  await assert.rejects(ask({ port: portOf(rpcbind) }), (error: Error & { code?: string; mayHaveRun?: boolean }) => {
    assert.equal(error.code, "RPC_NOT_REGISTERED");
    assert.equal(error.mayHaveRun, false);
    assert.match(error.message, /registered are version 3 over udp/);
    return true;
  });
});

test("a machine on which nothing answers is told with every place that was asked", async () => {
  await assert.rejects(ask({}), (error: Error & { code?: string; mayHaveRun?: boolean }) => {
    assert.equal(error.code, "RPC_NO_BINDER");
    assert.equal(error.mayHaveRun, false);
    assert.match(
      error.message,
      /no rpcbind answers at 127\.0\.0\.1:9 \(nor at unix:\/nonexistent\/rpcbind\.sock, udp:\/\/127\.0\.0\.1:9, 127\.0\.0\.1:9\)/,
    );
    return true;
  });
});

test("a host name that nobody knows is told as such", async () => {
  await assert.rejects(ask({}, { host: "no-such-host.invalid" }), {
    code: "RPC_NO_BINDER",
    message:
      /the host name no-such-host\.invalid (?:is not known: check its spelling|cannot be looked up: no name server answers)/,
  });
});

test("an answer that is no address is told as such", async () => {
  const state = newBinderState();
  await using server = new Server().implement(servedVersion4, { ...serveVersion4(state), getaddr: () => "nonsense" });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await assert.rejects(ask({ port: (address as { port: number }).port }), {
    code: "RPC_BAD_BINDER_ANSWER",
    message: /answered with an invalid address: "nonsense"/,
  });
});

test("a look-up that nobody waits for any more stops", async () => {
  const abort = new AbortController();
  const silent = new Server({ interceptors: [() => new Promise(() => {})] });
  silent.implement(adder, adding());
  const { address } = await silent.listen("udp://127.0.0.1:0");
  const { port } = address as { port: number };
  const asking = ask({ port, timeout: 60_000 } as BinderPlaces, { transport: "udp", signal: abort.signal });
  setTimeout(() => abort.abort(new Error("enough")), 20);
  await assert.rejects(asking);
  await silent.close({ drain: 0 });
});
