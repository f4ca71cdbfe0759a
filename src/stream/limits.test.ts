// How many streams one host, one connection and one datagram socket can have.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { createClient } from "../create-client.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import { Server } from "../server/index.js";
import { until } from "../testing/waiting.test-support.js";
import { oneArgument } from "../xdr/arguments.js";
import type { XdrType } from "../xdr/type.js";
import { createStreamClient, serveStreams } from "./index.js";
import { STREAM_VERS, stream_state as State } from "./stream.gen.js";

async function* endless({ a }: { a: number }): AsyncGenerator<number> {
  for (let number = a; ; number++) yield number;
}

async function streamServer(t: TestContext, options = {}, changes = {}) {
  const folder = mkdtempSync("/tmp/streams-");
  const server = new Server();
  serveStreams(server, adder, adding({ add: endless, ...changes } as never), options);
  const addressOf = async (url: string) => (await server.listen(url)).address;
  t.after(() => {
    server.destroy();
    rmSync(folder, { recursive: true });
  });
  return { server, tcp: await addressOf("tcp://127.0.0.1:0"), unix: `unix:${folder}/socket`, addressOf };
}

/** A CALL message of the adder with a number of bytes behind its header. */
function messageOf(procedure: number, args: number[], program = adder.number): Uint8Array<ArrayBuffer> {
  const words = [1, 0, 2, program, 1, procedure, 0, 0, 0, 0, ...args];
  const message = new Uint8Array(4 * words.length);
  const view = new DataView(message.buffer);
  for (const [at, word] of words.entries()) view.setUint32(4 * at, word);
  return message;
}

test("one host cannot have all streams of a server, whatever the number of its connections", async (t) => {
  const { tcp, unix, addressOf } = await streamServer(t, { streams: 10 });
  const other = await addressOf(unix);
  const streams: AsyncGenerator<number>[] = [];
  const clients = Array.from({ length: 5 }, () => createStreamClient(adder, tcp));
  let refused = 0;
  for (let at = 0; at < 15; at++) {
    const stream = (clients[at % 5] as (typeof clients)[0]).add({ a: at, b: 0 });
    streams.push(stream);
    await stream.next().catch((error: { code?: string; mayHaveRun?: boolean }) => {
      assert.deepEqual([error.code, error.mayHaveRun], ["RPC_STREAM_REFUSED", false]);
      refused++;
    });
  }
  assert.equal(refused, 7);
  await using honest = createStreamClient(adder, other);
  const own = honest.add({ a: 5, b: 0 });
  assert.deepEqual(await own.next(), { done: false, value: 5 });
  await own.return();
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
});

test("streams that wait for one to end enter one after the other, and no more than the limit", async (t) => {
  const finish: (() => void)[] = [];
  let begun = 0;
  async function* add({ a }: { a: number }): AsyncGenerator<number> {
    begun++;
    try {
      for (;;) yield a;
    } finally {
      await new Promise<void>((resolve) => finish.push(resolve));
    }
  }
  const { server, tcp } = await streamServer(t, { streamsPerConnection: 1 }, { add });
  await using service = createClient(STREAM_VERS, tcp);
  const idOf = (number: number) => new Uint8Array(16).fill(number);
  const open = async (number: number) => {
    const { state } = await service.open({ id: idOf(number), hold: false, message: messageOf(1, [1, 1]) });
    return state;
  };
  const next = async (number: number) => (await service.next({ id: idOf(number), credits: 1 })).state;
  assert.deepEqual([await open(1), await next(1)], [State.STREAM_MORE, State.STREAM_MORE]);
  await service.end(idOf(1));
  const states = Array.from({ length: 20 }, (_, at) => open(2 + at));
  await until(
    () => server.usage.calls === 20,
    () => "twenty calls that wait",
  );
  finish[0]?.();
  const opened = (await Promise.all(states)).filter((state) => state === State.STREAM_MORE);
  await Promise.all(Array.from({ length: 20 }, (_, at) => next(2 + at)));
  assert.deepEqual([opened.length, begun], [1, 2]);
});

test("there are no streams over UDP, whose sources can be forged, and none of calls that carry calls", async (t) => {
  const { tcp, addressOf } = await streamServer(t);
  await using datagrams = createClient(STREAM_VERS, await addressOf("udp://127.0.0.1:0"));
  const id = new Uint8Array(16);
  await assert.rejects(datagrams.open({ id, hold: false, message: messageOf(1, [1, 1]) }), {
    code: "RPC_GARBAGE_ARGS",
  });
  await using service = createClient(STREAM_VERS, tcp);
  for (const program of [0x24444645, 0x24535452, 0x24534553]) {
    const message = messageOf(1, [1, 1], program);
    await assert.rejects(service.open({ id, hold: false, message }), { code: "RPC_GARBAGE_ARGS", mayHaveRun: false });
  }
});

test("the arguments of streams that are not held are bounded for each host, and free again when the streams end", async (t) => {
  const { add, repeat } = adder.procedures;
  const program = {
    ...adder,
    procedures: { keep: { ...add, args: oneArgument(repeat.result as XdrType<Uint8Array>) } },
  };
  const server = new Server();
  t.after(() => server.destroy());
  serveStreams(server, program, { keep: (bytes: Uint8Array) => endless({ a: bytes.length }) } as never);
  await using service = createClient(STREAM_VERS, (await server.listen("tcp://127.0.0.1:0")).address);
  const folder = mkdtempSync("/tmp/streams-");
  t.after(() => rmSync(folder, { recursive: true }));
  await using others = createClient(STREAM_VERS, (await server.listen(`unix:${folder}/socket`)).address);
  const size = 1_000_000;
  const large = new Uint8Array(44 + size);
  large.set(messageOf(1, [size]));
  const open = async (number: number, from = service) => {
    const id = new Uint8Array(16).fill(number);
    return (await from.open({ id, hold: false, message: large })).state;
  };
  for (let number = 1; number <= 13; number++) assert.equal(await open(number), State.STREAM_MORE);
  assert.equal(await open(17), State.STREAM_REFUSED);
  assert.equal(await open(1, others), State.STREAM_MORE);
  await others.end(new Uint8Array(16).fill(1));
  await service.end(new Uint8Array(16).fill(1));
  await until(
    async () => (await open(17)) === State.STREAM_MORE,
    () => "room for one more",
  );
});

test("after a large item the generator makes no further one before the client asks", async (t) => {
  let made = 0;
  async function* repeat(size: number): AsyncGenerator<Uint8Array> {
    for (;;) {
      made++;
      yield new Uint8Array(size);
    }
  }
  const { tcp } = await streamServer(t, {}, { repeat });
  await using service = createClient(STREAM_VERS, tcp);
  for (const [size, most] of [
    [20_000, 1],
    [1_000, 10],
  ] as const) {
    const id = new Uint8Array(16).fill(most);
    made = 0;
    await service.open({ id, hold: false, message: messageOf(5, [size]) });
    const { items } = await service.next({ id, credits: 10 });
    assert.equal(items.length, most);
    assert.ok(made <= most, `${made} items were made`);
  }
});
