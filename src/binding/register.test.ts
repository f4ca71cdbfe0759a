import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { adder, adderVersion, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/index.js";
import { freePort } from "../testing/free-port.test-support.js";
import type { Rpcbind } from "./embedded.js";
import { register, startRpcbind } from "./everyday.js";
import type { BinderPlaces } from "./places.js";
import { servedVersion2, serveVersion2 } from "./portmap/server.js";
import { newBinderState } from "./rpcbind/state.js";
import type { RegistrationTable } from "./rpcbind/table.js";

async function adderServer(...addresses: string[]): Promise<Server> {
  const server = new Server().implement(adder, adding()).implement(adderVersion(2), adding());
  for (const address of addresses) await server.listen(address);
  return server;
}

/** What the adder has, as "version netid". */
function registered(table: RegistrationTable): string[] {
  const own = table.all().filter(({ program }) => program === adder.number);
  return own.map(({ version, netid }) => `${version} ${netid}`);
}

function portOf(rpcbind: Rpcbind): number {
  return (rpcbind.address as { port: number }).port;
}

const nowhere: BinderPlaces = { port: 9, socket: "/nonexistent/rpcbind.sock", fallbackPort: 9 };

test("every version on every transport is registered, and closing the server takes it back", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const server = await adderServer("tcp://127.0.0.1:0", "udp://127.0.0.1:0");
  const registration = await register(server, { binder: rpcbind });
  assert.deepEqual(registered(rpcbind.table), ["1 tcp", "1 udp", "2 tcp", "2 udp"]);
  assert.equal(registration.address, rpcbind.url);
  await server.close();
  assert.deepEqual(registered(rpcbind.table), []);
});

test("a wrong binder is a TypeError that names the option", async () => {
  await using server = new Server().implement(adder, adding());
  for (const binder of [5, null, {}, { host: "127.0.0.1" }, { kind: "tcp", host: "127.0.0.1", port: 99_999 }]) {
    await assert.rejects(register(server, { binder } as never), {
      name: "TypeError",
      message: /^options\.binder is .*; give "auto", "system", "none", an address, or a binder/,
    });
  }
  await assert.rejects(register(server, { bindr: "none" } as never), /did you mean binder\?/);
});

test("a binder at an address is registered with over TCP, UDP and a Unix socket", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lupine-register-"));
  {
    await using rpcbind = await startRpcbind({ port: 0, unixPath: join(folder, "b.sock") });
    for (const address of rpcbind.addresses) {
      const server = await adderServer("tcp://127.0.0.1:0");
      await register(server, { binder: address });
      assert.deepEqual(registered(rpcbind.table), ["1 tcp", "2 tcp"], address.kind);
      await server.close();
      assert.deepEqual(registered(rpcbind.table), [], address.kind);
    }
    await using server = await adderServer("tcp://127.0.0.1:0");
    await register(server, { binder: `127.0.0.1:${portOf(rpcbind)}` });
    assert.equal(registered(rpcbind.table).length, 2);
  }
  await rm(folder, { recursive: true });
});

test("a binder of version 2 gets what it can express", async () => {
  const state = newBinderState();
  const { table } = state;
  await using old = new Server();
  old.implement(servedVersion2, serveVersion2(state));
  const { address } = await old.listen("udp://127.0.0.1:0");
  const folder = await mkdtemp(join(tmpdir(), "lupine-register-"));
  const server = await adderServer("tcp://127.0.0.1:0", "udp://127.0.0.1:0", `unix:${join(folder, "a.sock")}`);
  await register(server, { binder: address });
  assert.deepEqual(registered(table), ["1 tcp", "1 udp", "2 tcp", "2 udp"]);
  await server.close();
  assert.deepEqual(registered(table), []);
  await rm(folder, { recursive: true });
});

test("what an earlier run has left behind is replaced", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const stale = { program: adder.number, version: 1, netid: "tcp", address: "0.0.0.0.0.9", owner: "unknown" };
  rpcbind.table.put(stale);
  await using server = await adderServer("tcp://127.0.0.1:0");
  await register(server, { binder: rpcbind.address });
  assert.notEqual(rpcbind.table.find(adder.number, 1, "tcp")?.address, stale.address);
});

test("a server that took over keeps the registration when the old one closes", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const old = await adderServer("tcp://127.0.0.1:0");
  await register(old, { binder: rpcbind.address });
  await using renewed = await adderServer("tcp://127.0.0.1:0");
  const { entries } = await register(renewed, { binder: rpcbind.address });
  await old.close();
  assert.deepEqual(registered(rpcbind.table), ["1 tcp", "2 tcp"]);
  assert.equal(rpcbind.table.find(adder.number, 1, "tcp")?.address, entries[0]?.address);
});

test("a program that belongs to another user is refused, and nothing of it stays", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const others = { program: adder.number, version: 2, netid: "tcp", address: "0.0.0.0.0.9", owner: "1001" };
  rpcbind.table.put(others);
  await using server = await adderServer("tcp://127.0.0.1:0");
  // Over UDP nobody can tell who we are: over TCP the superuser could take it.
  const [, binder] = rpcbind.addresses;
  assert.equal(binder?.kind, "udp");
  await assert.rejects(register(server, { binder }), {
    code: "RPC_REGISTRATION_REFUSED",
    message: /version 2 over tcp: it is registered at 0\.0\.0\.0\.0\.9 by user 1001; is another server of it running\?/,
  });
  assert.deepEqual(registered(rpcbind.table), ["2 tcp"]);
});

test("a machine's own binder is used when it answers", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  await using server = await adderServer("tcp://127.0.0.1:0");
  const { binder } = await register(server, { ...nowhere, port: portOf(rpcbind) });
  assert.equal(binder, `rpcbind at ${rpcbind.url}`);
  assert.equal(registered(rpcbind.table).length, 2);
});

test("without a binder one is started, which a second server finds, and which ends with the first", async () => {
  const places = { ...nowhere, fallbackPort: await freePort() };
  const first = await adderServer("tcp://127.0.0.1:0");
  const own = await register(first, places);
  assert.match(own.binder, /of this process/);
  const second = new Server().implement(adderVersion(3), adding());
  await second.listen("tcp://127.0.0.1:0");
  const other = await register(second, places);
  assert.equal(other.binder, `rpcbind at tcp://127.0.0.1:${places.fallbackPort}`);
  await first.close();
  // Nobody is left to take it back from; closing must not fail or hang for that.
  await second.close();
  await using again = await startRpcbind({ port: places.fallbackPort });
  assert.deepEqual(registered(again.table), []);
});

test("two servers that start at once agree on one binder", async () => {
  const places = { ...nowhere, fallbackPort: await freePort() };
  const one = await adderServer("tcp://127.0.0.1:0");
  const two = new Server().implement(adderVersion(3), adding());
  await two.listen("tcp://127.0.0.1:0");
  const addresses = (await Promise.all([register(one, places), register(two, places)])).map(({ address }) => address);
  assert.equal(addresses[0], addresses[1]);
  await Promise.all([one.close(), two.close()]);
});

test("no binder where one is asked for is an error that says where it was sought", async () => {
  await using server = await adderServer("tcp://127.0.0.1:0");
  const options = { ...nowhere, timeout: 300 };
  await assert.rejects(register(server, { ...options, binder: "system" }), {
    code: "RPC_NO_BINDER",
    message: /no rpcbind answers at tcp:\/\/127\.0\.0\.1:9 or udp:\/\/127\.0\.0\.1:9/,
  });
  await assert.rejects(register(server, { ...options, binder: "127.0.0.1:9" }), { code: "RPC_NO_BINDER" });
});

test("a fallback port that something else holds is an error", async () => {
  const stranger = createServer((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  const { port } = stranger.address() as { port: number };
  await using server = await adderServer("tcp://127.0.0.1:0");
  await assert.rejects(register(server, { ...nowhere, fallbackPort: port, timeout: 300 }), { code: "RPC_NO_BINDER" });
  await new Promise((resolve) => stranger.close(resolve));
});

test("a server that wants no binder is told to none", async () => {
  await using server = await adderServer("tcp://127.0.0.1:0");
  const registration = await register(server, { ...nowhere, binder: "none" });
  assert.deepEqual([registration.binder, registration.address], ["no binder", undefined]);
});

test("a server on every address of IPv6 is registered for IPv4 as well", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  await using server = new Server().implement(adder, adding());
  const { address } = await server.listen("tcp://[::]:0", { accept: "network" });
  const { port } = address as { port: number };
  await register(server, { binder: rpcbind });
  const ending = `.${port >> 8}.${port & 255}`;
  assert.equal(rpcbind.table.find(adder.number, 1, "tcp6")?.address, `::${ending}`);
  assert.equal(rpcbind.table.find(adder.number, 1, "tcp")?.address, `0.0.0.0${ending}`);
});
