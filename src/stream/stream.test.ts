import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../create-client.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import type { IncomingCall } from "../rpc/call.js";
import { refuse, Server } from "../server/index.js";
import { countOf } from "../testing/count-of.test-support.js";
import { createStreamClient, type StreamClientOptions, serveStreams } from "./index.js";

const pair = { a: 1, b: 3 };

/** A server of the adder whose ADD is a stream, with counts of its generator. */
async function streamServer(changes: object = {}, options = {}) {
  const counts = { made: 0, finished: 0, aborted: 0 };
  let finished = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    finished = resolve;
  });
  async function* add({ a, b }: { a: number; b: number }, { signal }: IncomingCall): AsyncGenerator<number> {
    signal.addEventListener("abort", () => counts.aborted++);
    try {
      for (let number = a; number <= b; number++) {
        counts.made++;
        yield number;
      }
    } finally {
      counts.finished++;
      finished();
    }
  }
  const server = new Server({ onError: () => undefined });
  serveStreams(server, adder, adding({ add, ...changes } as never), options);
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const clientOf = (given: StreamClientOptions = {}) => createStreamClient(adder, address, given);
  return { server, address, clientOf, counts, ended };
}

async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test("a client reads all items of a stream in their order, and the generator is finished", async () => {
  const { server, clientOf, counts } = await streamServer();
  await using client = clientOf();
  assert.deepEqual(await listOf(client.add(pair)), [1, 2, 3]);
  assert.deepEqual(await listOf(client.add({ a: 1, b: 0 })), []);
  const last = countOf(5_000, 300);
  const many = await listOf(client.add({ a: 1, b: last }, { window: 7 }));
  assert.equal(many.length, last);
  assert.deepEqual([many[0], many[last - 1], counts.finished], [1, last, 3]);
  await server.close();
});

test("a generator does not run ahead of a slow reader by more than the window and one item", async () => {
  const { server, clientOf, counts } = await streamServer();
  await using client = clientOf();
  const items = countOf(1_000, 200);
  let read = 0;
  let most = 0;
  for await (const _ of client.add({ a: 1, b: items }, { window: 16 })) {
    read++;
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, counts.made - read);
  }
  assert.equal(read, items);
  assert.ok(most <= 17, `${most} items were made and not read`);
  await server.close();
});

test("leaving the loop finishes the generator and aborts its signal", async () => {
  const { server, clientOf, counts, ended } = await streamServer();
  await using client = clientOf();
  for await (const number of client.add({ a: 1, b: 1e9 })) if (number === 3) break;
  await ended;
  assert.deepEqual([counts.finished, counts.aborted], [1, 1]);
  assert.ok(counts.made <= 3 + 129, `${counts.made} items`);
  await server.close();
});

test("an aborted signal ends the stream with RpcCancelled, and finishes the generator", async () => {
  const { server, clientOf, counts, ended } = await streamServer();
  await using client = clientOf();
  const stop = new AbortController();
  const read = async (): Promise<void> => {
    for await (const number of client.add({ a: 1, b: 1e9 }, { signal: stop.signal })) if (number === 3) stop.abort();
  };
  await assert.rejects(read(), { code: "RPC_CANCELLED", mayHaveRun: true });
  await ended;
  assert.equal(counts.finished, 1);
  await server.close();
});

test("a client that is closed within a stream finishes the generator", async () => {
  const { server, clientOf, counts, ended } = await streamServer();
  const client = clientOf();
  const stream = client.add({ a: 1, b: 1e9 });
  assert.deepEqual(await stream.next(), { value: 1, done: false });
  await client[Symbol.asyncDispose]();
  await ended;
  assert.equal(counts.finished, 1);
  await server.close();
});

test("an error of the generator ends the stream after the items before it", async () => {
  async function* add(): AsyncGenerator<number> {
    yield 1;
    throw new Error("no more");
  }
  const { server, clientOf } = await streamServer({ add });
  await using client = clientOf();
  const seen: number[] = [];
  const read = async (): Promise<void> => {
    for await (const number of client.add(pair)) seen.push(number);
  };
  await assert.rejects(read(), { code: "RPC_SYSTEM_ERR", mayHaveRun: true });
  assert.deepEqual(seen, [1]);
  await server.close();
});

test("a refusal before the first item is the error of the stream", async () => {
  const add = (): never => {
    throw refuse("RPC_PROC_UNAVAIL", { mayHaveRun: false });
  };
  const { server, clientOf } = await streamServer({ add });
  await using client = clientOf();
  await assert.rejects(listOf(client.add(pair)), { code: "RPC_PROC_UNAVAIL", mayHaveRun: false });
  await server.close();
});

test("an ordinary call gets the first item and finishes the generator; an ordinary procedure is a stream of one item", async () => {
  const { server, address, clientOf, counts } = await streamServer();
  await using plain = createClient(adder, address);
  assert.equal(await plain.add({ a: 7, b: 9 }), 7);
  assert.deepEqual([counts.made, counts.finished], [1, 1]);
  await assert.rejects(plain.add({ a: 7, b: 0 }), { code: "RPC_SYSTEM_ERR" });
  await using client = clientOf();
  assert.equal((await listOf(client.later(5))).length, 1);
  await server.close();
});

test("a server reads a stream of its client, over the connection that the client opened", async () => {
  async function* add({ a, b }: { a: number; b: number }): AsyncGenerator<number> {
    for (let number = a; number <= b; number++) yield number;
  }
  const callbacks = new Server();
  serveStreams(callbacks, adder, adding({ add } as never));
  const later = async (upTo: number, call: IncomingCall): Promise<number> => {
    await using theirs = createStreamClient(adder, call.peer);
    return (await listOf(theirs.add({ a: 1, b: upTo }))).length;
  };
  const server = new Server().implement(adder, adding({ later }));
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createClient(adder, address, { callbacks });
  assert.equal(await client.later(1_000), 1_000);
  await server.close();
  await callbacks.close();
});

test("streams of one connection are limited, and one that is refused did not run", async () => {
  const { server, clientOf, counts } = await streamServer({}, { streamsPerConnection: 1 });
  await using client = clientOf();
  const first = client.add({ a: 1, b: 1e9 });
  await first.next();
  await assert.rejects(client.add(pair).next(), { code: "RPC_STREAM_REFUSED", mayHaveRun: false });
  await first.return();
  assert.equal(counts.finished <= 1, true);
  await server.close();
});

test("a server without streams says what is missing there, and wrong options are TypeErrors", async () => {
  const server = new Server().implement(adder, adding());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createStreamClient(adder, address);
  await assert.rejects(listOf(client.add(pair)), /implement the program with serveStreams of lupine\/stream there/);
  const any = (value: unknown) => value as never;
  assert.throws(() => client.add(pair, any({ windo: 1 })), /options\.windo is not an option; did you mean window/);
  assert.throws(() => createStreamClient(adder, address, any({ semantics: "maybe" })), /does not apply to streams/);
  assert.throws(() => serveStreams(new Server(), adder, adding() as never, any({ stream: 1 })), /options\.stream /);
  await server.close();
});

test("the place of a stream is free when its reader has left it", async () => {
  const { server, clientOf } = await streamServer({}, { streamsPerConnection: 4 });
  await using client = clientOf();
  const open = Array.from({ length: 4 }, () => client.add({ a: 1, b: 1e9 }));
  for (const items of open) await items.next();
  for (let round = 0; round < 5; round++) {
    for (const items of open.splice(0)) await items.return();
    for (let i = 0; i < 4; i++) open.push(client.add({ a: 1, b: 1e9 }));
    const firsts = await Promise.all(open.map((items) => items.next()));
    assert.deepEqual(
      firsts.map(({ value }) => value),
      [1, 1, 1, 1],
    );
  }
  await assert.rejects(client.add(pair).next(), { code: "RPC_STREAM_REFUSED", mayHaveRun: false });
  await server.close();
});

test("a stream waits for the place of one whose generator is being finished, and is refused if that takes long", async () => {
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  async function* add({ a }: { a: number }): AsyncGenerator<number> {
    try {
      for (;;) yield a;
    } finally {
      await finished;
    }
  }
  const { server, clientOf } = await streamServer({ add }, { streamsPerConnection: 1 });
  await using client = clientOf();
  for await (const _ of client.add(pair)) break;
  await assert.rejects(client.add(pair).next(), { code: "RPC_STREAM_REFUSED", mayHaveRun: false });
  const waiting = client.add({ a: 7, b: 0 }).next();
  finish();
  assert.equal((await waiting).value, 7);
  await server.close();
});

test("a window that is not a whole number of 32 bits is refused before anything is sent", async () => {
  const { server, clientOf, counts } = await streamServer();
  await using client = clientOf();
  for (const window of [0, -1, 1.5, Number.NaN, 1e10, Number.POSITIVE_INFINITY, "4" as never]) {
    assert.throws(() => client.add(pair, { window }), /options\.window is .*; give a whole number, 1 to 4294967295/);
  }
  assert.equal(counts.made, 0);
  await server.close();
});

test("a stream that was cancelled before it began has certainly not run", async () => {
  const { server, clientOf } = await streamServer();
  const client = clientOf();
  const cancelled = { code: "RPC_CANCELLED", mayHaveRun: false };
  await assert.rejects(client.add(pair, { signal: AbortSignal.abort() }).next(), cancelled);
  await client[Symbol.asyncDispose]();
  await assert.rejects(client.add(pair).next(), cancelled);
  await server.close();
});
