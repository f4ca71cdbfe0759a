// More of each example, as a user runs it: what goes wrong, and what is found by a binder.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startRpcbind } from "lupine/binding";
import { runToEnd, startServer } from "./run.js";

test("add: the client finds the server through an rpcbind, and no more once it has ended", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  {
    await using server = await startServer("add/server.js", ["--rpcbind", rpcbind.url]);
    assert.match(server.output.join("\n"), /registered with rpcbind at tcp:/);
    const client = await runToEnd("add/client.js", "127.0.0.1", "40", "2", rpcbind.url);
    assert.deepEqual(client, { code: 0, stdout: "Result:42\n", stderr: "" });
  }
  const late = await runToEnd("add/client.js", "127.0.0.1", "40", "2", rpcbind.url);
  assert.equal(late.code, 1);
  assert.match(late.stderr, /not registered/);
});

test("square: a square that no long holds fails the call, and the server goes on", async () => {
  await using server = await startServer("square/server.js");
  const failed = await runToEnd("square/client.js", server.address, "100000");
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /RpcRefused/);
  assert.equal((await runToEnd("square/client.js", server.address, "-3")).stdout, "result: 9\n");
});

test("callback: the client may stop the countdown", async () => {
  await using server = await startServer("callback/server.js");
  const { stdout } = await runToEnd("callback/client.js", server.address, "100", "98");
  assert.equal(stdout, "100 ...\n99 ...\n98 ...\n3 ticks\n");
});
