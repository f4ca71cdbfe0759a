// Errors of the user's own code in streams: none is lost.
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { createClient } from "../create-client.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import type { IncomingCall } from "../rpc/call.js";
import type { CallPlace } from "../rpc/errors.js";
import { Server } from "../server/index.js";
import { createStreamClient, serveStreams } from "./index.js";

const pair = { a: 1, b: 3 };

/** A server of the adder whose ADD is this function, with the errors that it reports. */
async function reportingServer(add: (args: object, call: IncomingCall) => unknown) {
  const errors: [error: unknown, place: CallPlace | undefined][] = [];
  const arrivals = new EventTarget();
  const onError = (error: unknown, place?: CallPlace): void => {
    errors.push([error, place]);
    arrivals.dispatchEvent(new Event("error"));
  };
  const server = new Server({ onError });
  serveStreams(server, adder, adding({ add } as never));
  const { address } = await server.listen("tcp://127.0.0.1:0");
  /** Resolves with the messages, when there is one. */
  const reported = async (): Promise<string[]> => {
    if (errors.length === 0) await once(arrivals, "error");
    return errors.map(([error]) => (error as Error).message);
  };
  return { server, errors, reported, client: createStreamClient(adder, address), address };
}

async function read(items: AsyncIterable<number>): Promise<number[]> {
  const list: number[] = [];
  try {
    for await (const item of items) list.push(item);
  } catch (error) {
    assert.equal((error as { code?: string }).code, "RPC_SYSTEM_ERR");
    assert.equal((error as { mayHaveRun?: boolean }).mayHaveRun, true);
  }
  return list;
}

describe("onError of a server is called for", () => {
  const failing: readonly [what: string, add: () => unknown, items: number[], message: RegExp][] = [
    [
      "an error that a generator throws after items",
      async function* () {
        yield 1;
        throw new Error("boom");
      },
      [1],
      /^boom$/,
    ],
    [
      "an item that does not fit its type, with its path",
      async function* () {
        yield 1;
        yield "x";
      },
      [1],
      /^item: "x" is not an? int/,
    ],
    ["a promise of a generator that rejects", async () => Promise.reject(new Error("no list")), [], /^no list$/],
    [
      "a function that throws at once",
      () => {
        throw new Error("at once");
      },
      [],
      /^at once$/,
    ],
  ];
  for (const [what, add, items, message] of failing) {
    test(what, async () => {
      const { server, client, errors, reported } = await reportingServer(add);
      assert.deepEqual(await read(client.add(pair)), items);
      const messages = await reported();
      assert.equal(messages.length, 1, messages.join("; "));
      assert.match(messages[0] as string, message);
      const [[, place] = []] = errors;
      assert.equal(`${place?.program} ${place?.procedure}`, "ADD_PROG ADD");
      assert.match(place?.peer ?? "", /^tcp:/);
      await client[Symbol.asyncDispose]();
      await server.close();
    });
  }

  test("an error in a finally block of a generator whose reader has left", async () => {
    const { server, client, reported } = await reportingServer(async function* () {
      try {
        for (let number = 0; ; number++) yield number;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: this is what the test is about.
        throw new Error("cannot clean up");
      }
    });
    for await (const _ of client.add(pair)) break;
    assert.deepEqual(await reported(), ["cannot clean up"]);
    await client[Symbol.asyncDispose]();
    await server.close();
  });

  test("an error of a generator that an ordinary call began", async () => {
    const { server, address, reported } = await reportingServer(async function* () {
      yield* [];
      throw new Error("boom");
    });
    await using client = createClient(adder, address);
    await assert.rejects(client.add(pair), { code: "RPC_SYSTEM_ERR" });
    assert.deepEqual(await reported(), ["boom"]);
    await server.close();
  });
});

test("a generator that ends because its reader has left is not an error", async () => {
  let ended = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const { server, client, errors } = await reportingServer(async function* (_args, { signal }) {
    try {
      yield 1;
      await once(new EventTarget(), "never", { signal });
    } finally {
      ended();
    }
  });
  const items = client.add(pair);
  assert.equal((await items.next()).value, 1);
  const next = assert.rejects(items.next(), { code: "RPC_CANCELLED" });
  await client[Symbol.asyncDispose]();
  await next;
  await over;
  await server.close();
  assert.deepEqual(errors, []);
});

test("items before one that is longer than the server may send arrive, and the generator is finished", async () => {
  const errors: string[] = [];
  const server = new Server({ limits: { maxMessage: 100_000 }, onError: (error) => errors.push(String(error)) });
  let isFinished: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    isFinished = resolve;
  });
  async function* repeat() {
    try {
      for (const length of [1, 2, 70_000, 3, 200_000, 4]) yield new Uint8Array(length);
    } finally {
      isFinished();
    }
  }
  serveStreams(server, adder, adding({ repeat } as never));
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createStreamClient(adder, address);
  const lengths: number[] = [];
  await assert.rejects(
    async () => {
      for await (const item of client.repeat(0)) lengths.push(item.length);
    },
    { code: "RPC_SYSTEM_ERR", mayHaveRun: true },
  );
  assert.deepEqual(lengths, [1, 2, 70_000, 3]);
  await finished;
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? "", /maxMessage/);
  server.destroy();
});
