import assert from "node:assert/strict";
import { createServer } from "node:net";
import test from "node:test";
import { adder, adderVersion, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/index.js";
import { type Displacement, living, type PlaceChange } from "./displacement.js";
import { register, startRpcbind } from "./everyday.js";
import { addressesByNetid } from "./listening.js";
import { PlaceWatch } from "./place-watch.js";
import { servedVersion2, serveVersion2 } from "./portmap/server.js";
import type { RegisterOptions, Registration } from "./register.js";
import { LocalRegistrar, type Registrar, RemoteRegistrar } from "./registrar.js";
import { newBinderState } from "./rpcbind/state.js";
import type { BinderEntry } from "./rpcbind/table.js";

async function adderServer(...addresses: string[]): Promise<Server> {
  const server = new Server().implement(adder, adding()).implement(adderVersion(2), adding());
  for (const address of addresses) await server.listen(address);
  return server;
}

/** Displacements as they come, and a wait for the next of a kind. */
function told() {
  const all: PlaceChange[] = [];
  const waiting: { kind: Displacement["kind"]; resolve: (one: PlaceChange) => void }[] = [];
  return {
    all,
    onDisplaced(one: PlaceChange): void {
      all.push(one);
      for (const { kind, resolve } of waiting) if (kind === one.kind) resolve(one);
    },
    next: (kind: Displacement["kind"]) => {
      return new Promise<PlaceChange>((resolve) => waiting.push({ kind, resolve }));
    },
  };
}

function entriesOf({ programs, listeners }: Server): BinderEntry[] {
  return programs.flatMap(({ number: program, version }) =>
    [...addressesByNetid(listeners)].map(([netid, address]) => ({ program, version, netid, address, owner: "" })),
  );
}

function portIn({ address }: BinderEntry): string {
  return address.split(".").slice(-2).join(".");
}

test("a server that takes another's place says so, the other hears of it, and is found again when that one closes", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const first = told();
  const second = told();
  await using one = await adderServer("tcp://127.0.0.1:0", "udp://127.0.0.1:0");
  const own = await register(one, { binder: rpcbind, onDisplaced: first.onDisplaced });
  assert.deepEqual(own.displaced, []);
  const lost = first.next("lost");
  const two = await adderServer("tcp://127.0.0.1:0");
  const taken = await register(two, { binder: rpcbind, onDisplaced: second.onDisplaced });
  assert.deepEqual(taken.displaced.map(portIn), [
    portIn(own.entries[0] as BinderEntry),
    portIn(own.entries[2] as BinderEntry),
  ]);
  const [said] = second.all as [Displacement];
  const { message, ...change } = said;
  assert.deepEqual(change, { kind: "taken", entries: taken.entries, others: taken.displaced });
  assert.match(message, /^ADD_PROG versions 1, 2 over tcp was registered by another server/);
  assert.equal(second.all.length, 1);
  // UDP is not what the second one has.
  assert.deepEqual(
    (await lost).entries.map(({ netid }) => netid),
    ["tcp", "tcp"],
  );
  const regained = first.next("regained");
  await two.close();
  assert.equal((await regained).entries.length, 2);
  for (const entry of own.entries) {
    assert.equal(rpcbind.table.find(entry.program, entry.version, entry.netid)?.address, entry.address);
  }
  assert.deepEqual(
    first.all.map(({ kind }) => kind),
    ["lost", "regained"],
  );
});

test("where nobody listens for it, it is a warning of the process on both sides", async () => {
  const warnings: string[] = [];
  const listener = ({ message, code }: Error & { code?: string }): void => {
    if (code === "LUPINE_DISPLACED") warnings.push(message);
  };
  process.on("warning", listener);
  await using rpcbind = await startRpcbind({ port: 0 });
  await using one = await adderServer("tcp://127.0.0.1:0");
  await register(one, { binder: rpcbind });
  await using two = await adderServer("tcp://127.0.0.1:0");
  await register(two, { binder: rpcbind });
  while (warnings.length < 2) await new Promise((resolve) => process.once("warning", resolve));
  process.off("warning", listener);
  // Each side reports when it hears of it: on a busy machine the other one may be first.
  const [has = "", was = ""] = warnings.toSorted();
  assert.match(was, /^ADD_PROG versions 1, 2 over tcp was registered by/);
  assert.match(was, /another server.*, at 127\.0\.0\.1\.\d+\.\d+: it still runs/);
  assert.match(has, /has been registered by another server.*registers again when that one stops/);
});

test("what an earlier run left behind is no other server, and neither is another program at its port", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const other = new Server().implement({ ...adder, number: 300_777 }, adding());
  const { address } = await other.listen("tcp://127.0.0.1:0");
  const { port } = address as { port: number };
  const left = { program: adder.number, netid: "tcp", owner: "unknown" };
  rpcbind.table.put({ ...left, version: 1, address: "127.0.0.1.0.9" });
  rpcbind.table.put({ ...left, version: 2, address: `127.0.0.1.${port >> 8}.${port & 255}` });
  const { all, onDisplaced } = told();
  await using server = await adderServer("tcp://127.0.0.1:0");
  const { displaced } = await register(server, { binder: rpcbind, onDisplaced });
  assert.deepEqual([displaced, all], [[], []]);
  await other.close();
});

/** One server's registrations, put down with a binder that keeps what dead servers have registered. */
async function watched(registrar: Registrar) {
  const one = await adderServer("tcp://127.0.0.1:0", "udp://127.0.0.1:0");
  const entries = entriesOf(one).filter(({ version }) => version === 1);
  const { all, onDisplaced } = told();
  let renewed = 0;
  const watch = new PlaceWatch({ entries, displaced: onDisplaced, renewed: () => renewed++ });
  const kinds = async (): Promise<string> => {
    const before = all.length;
    await watch.look(registrar, {});
    return all
      .slice(before)
      .map(({ kind }) => kind)
      .join();
  };
  const dispose = async (): Promise<void> => {
    await registrar.close();
    await one.close();
  };
  return { entries, watch, kinds, renewals: () => renewed, [Symbol.asyncDispose]: dispose };
}

/** Where the addresses of `entries` are in the table. */
function has(table: { all(): BinderEntry[] }, entries: readonly BinderEntry[]): boolean {
  return entries.every((entry) =>
    table.all().some((one) => portIn(one) === portIn(entry) && one.netid === entry.netid),
  );
}

for (const kind of ["this process", "tcp", "udp", "version 2"]) {
  test(`with a binder over ${kind}, a dead server's place is taken, and a living one's is waited for`, async () => {
    const state = newBinderState({ removeGone: false });
    const { table } = state;
    await using rpcbind = await startRpcbind({ port: 0, removeGone: false });
    await using old = new Server().implement(servedVersion2, serveVersion2(state));
    const oldBinder = await old.listen("udp://127.0.0.1:0");
    const address = kind === "version 2" ? oldBinder.address : rpcbind.addresses.find((one) => one.kind === kind);
    const registrar = address === undefined ? new LocalRegistrar(rpcbind, false) : new RemoteRegistrar(address, 2_000);
    const known = kind === "version 2" ? table : rpcbind.table;
    await using at = await watched(registrar);
    assert.equal(await at.kinds(), "");
    assert.ok(has(known, at.entries), "what is missing is registered");
    assert.equal(at.renewals(), 1);
    assert.equal(await at.kinds(), "");
    assert.equal(at.renewals(), 1, "and nothing is done where all is well");

    const two = await adderServer("tcp://127.0.0.1:0");
    for (const entry of entriesOf(two)) {
      await registrar.unset(entry);
      await registrar.set(entry);
    }
    assert.equal(await at.kinds(), "lost");
    assert.ok(at.watch.isDisplaced);
    assert.equal(await at.kinds(), "", "told once");
    two.destroy();
    // It is gone, and the binder keeps what it has registered.
    assert.equal(await at.kinds(), "regained");
    assert.ok(has(known, at.entries));
    assert.equal(at.watch.isDisplaced, false);
  });
}

test("a server that accepts and says nothing is there; one that refuses connections is not", async () => {
  const silent = createServer((socket) => void socket.on("error", () => {}).resume());
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as { port: number };
  const at = (high: number, low: number): BinderEntry => {
    return { program: adder.number, version: 1, netid: "tcp", address: `0.0.0.0.${high}.${low}`, owner: "" };
  };
  const there = at(port >> 8, port & 255);
  assert.deepEqual(await living([there, at(0, 9), { ...at(0, 9), netid: "udp" }]), [there]);
  await new Promise((resolve) => silent.close(resolve));
});

test("many servers that take each other's places end with one that is found, whichever closes", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const options: RegisterOptions = { binder: rpcbind, onDisplaced: () => {} };
  const all: { server: Server; registration: Registration }[] = [];
  for (let i = 0; i < 4; i++) {
    const server = await adderServer("tcp://127.0.0.1:0");
    all.push({ server, registration: await register(server, options) });
  }
  const found = (): string | undefined => rpcbind.table.find(adder.number, 1, "tcp")?.address;
  while (all.length > 0) {
    const index = all.findIndex(({ registration }) => registration.entries[0]?.address === found());
    assert.ok(index >= 0, "somebody who runs is registered");
    const [gone] = all.splice(index, 1) as [(typeof all)[number]];
    await gone.server.close();
    if (all.length === 0) break;
    const addresses = all.map(({ registration }) => registration.entries[0]?.address);
    while (!addresses.includes(found())) {
      await new Promise<void>((resolve) => {
        const end = rpcbind.table.watch(() => resolve(end()));
      });
    }
  }
  assert.equal(found(), undefined);
});
