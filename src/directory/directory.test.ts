import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { adder, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/index.js";
import { FakeClock } from "../testing/fake-clock.js";
import { MemoryNetwork, openConnection } from "../transport/index.js";
import type { RegisterServiceOptions, ServiceDescription } from "./entry.js";
import { DirectoryError, type DirectoryErrorCode, MemoryServices, memoryDirectory, openDirectory } from "./index.js";

const description: ServiceDescription = {
  versions: [{ program: 100_003, version: 3 }],
  addresses: ["tcp://10.0.0.7:2049"],
};

function failing(code: DirectoryErrorCode, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof DirectoryError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

async function listening(...addresses: string[]): Promise<Server> {
  const server = new Server().implement(adder, adding());
  const network = new MemoryNetwork();
  for (const address of addresses) await server.listen(address, { network });
  return server;
}

test("a server is registered with its programs and its TCP and UDP addresses", async () => {
  await using directory = memoryDirectory();
  await using server = await listening("tcp://127.0.0.1:0", "udp://127.0.0.1:0", "memory:not-told");
  const { id } = await directory.register("/services/add", server, { priority: 1, weight: 2 });
  const ports = server.addresses.map((address) => ("port" in address ? address.port : 0));
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.deepEqual(await directory.lookup("/services/add"), [
    {
      id,
      versions: [{ program: adder.number, version: 1 }],
      addresses: [`tcp://127.0.0.1:${ports[0]}`, `udp://127.0.0.1:${ports[1]}`],
      priority: 1,
      weight: 2,
    },
  ]);
  assert.deepEqual(await directory.list(), ["/services/add"]);
  assert.deepEqual(await directory.list("/services"), ["/services/add"]);
  assert.deepEqual(await directory.list("/serv"), []);
});

test("the machine alone can be registered, and a program in C by its description", async () => {
  await using directory = memoryDirectory();
  await using server = await listening("tcp://127.0.0.1:0");
  await directory.register("/a", server, { addresses: ["10.0.0.7", "10.0.0.7", "127.0.0.1.8.1"] });
  await directory.register("/b", description);
  const [a] = await directory.lookup("/a");
  const [b] = await directory.lookup("/b");
  assert.deepEqual(a?.addresses, ["10.0.0.7", "tcp://127.0.0.1:2049"]);
  assert.deepEqual(b?.versions, description.versions);
});

const wrong: readonly [string, RegExp, Partial<ServiceDescription>, RegisterServiceOptions?][] = [
  ["no programs", /implements no program/, { versions: [] }],
  [
    "257 programs",
    /257 programs/,
    { versions: Array.from({ length: 257 }, (_, version) => ({ program: 1, version })) },
  ],
  ["a program number that is none", /program number is 1\.5/, { versions: [{ program: 1.5, version: 1 }] }],
  ["a version beyond 32 bits", /version is 4294967296/, { versions: [{ program: 1, version: 2 ** 32 }] }],
  ["no addresses", /has no address/, { addresses: [] }],
  ["65 addresses", /65 addresses/, { addresses: Array.from({ length: 65 }, (_, i) => `tcp://10.0.0.1:${i + 1}`) }],
  ["an endless address", /longer than 512/, { addresses: ["a".repeat(513)] }],
  ["an address that is none", /bad address "http:/, { addresses: ["http://here/"] }],
  ["an address of one process", /its own process/, { addresses: ["memory:here"] }],
  ["an address without a port", /has no port/, { addresses: ["tcp://10.0.0.1:0"] }],
  ["a priority that is none", /priority is -1/, {}, { priority: -1 }],
  ["no weight", /weight is 0/, {}, { weight: 0 }],
  ["a lease that is too short", /lease is 499/, {}, { lease: 499 }],
  ["a lease that is no time", /lease is NaN/, {}, { lease: Number.NaN }],
];

for (const [what, message, changes, options] of wrong) {
  test(`a registration with ${what} is refused before the engine sees it`, async () => {
    await using directory = memoryDirectory();
    const registering = directory.register("/a", { ...description, ...changes }, options);
    await assert.rejects(registering, failing("DIRECTORY_BAD_ENTRY", message));
    assert.deepEqual(await directory.list(), []);
  });
}

test("a server that listens nowhere, or where only this process can reach it, says so", async () => {
  await using directory = memoryDirectory();
  await using nowhere = await listening();
  await assert.rejects(directory.register("/a", nowhere), failing("DIRECTORY_BAD_ENTRY", /listens nowhere yet/));
  await using here = await listening("memory:here-only");
  await assert.rejects(directory.register("/a", here), failing("DIRECTORY_BAD_ENTRY", /only at memory:here-only/));
  await assert.rejects(directory.register("a", nowhere), failing("DIRECTORY_BAD_PATH", /start with a slash/));
  const noPath = { path: "/a" } as unknown as string;
  await assert.rejects(directory.register(noPath, nowhere), failing("DIRECTORY_BAD_PATH", /must be a string/));
});

test("closing a server withdraws it under each of its names", async () => {
  await using directory = memoryDirectory();
  const server = await listening("tcp://127.0.0.1:0");
  await directory.register("/a", server);
  await directory.register("/b", server);
  await directory.register("/b", description);
  await server.close();
  assert.deepEqual(await directory.list(), ["/b"]);
  assert.equal((await directory.lookup("/b")).length, 1);
});

test("a server that closes goes on serving those who have not left yet, as long as linger says", async () => {
  await using directory = memoryDirectory();
  const server = await listening("tcp://127.0.0.1:0");
  await directory.register("/a", server, { linger: 2_000 });
  const [address] = server.addresses;
  const connection = await openConnection(address as never, {});
  connection.open({ message: () => undefined, drained: () => undefined, closed: () => undefined });
  while (server.connections === 0) await sleep(5);
  const closing = server.close();
  while ((await directory.list()).length > 0) await sleep(5);
  assert.equal(server.addresses.length, 1, "it listens still");
  await closing;
  connection.destroy();
});

test("a server with no client left closes at once, and so does one that was withdrawn before", async () => {
  await using directory = memoryDirectory();
  const server = await listening("tcp://127.0.0.1:0");
  const lease = await directory.register("/a", server, { linger: 60_000 });
  await lease.withdraw();
  await lease.withdraw();
  assert.deepEqual(await directory.list(), []);
  await server.close();
  const other = await listening("tcp://127.0.0.1:0");
  await directory.register("/a", other, { linger: 60_000 });
  await other.close();
  assert.deepEqual(await directory.list(), []);
});

test("directories over the same services see the same, and each takes its own registrations with it", async () => {
  const services = new MemoryServices();
  const one = memoryDirectory(services);
  await using two = memoryDirectory(services);
  await one.register("/a", description);
  await two.register("/a", description);
  assert.equal((await two.lookup("/a")).length, 2);
  await one.close();
  assert.equal((await two.lookup("/a")).length, 1);
  await assert.rejects(one.lookup("/a"), failing("DIRECTORY_CLOSED", /was closed/));
  await assert.rejects(one.register("/a", description), failing("DIRECTORY_CLOSED", /was closed/));
});

test("what listens at every address of the machine is registered with one", async () => {
  await using directory = memoryDirectory();
  await directory.register("/a", { ...description, addresses: ["tcp://0.0.0.0:7", "udp://[::]:8"] });
  assert.deepEqual((await directory.lookup("/a"))[0]?.addresses, ["tcp://127.0.0.1:7", "udp://[::1]:8"]);
});

test("a watch gives the servers now, and again after each change", async () => {
  await using directory = memoryDirectory();
  const counts: number[] = [];
  for await (const entries of directory.watch("/a")) {
    counts.push(entries.length);
    if (counts.length === 4) break;
    if (counts.length === 3) await directory.register("/a", description).then((lease) => lease.withdraw());
    else await directory.register("/a", description);
  }
  assert.deepEqual(counts, [0, 1, 2, 2]);
});

test("a slow watcher gets the latest state, and nothing is queued for it", async () => {
  await using directory = memoryDirectory();
  const states = directory.watch("/a");
  assert.equal((await states.next()).value?.length, 0);
  for (let i = 0; i < 100; i++) await directory.register("/a", description);
  assert.equal((await states.next()).value?.length, 100);
  const pending = states.next();
  await states.return?.();
  assert.deepEqual(await pending, { done: true, value: undefined });
  assert.deepEqual(await states.next(), { done: true, value: undefined });
});

test("a watch ends with its signal and with the directory", async () => {
  const directory = memoryDirectory();
  const abort = new AbortController();
  const aborted = directory.watch("/a", { signal: abort.signal });
  const closed = directory.watch("/a");
  await aborted.next();
  await closed.next();
  const pending = [aborted.next(), closed.next()];
  abort.abort();
  assert.equal((await pending[0])?.done, true);
  await directory.close();
  assert.equal((await pending[1])?.done, true);
  assert.throws(() => directory.watch("/a"), failing("DIRECTORY_CLOSED", /was closed/));
});

test("a watch that cannot be opened rejects once, and is over", async () => {
  await using directory = memoryDirectory();
  await directory.engine.close();
  const states = directory.watch("/a");
  await assert.rejects(states.next(), failing("DIRECTORY_CLOSED", /was closed/));
  assert.equal((await states.next()).done, true);
});

test("a server that is registered again under a path has its later registration there, and no other", async () => {
  await using directory = memoryDirectory();
  const server = await listening("tcp://127.0.0.1:0");
  const first = await directory.register("/a", server, { weight: 1 });
  await directory.register("/b", server);
  const states: number[] = [];
  await using _watch = await directory.engine.watch("/a", (entries) => states.push(entries.length), {});
  const second = await directory.register("/a/", server, { weight: 2 });
  const found = (): Promise<(string | number | undefined)[][]> =>
    directory.lookup("/a").then((entries) => entries.map(({ id, weight }) => [id, weight]));
  assert.deepEqual(await found(), [[second.id, 2]]);
  assert.ok(!states.includes(0), `clients never see the service empty: ${states}`);
  await first.withdraw();
  assert.deepEqual(await found(), [[second.id, 2]]);
  const refused = directory.register("/a", server, { addresses: ["memory:here"] });
  await assert.rejects(refused, failing("DIRECTORY_BAD_ENTRY", /its own process/));
  assert.deepEqual(await found(), [[second.id, 2]]);
  const many = await Promise.all([3, 4, 5].map((weight) => directory.register("/a", server, { weight })));
  assert.deepEqual(await found(), [[many[2]?.id, 5]]);
  assert.equal((await directory.lookup("/b")).length, 1);
  await server.close();
  assert.deepEqual(await directory.list(), []);
});

test("what an engine refuses leaves the earlier registration of the server where it is", async () => {
  await using directory = memoryDirectory();
  const { engine } = directory;
  const announce = engine.announce.bind(engine);
  let refuses = false;
  engine.announce = (...args) =>
    refuses ? Promise.reject(new DirectoryError("DIRECTORY_REFUSED", "it is full")) : announce(...args);
  const server = await listening("tcp://127.0.0.1:0");
  const { id } = await directory.register("/a", server);
  refuses = true;
  await assert.rejects(directory.register("/a", server), failing("DIRECTORY_REFUSED", /it is full/));
  assert.deepEqual(
    (await directory.lookup("/a")).map((entry) => entry.id),
    [id],
  );
  refuses = false;
  await directory.register("/a", server);
  assert.equal((await directory.lookup("/a")).length, 1);
  await server.close();
});

test("a clock and a secret are for directory servers: a store refuses them", async () => {
  const clock = new FakeClock();
  for (const url of ["nats://127.0.0.1:1", "dns:example.org"]) {
    await assert.rejects(openDirectory(url, { clock }), {
      name: "TypeError",
      message: `options.clock: ${url} is not a directory server; only directory servers take a clock`,
    });
    await assert.rejects(openDirectory(url, { secret: { secret: "x" } }), /options\.secret: .* take a secret/);
  }
});
