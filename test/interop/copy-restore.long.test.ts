// Copy/restore with a server that rpcgen made: plain XDR, of which C knows nothing else.
import assert from "node:assert/strict";
import { createClient } from "lupine";
import { createBlockingClient } from "lupine/blocking";
import { COPY_VERS } from "../../examples/copy-restore/copy.gen.js";
import { compile } from "./harness/compile.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { start } from "./harness/processes.js";

enterNamespace(import.meta.url);

function copyServer(): string {
  return compile({
    interface: "examples/copy-restore/copy.x",
    sources: ["test/interop/c/copy.c"],
    rpcgen: [
      ["-N", "-C", "-h", "-o", "copy.h"],
      ["-N", "-C", "-c", "-o", "copy_xdr.c"],
      ["-N", "-C", "-m", "-o", "copy_svc.c"],
    ],
    link: ["copy.c", "copy_xdr.c", "copy_svc.c"],
  });
}

peerTest("a C server fills our buffer, changes our cells and reverses our list", ["c", "namespace"], async () => {
  await using server = start(copyServer(), ["2006"]);
  await server.printed(/ready/);
  await using client = createClient(COPY_VERS, "tcp://127.0.0.1:2006");

  const buffer = new Uint8Array(16).fill(1);
  assert.equal((await client.read(3, buffer, 11)).nbytes, 11);
  assert.equal(Buffer.from(buffer).toString("latin1"), "the dreaded\x01\x01\x01\x01\x01");

  const cell = { value: 1 };
  await client.increment(cell, cell);
  assert.equal(cell.value, 2);

  const names = ["a", "b", "c", "d"].map((name) => ({ name }));
  const nodes = [...names];
  await client.reverse(names);
  assert.deepEqual(
    names.map(({ name }) => name),
    ["d", "c", "b", "a"],
  );
  for (const [i, node] of nodes.entries()) assert.equal(names[i], node);
});

peerTest(
  "bytes that do not fit into our buffer fail the call, and the buffer stays as it was",
  ["c", "namespace"],
  async () => {
    await using server = start(copyServer(), ["2007"]);
    await server.printed(/ready/);
    await using client = createClient(COPY_VERS, "tcp://127.0.0.1:2007");
    const buffer = new Uint8Array(4).fill(1);
    await assert.rejects(client.read(3, buffer, 11), /^XdrError: args\.buffer: 11 elements came back, but .* holds 4/);
    assert.deepEqual([...buffer], [1, 1, 1, 1]);
  },
);

peerTest("a blocking client restores its arguments, too", ["c", "namespace"], async () => {
  await using server = start(copyServer(), ["2008"]);
  await server.printed(/ready/);
  using client = createBlockingClient(COPY_VERS, "tcp://127.0.0.1:2008");
  const buffer = new Uint8Array(11);
  assert.equal(client.read(3, buffer, buffer.length).nbytes, 11);
  assert.equal(Buffer.from(buffer).toString("latin1"), "the dreaded");
});
