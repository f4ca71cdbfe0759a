// Messages that name the limit, and the option that moves it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RpcCodecError } from "lupine";
import { createDceClient, DceFault, DceServer, DceStatus } from "lupine/dce";
import { Sample_v1 } from "../interop/dce/sample.gen.js";
import { implementation } from "../interop/dce/sample-server.js";

function serverOf(options: ConstructorParameters<typeof DceServer>[0] = {}): DceServer {
  return new DceServer(options).implement(Sample_v1, implementation());
}

const many: readonly number[] = Array.from({ length: 1_000 }, (_, i) => i);

test("arguments and results beyond a client's maxStub fail their call with its name, and no other call", async () => {
  await using server = serverOf();
  await using client = createDceClient(Sample_v1, server, { maxStub: 1_000 });
  const tooLong = (code: string) => (error: unknown) => {
    assert.ok(error instanceof RpcCodecError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, /more than 1000 bytes \(options\.maxStub\)/);
    assert.match(error.message, /^Sample version 1 /);
    assert.equal(error.mayHaveRun, code === "RPC_CANT_DECODE_RESULT");
    return true;
  };
  await assert.rejects(client.sum([...many]), tooLong("RPC_CANT_ENCODE_ARGS"));
  // One fragment, and several.
  for (const max of [4_000, 40_000]) {
    const others = [client.add(1, 2), client.fill(max), client.add(3, 4)] as const;
    await assert.rejects(others[1], tooLong("RPC_CANT_DECODE_RESULT"));
    assert.deepEqual(await others[0], { sum: 3, result: 0 });
    assert.deepEqual(await others[2], { sum: 7, result: 0 });
  }
});

test("arguments beyond a server's maxStub get a fault that says so, and no other call does", async () => {
  const errors: unknown[] = [];
  await using server = serverOf({ maxStub: 3_000, onError: (error) => errors.push(error) });
  await using client = createDceClient(Sample_v1, server);
  for (const list of [many, Array.from({ length: 50_000 }, () => 1)]) {
    const others = [client.add(1, 2), client.sum([...list]), client.add(3, 4)] as const;
    await assert.rejects(others[1], (error) => {
      assert.ok(error instanceof DceFault, String(error));
      assert.deepEqual([error.status, error.mayHaveRun], [DceStatus.noMemory, false]);
      return true;
    });
    assert.deepEqual(await others[0], { sum: 3, result: 0 });
    assert.deepEqual(await others[2], { sum: 7, result: 0 });
  }
  assert.equal(await client.sum(many.slice(0, 500)), 124_750n);
  assert.deepEqual(errors, []);
});

test("results beyond a server's maxStub are reported with its name", async () => {
  const errors: string[] = [];
  await using server = serverOf({ maxStub: 1_000, onError: (error) => errors.push(String(error)) });
  await using client = createDceClient(Sample_v1, server);
  await assert.rejects(client.fill(4_000), { status: DceStatus.unspecified, mayHaveRun: true });
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? "", /data: more than 1000 bytes \(options\.maxStub\)/);
});
