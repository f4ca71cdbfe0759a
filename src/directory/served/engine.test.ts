import assert from "node:assert/strict";
import { createServer, type Socket, type Server as TcpServer } from "node:net";
import test from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { startRpcbind } from "../../binding/index.js";
import { Server } from "../../server/index.js";
import { thoroughTest } from "../../testing/count-of.test-support.js";
import { FakeClock } from "../../testing/fake-clock.js";
import { until as happened } from "../../testing/waiting.test-support.js";
import { DIRECTORY_V1, dir_stat } from "../directory.gen.js";
import type { DirectoryEngine, ServiceEntry } from "../engine.js";
import { Asking } from "./asking.js";
import { DirectoryConnection } from "./connection.js";
import { openEngine } from "./engine.js";
import { defaultGrace, directoryPort } from "./limits.js";
import { type DirectoryServer, startDirectory } from "./server.js";

function entry(id: string): ServiceEntry {
  return { id, versions: [{ program: 1, version: 1 }], addresses: ["tcp://10.0.0.7:1"], priority: 0, weight: 1 };
}

function portOf(server: DirectoryServer): number {
  return Number(new URL(server.url).port);
}

async function watching(engine: DirectoryEngine, path = "/a") {
  const lists: string[][] = [];
  const watch = await engine.watch(path, (entries) => lists.push(entries.map(({ id }) => id)), {});
  return { lists, watch };
}

function until(what: () => boolean): Promise<void> {
  return happened(what, () => `${what}`);
}

/** Longer than any test takes: leases that end are a matter of fake clocks. */
const long = 600_000;

/** Advances a clock, and waits for the answers to all that its timers have made the engine ask. */
async function step(clock: FakeClock, milliseconds: number, engine: DirectoryEngine): Promise<void> {
  clock.advance(milliseconds);
  for (let i = 0; i < 5; i++) await engine.lookup("/a", {}).catch(() => {});
}

test("a host alone is looked for at its binder, at the directory's own port where the binder does not know", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  await using _directory = await startDirectory({ port: 0, binder: rpcbind });
  const { rpcbindLocator } = await import("../../binding/index.js");
  const locate = rpcbindLocator({ port: (rpcbind.address as { port: number }).port, fallbackPort: 1, socket: "/none" });
  const found = new DirectoryConnection("127.0.0.1", { locate });
  await found.client.null();
  assert.equal(found.name, `directory at ${_directory.url}`);
  found.destroy();
  const nowhere = new DirectoryConnection("127.0.0.1", {
    locate: rpcbindLocator({ port: 1, fallbackPort: 1, socket: "/none" }),
  });
  const port = new RegExp(`127\\.0\\.0\\.1:${directoryPort}`);
  // Where a directory runs on this machine it answers; else the message says which port was tried.
  await nowhere.client.null({ timeout: 2_000 }).then(
    () => assert.match(nowhere.name, port),
    (error: Error) => assert.match(error.message, port),
  );
  nowhere.destroy();
});

test("host:port, a Unix socket and an address do as names of a directory; what is none is told", async () => {
  const unixPath = `/tmp/lupine-engine-${process.pid}.sock`;
  await using server = await startDirectory({ port: 0, unixPath });
  for (const url of [`127.0.0.1:${portOf(server)}`, `localhost:${portOf(server)}`, `unix:${unixPath}`, server.url]) {
    const engine = await openEngine(url, {});
    assert.deepEqual(await engine.lookup("/a", {}), []);
    await engine.close();
  }
  for (const url of ["tcp://", "bad host", "http://x"]) {
    await assert.rejects(openEngine(url, {}), { name: "DirectoryError", code: "DIRECTORY_BAD_URL" });
  }
});

test("what answers and is no directory is told apart from nobody", async () => {
  await using other = new Server();
  const { address } = await other.listen("tcp://127.0.0.1:0");
  const url = `tcp://127.0.0.1:${(address as { port: number }).port}`;
  await assert.rejects(openEngine(url, {}), {
    code: "DIRECTORY_UNREACHABLE",
    message: /is not a directory server, or is closing/,
  });
  await other.close();
  await assert.rejects(openEngine(url, {}), { code: "DIRECTORY_UNREACHABLE", message: /nothing listens there/ });
});

test("after a restart without any state servers are there again, and watchers saw them all the time", async () => {
  const first = await startDirectory({ port: 0 });
  const here = await openEngine(first.url, {});
  const there = await openEngine(first.url, {});
  const trouble: unknown[] = [];
  await here.announce("/a", entry("1"), { lease: long, onTrouble: (error) => trouble.push(error) });
  await here.announce("/a", entry("2"), { lease: long });
  const { lists } = await watching(there);
  first.destroy();
  await until(() => trouble.length > 0);
  const second = await startDirectory({ port: portOf(first) });
  await until(() => second.size === 2);
  // The watcher hears of no change before this one.
  await there.announce("/a", entry("3"), { lease: long });
  await until(() => lists.length === 2);
  assert.deepEqual(lists, [
    ["1", "2"],
    ["1", "2", "3"],
  ]);
  await here.close();
  await there.close();
  await second.close();
});

test("a cut connection alone makes nobody flap", async () => {
  const clock = new FakeClock();
  await using server = await startDirectory({ port: 0, clock });
  const { proxy, url, cut, connections } = await proxyTo(portOf(server));
  const here = await openEngine(url, {});
  const there = await openEngine(server.url, {});
  await here.announce("/a", entry("1"), { lease: long });
  const { lists } = await watching(there);
  for (let i = 0; i < 5; i++) {
    const before = connections();
    cut();
    // It connects to renew the registration, before it is asked for anything else.
    await until(() => connections() > before);
    await here.lookup("/a", {});
    await step(clock, 2 * defaultGrace, there);
  }
  assert.deepEqual(lists, [["1"]]);
  await here.close();
  await there.close();
  proxy.close();
});

test("a connection that has died without a word is replaced within the lease", async () => {
  const clock = new FakeClock();
  await using server = await startDirectory({ port: 0, clock });
  const { proxy, url, mute } = await proxyTo(portOf(server));
  const here = await openEngine(url, { clock });
  const there = await openEngine(server.url, {});
  const trouble: unknown[] = [];
  await here.announce("/a", entry("1"), { lease: 1_500, onTrouble: (error) => trouble.push(error?.name) });
  const { lists } = await watching(there);
  mute();
  for (let passed = 0; passed < 2_500; passed += 50) await step(clock, 50, there);
  assert.deepEqual(lists, [["1"]]);
  assert.deepEqual(trouble, ["DirectoryError", undefined]);
  await here.close();
  await there.close();
  proxy.close();
});

test("a question in a hurry does not cost the others their connection", async () => {
  await using server = await startDirectory({ port: 0, grace: 0 });
  const here = await openEngine(server.url, {});
  const there = await openEngine(server.url, {});
  const { lists } = await watching(there);
  await here.announce("/a", entry("1"), { lease: long });
  for (let i = 0; i < 20; i++) await here.lookup("/a", { timeout: 0 }).catch(() => {});
  await until(() => lists.length === 2);
  await there.announce("/a", entry("2"), { lease: long });
  await until(() => lists.length === 3);
  assert.deepEqual(lists, [[], ["1"], ["1", "2"]]);
  await here.close();
  await there.close();
});

test("a directory that came back at another port is found through its binder, and nobody flaps", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const { rpcbindLocator } = await import("../../binding/index.js");
  const port = (rpcbind.address as { port: number }).port;
  const first = await startDirectory({ port: 0, binder: rpcbind });
  const connection = new DirectoryConnection("127.0.0.1", {
    locate: rpcbindLocator({ port, fallbackPort: 1, socket: "/none" }),
  });
  await connection.client.null();
  await first.close();
  await using second = await startDirectory({ port: 0, binder: rpcbind });
  assert.notEqual(second.url, first.url);
  let isFound = false;
  while (!isFound) {
    isFound = await connection.client.null().then(
      () => true,
      () => false,
    );
  }
  assert.equal(connection.name, `directory at ${second.url}`);
  connection.destroy();
});

test("a directory whose place somebody else has taken is looked for elsewhere", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const { rpcbindLocator } = await import("../../binding/index.js");
  const port = (rpcbind.address as { port: number }).port;
  const first = await startDirectory({ port: 0, binder: rpcbind });
  const locate = rpcbindLocator({ port, fallbackPort: 1, socket: "/none" });
  const connection = new DirectoryConnection("127.0.0.1", { locate });
  const asking = new Asking(connection);
  assert.deepEqual(await asking.list("/", { timeout: 30_000 }), []);
  await first.close();
  await using other = new Server();
  await other.listen(first.address);
  await using second = await startDirectory({ port: 0, binder: rpcbind });
  let failures = 0;
  while ((await asking.list("/", { timeout: 2_000 }).catch(() => undefined)) === undefined) failures++;
  assert.ok(failures > 0);
  assert.equal(asking.name, `directory at ${second.url}`);
  asking.destroy();
});

test("an engine that is closed while it registers says so, and leaves nothing behind", async () => {
  await using server = await startDirectory({ port: 0 });
  const outcome = (work: Promise<unknown>) =>
    work.then(
      () => "done",
      (error: { code: string }) => error.code,
    );
  for (let i = 0; i < 5; i++) {
    const engine = await openEngine(server.url, {});
    const outcomes = [
      outcome(engine.announce("/a", entry("1"), { lease: 60_000 })),
      outcome(engine.watch("/a", () => {}, {})),
    ];
    if (i > 0) await turn();
    await engine.close();
    for (const one of await Promise.all(outcomes)) {
      assert.ok(one === "DIRECTORY_CLOSED" || (i > 0 && one === "done"), one);
    }
  }
  await until(() => server.size === 0);
});

test("watches of one path share one question, and each leaves by itself", async () => {
  await using server = await startDirectory({ port: 0 });
  const engine = await openEngine(server.url, {});
  const all = await Promise.all(Array.from({ length: 50 }, () => watching(engine)));
  const lease = await engine.announce("/a", entry("1"), { lease: 3_000 });
  await until(() => all.every(({ lists }) => lists.length === 2));
  for (const { watch } of all.slice(1)) await watch.close();
  const late = await watching(engine);
  assert.deepEqual(late.lists, [["1"]]);
  await lease.withdraw();
  await until(() => late.lists.length === 2);
  assert.equal(all[0]?.lists.length, 3);
  assert.equal(all[1]?.lists.length, 2);
  await engine.close();
});

test("a listener or hook that throws harms nobody", async () => {
  await using server = await startDirectory({ port: 0 });
  const engine = await openEngine(server.url, {});
  const { lists } = await watching(engine);
  await engine.watch(
    "/a",
    () => {
      throw new Error("the listener's own");
    },
    {},
  );
  await engine.announce("/a", entry("1"), { lease: 3_000 });
  await until(() => lists.length === 2);
  await engine.close();
});

test("a directory that takes no more watches is asked again and again", async () => {
  await using server = await startDirectory({ port: 0, limits: { watches: 0 } });
  const engine = await openEngine(server.url, {});
  const { lists } = await watching(engine);
  const lease = await engine.announce("/a", entry("1"), { lease: 3_000 });
  await until(() => lists.length === 2);
  await lease.withdraw();
  await until(() => lists.length === 3);
  await engine.close();
});

test("a registration that is refused is told, and not kept up", async () => {
  const clock = new FakeClock();
  await using server = await startDirectory({ port: 0, limits: { entries: 1 } });
  const engine = await openEngine(server.url, { clock });
  const lease = await engine.announce("/a", entry("1"), { lease: long });
  await assert.rejects(engine.announce("/a", entry("2"), { lease: long }), {
    code: "DIRECTORY_REFUSED",
    message: /holds 1 registrations/,
  });
  await lease.withdraw();
  for (let i = 0; i < 10; i++) await step(clock, long / 10, engine);
  assert.deepEqual(await engine.lookup("/a", {}), []);
  await assert.rejects(engine.announce("/a", { ...entry("2"), addresses: ["x".repeat(600)] }, { lease: long }), {
    code: "DIRECTORY_BAD_ENTRY",
  });
  await engine.close();
});

test("a registration that is refused for a while comes back by itself, and does not ask all the time", async () => {
  let isFull = false;
  let refusals = 0;
  await using server = new Server().implement(DIRECTORY_V1, {
    null: () => undefined,
    register: () => {
      if (!isFull) return { status: dir_stat.DIR_OK };
      refusals++;
      return { status: dir_stat.DIR_FULL, why: "full" };
    },
    change: () => ({ status: dir_stat.DIR_OK }),
    identity: () => 1n,
    withdraw: () => ({ status: dir_stat.DIR_OK }),
    lookup: () => ({ status: dir_stat.DIR_FULL, why: "" }),
    watch: () => ({ status: dir_stat.DIR_FULL, why: "" }),
    list: () => ({ status: dir_stat.DIR_FULL, why: "" }),
  });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const clock = new FakeClock();
  const engine = await openEngine(`tcp://127.0.0.1:${(address as { port: number }).port}`, { clock });
  const trouble: unknown[] = [];
  const onTrouble = (error: Error | undefined): void => void trouble.push(error?.message ?? "well again");
  await engine.announce("/a", entry("1"), { lease: 500, onTrouble });
  isFull = true;
  for (let passed = 0; passed < 2_000; passed += 50) await step(clock, 50, engine);
  assert.ok(refusals >= 1 && refusals <= 4, `${refusals}`);
  isFull = false;
  for (let i = 0; i < 600 && trouble.length < 2; i++) await step(clock, 50, engine);
  assert.match(String(trouble[0]), /refused: full/);
  assert.equal(trouble[1], "well again");
  await engine.close();
});

test("a lease that the directory has given up meanwhile is taken again when there is room", async () => {
  const clock = new FakeClock();
  await using server = await startDirectory({ port: 0 });
  const engine = await openEngine(server.url, { clock });
  const other = await openEngine(server.url, {});
  await engine.announce("/a", entry("1"), { lease: long });
  // Somebody else of this machine takes it back.
  const rival = await other.announce("/a", entry("1"), { lease: long });
  await rival.withdraw();
  assert.deepEqual(await other.lookup("/a", {}), []);
  await step(clock, long / 2, engine);
  assert.equal((await other.lookup("/a", {})).length, 1);
  await engine.close();
  await other.close();
});

thoroughTest("a long list comes in pieces, and a directory that sends the same piece for ever is left", async () => {
  await using server = await startDirectory({ port: 0 });
  const engine = await openEngine(server.url, {});
  const paths = Array.from({ length: 5_000 }, (_, at) => `/long/p${String(at).padStart(5, "0")}`);
  for (let at = 0; at < paths.length; at += 500) {
    await Promise.all(paths.slice(at, at + 500).map((path) => engine.announce(path, entry("1"), { lease: 60_000 })));
  }
  assert.deepEqual(await engine.list("/long", {}), paths);
  await engine.close();
  const silly = {
    null: () => undefined,
    register: () => ({ status: dir_stat.DIR_OK }) as const,
    change: () => ({ status: dir_stat.DIR_OK }),
    identity: () => 1n,
    withdraw: () => ({ status: dir_stat.DIR_OK }) as const,
    lookup: () => ({ status: dir_stat.DIR_FULL, why: "" }) as const,
    watch: () => ({ status: dir_stat.DIR_FULL, why: "" }) as const,
    list: () => ({ status: dir_stat.DIR_OK, found: { paths: ["/a", "/b"], more: true } }),
  };
  await using other = new Server().implement(DIRECTORY_V1, silly);
  const { address } = await other.listen("tcp://127.0.0.1:0");
  const asking = await openEngine(`tcp://127.0.0.1:${(address as { port: number }).port}`, {});
  assert.deepEqual(await asking.list("/", {}), ["/a", "/b"]);
  await asking.close();
});

/** A wire that can be cut, or go dead. */
async function proxyTo(port: number) {
  const { connect } = await import("node:net");
  const pairs = new Set<readonly [Socket, Socket]>();
  let accepted = 0;
  const proxy: TcpServer = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    const pair = [near, far] as const;
    accepted++;
    pairs.add(pair);
    near.pipe(far).pipe(near);
    for (const one of pair) {
      one.on("error", () => {});
      one.on("close", () => {
        pairs.delete(pair);
        for (const socket of pair) socket.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const url = `tcp://127.0.0.1:${(proxy.address() as { port: number }).port}`;
  const cut = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  /** Nothing passes on the connections that there are. */
  const mute = (): void => {
    for (const [near, far] of pairs) {
      near.unpipe(far);
      far.unpipe(near);
    }
  };
  return { proxy, url, cut, mute, connections: () => accepted };
}
