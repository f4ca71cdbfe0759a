// A server that is closed ends its streams early: their readers get an error, and not what looks like all items.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { createClient } from "../create-client.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import type { IncomingCall } from "../rpc/call.js";
import { Server } from "../server/index.js";
import { createStreamClient, serveStreams } from "./index.js";

const pair = { a: 1, b: 3 };
const cut = { code: "RPC_DISCONNECTED", mayHaveRun: true };

type Rest = (signal: AbortSignal) => AsyncGenerator<number>;

/** What generators do after their first item, and a promise that holds them there until the server has begun to close. */
const rests: readonly [what: string, rest: Rest][] = [
  [
    "yields another item",
    async function* (signal) {
      await aborted(signal);
      yield 2;
      yield 3;
    },
  ],
  [
    "throws the reason of its signal",
    async function* (signal) {
      await aborted(signal);
      signal.throwIfAborted();
      yield 2;
    },
  ],
  [
    "waits for an event with its signal",
    async function* (signal) {
      await once(new EventTarget(), "never", { signal });
      yield 2;
    },
  ],
  [
    "takes time to finish",
    async function* (signal) {
      try {
        await aborted(signal);
        yield 2;
      } finally {
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  ],
];

const aborted = (signal: AbortSignal): Promise<unknown> =>
  signal.aborted ? Promise.resolve() : once(signal, "abort").catch(() => undefined);

function implementation(rest: Rest) {
  async function* add({ a }: { a: number }, { signal }: IncomingCall): AsyncGenerator<number> {
    yield a;
    yield* rest(signal);
  }
  return adding({ add } as never);
}

/** Reads the first item, asks for the next one, and waits until the server has been asked. */
async function begun(client: ReturnType<typeof createStreamClient<(typeof adder)["procedures"]>>) {
  const items = client.add(pair);
  assert.deepEqual(await items.next(), { value: 1, done: false });
  const next = items.next();
  next.catch(() => undefined);
  // Over the same connection, after it.
  for await (const _ of client.later(1)) break;
  return { next };
}

for (const [what, rest] of rests) {
  for (const address of ["tcp://127.0.0.1:0", "memory"]) {
    test(`a reader over ${address} gets an error if the server is closed while its generator ${what}`, async () => {
      const errors: unknown[] = [];
      const server = new Server({ onError: (error) => errors.push(error) });
      serveStreams(server, adder, implementation(rest));
      const target = address === "memory" ? server : (await server.listen(address)).address;
      await using client = createStreamClient(adder, target);
      const { next } = await begun(client);
      const closed = server.close();
      await assert.rejects(next, cut);
      await closed;
      assert.deepEqual(errors, []);
    });
  }

  test(`a server gets an error if its client's callbacks are closed while their generator ${what}`, async () => {
    const callbacks = new Server();
    serveStreams(callbacks, adder, implementation(rest));
    let asked = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let next: Promise<unknown> | undefined;
    const later = async (_upTo: number, call: IncomingCall): Promise<number> => {
      await using theirs = createStreamClient(adder, call.peer);
      ({ next } = await begun(theirs));
      asked();
      await next.catch(() => undefined);
      return 0;
    };
    const server = new Server().implement(adder, adding({ later }));
    const { address } = await server.listen("tcp://127.0.0.1:0");
    await using client = createClient(adder, address, { callbacks });
    const reply = client.later(1);
    await isAsked;
    const closed = callbacks.close();
    await assert.rejects(next as Promise<unknown>, cut);
    await reply;
    await closed;
    await server.close();
  });
}

test("a stream is complete if its generator itself ends while the server is closed", async () => {
  const server = new Server();
  serveStreams(
    server,
    adder,
    // biome-ignore lint/correctness/useYield: it has only the first item.
    implementation(async function* (signal) {
      await aborted(signal);
    }),
  );
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createStreamClient(adder, address);
  const { next } = await begun(client);
  const closed = server.close();
  assert.deepEqual(await next, { value: undefined, done: true });
  await closed;
});

test("a stream that comes while the server runs its closing hooks is refused, and the server does not wait for it", async () => {
  let finish = (): void => undefined;
  const server = new Server();
  serveStreams(server, adder, implementation(rests[0]?.[1] as Rest));
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createStreamClient(adder, address);
  const early = client.add(pair);
  await early.next();
  // After the hook of streams, which is added with the first one.
  server.onClosing(() => new Promise<void>((resolve) => (finish = resolve)));
  const closing = server.close({ drain: 2 ** 31 });
  await assert.rejects(client.add(pair).next(), { code: "RPC_STREAM_REFUSED", mayHaveRun: false });
  await assert.rejects(early.next(), cut);
  finish();
  await closing;
});
