// Servers that answer streams in unusual ways: what the error says of the procedure, and how much memory an item takes.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { adder } from "../rpc/adder.test-support.js";
import { RpcError } from "../rpc/errors.js";
import { refuse, Server } from "../server/index.js";
import { array } from "../xdr/composite.js";
import { opaque } from "../xdr/opaque.js";
import { createStreamClient } from "./index.js";
import { STREAM_VERS, stream_state as State, type stream_items } from "./stream.gen.js";

const never = () => new Promise<never>(() => undefined);
const item = new Uint8Array([0, 0, 0, 7]);

async function clientOf(t: TestContext, next: () => stream_items, open: () => unknown = never, program = adder) {
  const server = new Server({ onError: () => undefined }).implement(STREAM_VERS, {
    open,
    next,
    end: () => undefined,
  } as never);
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const client = createStreamClient(program, address);
  t.after(async () => {
    server.destroy();
    await client[Symbol.asyncDispose]();
  });
  return client;
}

async function errorOf(items: AsyncIterable<unknown>): Promise<[string, boolean, number]> {
  let read = 0;
  try {
    for await (const _ of items) read++;
  } catch (error) {
    assert.ok(error instanceof RpcError, String(error));
    return [error.code, error.mayHaveRun, read];
  }
  throw new Error("the stream ended without an error");
}

for (const code of ["RPC_PROC_UNAVAIL", "RPC_PROG_UNAVAIL", "RPC_GARBAGE_ARGS"] as const) {
  test(`a call for items is refused with ${code} while the stream is open: the procedure may have run`, async (t) => {
    for (const before of [0, 1]) {
      let asked = 0;
      const client = await clientOf(t, () => {
        if (asked++ < before) return { state: State.STREAM_MORE, items: [item] };
        throw refuse(code, { mayHaveRun: false });
      });
      assert.deepEqual(await errorOf(client.add({ a: 1, b: 1 })), [code, true, before]);
    }
  });
}

test("a stream whose opening was refused, too, did not run", async (t) => {
  const refused = () => {
    throw refuse("RPC_GARBAGE_ARGS", { mayHaveRun: false });
  };
  const client = await clientOf(t, refused, refused);
  assert.deepEqual(await errorOf(client.add({ a: 1, b: 1 })), ["RPC_GARBAGE_ARGS", false, 0]);
});

test("an item of millions of small values is not decoded", async (t) => {
  const { add } = adder.procedures;
  const program = { ...adder, procedures: { add: { ...add, result: array(opaque(16)) } } };
  const count = 2_000_000;
  const large = new Uint8Array(4 + 4 * count);
  new DataView(large.buffer).setUint32(0, count);
  const client = await clientOf(t, () => ({ state: State.STREAM_MORE, items: [large] }), never, program as never);
  assert.deepEqual(await errorOf(client.add({ a: 1, b: 1 })), ["RPC_CANT_DECODE_RESULT", true, 0]);
});
