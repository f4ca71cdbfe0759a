// The attribute `range` between client and server.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createDceClient,
  type DceInterface,
  type DceOperation,
  DceServer,
  DceStatus,
  NdrError,
  type NdrRange,
  type NdrShape,
} from "lupine/dce";

type Operations = { scaled: DceOperation<[factor: number, items: number[]], number[]> };

/** With or without limits of both parameters and of the result. */
function interfaceWith(range?: NdrRange): DceInterface<Operations> {
  const limits = range === undefined ? {} : { range };
  const items: NdrShape = { kind: "array", element: { kind: "long" }, ...limits };
  return {
    ...{ name: "i", uuid: "b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1", version: 1, minor: 0, endpoints: [] },
    operations: {
      scaled: {
        name: "scaled",
        number: 0,
        params: [
          { name: "factor", type: { kind: "long", ...limits }, in: true },
          { name: "items", type: items, in: true },
        ],
        result: { name: "result", type: items },
      },
    },
  };
}

const free = interfaceWith();
const limited = interfaceWith([1, 3]);

/** The outcomes of four calls of a client to a server that returns the items and some more. */
async function results(client: DceInterface<Operations>, server: DceInterface<Operations>) {
  const calls: unknown[] = [];
  const errors: unknown[] = [];
  const own = new DceServer({ onError: (error) => errors.push(error) }).implement(server, {
    scaled: (factor, items) => {
      calls.push(items);
      return [...items, ...new Array<number>(factor - 1).fill(0)];
    },
  });
  const stub = createDceClient(client, own);
  const outcome = async (factor: number, items: number[]): Promise<unknown> => {
    try {
      return await stub.scaled(factor, items);
    } catch (error) {
      const { code, status, mayHaveRun, cause } = error as Record<string, unknown>;
      const at = cause instanceof NdrError ? `${cause.code} at ${cause.path.join(".")}` : undefined;
      return [code, status ?? at, mayHaveRun];
    }
  };
  const all = [await outcome(1, [7]), await outcome(0, [7]), await outcome(1, [1, 2, 3, 4]), await outcome(3, [1, 2])];
  await stub[Symbol.asyncDispose]();
  await own.close();
  return { all, calls: calls.length, errors: errors.map((error) => (error as NdrError).code) };
}

test("a server refuses arguments outside of their range as Windows does, before the operation runs", async () => {
  const refused = ["DCE_FAULT", DceStatus.invalidBound, false];
  assert.deepEqual(await results(free, limited), {
    all: [[7], refused, refused, ["DCE_FAULT", DceStatus.unspecified, true]],
    calls: 2,
    errors: ["NDR_INVALID_BOUND"],
  });
  assert.equal(DceStatus.invalidBound, 1734);
});

test("a client sends no arguments outside of their range, and accepts no such results", async () => {
  const unsent = (name: string) => ["RPC_CANT_ENCODE_ARGS", `NDR_INVALID_BOUND at ${name}`, false];
  assert.deepEqual(await results(limited, free), {
    all: [[7], unsent("factor"), unsent("items"), ["RPC_CANT_DECODE_RESULT", "NDR_INVALID_BOUND at result", true]],
    calls: 2,
    errors: [],
  });
});
