// DCE RPC with impacket, Python's implementation: its client at our server, and our client at its server.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createDceClient, DceFault, DceServer, startEndpointMapper } from "lupine/dce";
import { peerTest } from "../harness/peers.js";
import { run, start } from "../harness/processes.js";
import { Sample_v1 } from "./sample.gen.js";
import { implementation } from "./sample-server.js";

// Debian's Python has Debian's modules.
const python = "/usr/bin/python3";
const script = fileURLToPath(new URL("../../../../test/interop/dce/sample.py", import.meta.url));

peerTest("impacket's client calls our server", ["impacket"], async () => {
  await using server = new DceServer().implement(Sample_v1, implementation());
  const { port } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  const { status, output } = await run(python, [script, "client", String(port)]);
  const lines = [
    "add 42",
    "sum 199990000",
    "reverse [3, 2, 1]",
    "fill 10000",
    "texts hé wïde 16",
    "close 7 True",
    "closed nca_s_fault_context_mismatch",
    "range nca_s_op_rng_error",
  ];
  assert.deepEqual(
    output
      .trim()
      .split("\n")
      .map((line) => line.trim()),
    lines,
  );
  assert.equal(status, 0);
});

peerTest("our client calls impacket's server", ["impacket"], async () => {
  await using server = start(python, [script, "server"]);
  const [, port] = await server.printed(/port (\d+)\./);
  await using client = createDceClient(Sample_v1, `ncacn_ip_tcp:127.0.0.1[${port}]`);
  assert.deepEqual(await client.add(40, 2), { sum: 42, result: 0 });
  assert.equal(await client.sum([1, 2, 39]), 42n);
  const list = { value: 1n, next: { value: 2n, next: { value: 3n, next: null } } };
  const reversed = { value: 3n, next: { value: 2n, next: { value: 1n, next: null } } };
  assert.deepEqual(await client.reverse(list), { list: reversed });
  assert.deepEqual(await client.texts("hé", "wïde", new Uint8Array(16)), { c: "hé wïde" });
  assert.deepEqual(await client.texts("hé", null, new Uint8Array(16)), { c: "hé null" });
  await assert.rejects(client.nothing(), (error) => error instanceof DceFault && error.status === 0x6e4);
  const sums = await Promise.all([1, 2, 3].map((a) => client.add(a, 1)));
  assert.deepEqual(
    sums.map(({ sum }) => sum),
    [2, 3, 4],
  );
});

peerTest("impacket lists our endpoint mapper, and finds a server by it", ["impacket"], async () => {
  await using mapper = await startEndpointMapper({ port: 0 });
  await using server = new DceServer().implement(Sample_v1, implementation());
  const { port } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
  await server.register({ endpointMapper: mapper.address, annotation: "a sample" });
  const { status, output } = await run(python, [script, "mapper", String(mapper.port)]);
  assert.deepEqual(output.trim().split("\n"), [
    `entry B7A1C9E2-5A7E-4C35-9D0F-1C4D9FB3A6E1 v1.0 ncacn_ip_tcp:127.0.0.1[${port}] a sample`,
    `map ncacn_ip_tcp:127.0.0.1[${port}]`,
    "no http: 0x16c9a0d6",
  ]);
  assert.equal(status, 0);
});

peerTest(
  "impacket asks our server for its interfaces and its statistics, and may not stop it",
  ["impacket"],
  async () => {
    await using server = new DceServer().implement(Sample_v1, implementation());
    const { port } = await server.listen("ncacn_ip_tcp:127.0.0.1[0]");
    const { status, output } = await run(python, [script, "management", String(port)]);
    assert.deepEqual(output.trim().split("\n"), [
      "interface AFA8BD80-7D8A-11C9-BEF4-08002B102989 1.0",
      "interface B7A1C9E2-5A7E-4C35-9D0F-1C4D9FB3A6E1 1.0",
      "listening 0",
      "stats 4",
      "stop: 0x16c9a06d",
    ]);
    assert.equal(status, 0);
  },
);
