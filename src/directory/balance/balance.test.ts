import assert from "node:assert/strict";
import { test } from "node:test";
import { startRpcbind } from "../../binding/index.js";
import { channelOf } from "../../client/index.js";
import { adder, adding } from "../../rpc/adder.test-support.js";
import { RpcDisconnected, RpcTimeout } from "../../rpc/errors.js";
import { deny, refuse, Server } from "../../server/index.js";
import { FakeClock } from "../../testing/fake-clock.js";
import { ending, turns } from "../../testing/waiting.test-support.js";
import { DirectoryError } from "../index.js";
import { memoryDirectory } from "../memory-engine.js";
import {
  Counting,
  clientOf,
  clientTo,
  counting,
  elapse,
  gate,
  type Options,
  pair,
  path,
  versions,
} from "./balance.test-support.js";

test("round robin gives each server its turn, and weights give more turns", async () => {
  await using directory = memoryDirectory();
  await using a = await counting(directory, 1);
  await using b = await counting(directory, 2);
  await using c = await counting(directory, 3, { weight: 2 });
  // The clock stands still: however busy the machine is, no server counts as slow to connect.
  await using client = clientOf(directory, { clock: new FakeClock() });
  const answers: number[] = [];
  for (let i = 0; i < 40; i++) answers.push(await client.add(pair));
  assert.deepEqual([a.calls, b.calls, c.calls], [10, 10, 20]);
  assert.deepEqual(new Set(answers.slice(0, 4)), new Set([1, 2, 3]));
});

test("least busy spares the server that is slow", async () => {
  await using directory = memoryDirectory();
  await using slow = await counting(directory, 1);
  await using fast = await counting(directory, 2);
  const done = gate();
  slow.hold = () => done.opened;
  await using client = clientOf(directory, { balance: "least-busy" });
  const callers = Array.from({ length: 4 }, async () => {
    while (fast.calls < 50) await client.add(pair);
    done.open();
  });
  await Promise.all(callers);
  assert.ok(slow.calls <= 3, `${slow.calls}`);
});

test("sticky keeps to one server until that fails", async () => {
  await using directory = memoryDirectory();
  const servers = [await counting(directory, 1), await counting(directory, 2), await counting(directory, 3)];
  await using client = clientOf(directory, { balance: "sticky", semantics: "at-least-once" });
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
  await using client = clientOf(directory, { semantics: "at-least-once" });
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
    assert.match(error.message, /no server of \/services\/add has ADD_PROG .* version 1 .*registered is version 2$/);
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
  await turns();
  await using _one = await counting(directory, 1);
  assert.equal(await waiting, 1);
  const clock = new FakeClock();
  await using nobody = clientTo("dir:/nobody", { directory, waitForServer: true, clock });
  await assert.rejects(
    elapse(clock, nobody.add(pair, { timeout: 60 })),
    (error: RpcTimeout) => error instanceof RpcTimeout && !error.mayHaveRun,
  );
});

test("a call that has waited for a server in vain tells the same as one that does not wait", async () => {
  await using directory = memoryDirectory();
  await directory.register("/services/ad", { versions, addresses: ["tcp://127.0.0.1:1"] });
  const hint = /no server is registered as \/services\/add in the directory in memory: did you mean \/services\/ad\?$/;
  const hasWaited = (why: RegExp) => (error: RpcTimeout) => {
    assert.ok(error instanceof RpcTimeout && !error.mayHaveRun);
    assert.ok(error.cause instanceof DirectoryError && error.cause.code === "DIRECTORY_NO_SERVER");
    assert.match(error.message, /no server within 60 ms/);
    assert.match(error.message, why);
    return true;
  };
  const clock = new FakeClock();
  await using client = clientOf(directory, { waitForServer: true, timeout: 60, clock });
  const add = (options = {}): Promise<number> => elapse(clock, client.add(pair, options));
  await assert.rejects(add(), hasWaited(hint));
  await assert.rejects(add({ semantics: "at-least-once" }), hasWaited(hint));
  await using _two = await counting(directory, 2, {}, 2);
  await assert.rejects(add(), hasWaited(/has ADD_PROG .* version 1 .*registered is version 2$/));
  await using _three = await counting(directory, 3, {}, 3);
  await assert.rejects(add(), hasWaited(/registered are versions 2, 3$/));
});

test("with waitForServer a refusal that would only come again fails the call at once", async () => {
  for (const refusal of [() => refuse("RPC_PROC_UNAVAIL"), () => deny()]) {
    await using directory = memoryDirectory();
    const refusing = new Server({ interceptors: [() => Promise.reject(refusal())] }).implement(adder, adding());
    await refusing.listen("tcp://127.0.0.1:0");
    await directory.register(path, refusing);
    await using client = clientOf(directory, { waitForServer: true, timeout: 600_000 });
    for (const semantics of ["at-most-once", "at-least-once"] as const) {
      const calling = ending(client.add(pair, { semantics }), "the refusal");
      await assert.rejects(calling, { code: refusal().code, mayHaveRun: false });
    }
    refusing.destroy();
  }
});

test("with waitForServer a server that lacks the procedure does not end the wait for one that is down", async () => {
  await using directory = memoryDirectory();
  const refusing = new Server({ interceptors: [() => Promise.reject(refuse("RPC_PROC_UNAVAIL"))] });
  await refusing.implement(adder, adding()).listen("tcp://127.0.0.1:0");
  await directory.register(path, refusing);
  const first = new Counting(1);
  await first.server.listen("tcp://127.0.0.1:0");
  const { url } = first;
  await directory.register(path, { versions, addresses: [url] });
  first.server.destroy();
  await using client = clientOf(directory, { waitForServer: true, timeout: 20_000 });
  const waiting = client.add(pair);
  await turns();
  await using again = new Counting(2);
  await again.server.listen(url);
  assert.equal(await waiting, 2);
  refusing.destroy();
});

test("with waitForServer a call waits until a server that is down is back", async () => {
  await using directory = memoryDirectory();
  const first = new Counting(1);
  await first.server.listen("tcp://127.0.0.1:0");
  const { url } = first;
  await directory.register(path, { versions, addresses: [url] });
  await using client = clientOf(directory, { waitForServer: true, semantics: "at-least-once", timeout: 20_000 });
  assert.equal(await client.add(pair), 1);
  first.server.destroy();
  const waiting = client.add(pair);
  await turns();
  await using again = new Counting(2);
  await again.server.listen(url);
  assert.equal(await waiting, 2);
});

test("a directory that cannot be opened fails calls with its reason, and is opened anew by later ones", async () => {
  const address = "tcp://127.0.0.1:1";
  await using client = clientTo(`dir:${path}`, { directory: address, timeout: 30_000 });
  for (let i = 0; i < 2; i++) {
    await assert.rejects(client.add(pair), (error: RpcDisconnected) => {
      assert.ok(error instanceof RpcDisconnected && !error.mayHaveRun);
      assert.ok(error.cause instanceof DirectoryError && error.cause.code === "DIRECTORY_UNREACHABLE");
      assert.match(error.message, /127\.0\.0\.1:1/);
      return true;
    });
  }
  await using patient = clientTo(`dir:${path}`, {
    directory: address,
    waitForServer: true,
  });
  await assert.rejects(patient.add(pair, { timeout: 250 }), (error: RpcTimeout) => {
    assert.ok(error instanceof RpcTimeout && !error.mayHaveRun);
    assert.match(error.message, /no server within 250 ms .*127\.0\.0\.1:1/);
    return true;
  });
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
  await using only = clientTo("dir:/udp-only", { directory });
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
  const make = (target: string, options: Options = {}) => clientTo(target, options);
  for (const target of [
    ...["dir:", "dir:services", "dir:/", "dir:///services", "dir:// /", "dir://a b/services"],
    ...["dir:/a b", "dir:/a\nb", "dir:/a//b", "dir://here/-a", `dir:/${"a/".repeat(20)}`],
  ]) {
    assert.throws(() => make(target), { code: "TRANSPORT_BAD_ADDRESS", message: /write dir:\/services\/time/ }, target);
  }
  const told = (options: object, message: RegExp, target = "dir:/a"): void => {
    assert.throws(() => make(target, options), { name: "TypeError", message });
  };
  told(
    { directory },
    /^options\.directory does not apply to dir:.*; it is for targets of the kind dir:$/,
    "dir://here/a",
  );
  told({ directory: Promise.resolve(directory) }, /^options\.directory .*give a URL, or await openDirectory/);
  told({ directory: 7 }, /^options\.directory is 7; /);
  told({ directory: null }, /^options\.directory is null; /);
  told({ semantics: { minus: "maybe" } }, /^options\.semantics\.minus: ADD_PROG has no procedure minus$/);
  told({ semantics: { toString: "maybe" } }, /has no procedure toString/);
  told({ balance: "lucky" }, /^options\.balance is "lucky"; give "round-robin" or "least-busy" or "sticky"$/);
  told({ times: { silence: Number.NaN } }, /^options\.times\.silence is NaN; give milliseconds/);
  told({ times: { probeTimeout: "5s" } }, /^options\.times\.probeTimeout is "5s"; give milliseconds/);
  told({ times: { probeTimout: 5 } }, /^options\.times\.probeTimout is not an option; did you mean probeTimeout\?/);
  told({ times: { silence: 2 ** 31 } }, /^options\.times\.silence is 2147483648; give milliseconds, 0 up to/);
  told({ times: { quarantine: { first: -1 } } }, /^options\.times\.quarantine\.first is -1; /);
  assert.throws(() => make("dir:/a", { timeout: -1 }), RangeError);
});
