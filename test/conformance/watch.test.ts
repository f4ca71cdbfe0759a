// Procedures marked @stream: the methods of ordinary clients are async iterables, and the server's functions async generators.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type ClientOptions, closeClient, createClient, type Interceptor, Server } from "lupine";
import type { Implementation, IncomingCall } from "lupine/codegen/v1";
import { interfaceOf } from "lupine/dynamic";
import { compileInterface } from "lupine/idl";
import { createStreamClient, serveStreams } from "lupine/stream";
import { type span, WATCH_VERS, type WATCH_VERS_Procedures } from "./watch.gen.js";

type Watching = Implementation<WATCH_VERS_Procedures>;

/** A server whose COUNT counts its generators. */
function watching(changes: Partial<Watching> = {}) {
  const counts = { made: 0, finished: 0 };
  let finished = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    finished = resolve;
  });
  async function* count({ from, to }: span): AsyncGenerator<number> {
    try {
      for (let number = from; number <= to; number++) {
        counts.made++;
        yield number;
      }
    } finally {
      counts.finished++;
      finished();
    }
  }
  const implementation: Watching = {
    count,
    async *samples(many, size) {
      for (let number = 0; number < many; number++) yield { number, payload: new Uint8Array(size) };
    },
    async *words() {
      yield* ["one", "two"];
    },
    sum: ({ from, to }) => from + to,
    note: () => undefined,
    ...changes,
  };
  const server = new Server({ onError: () => undefined }).implement(WATCH_VERS, implementation);
  return { server, counts, ended };
}

async function listening(changes?: Partial<Watching>, given: ClientOptions = {}) {
  const { server, counts, ended } = watching(changes);
  const { address } = await server.listen("tcp://127.0.0.1:0");
  return { server, address, counts, ended, client: createClient(WATCH_VERS, address, given) };
}

async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test("methods of marked procedures are async iterables, with no argument, one or several, beside ordinary methods", async () => {
  const { server, client, counts } = await listening();
  assert.deepEqual(
    await listOf(client.count({ from: 1, to: 300 })),
    Array.from({ length: 300 }, (_, i) => i + 1),
  );
  assert.deepEqual(await listOf(client.words()), ["one", "two"]);
  const samples = await listOf(client.samples(3, 2, { window: 1 }));
  assert.deepEqual(
    samples.map(({ number, payload }) => [number, payload.length]),
    [
      [0, 2],
      [1, 2],
      [2, 2],
    ],
  );
  assert.equal(await client.sum({ from: 1, to: 2 }), 3);
  assert.equal(counts.finished, 1);
  await closeClient(client);
  await server.close();
});

test("break finishes the generator, and a stream that nobody reads never begins", async () => {
  const { server, client, counts, ended } = await listening();
  client.count({ from: 1, to: 9 });
  await client.count({ from: 1, to: 9 }).return();
  for await (const number of client.count({ from: 1, to: 1e9 })) if (number === 3) break;
  await ended;
  assert.ok(counts.finished === 1 && counts.made <= 3 + 129, `${counts.made} items`);
  await closeClient(client);
  await server.close();
});

test("closing the client ends its streams instead of waiting for them", async () => {
  const { server, client, counts, ended } = await listening();
  const stream = client.count({ from: 1, to: 1e9 });
  assert.deepEqual(await stream.next(), { value: 1, done: false });
  await closeClient(client);
  await ended;
  assert.equal(counts.finished, 1);
  await assert.rejects(listOf(stream), { code: "RPC_CANCELLED" });
  await server.close();
});

test("an aborted signal and wrong options are errors as those of other methods", async () => {
  const { server, client } = await listening();
  const any = (value: unknown) => value as never;
  assert.throws(
    () => client.count({ from: 1, to: 2 }, any({ windo: 1 })),
    /options\.windo is not an option; did you mean/,
  );
  const signal = AbortSignal.abort();
  await assert.rejects(listOf(client.count({ from: 1, to: 2 }, { signal })), { code: "RPC_CANCELLED" });
  await assert.rejects(listOf(client.count({ from: 1.5, to: 2 })), { code: "RPC_CANT_ENCODE_ARGS", mayHaveRun: false });
  await closeClient(client);
  await server.close();
});

test("an ordinary call of a marked procedure gets the first item", async () => {
  const { server, address, counts } = await listening();
  const { count } = WATCH_VERS.procedures;
  const { stream: _, ...plain } = count;
  await using client = createClient({ ...WATCH_VERS, procedures: { count: plain } }, address);
  assert.equal(await client.count({ from: 7, to: 9 }), 7);
  assert.deepEqual(counts, { made: 1, finished: 1 });
  await server.close();
});

test("createStreamClient and serveStreams take marked programs, too, and serveStreams sets their limits", async () => {
  const server = new Server();
  async function* count({ from, to }: span): AsyncGenerator<number> {
    for (let number = from; number <= to; number++) yield number;
  }
  const others = { sum: () => 0, note: () => undefined, samples: count as never, words: count as never };
  serveStreams(server, WATCH_VERS, { count, ...others }, { streamsPerConnection: 1 });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createStreamClient(WATCH_VERS, address);
  assert.deepEqual(await listOf(client.count({ from: 1, to: 3 })), [1, 2, 3]);
  const open = client.count({ from: 1, to: 3e6 });
  await open.next();
  await assert.rejects(client.count({ from: 1, to: 3 }).next(), { code: "RPC_STREAM_REFUSED" });
  await open.return();
  await server.close();
});

test("a server of this process is read without a connection, and a list of servers is refused", async () => {
  const { server, counts } = watching();
  await using client = createClient(WATCH_VERS, server);
  assert.deepEqual(
    await listOf(client.count({ from: 1, to: 200 })),
    Array.from({ length: 200 }, (_, i) => i + 1),
  );
  assert.equal(counts.finished, 1);
  await using several = createClient(WATCH_VERS, ["tcp://127.0.0.1:1", "tcp://127.0.0.1:2"]);
  await assert.rejects(
    listOf(several.words()),
    /a stream comes from one server: give the address of one instead of a list/,
  );
  assert.throws(() => createStreamClient(WATCH_VERS, ["tcp://127.0.0.1:1"] as never), /a stream comes from one server/);
  await server.close();
});

test("a stream over UDP says what it needs, and other procedures of the program are called as always", async () => {
  const { server } = watching();
  const { address } = await server.listen("udp://127.0.0.1:0");
  await using client = createClient(WATCH_VERS, address);
  await assert.rejects(listOf(client.words()), /a stream needs a connection: give an address of TCP or a Unix socket/);
  assert.equal(await client.sum({ from: 1, to: 2 }), 3);
  await server.close();
});

test("an interceptor of a client stands around each stream, and may replace its items", async () => {
  const seen: string[] = [];
  const double: Interceptor = async (call, next) => {
    seen.push(call.procedure.name);
    const result = await next(call);
    if (call.procedure.name !== "COUNT") return result;
    return (async function* () {
      for await (const number of result as AsyncIterable<number>) yield number * 2;
    })();
  };
  const { server, client } = await listening({}, { interceptors: [double] });
  assert.deepEqual(await listOf(client.count({ from: 1, to: 3 })), [2, 4, 6]);
  assert.equal(await client.sum({ from: 1, to: 2 }), 3);
  assert.deepEqual(seen, ["COUNT", "SUM"]);
  await closeClient(client);
  await server.close();
});

test("the credential and the limits of the client apply to its streams", async () => {
  const { authSys } = await import("lupine");
  const uids: (number | undefined)[] = [];
  const words = async function* (call: IncomingCall): AsyncGenerator<string> {
    uids.push(call.identity.sys?.uid);
    yield "long enough";
  };
  const auth = authSys({ uid: 7, gid: 7 });
  const { server, client, address } = await listening({ words }, { auth });
  assert.deepEqual(await listOf(client.words()), ["long enough"]);
  await using narrow = createClient(WATCH_VERS, address, { limits: { bytes: 5 } });
  await assert.rejects(listOf(narrow.words()), /5/);
  assert.deepEqual(uids, [7, undefined]);
  await closeClient(client);
  await server.close();
});

test("a function that returns a promise of a generator is a stream", async () => {
  const { server, client } = await listening({
    words: async () =>
      (async function* () {
        yield "late";
      })(),
  });
  assert.deepEqual(await listOf(client.words()), ["late"]);
  await closeClient(client);
  await server.close();
});

test("an interface without generated code has the same methods", async () => {
  const file = new URL("../../../test/conformance/watch.x", import.meta.url);
  const { module } = compileInterface({ file: "watch.x", text: readFileSync(file, "utf8") });
  assert.ok(module !== undefined);
  const program = interfaceOf(module).programs[0]?.versions[0];
  assert.ok(program !== undefined);
  const { server, address } = await listening();
  await using client = createClient(program, address);
  const words = (client as unknown as { words(): AsyncIterable<string> }).words();
  assert.deepEqual(await listOf(words), ["one", "two"]);
  await server.close();
});
