import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { closeClient, createClient } from "./index.js";
import { adder } from "./rpc/adder.test-support.js";
import { RpcDisconnected } from "./rpc/errors.js";

const module = new URL("./processes/adder-server.test-support.js", import.meta.url);
const patient = { timeout: 60_000 };

test("process: runs a server module in a child process, which ends with the client", async () => {
  const client = createClient(adder, `process:${module}`, patient);
  const pid = await client.add({ a: 1, b: 2 });
  assert.notEqual(pid, process.pid);
  assert.equal(await client.add({ a: 1, b: 2 }), pid);
  await closeClient(client);
  assert.throws(() => process.kill(pid as number, 0), { code: "ESRCH" });
});

test("worker: runs a server module, given by its path, in a thread of this process", async () => {
  await using client = createClient(adder, `worker:${fileURLToPath(module)}`, patient);
  assert.equal(await client.add({ a: 1, b: 2 }), process.pid);
});

test("?workers=2 spreads calls over two processes: of two calls at once each gets one", async () => {
  await using client = createClient(adder, `process:${module}?workers=2`, {
    ...patient,
    // On a busy machine a process may need longer to start than by default, and the other one be asked in its place.
    times: { connectPatience: 600_000, silence: 600_000 },
  });
  const pids = await Promise.all([client.add({ a: 1, b: 2 }), client.add({ a: 1, b: 2 })]);
  assert.equal(new Set(pids).size, 2);
});

test("a module that fails fails the calls, which have not run", async () => {
  await using client = createClient(adder, `process:data:text/javascript,export%20const%20nothing=1`, patient);
  await assert.rejects(client.add({ a: 1, b: 2 }), (error: RpcDisconnected) => {
    assert.ok(error instanceof RpcDisconnected);
    assert.equal(error.mayHaveRun, false);
    assert.match(error.message, /no function as its default export/);
    return true;
  });
});

test("a target without a module, and options that need one server, are refused at once", () => {
  assert.throws(() => createClient(adder, "worker:", patient), { code: "TRANSPORT_BAD_ADDRESS" });
  assert.throws(() => createClient(adder, "process:x.js", { encode: false }), TypeError);
});
