// Both figures of the lecture on DCE RPC.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runToEnd } from "./run.js";

const steps = (machine: string): RegExp[] => [
  /^\s*uuid\([0-9a-f-]{36}\),$/m,
  /^sample\.gen\.ts: /m,
  new RegExp(`^1\\. ${machine}: the server has registered its port, (\\d+),`, "m"),
  new RegExp(`^2\\. ${machine}: it has registered its machine in the directory`, "m"),
  new RegExp(`^3\\. client: .* is at ${machine}$`, "m"),
  new RegExp(`^4\\. client: .* listens at ncacn_ip_tcp:${machine}\\[\\d+\\]$`, "m"),
  /^5\. client: 40 \+ 2 = 42$/m,
  new RegExp(`client: ${machine} was called 1 time$`, "m"),
];

test("dce: on one machine the client finds the server by its name", async () => {
  const { code, stdout, stderr } = await runToEnd("dce/machines.js", "one");
  assert.deepEqual([code, stderr], [0, ""]);
  for (const step of steps("127.0.0.1")) assert.match(stdout, step);
});

test("dce: on two machines the directory leads to the other machine, and its endpoint mapper to the port", async (t) => {
  const { code, stdout, stderr } = await runToEnd("dce/machines.js");
  assert.deepEqual([code, stderr], [0, ""]);
  if (stdout.includes("one machine only")) {
    assert.notEqual(process.env["LUPINE_REQUIRE_PEERS"], "1", stdout);
    t.skip("two machines need Linux, ip and unshare, and root or user namespaces");
    return;
  }
  for (const step of steps("10.99.0.2")) assert.match(stdout, step);
});
