import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { ConnectionOwners } from "./connection-owners.js";
import type { HelperProgram, SocketHandle } from "./system-helper.js";
import { helperPrograms, SystemHelper } from "./system-helper.js";

/** With a limit that only bounds a hang: on a busy machine a helper starts late. */
const patient = (programs: readonly HelperProgram[]): SystemHelper => new SystemHelper(programs, 60_000);

const own = process.geteuid?.();
const installed = helperPrograms().filter(({ command }) => spawnSync(command, ["-V"]).error === undefined);
const skip = installed.length === 0 && "it needs Linux, and perl or python3";

/** Connections to a server of ours, both ends of each. */
async function connected(where: string | undefined, count: number) {
  const accepted: Socket[] = [];
  const server = createServer((socket) => accepted.push(socket.on("error", () => {})));
  await new Promise<void>((resolve) => {
    if (where === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(where, resolve);
  });
  const port = where ?? (server.address() as { port: number }).port;
  const clients = Array.from({ length: count }, () => connect(port as number));
  while (accepted.length < count) await new Promise((resolve) => setTimeout(resolve, 2));
  const dispose = (): void => {
    for (const socket of [...clients, ...accepted]) socket.destroy();
    server.close();
    if (where !== undefined) rmSync(where, { force: true });
  };
  return { accepted, clients, [Symbol.dispose]: dispose };
}

function handleOf(socket: Socket): SocketHandle | undefined {
  return (socket as unknown as { _handle: SocketHandle | null })._handle ?? undefined;
}

function endsOf({ remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 }: Socket) {
  return [
    { kind: "tcp", host: remoteAddress, port: remotePort },
    { kind: "tcp", host: localAddress, port: localPort },
  ] as const;
}

for (const program of installed) {
  test(`${program.command}: one process says who is at the other end of many Unix sockets`, async () => {
    const helper = patient([program]);
    using place = await connected(join(tmpdir(), `lupine-users-${process.pid}.sock`), 10);
    const ask = () => Promise.all(place.accepted.map((socket) => helper.userOf(() => handleOf(socket))));
    assert.deepEqual(await ask(), new Array(10).fill(own));
    assert.deepEqual(await ask(), new Array(10).fill(own));
    assert.equal(helper.starts, 1);
    // The connection goes on as if nothing had been asked.
    const heard = new Promise<string>((resolve) => place.clients[0]?.once("data", (chunk) => resolve(String(chunk))));
    place.accepted[0]?.write("still here");
    assert.equal(await heard, "still here");
    assert.equal(await helper.userOf(() => undefined), undefined, "a socket that is closed");
    helper.close();
    assert.equal(
      await helper.userOf(() => handleOf(place.accepted[0] as Socket)),
      undefined,
      "a helper that is closed",
    );
  });

  test(`${program.command}: and whose TCP connections are, with no list of all sockets read`, async () => {
    const helper = patient([program]);
    const owners = new ConnectionOwners(helper, (file) => Promise.reject(new Error(`${file} was read`)));
    using place = await connected(undefined, 5);
    const users = await Promise.all(place.accepted.map((socket) => owners.of(...endsOf(socket))));
    assert.deepEqual(users, new Array(5).fill(own));
    assert.equal(helper.starts, 1);
    helper.close();
  });
}

test("a helper that is killed is started again", { skip }, async () => {
  const helper = patient(installed.slice(0, 1));
  using place = await connected(join(tmpdir(), `lupine-again-${process.pid}.sock`), 1);
  const ask = () => helper.userOf(() => handleOf(place.accepted[0] as Socket));
  assert.equal(await ask(), own);
  process.kill(helper.pid as number, "SIGKILL");
  assert.equal(await ask(), own);
  assert.equal(helper.starts, 2);
  helper.close();
});

test("a program that is not installed is passed over, and one that ends at once is given up", async () => {
  const missing = { command: "lupine-no-such-program", args: [] };
  using place = await connected(join(tmpdir(), `lupine-missing-${process.pid}.sock`), 1);
  const ask = (helper: SystemHelper) => helper.userOf(() => handleOf(place.accepted[0] as Socket));
  const none = new SystemHelper([missing]);
  assert.deepEqual(await Promise.all([ask(none), ask(none)]), [undefined, undefined]);
  assert.equal(none.usable, false);
  if (installed.length > 0) {
    const second = patient([missing, ...installed]);
    assert.deepEqual(await Promise.all([ask(second), ask(second)]), [own, own]);
    second.close();
  }
  const ends = new SystemHelper([{ command: "true", args: [] }]);
  for (let i = 0; i < 20; i++) assert.equal(await ask(ends), undefined);
  assert.equal(ends.starts, 8);
  assert.equal(ends.usable, false);
});

test("without a helper the list of all sockets is read once for all who ask at once", {
  skip: process.platform !== "linux" && "only Linux lists whose a connection is",
}, async () => {
  const { readFile } = await import("node:fs/promises");
  const files: string[] = [];
  const owners = new ConnectionOwners(undefined, (file) => {
    files.push(file);
    return readFile(file, "latin1");
  });
  using place = await connected(undefined, 20);
  const users = await Promise.all(place.accepted.map((socket) => owners.of(...endsOf(socket))));
  assert.deepEqual(users, new Array(20).fill(own));
  assert.deepEqual(files, ["/proc/self/net/tcp", "/proc/self/net/tcp6"]);
});

test("a connection that its caller has closed belongs to nobody, although the system says user 0", {
  skip: process.platform !== "linux" && "only Linux lists whose a connection is",
}, async () => {
  const helper = installed.length > 0 ? patient(installed) : undefined;
  using place = await connected(undefined, 2);
  // Closed with an answer unread, and in good order: in both cases the socket lives on in the system for a while.
  for (const [i, end] of [(one: Socket) => one.end(), (one: Socket) => one.destroy()].entries()) {
    const client = place.clients[i] as Socket;
    // The order in which connections are accepted need not be that in which they were begun.
    const accepted = place.accepted.find(({ remotePort }) => remotePort === client.localPort) as Socket;
    const ends = endsOf(accepted);
    accepted.pause();
    const closed = new Promise((resolve) => client.once("close", resolve));
    end(client);
    if (i === 1) await closed;
    else accepted.end();
    if (i === 0) await closed;
    for (const owners of [new ConnectionOwners(), new ConnectionOwners(helper)]) {
      assert.equal(await owners.of(...ends), undefined);
    }
  }
  helper?.close();
});

test("what is no Unix socket has nobody at its other end", { skip }, async () => {
  const helper = patient(installed.slice(0, 1));
  using place = await connected(undefined, 1);
  assert.equal(await helper.userOf(() => handleOf(place.accepted[0] as Socket)), undefined);
  helper.close();
});
