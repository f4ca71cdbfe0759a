// The C peers among themselves: what they do to each other is what the other tests ask of us.
import assert from "node:assert/strict";
import { peerClient, peerServer } from "./harness/compile.js";
import { answers, calls, nobody, somebody } from "./harness/expected.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run, start, startDebianRpcbind } from "./harness/processes.js";

enterNamespace(import.meta.url);

for (const protocol of ["tcp", "udp"]) {
  peerTest(`a C client calls a C server on a fixed ${protocol} port`, ["c", "namespace"], async () => {
    await using server = start(peerServer(), [protocol, "2001"]);
    await server.printed(/ready/);
    const address = "127.0.0.1:2001";
    assert.equal((await run(peerClient(), [protocol, address, "none", "0", ...calls])).output, answers(nobody));
    assert.equal((await run(peerClient(), [protocol, address, "sys", "0", ...calls])).output, answers(somebody));
  });
}

peerTest("records of many fragments pass between a C client and a C server", ["c", "namespace"], async () => {
  await using server = start(peerServer(), ["tcp", "2001", "400"]);
  await server.printed(/ready/);
  const { output } = await run(peerClient(), ["tcp", "127.0.0.1:2001", "none", "400", "echo:100000", "fill:100000"]);
  assert.equal(output, "echo 100000 same\nfill 100000 same\n");
});

peerTest("C clients find a C server through Debian's rpcbind", ["c", "rpcbind", "namespace"], async () => {
  await using _rpcbind = await startDebianRpcbind();
  await using server = start(peerServer(), ["tcp", "udp"]);
  await server.printed(/ready/);
  for (const [netid, host] of [
    ["tcp", "127.0.0.1"],
    ["udp", "127.0.0.1"],
    ["tcp6", "::1"],
    ["udp6", "::1"],
  ] as const) {
    assert.equal((await run(peerClient(), [netid, host, "sys", "0", ...calls])).output, answers(somebody), netid);
  }
});
