import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import test from "node:test";
import type { LeftOver } from "../peer/index.js";
import { type AdderProcedures, adder, adding } from "../rpc/adder.test-support.js";
import type { RpcCodecError } from "../rpc/errors.js";
import type { Implementation } from "../rpc/stubs.js";
import { Server } from "../server/index.js";
import { FakeClock } from "../testing/fake-clock.js";
import { ending, turns, until } from "../testing/waiting.test-support.js";
import { hyper, voidType } from "../xdr/primitives.js";
import type { XdrType } from "../xdr/type.js";
import { type BroadcastAnswer, defaultBroadcastTimeout, procedureOf } from "./broadcast.js";
import { broadcastPlaces } from "./broadcast-places.js";
import { broadcast, startRpcbind } from "./everyday.js";
import type { BinderEvent } from "./rpcbind/events.js";

const linux = { skip: process.platform !== "linux" && "only Linux has broadcasts on its loopback interface" };
const add = procedureOf(adder, "add");

/** A machine: a binder that passes calls on, and a server that is registered with it. */
async function machine(remoteCalls: boolean, implementation = adding() as Implementation<AdderProcedures>) {
  const events: BinderEvent[] = [];
  const rpcbind = await startRpcbind({ port: 0, host: "0.0.0.0", remoteCalls, log: (event) => events.push(event) });
  const server = new Server().implement(adder, implementation);
  const { address } = await server.listen("udp://0.0.0.0:0", { accept: "network" });
  const { port } = address as { port: number };
  const registered = `0.0.0.0.${port >> 8}.${port & 255}`;
  rpcbind.table.put({ program: adder.number, version: adder.version, netid: "udp", address: registered, owner: "" });
  const dispose = async () => {
    await rpcbind.close();
    await server.close();
  };
  return { port, events, binderPort: (rpcbind.address as { port: number }).port, [Symbol.asyncDispose]: dispose };
}

/** All answers of a broadcast whose time is over once `isDone` holds. */
async function ask(
  port: number,
  isDone: (answers: readonly BroadcastAnswer<number>[]) => boolean,
  options: Parameters<typeof broadcast>[2] = {},
) {
  const clock = new FakeClock();
  const answers: BroadcastAnswer<number>[] = [];
  const collected = (async () => {
    for await (const answer of broadcast(add, [{ a: 1, b: 2 }], { interfaces: ["lo"], clock, port, ...options }))
      answers.push(answer);
  })();
  await endOfTime(clock, collected, () => isDone(answers));
  return answers;
}

async function endOfTime(clock: FakeClock, collected: Promise<void>, isDone: () => boolean): Promise<void> {
  await until(isDone, () => "the answers to a broadcast");
  await turns();
  clock.advance(defaultBroadcastTimeout);
  await ending(collected, "the broadcast to end");
}

test("a broadcast finds a server once, by its own address, in either version of the protocol", linux, async () => {
  await using one = await machine(true);
  const found = [{ from: { kind: "udp", host: "127.0.0.1", port: one.port }, result: 3 }];
  for (const versions of [[2, 3], [2], [3]] as const) {
    const asked = one.events.length;
    const isDone = (answers: readonly unknown[]) => answers.length > 0 && one.events.length - asked >= versions.length;
    assert.deepEqual(await ask(one.binderPort, isDone, { versions }), found);
  }
});

test(
  "a broadcast is repeated until its time is over, and a lost first answer comes with the second",
  linux,
  async () => {
    let calls = 0;
    await using one = await machine(true, {
      ...(adding() as Implementation<AdderProcedures>),
      add: ({ a, b }) => {
        calls++;
        if (calls === 1) throw new Error("lost");
        return a + b;
      },
    });
    const options = { interfaces: ["lo"], timeout: 60_000, first: 100, port: one.binderPort, versions: [2] } as const;
    for await (const { result } of broadcast(add, [{ a: 1, b: 2 }], options)) {
      assert.equal(result, 3);
      break;
    }
    assert.ok(calls >= 2, `${calls} calls`);
  },
);

test("leaving the loop ends the broadcast, and so does its signal", linux, async () => {
  await using one = await machine(true);
  const options = { interfaces: ["lo"], timeout: 600_000, port: one.binderPort };
  for await (const { result } of broadcast(add, [{ a: 1, b: 2 }], options)) {
    assert.equal(result, 3);
    break;
  }
  const { signal, abort } = abortable();
  const all = (async () => {
    for await (const _ of broadcast(add, [{ a: 1, b: 2 }], { ...options, signal })) abort();
  })();
  await assert.rejects(ending(all, "the broadcast to end"), { name: "AbortError" });
});

test("a binder answers no broadcast while remote calls are off, and tells that it was asked", linux, async () => {
  await using one = await machine(false);
  const wasAsked = () =>
    one.events.some((event) => event.kind === "remote call" && event.failure === "remote calls are off");
  assert.deepEqual(await ask(one.binderPort, wasAsked), []);
});

test("datagrams that are no answers are ignored", linux, async () => {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "0.0.0.0", resolve));
  socket.on("message", (bytes, from) => {
    const reply = Buffer.from("000000000000000100000000000000000000000000000000000000010000000400000003", "hex");
    bytes.copy(reply, 0, 0, 4);
    const junk = [reply.subarray(0, 3), reply.subarray(0, 20), reply, Buffer.alloc(0), Buffer.alloc(900, 255), bytes];
    for (const each of junk) socket.send(each, from.port, from.address);
    for (let i = 0; i < 200; i++) {
      const odd = Buffer.from(reply);
      odd[4 + (i % 32)] = i;
      socket.send(odd, from.port, from.address);
    }
  });
  for (const { from, result } of await ask(socket.address().port, (answers) => answers.length > 0)) {
    assert.ok("port" in from && from.port > 0 && Number.isInteger(result));
  }
  socket.close();
});

test(
  "bytes left over after an answer are ignored and told of, or refused by strict; odd answers are told of",
  linux,
  async () => {
    await using one = await machine(true);
    const leftOver: unknown[] = [];
    const errors: string[] = [];
    const askFor = async <T>(result: XdrType<T>, options: Parameters<typeof broadcast>[2]) => {
      const clock = new FakeClock();
      const what = { ...add, procedure: { ...add.procedure, result } };
      const results: T[] = [];
      const before = errors.length;
      const collected = (async () => {
        const all = { interfaces: ["lo"], clock, port: one.binderPort, ...options };
        for await (const answer of broadcast(what, [{ a: 1, b: 2 }], all)) results.push(answer.result);
      })();
      await endOfTime(clock, collected, () => results.length > 0 || errors.length > before);
      return results;
    };
    const onLeftOver = ({ procedure, peer, bytes }: LeftOver) => leftOver.push([procedure, peer, bytes]);
    assert.deepEqual(await askFor(voidType, { onLeftOver }), [undefined]);
    assert.deepEqual(leftOver, [["ADD", `udp://127.0.0.1:${one.port}`, 4]]);
    const onError = ({ code, message }: RpcCodecError) => errors.push(`${code} ${message}`);
    assert.deepEqual(await askFor(voidType, { strict: true, onError }), []);
    assert.deepEqual(await askFor(hyper, { onError }), []);
    assert.equal(errors.length, 2);
    assert.match(errors[0] ?? "", /RPC_CANT_DECODE_RESULT .*4 bytes left over after the result \(options\.strict/);
    assert.match(
      errors[1] ?? "",
      /RPC_CANT_DECODE_RESULT .*udp:\/\/127\.0\.0\.1.*result: 8 bytes needed, but only 4 left/,
    );
  },
);

test("an answer that does not decode is warned of where nobody is told", linux, async (t) => {
  await using one = await machine(true);
  const warned: string[] = [];
  t.mock.method(process, "emitWarning", (message: string) => warned.push(message));
  const what = { ...add, procedure: { ...add.procedure, result: hyper } };
  const clock = new FakeClock();
  const options = { interfaces: ["lo"], clock, port: one.binderPort };
  const collected = (async () => {
    for await (const _ of broadcast(what, [{ a: 1, b: 2 }], options)) assert.fail("nothing can be answered");
  })();
  await endOfTime(clock, collected, () => warned.length > 0);
  assert.equal(warned.length, 1);
  assert.match(warned[0] ?? "", /an answer to the broadcast cannot be decoded: result: 8 bytes needed/);
});

test("places are the broadcast address of each IPv4 network, and the groups on each interface with IPv6", () => {
  const common = { mac: "", internal: false } as const;
  const interfaces = {
    lo: [{ ...common, address: "127.0.0.1", netmask: "255.0.0.0", family: "IPv4", internal: true, cidr: null }],
    eth0: [
      { ...common, address: "192.0.2.77", netmask: "255.255.255.192", family: "IPv4", cidr: null },
      { ...common, address: "fe80::1", netmask: "ffff:ffff:ffff:ffff::", family: "IPv6", scopeid: 2, cidr: null },
    ],
    tun0: [{ ...common, address: "10.0.0.1", netmask: "255.255.255.255", family: "IPv4", cidr: null }],
  } as Parameters<typeof broadcastPlaces>[0];
  const destinations = (names?: string[]) => broadcastPlaces(interfaces, names).flatMap((place) => place.destinations);
  assert.deepEqual(destinations(), ["192.0.2.127", "ff02::202%eth0", "ff02::1%eth0", "255.255.255.255"]);
  assert.deepEqual(destinations(["lo"]), ["127.255.255.255"]);
  assert.throws(() => broadcastPlaces(interfaces, ["eth7"]), /no interface eth7 .*lo, eth0, tun0/);
  assert.throws(() => broadcastPlaces({ lo: interfaces["lo"] }), /no network to broadcast to/);
});

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
