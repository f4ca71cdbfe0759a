// Context handles belong to the interface that made them, and with type_strict_context_handle to their type.
import assert from "node:assert/strict";
import { test } from "node:test";
import { channelOf } from "lupine";
import {
  type ContextHandle,
  createDceClient,
  type DceInterface,
  type DceOperation,
  DceServer,
  DceStatus,
  type NdrContextHandle,
} from "lupine/dce";

type Handle = ContextHandle | null;

type Operations = {
  openFile: DceOperation<[], Handle>;
  openFolder: DceOperation<[], Handle>;
  readFile: DceOperation<[handle: Handle], number>;
};

/** An interface with two types of handles. */
function interfaceWith(uuid: string, isTypeStrict: boolean): DceInterface<Operations> {
  const handle = (type: string): NdrContextHandle =>
    isTypeStrict ? { kind: "context_handle", type } : { kind: "context_handle" };
  const result = (type: string) => ({ name: "result", type: handle(type) });
  return {
    ...{ name: "i", uuid, version: 1, minor: 0, endpoints: [] },
    operations: {
      openFile: { name: "openFile", number: 0, params: [], result: result("file") },
      openFolder: { name: "openFolder", number: 1, params: [], result: result("folder") },
      readFile: {
        name: "readFile",
        number: 2,
        params: [{ name: "handle", type: handle("file"), in: true }],
        result: { name: "result", type: { kind: "long" } },
      },
    },
  };
}

const plain = interfaceWith("b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e1", false);
const other = interfaceWith("b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e2", false);
const strict = interfaceWith("b7a1c9e2-5a7e-4c35-9d0f-1c4d9fb3a6e3", true);

/** A server of all three, and their clients over one association. */
function started() {
  const read: unknown[] = [];
  const server = new DceServer();
  for (const one of [plain, other, strict])
    server.implement(one, {
      openFile: (call) => call.openContext(1),
      openFolder: (call) => call.openContext(2),
      readFile: (handle, call) => {
        read.push(handle);
        return call.contextState(handle) as number;
      },
    });
  const first = createDceClient(plain, server);
  const clients = {
    plain: first,
    other: createDceClient(other, channelOf(first)),
    strict: createDceClient(strict, channelOf(first)),
  };
  return {
    ...clients,
    read,
    [Symbol.asyncDispose]: async () => {
      await first[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

const refusal = { code: "DCE_FAULT", status: DceStatus.contextMismatch, mayHaveRun: false };

test("an operation does not get a handle that another interface has made on the same association", async () => {
  await using on = started();
  const handle = await on.plain.openFile();
  for (const stranger of [on.other, on.strict]) await assert.rejects(stranger.readFile(handle), refusal);
  assert.deepEqual(on.read, []);
  assert.equal(await on.plain.readFile(handle), 1);
  await assert.rejects(on.plain.readFile(await on.other.openFile()), refusal);
});

test("with type_strict_context_handle an operation does not get a handle of another type", async () => {
  await using on = started();
  await assert.rejects(on.strict.readFile(await on.strict.openFolder()), refusal);
  assert.deepEqual(on.read, []);
  assert.equal(await on.strict.readFile(await on.strict.openFile()), 1);
  // Without it, types are the program's own matter.
  assert.equal(await on.plain.readFile(await on.plain.openFolder()), 2);
});
