// When the binder asks the system for the owner of a caller.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { IncomingCall } from "../../rpc/call.js";
import type { Address } from "../../transport/address.js";
import { Access } from "./access.js";
import { type BinderEvent, formatEvent } from "./events.js";
import { RPCBVERS } from "./rpcbind.gen.js";
import { type BinderState, register, unregister } from "./server.js";
import { Statistics } from "./statistics.js";
import { RegistrationTable } from "./table.js";

const key = { program: 300_000, version: 1, netid: "tcp" };
const entry = { ...key, address: "127.0.0.1.8.1", owner: "unknown" };

function binder(t: TestContext): BinderState {
  const access = new Access({ sharedSocket: true });
  t.after(() => access.close());
  return {
    table: new RegistrationTable(),
    statistics: new Statistics(),
    access,
    remoteCalls: { prepare() {} } as unknown as BinderState["remoteCalls"],
    touched() {},
    current: () => undefined,
  };
}

function callFrom(remote: Address): IncomingCall {
  const peer = { remote, local: remote, handle: () => undefined };
  return { remote, peer, identity: {}, program: RPCBVERS, procedure: { name: "UNSET" } } as unknown as IncomingCall;
}

const onSocket = (): IncomingCall => callFrom({ kind: "unix", path: "" });
const local = onSocket();

test("UNSET of something that is not registered is answered at once, without asking for its caller", (t) => {
  const state = binder(t);
  assert.equal(unregister(state, [key, { ...key, netid: "" }], "0", local), true);
  register(state, entry, local);
  assert.equal(unregister(state, [{ ...key, version: 2 }], "0", local), true);
});

test("UNSET of something that is registered, or of the binder itself, asks for its caller", async (t) => {
  const state = binder(t);
  register(state, { ...entry, owner: "1000" }, local);
  for (const one of [key, { ...key, netid: "" }, { ...key, program: 100_000 }]) {
    const answer = unregister(state, [one], "0", onSocket());
    assert.ok(answer instanceof Promise);
    assert.equal(await answer, false);
  }
  assert.equal(state.table.size, 1);
});

test("while a caller is being asked for, its UNSET waits", async (t) => {
  const state = binder(t);
  const owner = state.access.ownerOf(local, "0");
  assert.ok(owner instanceof Promise);
  const answer = unregister(state, [key], "0", local);
  assert.ok(answer instanceof Promise);
  assert.equal(await answer, true);
});

test("UNSET of something that is not registered is denied to other machines", (t) => {
  const stranger = callFrom({ kind: "tcp", host: "192.0.2.7", port: 700 });
  assert.throws(() => unregister(binder(t), [key], "0", stranger), { code: "RPC_AUTH_ERROR" });
});

test("callers of this machine, whose calls have no limit, cause a bounded number of log lines, and leave those of others alone", () => {
  const events: BinderEvent[] = [];
  const access = new Access({ log: (event) => events.push(event) });
  const what = { program: 300_000, version: 1, procedure: 1 };
  const by = (port: number, owner = "unknown") => ({ from: { kind: "tcp", host: "127.0.0.1", port } as const, owner });
  for (let port = 1; port <= 5_000; port++) access.tell({ kind: "remote call", ...what, by: by(port) });
  for (let port = 1; port <= 5_000; port++) access.tell({ kind: "set", entry, by: by(port, "1000") });
  // One more of each kind for every tenth of a second that the test takes.
  const isBounded = (count: number): boolean => count >= 2_000 && count < 3_000;
  assert.ok(isBounded(events.length), `${events.length} lines`);
  access.tell({ kind: "set", entry, by: by(1, "superuser") });
  const line = formatEvent(events.at(-1) as BinderEvent);
  assert.match(line, /^set 300000 .*, by superuser at tcp:\/\/127.0.0.1:1 \(\d+ more were left out before\)$/);
});
