import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { createServer, type ListenOptions } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { adder, adderVersion, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/index.js";
import { freePort } from "../testing/free-port.test-support.js";
import { ending, until } from "../testing/waiting.test-support.js";
import { toUniversalAddress } from "../transport/universal-address.js";
import { listRegistrations } from "./ask.js";
import type { Rpcbind } from "./embedded.js";
import { register, startRpcbind } from "./everyday.js";
import type { BinderPlaces } from "./places.js";
import type { RegisterOptions } from "./register.js";

const nowhere: BinderPlaces = { port: 9, socket: "/nonexistent/rpcbind.sock", fallbackPort: 9 };

function portOf(rpcbind: Rpcbind): number {
  return (rpcbind.address as { port: number }).port;
}

/** A registered server of one version of the adder. */
async function served(version: number, options: RegisterOptions) {
  const server = new Server().implement(adderVersion(version), adding());
  await server.listen("tcp://127.0.0.1:0");
  return { server, registration: await register(server, options) };
}

/** The versions of the adder that the binder at a port knows; none where nobody answers. */
async function versionsAt(port: number): Promise<number[]> {
  try {
    const { entries } = await listRegistrations("127.0.0.1", { rpcbind: `127.0.0.1:${port}`, timeout: 500 });
    return entries
      .filter(({ program }) => program === adder.number)
      .map(({ version }) => version)
      .sort();
  } catch {
    return [];
  }
}

/** Waits until the binder at a port knows exactly these versions. */
async function untilKnown(port: number, versions: readonly number[]): Promise<void> {
  let known: number[] = [];
  await until(
    async () => {
      known = await versionsAt(port);
      return known.join() === versions.join();
    },
    () => `versions ${versions.join()} to be registered; there are ${known.join()}`,
  );
}

/** Stands at a binder's place until somebody looks for a binder there. */
async function lookedForInVain(place: ListenOptions): Promise<void> {
  const server = createServer((socket) => socket.destroy());
  server.listen(place);
  await once(server, "connection");
  server.close();
  await once(server, "close");
}

test("when the process of the fallback binder's server is killed, another server takes over and all register again", async () => {
  const places = { ...nowhere, fallbackPort: await freePort() };
  const first = await otherProcess(`
    const server = new Server().implement(adderVersion(1), adding());
    await server.listen("tcp://127.0.0.1:0");
    const { binder } = await register(server, ${JSON.stringify(places)});
    console.log(binder);`);
  assert.match(first.said, /of this process/);
  await using second = (await served(2, places)).server;
  await using third = (await served(3, places)).server;
  await using fourth = (await served(4, places)).server;
  assert.deepEqual(await versionsAt(places.fallbackPort), [1, 2, 3, 4]);
  first.child.kill("SIGKILL");
  await untilKnown(places.fallbackPort, [2, 3, 4]);
  assert.deepEqual(
    [second, third, fourth].map(({ closing }) => closing),
    [false, false, false],
  );
});

test("closing the server that owns the fallback binder hands it on, again and again", async () => {
  const places = { ...nowhere, fallbackPort: await freePort() };
  const servers = [];
  for (const version of [1, 2, 3]) servers.push(await served(version, places));
  for (const [i, { server, registration }] of servers.entries()) {
    const isLast = i === servers.length - 1;
    await server.close();
    if (isLast) assert.deepEqual(await versionsAt(places.fallbackPort), []);
    else await untilKnown(places.fallbackPort, [1, 2, 3].slice(i + 1));
    assert.equal(typeof registration.binder, "string");
  }
});

test("a binder that was restarted and has forgotten is told again, over TCP and a Unix socket", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lupine-keeper-"));
  const unixPath = join(folder, "b.sock");
  const port = await freePort();
  for (const binder of [`127.0.0.1:${port}`, `unix:${unixPath}`]) {
    const before = await startRpcbind({ port, unixPath });
    let renewed = 0;
    await using one = (await served(1, { binder, onRenewed: () => renewed++ })).server;
    await before.close();
    await lookedForInVain(binder === `unix:${unixPath}` ? { path: unixPath } : { port, host: "127.0.0.1" });
    await using _again = await startRpcbind({ port, unixPath });
    await untilKnown(port, [1]);
    await until(
      () => renewed > 0,
      () => "the renewal to be reported",
    );
    assert.equal(renewed, 1, binder);
    await one.close();
    assert.deepEqual(await versionsAt(port), []);
  }
  await rm(folder, { recursive: true });
});

test("a binder that opens its Unix socket a moment after its ports is told over the socket again", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "lupine-keeper-"));
  t.after(() => rm(folder, { recursive: true }));
  const places = { ...nowhere, port: await freePort(), socket: join(folder, "b.sock") };
  const before = await startRpcbind({ port: places.port, unixPath: places.socket });
  const renewed: string[] = [];
  const onRenewed = ({ binder }: { binder: string }) => renewed.push(binder);
  await using one = (await served(1, { ...places, onRenewed })).server;
  await before.close();
  const asked = whenConnected(`tcp://127.0.0.1:${places.port}`);
  await using _again = await startRpcbind({ port: places.port, unixPath: join(folder, "hidden.sock") });
  await ending(asked, "the keeper to find the binder over TCP");
  await rename(join(folder, "hidden.sock"), places.socket);
  await untilKnown(places.port, [1]);
  await until(
    () => renewed.length > 0,
    () => "the renewal to be reported",
  );
  assert.deepEqual(renewed, [`rpcbind at unix:${places.socket}`]);
  await one.close();
  assert.deepEqual(await versionsAt(places.port), []);
});

test("a binder that comes back without its Unix socket is told over TCP", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "lupine-keeper-"));
  t.after(() => rm(folder, { recursive: true }));
  const places = { ...nowhere, port: await freePort(), socket: join(folder, "b.sock") };
  const before = await startRpcbind({ port: places.port, unixPath: places.socket });
  await using _one = (await served(1, places)).server;
  await before.close();
  await using _again = await startRpcbind({ port: places.port });
  await untilKnown(places.port, [1]);
});

/** Resolves when a client of this process has a connection to the target. */
function whenConnected(target: string): Promise<void> {
  const channel = "lupine:client:connect:end";
  return new Promise((resolve) => {
    const look = (event: unknown): void => {
      if ((event as { target: string }).target !== target) return;
      unsubscribe(channel, look);
      resolve();
    };
    subscribe(channel, look);
  });
}

test("a binder that only datagrams reach is looked at now and then, and told again", async () => {
  const port = await freePort();
  const before = await startRpcbind({ port });
  await using _one = (await served(1, { binder: `udp://127.0.0.1:${port}` })).server;
  await before.close();
  await using _again = await startRpcbind({ port });
  await untilKnown(port, [1]);
});

test("the machine's own binder takes over from the fallback when it appears, and the fallback from it when it is gone", async () => {
  const places = { ...nowhere, port: await freePort(), fallbackPort: await freePort() };
  const { server, registration } = await served(1, places);
  assert.match(registration.binder, /of this process/);
  const system = await startRpcbind({ port: places.port });
  await untilKnown(places.port, [1]);
  assert.equal(registration.binder, `rpcbind at tcp://127.0.0.1:${places.port}`);
  await untilKnown(places.fallbackPort, []);
  await system.close();
  await untilKnown(places.fallbackPort, [1]);
  await server.close();
  assert.deepEqual(await versionsAt(places.fallbackPort), []);
});

test("with renew: false nothing is registered again", async () => {
  const port = await freePort();
  const before = await startRpcbind({ port });
  await using _one = (await served(1, { binder: `127.0.0.1:${port}`, renew: false })).server;
  await using _two = (await served(2, { binder: `127.0.0.1:${port}` })).server;
  await before.close();
  await using _again = await startRpcbind({ port });
  await untilKnown(port, [2]);
});

test("a server that has taken our place meanwhile keeps it", async () => {
  const port = await freePort();
  const before = await startRpcbind({ port });
  const told: string[] = [];
  const onDisplaced = ({ kind }: { kind: string }): void => void told.push(kind);
  await using _one = (await served(1, { binder: `127.0.0.1:${port}`, onDisplaced })).server;
  await before.close();
  await using other = new Server().implement(adder, adding());
  const { address } = await other.listen("tcp://127.0.0.1:0");
  const others = {
    program: adder.number,
    version: 1,
    netid: "tcp",
    address: toUniversalAddress(address),
    owner: "1001",
  };
  await using again = await startRpcbind({ port });
  again.table.set(others);
  await until(
    () => told.length > 0,
    () => "the other server to be noticed",
  );
  assert.deepEqual(told, ["lost"]);
  assert.equal(again.table.find(adder.number, 1, "tcp")?.address, others.address);
});

test("close ends at once where the binder is gone, and soon where it does not answer", async () => {
  const rpcbind = await otherProcess(`
    const rpcbind = await startRpcbind({ port: 0 });
    console.log(rpcbind.address.port);`);
  const binder = `127.0.0.1:${rpcbind.said}`;
  const { server: one } = await served(1, { binder });
  const { server: two } = await served(2, { binder });
  rpcbind.child.kill("SIGSTOP");
  await ending(one.close(), "closing beside a binder that does not answer");
  const gone = once(rpcbind.child, "exit");
  rpcbind.child.kill("SIGKILL");
  await gone;
  await ending(two.close(), "closing after the binder is gone");
});

test("keeping a registration does not keep a process whose server was destroyed", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  const other = await otherProcess(`
    const server = new Server().implement(adderVersion(1), adding());
    await server.listen("tcp://127.0.0.1:0");
    await register(server, { binder: "127.0.0.1:${portOf(rpcbind)}" });
    server.destroy();
    console.log("destroyed");`);
  const ended = new Promise((resolve) => other.child.once("exit", resolve));
  assert.equal(await ending(ended, "the process to end"), 0);
});

const children = new Set<ChildProcess>();
test.after(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** Runs a module in a process of its own until it has said something. */
async function otherProcess(text: string): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  const imports = `
    import { adderVersion, adding } from ${module("../rpc/adder.test-support.js")};
    import { Server } from ${module("../server/index.js")};
    import { startRpcbind } from ${module("./everyday.js")};
    import { register } from ${module("./everyday.js")};`;
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const child = spawn(process.execPath, ["--input-type=module", "-e", imports + text], { stdio: [...stdio] });
  children.add(child);
  const said = await new Promise<string>((resolve) => child.stdout?.once("data", (chunk) => resolve(String(chunk))));
  return { child, said: said.trim() };
}
