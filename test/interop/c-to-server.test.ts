// C clients call our server: on fixed ports, and where Debian's rpcbind or ours says that it is.
import assert from "node:assert/strict";
import { register } from "lupine";
import { startRpcbind } from "lupine/binding";
import { peerClient } from "./harness/compile.js";
import { answers, calls, nobody, somebody } from "./harness/expected.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run, startDebianRpcbind } from "./harness/processes.js";
import { peerService } from "./harness/service.js";

enterNamespace(import.meta.url);

async function exercise(netid: string, where: string): Promise<void> {
  for (const [auth, who] of [
    ["none", nobody],
    ["sys", somebody],
  ] as const) {
    const { output } = await run(peerClient(), [netid, where, auth, "0", ...calls]);
    assert.equal(output, answers(who), `${netid} ${where} ${auth}`);
  }
  assert.equal((await run(peerClient(), [netid, where, "none", "0", "subtract:1,2"])).output, "subtract -1\n");
}

for (const protocol of ["tcp", "udp"]) {
  peerTest(`a C client calls our server on a fixed ${protocol} port`, ["c", "namespace"], async () => {
    await using server = peerService();
    await server.listen(`${protocol}://127.0.0.1:2001`);
    await exercise(protocol, "127.0.0.1:2001");
  });
}

peerTest(
  "our server reads calls of many fragments, and a C client reads its large replies",
  ["c", "namespace"],
  async () => {
    await using server = peerService();
    await server.listen("tcp://127.0.0.1:2001");
    for (const [buffer, largest] of [
      ["400", 390_000],
      ["4000", 3_000_000],
      ["0", 3_000_000],
    ] as const) {
      const sizes = ["echo:395", "echo:396", "echo:100000", "fill:100000", `echo:${largest}`, `fill:${largest}`];
      const { output } = await run(peerClient(), ["tcp", "127.0.0.1:2001", "none", buffer, ...sizes]);
      assert.equal(output, sizes.map((each) => `${each.replace(":", " ")} same\n`).join(""));
    }
  },
);

peerTest(
  "C clients find our server through Debian's rpcbind, until it closes",
  ["c", "rpcbind", "namespace"],
  async () => {
    await using _rpcbind = await startDebianRpcbind();
    {
      await using server = peerService();
      for (const url of ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"]) await server.listen(url);
      await register(server);
      for (const netid of ["tcp", "udp"]) await exercise(netid, "127.0.0.1");
    }
    const { status, output } = await run(peerClient(), ["tcp", "127.0.0.1", "none", "0", "null"]);
    assert.match(output, /Program not registered/);
    assert.equal(status, 1);
  },
);

peerTest("C clients find our server over IPv6 through Debian's rpcbind", ["c", "rpcbind", "namespace"], async () => {
  await using _rpcbind = await startDebianRpcbind();
  await using server = peerService();
  for (const url of ["tcp://[::1]:0", "udp://[::1]:0"]) await server.listen(url);
  await register(server);
  for (const netid of ["tcp6", "udp6"]) await exercise(netid, "::1");
});

peerTest("C clients find our server through our rpcbind, until it closes", ["c", "namespace"], async () => {
  await using rpcbind = await startRpcbind();
  {
    await using server = peerService();
    for (const url of ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"]) await server.listen(url);
    await register(server, { binder: rpcbind.url });
    for (const netid of ["tcp", "udp"]) await exercise(netid, "127.0.0.1");
  }
  const { status, output } = await run(peerClient(), ["tcp", "127.0.0.1", "none", "0", "null"]);
  assert.match(output, /Program not registered/);
  assert.equal(status, 1);
});
