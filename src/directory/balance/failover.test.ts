import assert from "node:assert/strict";
import { test } from "node:test";
import { closeClient } from "../../client/index.js";
import { deadlineTick } from "../../peer/deadlines.js";
import { adder, adding } from "../../rpc/adder.test-support.js";
import { RpcDisconnected, RpcRefused, RpcRejected, RpcTimeout } from "../../rpc/errors.js";
import { deny, refuse, Server } from "../../server/index.js";
import { FakeClock } from "../../testing/fake-clock.js";
import { ending, turns, until } from "../../testing/waiting.test-support.js";
import { memoryDirectory } from "../memory-engine.js";
import {
  Counting,
  clientOf,
  clientTo,
  closeWith,
  counting,
  elapse,
  gate,
  hungServer,
  type Options,
  pair,
  path,
  restartedServer,
  versions,
  wiringOf,
} from "./balance.test-support.js";

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
    assert.match(error.message, /none of 2 servers of dir:\/services\/add could be called: tcp:.*; tcp:/);
    return true;
  });
});

test("a server that was slow to connect is not lost for the call, if the one that was faster refuses it", async () => {
  await using directory = memoryDirectory();
  await using one = new Counting(1);
  const { address } = await one.server.listen("tcp://127.0.0.1:0");
  const [found, refused, clock] = [gate(), gate(), new FakeClock()];
  let asked = 0;
  const slowly = async () => {
    await found.opened;
    return address;
  };
  const refusing = async () => {
    asked++;
    await refused.opened;
    throw refuse("RPC_PROG_UNAVAIL");
  };
  const fast = new Server({ interceptors: [refusing] }).implement(adder, adding());
  await fast.listen("tcp://127.0.0.1:0");
  await directory.register(path, { versions, addresses: ["127.0.0.1"] });
  await directory.register(path, fast, { priority: 1 });
  const client = clientTo(`dir:${path}`, { directory, clock }, adder, wiringOf(slowly));
  const calling = client.add(pair);
  await turns();
  // The patience with the slow one is over: the other is called as well.
  clock.advance(250 + deadlineTick);
  await until(
    () => asked === 1,
    () => "the faster server to be called",
  );
  found.open();
  await until(
    () => one.server.connections === 1,
    () => "the slow connection",
  );
  refused.open();
  assert.equal(await calling, 1);
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
  await using client = clientTo("dir:/broken", { directory, semantics: "at-least-once" });
  await assert.rejects(client.nothing(), (error: RpcRefused) => error instanceof RpcRefused && error.mayHaveRun);
  assert.equal(calls, 1);
  await using adds = clientOf(directory, { semantics: "at-least-once" });
  await assert.rejects(adds.add({ a: 2 ** 40, b: 0 }), { code: "RPC_CANT_ENCODE_ARGS" });
  assert.deepEqual([one.calls, two.calls], [0, 0]);
  for (const server of broken) server.destroy();
});

test("a connection that is lost fails the call that may have run, and only that; one that may run twice goes on", async () => {
  await using directory = memoryDirectory();
  await using dying = await counting(directory, 1);
  dying.hold = () => gate().opened;
  const client = clientOf(directory, { balance: "sticky", semantics: { later: "at-least-once" } });
  const failing = client.add(pair);
  const going = client.add(pair, { semantics: "at-least-once" });
  await until(
    () => dying.calls === 2,
    () => "both calls to arrive",
  );
  await using two = await counting(directory, 2);
  dying.server.destroy();
  await assert.rejects(failing, (error: RpcDisconnected) => error instanceof RpcDisconnected && error.mayHaveRun);
  assert.equal(await going, 2);
  assert.equal(two.calls, 1);
  await closeClient(client);
});

test("over UDP a call whose second copy was refused goes to no other server, since the first copy may have run", async () => {
  await using directory = memoryDirectory();
  await using restarted = await restartedServer();
  await directory.register(path, { versions, addresses: [restarted.url] });
  await using spare = new Counting(2);
  await spare.server.listen("udp://127.0.0.1:0");
  await directory.register(path, { versions, addresses: [spare.url.replace("tcp", "udp")] }, { priority: 1 });
  const settings: Options = { transport: "udp", retransmit: { first: 30 }, timeout: 60_000 };
  await using client = clientOf(directory, settings);
  await assert.rejects(client.add(pair), { code: "RPC_PROG_UNAVAIL", mayHaveRun: true });
  assert.deepEqual([restarted.ran, spare.calls], [1, 0]);
  await using repeating = clientOf(directory, { ...settings, semantics: "at-least-once" });
  assert.equal(await repeating.add(pair), 2);
});

test("a hung server costs a call that may run twice a share of its time, and the next call nothing", async () => {
  await using directory = memoryDirectory();
  await using hung = await hungServer();
  await directory.register(path, { versions, addresses: [hung.url] });
  await using _one = await counting(directory, 1, { priority: 1 });
  const clock = new FakeClock();
  const client = clientOf(directory, { semantics: { add: "at-least-once" }, timeout: 4_000, clock });
  await using _closing = closeWith(clock, client);
  assert.equal(await elapse(clock, client.add(pair)), 1);
  const before = hung.records();
  assert.equal(await client.add(pair), 1);
  assert.equal(hung.records(), before, "the silent server was not called again");
});

test("a hung server costs a call that must not run twice its deadline, once", async () => {
  await using directory = memoryDirectory();
  await using hung = await hungServer();
  await directory.register(path, { versions, addresses: [hung.url] });
  await using one = await counting(directory, 1, { priority: 1 });
  const clock = new FakeClock();
  const client = clientOf(directory, { timeout: 300, clock });
  await using _closing = closeWith(clock, client);
  await assert.rejects(
    elapse(clock, client.add(pair)),
    (error: RpcTimeout) => error instanceof RpcTimeout && error.mayHaveRun,
  );
  const before = hung.records();
  assert.equal(await client.add(pair), 1);
  assert.equal(hung.records(), before, "the silent server was not called again");
  assert.equal(one.calls, 1);
});

test("a long deadline is not used up: a silent server is asked whether it lives, and left long before the deadline", async () => {
  await using directory = memoryDirectory();
  await using hung = await hungServer();
  await directory.register(path, { versions, addresses: [hung.url] });
  await using _one = await counting(directory, 1, { priority: 1 });
  const clock = new FakeClock({ now: 0 });
  const client = clientOf(directory, { semantics: "at-least-once", timeout: 600_000, clock });
  assert.equal(await elapse(clock, client.add(pair)), 1);
  assert.ok(clock.now() < 1_000, `${clock.now()} ms of the fake clock`);
  await ending(elapse(clock, closeClient(client)), "the copy on the silent server to be taken back");
});

test("a call that one server may have run says so, though the next one has refused it", async () => {
  await using directory = memoryDirectory();
  await using dying = await counting(directory, 1);
  dying.hold = () => gate().opened;
  const denies = new Server({
    interceptors: [() => Promise.reject(deny())],
  }).implement(adder, adding());
  await denies.listen("tcp://127.0.0.1:0");
  await directory.register(path, denies, { priority: 1 });
  await using client = clientOf(directory, { semantics: "at-least-once" });
  const calling = client.add(pair);
  await until(
    () => dying.calls === 1,
    () => "the call to arrive",
  );
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
    const clock = new FakeClock();
    const arrived = (count: number): Promise<void> =>
      until(
        () => hung.records() + other.calls === count,
        () => `${count} calls to arrive`,
      );
    const client = clientOf(directory, { timeout: 450, times: { silence: 50 }, clock });
    await using _closing = closeWith(clock, client);
    const calls = [client.add(pair), client.add(pair)];
    await arrived(2);
    await turns();
    clock.advance(150);
    for (let i = 0; i < 4; i++) calls.push(client.add(pair));
    await arrived(6);
    await turns();
    clock.advance(450 + deadlineTick);
    const failed = (await Promise.allSettled(calls)).filter(({ status }) => status === "rejected").length;
    assert.deepEqual([failed, other.calls], priority === 0 ? [1, 5] : [6, 0]);
  }
});

test("a slow procedure of a server that lives is waited for, and sent nowhere else", async () => {
  await using directory = memoryDirectory();
  await using slow = await counting(directory, 1);
  await using other = await counting(directory, 2, { priority: 1 });
  const [answer, clock] = [gate(), new FakeClock()];
  slow.hold = () => answer.opened;
  const client = clientOf(directory, { semantics: "at-least-once", timeout: 60_000, clock });
  await using _closing = closeWith(clock, client);
  const slowness = 1_800;
  clock.setTimeout(answer.open, slowness);
  assert.equal(await elapse(clock, client.add(pair)), 1);
  assert.equal(other.calls, 0);
});

test("a slow procedure is no reason to leave a server that answers others meanwhile", async () => {
  await using directory = memoryDirectory();
  const [answer, clock] = [gate(), new FakeClock()];
  let called = 0;
  const nothing = (): Promise<void> => {
    called++;
    return answer.opened;
  };
  const server = new Server().implement(adder, adding({ nothing: () => nothing(), add: () => 1 }));
  await server.listen("tcp://127.0.0.1:0");
  await directory.register(path, server);
  await using _other = await counting(directory, 2, { priority: 1 });
  const client = clientOf(directory, { clock });
  await using _closing = closeWith(clock, client);
  const slow = client.nothing({ timeout: 60 });
  await until(
    () => called === 1,
    () => "the slow procedure to run",
  );
  clock.advance(20);
  assert.equal(await client.add(pair), 1);
  clock.advance(60);
  await assert.rejects(slow, (error: RpcTimeout) => error instanceof RpcTimeout && error.mayHaveRun);
  assert.equal(await client.add(pair), 1);
  answer.open();
  server.destroy();
});
