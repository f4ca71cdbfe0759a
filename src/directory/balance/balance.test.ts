import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { createServer, type Socket, type Server as TcpServer } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { rpcbindLocator, startRpcbind } from "../../binding/index.js";
import { type ClientOptions, channelOf, closeClient } from "../../client/index.js";
import { type AdderProcedures, adder, adderVersion, adding } from "../../rpc/adder.test-support.js";
import { RpcCancelled, RpcDisconnected, RpcRefused, RpcRejected, RpcTimeout } from "../../rpc/errors.js";
import { deny, refuse, Server } from "../../server/index.js";
import { createDirectoryClient } from "../door.js";
import { DirectoryError, type RegisterServiceOptions } from "../index.js";
import { memoryDirectory } from "../memory-engine.js";
import type { DirectoryOptions } from "./options.js";

const path = "/services/add";
const wiring = { locate: rpcbindLocator() };

type Options = ClientOptions & DirectoryOptions<AdderProcedures>;

function clientOf(directory: ReturnType<typeof memoryDirectory>, options: Options = {}, program = adder) {
  return createDirectoryClient(wiring, program, `dir:${path}`, { directory, timeout: 5_000, ...options });
}

/** A server that counts its calls, and answers ADD with its number. */
class Counting {
  readonly server = new Server();
  calls = 0;
  wait = 0;

  constructor(number: number, version = 1) {
    const add = async () => {
      this.calls++;
      if (this.wait > 0) await sleep(this.wait);
      return number;
    };
    this.server.implement(adderVersion(version), adding({ add }));
  }

  get url(): string {
    const [address] = this.server.addresses;
    return address !== undefined && "port" in address ? `tcp://127.0.0.1:${address.port}` : "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.destroy();
  }
}

async function counting(
  directory: ReturnType<typeof memoryDirectory>,
  number: number,
  options: RegisterServiceOptions = {},
  version = 1,
): Promise<Counting> {
  const one = new Counting(number, version);
  await one.server.listen("tcp://127.0.0.1:0");
  await directory.register(path, one.server, options);
  return one;
}

/** Accepts connections and never answers. */
async function hungServer(): Promise<{ url: string; sockets: Set<Socket>; server: TcpServer } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("data", () => undefined).on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `tcp://127.0.0.1:${port}`, sockets, server, [Symbol.asyncDispose]: close };
}

const versions = [{ program: adder.number, version: 1 }];
const pair = { a: 1, b: 2 };

test("round robin gives each server its turn, and weights give more turns", async () => {
  await using directory = memoryDirectory();
  await using a = await counting(directory, 1);
  await using b = await counting(directory, 2);
  await using c = await counting(directory, 3, { weight: 2 });
  await using client = clientOf(directory);
  const answers: number[] = [];
  for (let i = 0; i < 40; i++) answers.push(await client.add(pair));
  assert.deepEqual([a.calls, b.calls, c.calls], [10, 10, 20]);
  assert.deepEqual(new Set(answers.slice(0, 4)), new Set([1, 2, 3]));
});

test("least busy spares the server that is slow", async () => {
  await using directory = memoryDirectory();
  await using slow = await counting(directory, 1);
  await using fast = await counting(directory, 2);
  slow.wait = 2_000;
  await using client = clientOf(directory, { balance: "least-busy" });
  const callers = Array.from({ length: 4 }, async () => {
    while (fast.calls < 50) await client.add(pair);
  });
  await Promise.all(callers);
  assert.ok(slow.calls <= 3, `${slow.calls}`);
});

test("sticky keeps to one server until that fails", async () => {
  await using directory = memoryDirectory();
  const servers = [await counting(directory, 1), await counting(directory, 2), await counting(directory, 3)];
  await using client = clientOf(directory, { balance: "sticky", idempotent: true });
  const first = await client.add(pair);
  for (let i = 0; i < 10; i++) assert.equal(await client.add(pair), first);
  servers[first - 1]?.server.destroy();
  const second = await client.add(pair);
  assert.notEqual(second, first);
  for (let i = 0; i < 10; i++) assert.equal(await client.add(pair), second);
  for (const { server } of servers) server.destroy();
});

test("servers of the lowest priority number get all calls while one of them lives", async () => {
  await using directory = memoryDirectory();
  await using main = await counting(directory, 1);
  await using spare = await counting(directory, 2, { priority: 1 });
  await using client = clientOf(directory, { idempotent: true });
  for (let i = 0; i < 10; i++) await client.add(pair);
  assert.deepEqual([main.calls, spare.calls], [10, 0]);
  main.server.destroy();
  assert.equal(await client.add(pair), 2);
});

test("servers of another version are not called, and the error tells which versions there are", async () => {
  await using directory = memoryDirectory();
  await using _two = await counting(directory, 2, {}, 2);
  await using client = clientOf(directory);
  await assert.rejects(client.add(pair), (error: RpcDisconnected) => {
    assert.ok(error instanceof RpcDisconnected && !error.mayHaveRun);
    assert.ok(error.cause instanceof DirectoryError);
    assert.equal(error.cause.code, "DIRECTORY_NO_SERVER");
    assert.match(error.message, /no server of \/services\/add has ADD_PROG .* version 1 .*registered are versions 2/);
    return true;
  });
  await using one = await counting(directory, 1);
  for (let i = 0; i < 4; i++) assert.equal(await client.add(pair), 1);
  assert.equal(one.calls, 4);
});

test("a service that nobody has registered is named, with the nearest name that there is", async () => {
  await using directory = memoryDirectory();
  await directory.register("/services/ad", { versions, addresses: ["tcp://127.0.0.1:1"] });
  await using client = clientOf(directory);
  await assert.rejects(
    client.add(pair),
    /no server is registered as \/services\/add in the directory in memory: did you mean \/services\/ad\?/,
  );
});

test("with waitForServer a call waits for a server to be registered", async () => {
  await using directory = memoryDirectory();
  await using client = clientOf(directory, { waitForServer: true });
  const waiting = client.add(pair);
  await sleep(30);
  await using _one = await counting(directory, 1);
  assert.equal(await waiting, 1);
  await using nobody = createDirectoryClient(wiring, adder, "dir:/nobody", { directory, waitForServer: true });
  await assert.rejects(
    nobody.add(pair, { timeout: 60 }),
    (error: RpcTimeout) => error instanceof RpcTimeout && !error.mayHaveRun,
  );
});

test("with waitForServer a call waits until a server that is down is back", async () => {
  await using directory = memoryDirectory();
  const first = new Counting(1);
  await first.server.listen("tcp://127.0.0.1:0");
  const { url } = first;
  await directory.register(path, { versions, addresses: [url] });
  await using client = clientOf(directory, { waitForServer: true, idempotent: true, timeout: 20_000 });
  assert.equal(await client.add(pair), 1);
  first.server.destroy();
  const waiting = client.add(pair);
  await sleep(150);
  await using again = new Counting(2);
  await again.server.listen(url);
  assert.equal(await waiting, 2);
});

test("a directory that cannot be opened fails calls with its reason, and is opened anew by later ones", async () => {
  const address = "tcp://127.0.0.1:1";
  await using client = createDirectoryClient(wiring, adder, `dir:${path}`, { directory: address, timeout: 5_000 });
  for (let i = 0; i < 2; i++) {
    await assert.rejects(client.add(pair), (error: RpcDisconnected) => {
      assert.ok(error instanceof RpcDisconnected && !error.mayHaveRun);
      assert.ok(error.cause instanceof DirectoryError && error.cause.code === "DIRECTORY_UNREACHABLE");
      assert.match(error.message, /127\.0\.0\.1:1/);
      return true;
    });
  }
  await using patient = createDirectoryClient(wiring, adder, `dir:${path}`, {
    directory: address,
    waitForServer: true,
  });
  await assert.rejects(patient.add(pair, { timeout: 250 }), (error: RpcTimeout) => {
    assert.ok(error instanceof RpcTimeout && !error.mayHaveRun);
    assert.match(error.message, /no server within 250 ms .*127\.0\.0\.1:1/);
    return true;
  });
});

test("a refused connection and a stale entry send the call to the next server, also when it must not run twice", async () => {
  await using directory = memoryDirectory();
  await using stranger = new Counting(9, 2);
  await stranger.server.listen("tcp://127.0.0.1:0");
  await directory.register(path, { versions, addresses: ["tcp://127.0.0.1:1"] });
  await directory.register(path, { versions, addresses: [stranger.url] });
  await using one = await counting(directory, 1);
  await using client = clientOf(directory);
  for (let i = 0; i < 9; i++) assert.equal(await client.add(pair), 1);
  assert.equal(one.calls, 9);
});

test("with every server dead the call fails once with all their reasons", async () => {
  await using directory = memoryDirectory();
  await directory.register(path, { versions, addresses: ["tcp://127.0.0.1:1"] });
  await directory.register(path, { versions, addresses: ["tcp://127.0.0.1:2"] });
  await using client = clientOf(directory);
  await assert.rejects(client.add(pair), (error: RpcDisconnected) => {
    assert.ok(error instanceof RpcDisconnected && !error.mayHaveRun);
    assert.match(error.message, /none of 2 servers of \/services\/add could be called:\n- tcp:.*\n- tcp:/);
    return true;
  });
});

test("a server that was slow to connect is not lost for the call, if the one that was faster refuses it", async () => {
  await using directory = memoryDirectory();
  await using one = new Counting(1);
  const { address } = await one.server.listen("tcp://127.0.0.1:0");
  const slowly = async () => {
    await sleep(400);
    return address;
  };
  const refusing = async () => {
    await sleep(400);
    throw refuse("RPC_PROG_UNAVAIL");
  };
  const fast = new Server({ interceptors: [refusing] }).implement(adder, adding());
  await fast.listen("tcp://127.0.0.1:0");
  await directory.register(path, { versions, addresses: ["127.0.0.1"] });
  await directory.register(path, fast, { priority: 1 });
  const client = createDirectoryClient({ locate: slowly }, adder, `dir:${path}`, { directory });
  assert.equal(await client.add(pair), 1);
  assert.equal(one.calls, 1);
  await closeClient(client);
  fast.destroy();
});

test("an answer is an answer: refusals of the call itself do not go to another server", async () => {
  await using directory = memoryDirectory();
  await using one = await counting(directory, 1);
  await using two = await counting(directory, 2);
  let calls = 0;
  const fails = () => {
    calls++;
    throw new Error("broken");
  };
  const broken = [0, 1].map(() => new Server().implement(adder, adding({ nothing: fails })));
  for (const server of broken) {
    await server.listen("tcp://127.0.0.1:0");
    await directory.register("/broken", server);
  }
  await using client = createDirectoryClient(wiring, adder, "dir:/broken", { directory, idempotent: true });
  await assert.rejects(client.nothing(), (error: RpcRefused) => error instanceof RpcRefused && error.mayHaveRun);
  assert.equal(calls, 1);
  await using adds = clientOf(directory, { idempotent: true });
  await assert.rejects(adds.add({ a: 2 ** 40, b: 0 }), { code: "RPC_CANT_ENCODE_ARGS" });
  assert.deepEqual([one.calls, two.calls], [0, 0]);
  for (const server of broken) server.destroy();
});

test("a connection that is lost fails the call that may have run, and only that; one that may run twice goes on", async () => {
  await using directory = memoryDirectory();
  await using dying = await counting(directory, 1);
  dying.wait = 10_000;
  const client = clientOf(directory, { balance: "sticky", idempotent: ["later"] });
  const failing = client.add(pair);
  const going = client.add(pair, { idempotent: true });
  while (dying.calls < 2) await sleep(5);
  await using two = await counting(directory, 2);
  dying.server.destroy();
  await assert.rejects(failing, (error: RpcDisconnected) => error instanceof RpcDisconnected && error.mayHaveRun);
  assert.equal(await going, 2);
  assert.equal(two.calls, 1);
  await closeClient(client);
});

test("a hung server costs a call that may run twice a share of its time, and the next call nothing", async () => {
  await using directory = memoryDirectory();
  await using hung = await hungServer();
  await directory.register(path, { versions, addresses: [hung.url] });
  await using _one = await counting(directory, 1, { priority: 1 });
  await using client = clientOf(directory, { idempotent: ["add"], timeout: 600 });
  const started = performance.now();
  assert.equal(await client.add(pair), 1);
  assert.ok(performance.now() - started < 500);
  await sleep(600);
  const again = performance.now();
  assert.equal(await client.add(pair), 1);
  assert.ok(performance.now() - again < 100);
});

test("a hung server costs a call that must not run twice its deadline, once", async () => {
  await using directory = memoryDirectory();
  await using hung = await hungServer();
  await directory.register(path, { versions, addresses: [hung.url] });
  await using one = await counting(directory, 1, { priority: 1 });
  await using client = clientOf(directory, { timeout: 300 });
  await assert.rejects(client.add(pair), (error: RpcTimeout) => error instanceof RpcTimeout && error.mayHaveRun);
  const again = performance.now();
  assert.equal(await client.add(pair), 1);
  assert.ok(performance.now() - again < 100);
  assert.equal(one.calls, 1);
});

test("a long deadline is not used up: a silent server is asked whether it lives, and left after a second", async () => {
  await using directory = memoryDirectory();
  await using hung = await hungServer();
  await directory.register(path, { versions, addresses: [hung.url] });
  await using _one = await counting(directory, 1, { priority: 1 });
  const client = clientOf(directory, { idempotent: true, timeout: 60_000 });
  const started = performance.now();
  assert.equal(await client.add(pair), 1);
  assert.ok(performance.now() - started < 1_500, `${performance.now() - started}`);
  const closing = performance.now();
  await closeClient(client);
  assert.ok(performance.now() - closing < 500, "the copy on the silent server was taken back");
});

test("a call that one server may have run says so, though the next one has refused it", async () => {
  await using directory = memoryDirectory();
  await using dying = await counting(directory, 1);
  dying.wait = 10_000;
  const denies = new Server({
    interceptors: [() => Promise.reject(deny())],
  }).implement(adder, adding());
  await denies.listen("tcp://127.0.0.1:0");
  await directory.register(path, denies, { priority: 1 });
  await using client = clientOf(directory, { idempotent: true });
  const calling = client.add(pair);
  while (dying.calls === 0) await sleep(2);
  dying.server.destroy();
  await assert.rejects(calling, (error: RpcRejected) => error instanceof RpcRejected && error.mayHaveRun);
  await assert.rejects(client.add(pair), (error: RpcRejected) => error instanceof RpcRejected && !error.mayHaveRun);
  denies.destroy();
});

test("while a silent server is asked whether it lives, another gets the calls, unless it is of another priority", async () => {
  for (const priority of [0, 1]) {
    await using directory = memoryDirectory();
    await using hung = await hungServer();
    await using other = await counting(directory, 1, { priority });
    await directory.register(path, { versions, addresses: [hung.url] });
    await using client = clientOf(directory, { timeout: 450, times: { silence: 50 } });
    const calls = [client.add(pair), client.add(pair)];
    await sleep(150);
    for (let i = 0; i < 4; i++) calls.push(client.add(pair));
    const failed = (await Promise.allSettled(calls)).filter(({ status }) => status === "rejected").length;
    assert.deepEqual([failed, other.calls], priority === 0 ? [1, 5] : [6, 0]);
  }
});

test("a slow procedure of a server that lives is waited for, and sent nowhere else", async () => {
  await using directory = memoryDirectory();
  await using slow = await counting(directory, 1);
  await using other = await counting(directory, 2, { priority: 1 });
  slow.wait = 1_800;
  await using client = clientOf(directory, { idempotent: true, timeout: 60_000 });
  assert.equal(await client.add(pair), 1);
  assert.equal(other.calls, 0);
});

test("a slow procedure is no reason to leave a server that answers others meanwhile", async () => {
  await using directory = memoryDirectory();
  const server = new Server().implement(adder, adding({ nothing: () => sleep(300), add: () => 1 }));
  await server.listen("tcp://127.0.0.1:0");
  await directory.register(path, server);
  await using _other = await counting(directory, 2, { priority: 1 });
  await using client = clientOf(directory);
  const slow = client.nothing({ timeout: 60 });
  await sleep(20);
  assert.equal(await client.add(pair), 1);
  await assert.rejects(slow, (error: RpcTimeout) => error instanceof RpcTimeout && error.mayHaveRun);
  assert.equal(await client.add(pair), 1);
  server.destroy();
});

test("a server that failed gets calls again once it answers", async () => {
  await using directory = memoryDirectory();
  const first = new Counting(1);
  await first.server.listen("tcp://127.0.0.1:0");
  const { url } = first;
  await directory.register(path, { versions, addresses: [url] });
  await using two = await counting(directory, 2);
  await using client = clientOf(directory, { idempotent: true });
  for (let i = 0; i < 4; i++) await client.add(pair);
  first.server.destroy();
  for (let i = 0; i < 4; i++) assert.equal(await client.add(pair), 2);
  await using again = new Counting(1);
  await again.server.listen(url);
  const before = two.calls;
  while (again.calls === 0) {
    await client.add(pair);
    await sleep(5);
    assert.ok(two.calls - before < 2_000);
  }
});

test("clients follow those who join and leave, and close connections to those who left", async () => {
  await using directory = memoryDirectory();
  await using one = await counting(directory, 1);
  await using client = clientOf(directory);
  assert.equal(await client.add(pair), 1);
  await using two = await counting(directory, 2);
  const answers = [await client.add(pair), await client.add(pair)];
  assert.deepEqual(answers.sort(), [1, 2]);
  const closing = one.server.close();
  while ((await directory.lookup(path)).length > 1) await sleep(1);
  for (let i = 0; i < 4; i++) assert.equal(await client.add(pair), 2);
  await closing;
  assert.equal(one.calls, 2);
  assert.equal(two.calls, 5);
});

test("a server that closes under load loses no call, and none runs twice", async () => {
  await using directory = memoryDirectory();
  await using one = await counting(directory, 1);
  await using two = await counting(directory, 2);
  one.wait = 5;
  await using client = clientOf(directory);
  let done = 0;
  let on = true;
  const callers = Array.from({ length: 20 }, async () => {
    while (on) {
      await client.add(pair);
      done++;
    }
  });
  while (one.calls <= 10) await sleep(5);
  await one.server.close();
  on = false;
  await Promise.all(callers);
  assert.equal(one.calls + two.calls, done);
});

test("however servers come and go, no call runs twice that must not, and none fails that may", async () => {
  await using directory = memoryDirectory();
  const ran = new Map<number, number>();
  const live: Server[] = [];
  const join = async (): Promise<void> => {
    const add = async ({ a }: { a: number }) => {
      ran.set(a, (ran.get(a) ?? 0) + 1);
      await sleep(a % 7);
      return a;
    };
    const server = new Server().implement(adder, adding({ add }));
    await server.listen("tcp://127.0.0.1:0");
    await directory.register(path, server, { linger: 50 });
    live.push(server);
  };
  for (let i = 0; i < 4; i++) await join();
  await using client = clientOf(directory);
  let next = 0;
  let on = true;
  const failures: { id: number; mayHaveRun: boolean }[] = [];
  const callers = Array.from({ length: 16 }, async (_, caller) => {
    while (on) {
      const id = next++;
      const idempotent = caller % 2 === 0;
      try {
        // What may run twice has ids of its own, which nobody counts.
        await client.add({ a: idempotent ? -id : id, b: 0 }, { idempotent });
      } catch (error) {
        assert.ok(!idempotent, `${error}`);
        failures.push({ id, mayHaveRun: (error as RpcDisconnected).mayHaveRun });
      }
    }
  });
  for (let i = 0; i < 30 || next < 1_000; i++) {
    const [leaving] = live.splice(Math.floor(Math.random() * live.length), 1);
    if (i % 2 === 0) leaving?.destroy();
    else leaving?.close();
    await join();
    await sleep(30);
  }
  on = false;
  await Promise.all(callers);
  for (const server of live) server.destroy();
  assert.deepEqual(
    [...ran].filter(([id, times]) => id > 0 && times > 1),
    [],
  );
  for (const { id, mayHaveRun } of failures) assert.ok(mayHaveRun, `call ${id} did not run, and was given up`);
});

test("cancelling ends a call that waits, that connects and that is in flight", async () => {
  await using directory = memoryDirectory();
  await using slow = await counting(directory, 1);
  slow.wait = 400;
  await using client = clientOf(directory);
  for (const idempotent of [false, true]) {
    const abort = new AbortController();
    const calling = client.add(pair, { signal: abort.signal, idempotent });
    const before = slow.calls;
    while (slow.calls === before) await sleep(2);
    abort.abort(new Error("enough"));
    await assert.rejects(calling, (error: RpcCancelled) => error instanceof RpcCancelled && error.mayHaveRun);
  }
  const { calls } = slow;
  for (const idempotent of [false, true]) {
    const calling = client.add(pair, { signal: AbortSignal.abort(), idempotent });
    await assert.rejects(calling, (error: RpcCancelled) => error instanceof RpcCancelled && !error.mayHaveRun);
  }
  assert.equal(slow.calls, calls);
  await using waiting = createDirectoryClient(wiring, adder, "dir:/none", { directory, waitForServer: true });
  await assert.rejects(waiting.add(pair, { signal: AbortSignal.abort() }), (error: RpcCancelled) => !error.mayHaveRun);
  const abort = new AbortController();
  const later = waiting.add(pair, { signal: abort.signal });
  setImmediate(() => abort.abort());
  await assert.rejects(later, (error: RpcCancelled) => error instanceof RpcCancelled && !error.mayHaveRun);
});

test("a call leaves nothing behind: its signal has no listener, whichever way it went", async () => {
  await using directory = memoryDirectory();
  await using hung = await hungServer();
  await directory.register(path, { versions, addresses: ["tcp://127.0.0.1:1"] });
  await directory.register(path, { versions, addresses: [hung.url] });
  await using _one = await counting(directory, 1);
  await using client = clientOf(directory, { timeout: 300 });
  const { signal } = new AbortController();
  for (let i = 0; i < 6; i++) await client.add(pair, { signal, idempotent: true });
  await Promise.allSettled([client.add(pair, { signal }), client.add(pair, { signal })]);
  await using none = createDirectoryClient(wiring, adder, "dir:/none", { directory });
  await assert.rejects(none.add(pair, { signal }));
  await sleep(10);
  assert.deepEqual(getEventListeners(signal, "abort"), []);
});

test("closing a client lets its calls finish and then refuses; destroying it fails them", async () => {
  await using directory = memoryDirectory();
  await using slow = await counting(directory, 1);
  slow.wait = 100;
  const client = clientOf(directory);
  const calling = client.add(pair);
  await sleep(30);
  const closing = closeClient(client);
  await assert.rejects(client.add(pair), /the client was closed/);
  assert.equal(await calling, 1);
  await closing;
  const other = clientOf(directory, { idempotent: true, waitForServer: true });
  const failing = other.add(pair);
  const before = slow.calls;
  while (slow.calls === before) await sleep(2);
  channelOf(other).destroy();
  await assert.rejects(failing, (error: RpcDisconnected) => error instanceof RpcDisconnected);
  await assert.rejects(other.add(pair), /the client was closed/);
});

test("the machine alone is enough: its binder is asked where the program listens", async () => {
  await using directory = memoryDirectory();
  await using rpcbind = await startRpcbind({ port: 0 });
  await using one = new Counting(1);
  await one.server.listen("tcp://127.0.0.1:0");
  const { register } = await import("../../binding/index.js");
  await register(one.server, { binder: rpcbind });
  await directory.register(path, one.server, { addresses: ["127.0.0.1"] });
  await using client = clientOf(directory, { rpcbind: rpcbind.url });
  assert.equal(await client.add(pair), 1);
});

test("a machine whose binder does not know the program is passed over", async () => {
  await using directory = memoryDirectory();
  await using rpcbind = await startRpcbind({ port: 0 });
  await directory.register(path, { versions, addresses: ["127.0.0.1"] });
  await using one = await counting(directory, 1);
  await using client = clientOf(directory, { rpcbind: rpcbind.url });
  for (let i = 0; i < 3; i++) assert.equal(await client.add(pair), 1);
  assert.equal(one.calls, 3);
});

test("UDP is taken where it is asked for, and where there is nothing else", async () => {
  await using directory = memoryDirectory();
  await using one = new Counting(1);
  await one.server.listen("tcp://127.0.0.1:0");
  await one.server.listen("udp://127.0.0.1:0");
  await directory.register(path, one.server);
  await using overTcp = clientOf(directory);
  await using overUdp = clientOf(directory, { transport: "udp" });
  await overTcp.add(pair);
  await overUdp.add(pair);
  assert.equal(channelOf(overTcp).remote.kind, "tcp");
  assert.equal(channelOf(overUdp).remote.kind, "udp");
  const udp = one.server.addresses.find(({ kind }) => kind === "udp") as { port: number };
  await directory.register("/udp-only", { versions, addresses: [`udp://127.0.0.1:${udp.port}`] });
  await using only = createDirectoryClient(wiring, adder, "dir:/udp-only", { directory });
  assert.equal(await only.add(pair), 1);
});

test("callbacks and interceptors work as with any target", async () => {
  await using directory = memoryDirectory();
  const server = new Server().implement(
    adder,
    adding({
      add: async ({ a, b }: { a: number; b: number }, call: { peer: never }) => {
        const { call: callBack } = await import("../../rpc/adder.test-support.js");
        return callBack(call.peer, "later", [a + b]);
      },
    }),
  );
  await server.listen("tcp://127.0.0.1:0");
  await directory.register(path, server);
  const callbacks = new Server().implement(adder, adding({ later: (value: number) => value * 2 }));
  const seen: string[] = [];
  await using client = clientOf(directory, {
    callbacks,
    interceptors: [
      (call, next) => {
        seen.push(call.procedure.name);
        return next(call);
      },
    ],
  });
  assert.equal(await client.add(pair), 6);
  assert.deepEqual(seen, ["ADD"]);
  server.destroy();
});

test("options that contradict each other, and targets that are none, are told", async () => {
  await using directory = memoryDirectory();
  const make = (target: string, options: Options = {}) => createDirectoryClient(wiring, adder, target, options);
  for (const target of ["dir:", "dir:services", "dir:/", "dir:///services"]) {
    assert.throws(() => make(target), { code: "TRANSPORT_BAD_ADDRESS" });
  }
  await assert.rejects(make("dir://here/a", { directory }).nothing(), /names its directory/);
  await assert.rejects(make("dir:/a", { directory, idempotent: ["minus" as never] }).nothing(), /no procedure minus/);
  await assert.rejects(make("dir:/a", { directory, balance: "lucky" as never }).nothing(), /balance is "lucky"/);
  await assert.rejects(make("dir:/a b", { directory }).nothing(), { code: "DIRECTORY_BAD_PATH" });
});
