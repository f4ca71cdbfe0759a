import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { authSys } from "../auth/index.js";
import { connect, createClientWith } from "../client/index.js";
import type { ClientAuth } from "../rpc/call.js";
import { speakSsh } from "../testing/foreign-peer.test-support.js";
import { Binder } from "./binder.js";
import type { Rpcbind } from "./embedded.js";
import { startRpcbind } from "./everyday.js";
import { PMAP_VERS } from "./portmap/portmap.gen.js";
import { type BinderEvent, formatEvent } from "./rpcbind/events.js";
import { RPCBVERS, RPCBVERS4, type rpcb } from "./rpcbind/rpcbind.gen.js";
import { Strangers } from "./rpcbind/strangers.test-support.js";
import { binderProgram } from "./rpcbind/table.js";

const program = 300_000;
const question: rpcb = { r_prog: program, r_vers: 1, r_netid: "tcp", r_addr: "0.0.0.0.8.1", r_owner: "" };
const local = { program, version: 1, netid: "tcp", address: "0.0.0.0.8.1", owner: "" };

/** Clients of all three versions over one transport. */
function clientsOf(rpcbind: Rpcbind, kind: "tcp" | "udp" | "unix" = "tcp", auth?: ClientAuth) {
  const address = rpcbind.addresses.find((one) => one.kind === kind);
  assert.ok(address !== undefined);
  const options = { auth, timeout: 30_000 };
  const [two, three, four] = [
    createClientWith({}, PMAP_VERS, address, options),
    createClientWith({}, RPCBVERS, address, options),
    createClientWith({}, RPCBVERS4, address, options),
  ];
  const dispose = async () => {
    for (const client of [two, three, four]) await client[Symbol.asyncDispose]();
  };
  return { two, three, four, [Symbol.asyncDispose]: dispose };
}

/** A folder for sockets, gone when the test is over. */
async function folder() {
  const path = await mkdtemp(join(tmpdir(), "lupine-binder-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test("TCP and UDP share a port, and the binder lists itself in every version", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const [tcp, udp] = rpcbind.addresses;
  assert.ok(tcp?.kind === "tcp" && udp?.kind === "udp" && tcp.port === udp.port && tcp.port > 0);
  await using clients = clientsOf(rpcbind, "udp");
  const own = (await clients.two.dump()).map(({ map }) => `${map.prog} ${map.vers} ${map.prot} ${map.port}`);
  const expected = [4, 3, 2].flatMap((version) =>
    [6, 17].map((protocol) => `100000 ${version} ${protocol} ${tcp.port}`),
  );
  assert.deepEqual(own, expected);
  assert.equal((await clients.four.dump()).length, 6);
  assert.equal(await clients.two.getport({ prog: binderProgram, vers: 2, prot: 17, port: 0 }), tcp.port);
});

test("a binder on every address of IPv6 answers over IPv4 for IPv4, and lists both", async () => {
  await using rpcbind = await startRpcbind({ port: 0, host: "::" });
  const { port } = rpcbind.address as { port: number };
  await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port });
  await using binder6 = new Binder({ kind: "udp", host: "::1", port });
  const netids = (await binder.dump()).filter(({ version }) => version === 4).map(({ netid }) => netid);
  assert.deepEqual(netids, ["tcp6", "udp6", "tcp", "udp"]);
  await binder.set(local);
  await binder6.set({ ...local, netid: "udp6", address: "::.8.2" });
  assert.equal(await binder.lookUp(local), "127.0.0.1.8.1");
  assert.equal(await binder6.lookUp({ ...local, netid: "udp6" }), "::1.8.2");
});

test("what is set through one version is seen through the others", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  await using clients = clientsOf(rpcbind);
  const { two, three, four } = clients;
  assert.equal(await three.set(question), true);
  assert.equal(await two.getport({ prog: program, vers: 1, prot: 6, port: 0 }), 2049);
  assert.equal(await two.getport({ prog: program, vers: 1, prot: 17, port: 0 }), 0);
  assert.equal(await two.set({ prog: program, vers: 2, prot: 6, port: 2050 }), true);
  assert.equal(await four.getaddr({ ...question, r_vers: 2, r_addr: "" }), "127.0.0.1.8.2");
  assert.equal(await four.unset(question), true);
  assert.equal(await two.unset({ prog: program, vers: 2, prot: 0, port: 0 }), true);
  assert.equal(await two.getport({ prog: program, vers: 1, prot: 6, port: 0 }), 0);
});

test("an address is that of the transport that was asked over, whatever netid the question has", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  await using overTcp = clientsOf(rpcbind, "tcp");
  await using overUdp = clientsOf(rpcbind, "udp");
  await overTcp.four.set(question);
  await overTcp.four.set({ ...question, r_netid: "udp", r_addr: "0.0.0.0.8.9" });
  assert.equal(await overTcp.four.getaddr({ ...question, r_netid: "udp" }), "127.0.0.1.8.1");
  assert.equal(await overUdp.three.getaddr(question), "127.0.0.1.8.9");
});

test("a program on every interface is found at the one that the question came in on", async () => {
  await using rpcbind = await startRpcbind({ port: 0, host: "0.0.0.0" });
  const [tcp] = rpcbind.addresses;
  assert.ok(tcp?.kind === "tcp");
  for (const host of ["127.0.0.1", "127.0.0.2"]) {
    await using binder = new Binder({ ...tcp, host });
    await binder.set(local);
    assert.equal(await binder.lookUp(local), `${host}.8.1`);
  }
});

test("GETADDR takes another version rather than none, GETVERSADDR does not", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  await using clients = clientsOf(rpcbind);
  await clients.four.set(question);
  assert.equal(await clients.four.getaddr({ ...question, r_vers: 7 }), "127.0.0.1.8.1");
  assert.equal(await clients.four.getversaddr({ ...question, r_vers: 7 }), "");
  assert.equal(await clients.four.getversaddr(question), "127.0.0.1.8.1");
});

test("the address list, the time, the counts and the system's addresses are answered", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  await using clients = clientsOf(rpcbind);
  const { four } = clients;
  await four.set(question);
  const list = (await four.getaddrlist(question)).map(({ rpcb_entry_map }) => rpcb_entry_map);
  assert.deepEqual(list, [
    { r_maddr: "127.0.0.1.8.1", r_nc_netid: "tcp", r_nc_semantics: 3, r_nc_protofmly: "inet", r_nc_proto: "tcp" },
  ]);
  const before = Math.floor(Date.now() / 1000); // clock: the time is what is asked for
  const time = await four.gettime();
  assert.ok(before <= time && time <= Date.now() / 1000); // clock: the same
  const [, , counts] = await four.getstat();
  assert.equal(counts?.info[1], 1);
  assert.equal(counts?.info[11], 1);
  assert.equal(counts?.setinfo, 1);
  assert.equal(await four.taddr2uaddr(await four.uaddr2taddr("10.0.0.1.8.1")), "10.0.0.1.8.1");
  assert.equal((await four.uaddr2taddr("nonsense")).buf.length, 0);
});

test("calls to be passed on to other programs get PROC_UNAVAIL", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  await using clients = clientsOf(rpcbind);
  const { two, three, four } = clients;
  const call = { prog: program, vers: 1, proc: 0, args: new Uint8Array() };
  const isRefused = { code: "RPC_PROC_UNAVAIL" };
  await assert.rejects(two.callit(call), isRefused);
  await assert.rejects(three.callit(call), isRefused);
  await assert.rejects(four.bcast(call), isRefused);
  await assert.rejects(four.indirect(call), isRefused);
});

test("hostile registrations are refused with false and leave nothing behind", async () => {
  await using rpcbind = await startRpcbind({ port: 0, limits: { entries: 7 } });
  await using clients = clientsOf(rpcbind);
  const { two, three } = clients;
  const refused: Partial<rpcb>[] = [
    { r_prog: binderProgram },
    { r_netid: "" },
    { r_netid: "tcp".padEnd(100_000, "x") },
    { r_addr: "1.2.3.4.5" },
    { r_addr: "0.0.0.0.0.0" },
    { r_addr: "x".repeat(100_000) },
    { r_netid: "__proto__", r_addr: "constructor" },
  ];
  for (const change of refused) assert.equal(await three.set({ ...question, ...change }), false);
  assert.equal(await two.set({ prog: program, vers: 1, prot: 6, port: 65_536 }), false);
  assert.equal(await two.set({ prog: program, vers: 1, prot: 99, port: 80 }), false);
  await using overUdp = clientsOf(rpcbind, "udp");
  assert.equal(await overUdp.two.unset({ prog: binderProgram, vers: 2, prot: 6, port: 0 }), false);
  assert.equal(rpcbind.table.size, 6);
  assert.equal(await three.set(question), true);
  assert.equal(await three.set({ ...question, r_vers: 2 }), false);
});

test("on the Unix socket each user has what is theirs, and over IP nobody can take it", async () => {
  await using place = await folder();
  await using rpcbind = await startRpcbind({ port: 0, unixPath: join(place.path, "b.sock") });
  await using alice = clientsOf(rpcbind, "unix", authSys({ uid: 1001 }));
  await using bob = clientsOf(rpcbind, "unix", authSys({ uid: 1002 }));
  await using root = clientsOf(rpcbind, "unix", authSys({ uid: 0 }));
  await using anyone = clientsOf(rpcbind, "udp", authSys({ uid: 0 }));
  assert.equal(await alice.three.set(question), true);
  assert.equal(rpcbind.table.find(program, 1, "tcp")?.owner, "1001");
  assert.equal(await bob.three.unset(question), false);
  assert.equal(await anyone.three.unset(question), false);
  assert.equal(await anyone.two.unset({ prog: program, vers: 1, prot: 6, port: 0 }), false);
  assert.equal(await root.three.unset(question), true);
});

test("over TCP a caller is who the system says, whatever the credential and the question say", {
  skip: process.platform !== "linux" && "only Linux tells whose a connection is",
}, async () => {
  await using rpcbind = await startRpcbind({ port: 0, host: ["127.0.0.1", "::1"] });
  const own = process.geteuid?.() === 0 ? "superuser" : String(process.geteuid?.());
  for (const [i, address] of rpcbind.addresses.filter(({ kind }) => kind === "tcp").entries()) {
    await using client = createClientWith({}, RPCBVERS, address, { auth: authSys({ uid: 4242 }), timeout: 30_000 });
    assert.equal(await client.set({ ...question, r_vers: i, r_owner: "4243" }), true);
    assert.equal(rpcbind.table.find(program, i, "tcp")?.owner, own);
  }
  await using overUdp = clientsOf(rpcbind, "udp", authSys({ uid: 0 }));
  await overUdp.three.set({ ...question, r_vers: 7, r_owner: "0" });
  assert.equal(rpcbind.table.find(program, 7, "tcp")?.owner, "unknown");
});

test("a caller without a credential is who it says to be on the Unix socket, which others cannot open", async () => {
  await using place = await folder();
  const unixPath = join(place.path, "b.sock");
  await using rpcbind = await startRpcbind({ port: 0, unixPath });
  assert.equal((await stat(unixPath)).mode & 0o777, 0o600);
  await using clients = clientsOf(rpcbind, "unix");
  await clients.three.set({ ...question, r_owner: "1001" });
  assert.equal(await clients.three.unset({ ...question, r_owner: "1002" }), false);
  assert.equal(await clients.three.unset({ ...question, r_owner: "0" }), true);
});

test("callers of other machines can look up but not register, and get no long answers over UDP", async () => {
  await using rpcbind = await startRpcbind({ port: 0, neighbours: new Strangers() });
  await using overTcp = clientsOf(rpcbind, "tcp");
  await using overUdp = clientsOf(rpcbind, "udp");
  rpcbind.table.put({ ...local, netid: "udp" });
  for (const { two, three } of [overTcp, overUdp]) {
    await assert.rejects(three.set(question), { code: "RPC_AUTH_ERROR" });
    await assert.rejects(two.unset({ prog: program, vers: 1, prot: 6, port: 0 }), { code: "RPC_AUTH_ERROR" });
  }
  assert.equal(await overUdp.four.getaddr(question), "127.0.0.1.8.1");
  assert.equal((await overTcp.four.dump()).length, 7);
  const list = () => overUdp.four.getaddrlist(question);
  for (const ask of [overUdp.two.dump, overUdp.three.dump, overUdp.four.getstat, list]) {
    await assert.rejects(ask(), { code: "RPC_PROC_UNAVAIL" });
  }
});

test("a taken port is told, and nothing stays open", async () => {
  await using first = await startRpcbind({ port: 0 });
  const { port } = first.address as { port: number };
  await assert.rejects(startRpcbind({ port }), { code: "TRANSPORT_LISTEN_FAILED" });
});

test("a stopped binder frees its port, its socket and its calls", async () => {
  await using place = await folder();
  const unixPath = join(place.path, "b.sock");
  const first = await startRpcbind({ port: 0, unixPath });
  const binder = new Binder(first.address);
  await binder.probe();
  await first.close();
  await assert.rejects(binder.dump(), { code: "RPC_DISCONNECTED" });
  await binder.close();
  await assert.rejects(stat(unixPath), { code: "ENOENT" });
  await using again = await startRpcbind({ port: (first.address as { port: number }).port, unixPath });
  await using channel = await connect(again.url);
  assert.equal(channel.remote.kind, "tcp");
});

test("the log of a binder has the connections that were closed for what their peers sent", async () => {
  const events: BinderEvent[] = [];
  await using rpcbind = await startRpcbind({ port: 0, log: (event) => events.push(event) });
  await speakSsh((rpcbind.address as { port: number }).port);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ["trouble"],
  );
  assert.match(
    formatEvent(events[0] as BinderEvent),
    /^tcp:\/\/127\.0\.0\.1:\d+ was disconnected: the peer sent "SSH-"/,
  );
});
