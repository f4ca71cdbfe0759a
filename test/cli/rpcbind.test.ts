// `lupine rpcbind`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startRpcbind } from "lupine/binding";
import { thoroughTest } from "../support/count-of.js";
import { lupine } from "./run.js";

test("rpcbind says where it listens and ends in good order with Ctrl-C", async () => {
  const { code, stdout, stderr } = await lupine(["rpcbind", "--port", "0"], { interruptOn: "udp://" });
  assert.equal(code, 0);
  assert.equal(stdout, "");
  assert.match(stderr, /^rpcbind listens at tcp:\/\/127\.0\.0\.1:(\d+)\nrpcbind listens at udp:\/\/127\.0\.0\.1:\1\n$/);
});

thoroughTest("rpcbind --json tells the addresses on stdout", async () => {
  const { stdout } = await lupine(["rpcbind", "--port", "0", "--json"], { interruptOn: "udp://" });
  const { listening } = JSON.parse(stdout) as { listening: string[] };
  assert.equal(listening.length, 2);
});

test("a taken port ends with 1 and says so", async () => {
  await using other = await startRpcbind({ port: 0 });
  const { port } = other.address as { port: number };
  const { code, stderr } = await lupine(["rpcbind", "--port", String(port)]);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`cannot listen on tcp://127\\.0\\.0\\.1:${port}: the address is in use`));
});

test("a port that is none ends with 2", async () => {
  for (const port of ["65536", "-1", "x", ""]) {
    assert.equal((await lupine(["rpcbind", "--port", port])).code, 2, port);
  }
});
