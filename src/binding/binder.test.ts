import assert from "node:assert/strict";
import test from "node:test";
import type { Procedures, Program } from "../rpc/program.js";
import { refuse, Server } from "../server/index.js";
import { Binder } from "./binder.js";
import { fakeBinder, refusal, success, text, words } from "./fake-binder.test-support.js";
import { servedVersion2, serveVersion2 } from "./portmap/server.js";
import { servedVersion3, servedVersion4, serveVersion3, serveVersion4 } from "./rpcbind/server.js";
import { newBinderState } from "./rpcbind/state.js";
import { superuser } from "./rpcbind/table.js";

/** Linux tells whose a connection of this machine is; version 2 cannot say. */
const own = process.geteuid?.() === 0 ? superuser : String(process.geteuid?.());
const ownerOverTcp = process.platform === "linux" ? own : "unknown";
const entry = { program: 300_000, version: 1, netid: "tcp", address: "0.0.0.0.8.1", owner: "" };

/** A binder that speaks some versions only. */
async function binderOf(versions: readonly (2 | 3 | 4)[]) {
  const state = newBinderState();
  const server = new Server();
  if (versions.includes(2)) server.implement(servedVersion2, serveVersion2(state));
  if (versions.includes(3)) server.implement(servedVersion3, serveVersion3(state));
  if (versions.includes(4)) server.implement(servedVersion4, serveVersion4(state));
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const binder = new Binder(address, { timeout: 30_000 });
  const dispose = async () => {
    await binder.close();
    await server.close();
  };
  return { binder, state, server, [Symbol.asyncDispose]: dispose };
}

for (const version of [2, 3, 4] as const) {
  test(`a binder that speaks only version ${version} is understood`, async () => {
    await using peer = await binderOf([version]);
    const { binder } = peer;
    assert.equal(await binder.set(entry), true);
    assert.equal(binder.version, version);
    assert.match(await binder.lookUp(entry), version === 2 ? /^0\.0\.0\.0\.8\.1$/ : /^127\.0\.0\.1\.8\.1$/);
    assert.deepEqual(await binder.dump(), [{ ...entry, owner: version === 2 ? "unknown" : ownerOverTcp }]);
    assert.equal(await binder.unset(entry), true);
    assert.equal(await binder.unset(entry), true);
    assert.equal(await binder.lookUp(entry), "");
  });
}

test("the newest version that both speak is used", async () => {
  await using peer = await binderOf([2, 3]);
  await peer.binder.probe();
  assert.equal(peer.binder.version, 3);
});

test("questions asked at once all find the way down to version 2", async () => {
  await using peer = await binderOf([2]);
  peer.state.table.put(entry);
  const answers = await Promise.all(Array.from({ length: 20 }, () => peer.binder.lookUp(entry)));
  assert.deepEqual(new Set(answers), new Set(["0.0.0.0.8.1"]));
});

test("a binder that hangs up on versions it does not know is asked in the next older one", async () => {
  const state = newBinderState();
  state.table.put(entry);
  const rude: Program<Procedures> = { ...servedVersion4, procedures: { getaddr: servedVersion4.procedures.getaddr } };
  await using server = new Server();
  server.implement(servedVersion2, serveVersion2(state));
  server.implement(rude, {
    getaddr: (_question: unknown, call: { peer: { destroy(): void } }) => {
      call.peer.destroy();
      throw refuse("RPC_SYSTEM_ERR");
    },
  } as never);
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using binder = new Binder(address, { timeout: 30_000 });
  assert.equal(await binder.lookUp(entry), "0.0.0.0.8.1");
  assert.equal(binder.version, 2);
});

test("an error that is no matter of versions is handed on", async () => {
  await using server = new Server();
  server.implement(servedVersion4, {
    ...serveVersion4(newBinderState()),
    dump: () => {
      throw refuse("RPC_SYSTEM_ERR");
    },
  });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using binder = new Binder(address, { timeout: 30_000 });
  await assert.rejects(binder.dump(), { code: "RPC_SYSTEM_ERR" });
  assert.equal(binder.version, 4);
});

test("what version 2 cannot express is refused without asking", async () => {
  await using peer = await binderOf([2]);
  assert.equal(await peer.binder.set({ ...entry, netid: "local", address: "/run/x.sock" }), false);
  assert.equal(await peer.binder.lookUp({ ...entry, netid: "tcp6" }), "");
});

test("registrations whose text is not UTF-8 are listed with the others, in the newest version", async () => {
  const bad = Buffer.from([0, 0, 0, 2, 0xc3, 0x28, 0, 0]);
  const entryOf = (more: number, ...texts: Buffer[]): Buffer =>
    Buffer.concat([words(...(more ? [1] : []), 300_000 + more, 1), ...texts]);
  await using peer = await fakeBinder(({ xid, version, procedure }) => {
    if (version !== 4 || procedure !== 4) return refusal(xid, 3);
    const entries = [
      entryOf(0, text("tcp"), text("0.0.0.0.8.1"), bad),
      entryOf(1, bad, text("0.0.0.0.8.1"), text("x")),
      entryOf(2, text("udp6"), bad, text("0")),
      entryOf(3, text("udp6"), text("::.8.1"), text("0")),
    ];
    return success(xid, Buffer.concat([words(1), ...entries, words(0)]));
  });
  await using binder = new Binder({ kind: "tcp", host: "127.0.0.1", port: peer.port }, { timeout: 30_000 });
  const [owner, netid, address, good] = await binder.dump();
  assert.deepEqual([owner?.owner, netid?.netid, address?.address], ["\ufffd(", "\ufffd(", "\ufffd("]);
  assert.deepEqual(good, { program: 300_003, version: 1, netid: "udp6", address: "::.8.1", owner: "0" });
  assert.equal(binder.version, 4);
  assert.deepEqual(peer.asked, ["tcp 4.4"]);
});
