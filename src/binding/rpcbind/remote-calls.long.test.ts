import assert from "node:assert/strict";
import { createServer } from "node:net";
import test from "node:test";
import { createClientWith } from "../../client/index.js";
import { Neighbours } from "../../machine/neighbours.js";
import { type AdderProcedures, adder, adding } from "../../rpc/adder.test-support.js";
import type { IncomingCall } from "../../rpc/call.js";
import { RpcError, type RpcRefused } from "../../rpc/errors.js";
import type { Implementation } from "../../rpc/stubs.js";
import { refuse, Server } from "../../server/index.js";
import type { Address } from "../../transport/address.js";
import { startRpcbind } from "../everyday.js";
import { PMAP_VERS } from "../portmap/portmap.gen.js";
import type { Access } from "./access.js";
import { privilegedPrograms } from "./privileged.js";
import { RawCalls } from "./raw-calls.js";
import { type RemoteCallLimits, RemoteCalls } from "./remote-calls.js";
import { RPCBVERS, RPCBVERS4 } from "./rpcbind.gen.js";
import { Statistics } from "./statistics.js";

const args = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2);
const call = { prog: adder.number, vers: 1, proc: 1, args };

async function machine(remoteCalls: Partial<RemoteCallLimits> = {}, changes = {}) {
  const rpcbind = await startRpcbind({ port: 0, remoteCalls });
  const own: Implementation<AdderProcedures> = adding(changes);
  const server = new Server().implement(adder, own);
  for (const kind of ["udp", "tcp"]) {
    const { address } = await server.listen(`${kind}://127.0.0.1:0`);
    const { port } = address as { port: number };
    const text = `127.0.0.1.${port >> 8}.${port & 255}`;
    rpcbind.table.put({ program: adder.number, version: 1, netid: kind, address: text, owner: "" });
  }
  const udp = rpcbind.addresses.find(({ kind }) => kind === "udp") ?? rpcbind.address;
  const options = { timeout: 60_000, retransmit: { first: 60_000 } };
  const two = createClientWith({}, PMAP_VERS, udp, options);
  const three = createClientWith({}, RPCBVERS, udp, options);
  const four = createClientWith({}, RPCBVERS4, udp, options);
  const overTcp = createClientWith({}, RPCBVERS4, rpcbind.address, options);
  const dispose = async () => {
    for (const client of [two, three, four, overTcp]) await client[Symbol.asyncDispose]();
    await rpcbind.close();
    await server.close();
  };
  return { rpcbind, two, three, four, overTcp, [Symbol.asyncDispose]: dispose };
}

const quick = { timeout: 150 };
const silence = { code: "RPC_TIMEOUT" };

test("a call is passed on in every version, and the answer says where the program is", async () => {
  await using at = await machine();
  const udp = at.rpcbind.table.find(adder.number, 1, "udp")?.address ?? "";
  const [high, low] = udp.split(".").slice(-2).map(Number) as [number, number];
  assert.deepEqual(await at.two.callit(call), { port: high * 256 + low, res: Uint8Array.of(0, 0, 0, 3) });
  const expected = { addr: udp, results: Uint8Array.of(0, 0, 0, 3) };
  assert.deepEqual(await at.three.callit(call), expected);
  assert.deepEqual(await at.four.bcast(call), expected);
  assert.deepEqual(await at.four.indirect(call), expected);
  const tcp = at.rpcbind.table.find(adder.number, 1, "tcp")?.address;
  assert.equal((await at.overTcp.indirect(call)).addr, tcp);
  const [, , counts] = await at.four.getstat();
  const [overUdp, overTcp] = counts?.rmtinfo ?? [];
  assert.deepEqual([overUdp?.success, overUdp?.indirect, overTcp?.success, overTcp?.netid], [2, 1, 1, "tcp"]);
});

test("INDIRECT answers what went wrong, CALLIT and BCAST say nothing", async () => {
  await using at = await machine(
    { timeout: 3_000 },
    {
      nothing: () => {
        throw refuse("RPC_GARBAGE_ARGS", { mayHaveRun: false });
      },
      later: () => new Promise(() => {}),
    },
  );
  const wrong: [object, string][] = [
    [{ prog: 300_000 }, "RPC_PROG_UNAVAIL"],
    [{ vers: 9 }, "RPC_PROG_MISMATCH"],
    [{ proc: 99 }, "RPC_PROC_UNAVAIL"],
    [{ args: new Uint8Array(4) }, "RPC_GARBAGE_ARGS"],
    [{ args: new Uint8Array(8_804) }, "RPC_GARBAGE_ARGS"],
    [{ proc: 4, args: new Uint8Array(0) }, "RPC_GARBAGE_ARGS"],
    [{ proc: 2, args: new Uint8Array(4) }, "RPC_SYSTEM_ERR"],
  ];
  for (const [change, code] of wrong) {
    await assert.rejects(at.four.indirect({ ...call, ...change }), { code }, JSON.stringify(change));
    await assert.rejects(at.four.bcast({ ...call, ...change }, quick), silence);
  }
  await assert.rejects(at.two.callit({ ...call, proc: 99 }, quick), silence);
});

test("neither the binder itself nor a program that trusts its own machine is ever called", async () => {
  await using at = await machine();
  assert.ok(
    [100_000, 100_003, 100_004, 100_005, 100_021, 100_024, 608_454_994].every((number) =>
      privilegedPrograms.has(number),
    ),
  );
  const tcp = at.rpcbind.table.find(adder.number, 1, "udp");
  for (const [prog] of privilegedPrograms) {
    if (prog !== 100_000 && tcp !== undefined) at.rpcbind.table.put({ ...tcp, program: prog });
    await assert.rejects(at.four.indirect({ ...call, prog }), { code: "RPC_PROC_UNAVAIL" });
  }
  await assert.rejects(at.two.callit({ ...call, prog: 100_000, vers: 2, proc: 1 }, quick), silence);
});

test("whoever looks for binders by broadcast finds this one, whether it passes calls on or not", async () => {
  const none = new Uint8Array();
  for (const remoteCalls of [true, false]) {
    await using rpcbind = await startRpcbind({ port: 0, remoteCalls });
    const udp = rpcbind.addresses.find(({ kind }) => kind === "udp") as { readonly port: number } & Address;
    await using two = createClientWith({}, PMAP_VERS, udp, { timeout: 30_000 });
    await using four = createClientWith({}, RPCBVERS4, udp, { timeout: 30_000 });
    const nothing = { prog: 100_000, proc: 0, args: none };
    assert.deepEqual(await two.callit({ ...nothing, vers: 2 }), { port: udp.port, res: none });
    const addr = `127.0.0.1.${udp.port >> 8}.${udp.port & 255}`;
    assert.deepEqual(await four.bcast({ ...nothing, vers: 4 }), { addr, results: none });
    await assert.rejects(two.callit({ ...nothing, vers: 5 }, quick), silence);
  }
});

test("nobody is told over IPv6 of a program that listens on IPv4 alone, in any version", async () => {
  await using rpcbind = await startRpcbind({ port: 0, host: "::1", remoteCalls: true });
  const server = new Server().implement(adder, adding());
  const { address } = await server.listen("udp://127.0.0.1:0");
  const { port } = address as { port: number };
  const text = `0.0.0.0.${port >> 8}.${port & 255}`;
  rpcbind.table.put({ program: adder.number, version: 1, netid: "udp", address: text, owner: "" });
  const udp = rpcbind.addresses.find(({ kind }) => kind === "udp") as Address;
  await using two = createClientWith({}, PMAP_VERS, udp, quick);
  await using three = createClientWith({}, RPCBVERS, udp, quick);
  await assert.rejects(two.callit(call), silence);
  await assert.rejects(three.callit(call), silence);
  await server.close();
});

test("a socket is ready for a program that is registered, before the first call to it", async () => {
  const server = new Server().implement(adder, adding());
  const { address } = await server.listen("udp://127.0.0.1:0");
  const raw = new RawCalls(1_000, 8_800);
  for (let i = 0; i < 1_000; i++) raw.prepare({ kind: "udp", host: "127.0.0.1", port: 20_000 + i });
  assert.ok(raw.kept <= 64, `${raw.kept} sockets`);
  raw.prepare(address);
  const { kept } = raw;
  assert.deepEqual(await raw.call(address, call), Uint8Array.of(0, 0, 0, 3));
  assert.equal(raw.kept, kept);
  raw.close();
  await server.close();
});

test("a socket is kept for the next calls to the same program, and a new one is made when its server is gone", async () => {
  let server = new Server().implement(adder, adding());
  const { address } = await server.listen("udp://127.0.0.1:0");
  const raw = new RawCalls(1_000, 8_800);
  const sum = Uint8Array.of(0, 0, 0, 3);
  const calls = Array.from({ length: 20 }, () => raw.call(address, call));
  assert.deepEqual(await Promise.all(calls), new Array(20).fill(sum));
  assert.equal(raw.kept, 1);
  await server.close();
  await assert.rejects(raw.call(address, call), RpcError);
  assert.equal(raw.kept, 0);
  server = new Server().implement(adder, adding());
  await server.listen(address);
  assert.deepEqual(await raw.call(address, call), sum);
  raw.close();
  assert.equal(raw.kept, 0);
  await server.close();
});

test("a program that is registered at another machine's address is not called: a binder is no relay", async () => {
  await using at = await machine();
  at.rpcbind.table.put({ program: 300_000, version: 1, netid: "udp", address: "203.0.113.9.8.1", owner: "" });
  await assert.rejects(at.four.indirect({ ...call, prog: 300_000 }), { code: "RPC_SYSTEM_ERR" });
});

test("calls under way are limited, and long results are not handed on", async () => {
  const release: (() => void)[] = [];
  await using at = await machine(
    { inFlight: 2, bytes: 100 },
    {
      later: (value: number) => new Promise((resolve) => release.push(() => resolve(value))),
    },
  );
  const slow = { ...call, proc: 2, args: Uint8Array.of(0, 0, 0, 7) };
  const all = [at.four.indirect(slow), at.four.indirect(slow)];
  while (release.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await assert.rejects(at.four.indirect(slow), { code: "RPC_SYSTEM_ERR" });
  for (const end of release) end();
  await Promise.all(all);
  const long = { ...call, proc: 5, args: Uint8Array.of(0, 0, 0, 200) };
  await assert.rejects(at.four.indirect(long), { code: "RPC_SYSTEM_ERR" });
});

test("calls of one host to a program that does not answer leave some of those under way to other hosts", async () => {
  const release: (() => void)[] = [];
  const later = (value: number) => new Promise((resolve) => release.push(() => resolve(value)));
  await using at = await machine({ inFlight: 10 }, { later });
  const { table } = at.rpcbind;
  const access = { neighbours: new Neighbours(), tell() {} } as unknown as Access;
  const limits = { inFlight: 10, timeout: 60_000 };
  const calls = new RemoteCalls({ table, statistics: new Statistics(), access, enabled: true, limits });
  const from = (host: string) =>
    ({ program: { version: 4 }, remote: { kind: "tcp", host, port: 1 } }) as unknown as IncomingCall;
  const slow = { ...call, proc: 2, args: Uint8Array.of(0, 0, 0, 7) };
  const all: Promise<unknown>[] = [];
  /** Makes calls until one is refused. @returns their number. */
  const fill = async (host: string): Promise<number> => {
    for (let count = 0; ; count++) {
      const before = release.length;
      let refused = false;
      all.push(
        calls.forward(slow, { netid: "udp", indirect: true }, from(host)).catch(() => {
          refused = true;
        }),
      );
      while (release.length === before && !refused) await new Promise((resolve) => setImmediate(resolve));
      if (refused) return count;
    }
  };
  const counts = [await fill("192.0.2.1"), await fill("2001:db8::1"), await fill("2001:db8::2")];
  assert.deepEqual(counts, [8, 2, 0]);
  for (const end of release) end();
  await Promise.all(all);
  assert.equal(await fill("2001:db8::2"), 8);
  for (const end of release) end();
  await Promise.all(all);
  calls.close();
});

test("a program on a Unix socket is not called: it would take the binder's user for the caller", async () => {
  await using at = await machine();
  const table = at.rpcbind.table;
  table.put({ program: 300_000, version: 1, netid: "local", address: "/nowhere/at/all.sock", owner: "" });
  const access = { neighbours: new Neighbours(), tell() {} } as unknown as Access;
  const calls = new RemoteCalls({ table, statistics: new Statistics(), access, enabled: true });
  const caller = { program: { version: 4 }, remote: { kind: "unix", path: "" } } as unknown as IncomingCall;
  const manner = { netid: "local", indirect: true };
  await assert.rejects(calls.forward({ ...call, prog: 300_000 }, manner, caller), (error: RpcRefused) => {
    return error.code === "RPC_SYSTEM_ERR" && !error.mayHaveRun;
  });
  calls.close();
});

test("a program that sends longer results over TCP than are handed on is cut off at their first bytes", async () => {
  const program = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      const record = Buffer.alloc(16 * 1024 * 1024);
      record.writeUInt32BE(0x8000_0000 + record.length - 4);
      socket.write(record);
    });
  });
  await new Promise<void>((resolve) => program.listen(0, "127.0.0.1", resolve));
  const { port } = program.address() as { port: number };
  const raw = new RawCalls(60_000, 8_800);
  await assert.rejects(raw.call({ kind: "tcp", host: "127.0.0.1", port }, call), {
    code: "RPC_DISCONNECTED",
    message: /16777212 bytes passes the limit of 9312/,
  });
  raw.close();
  program.close();
});
