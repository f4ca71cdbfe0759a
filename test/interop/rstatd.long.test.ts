// Debian's rpc.rstatd puts four bytes behind its results, which C clients do not look at.
import assert from "node:assert/strict";
import { lupine } from "./harness/binders.js";
import { startDaemons } from "./harness/debian-servers.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run, startDebianRpcbind } from "./harness/processes.js";

enterNamespace(import.meta.url);
const interfaceFile = "/usr/include/rpcsvc/rstat.x";

peerTest(
  "lupine call reads rpc.rstatd's statistics, and --strict refuses them",
  ["rpcbind", "rusers", "namespace"],
  async () => {
    await using _rpcbind = await startDebianRpcbind();
    await using _daemons = await startDaemons();
    const call = (...words: string[]) =>
      run(process.execPath, [lupine, "call", interfaceFile, "127.0.0.1", ...words, "--transport", "udp"]);
    for (const version of [1, 2, 3]) {
      const { status, output } = await call(`RSTATPROG.${version}.stats`);
      assert.equal(status, 0, output);
      assert.match(output, /"if_opackets": \d+/);
    }
    assert.match((await call("RSTATPROG.3.stats")).output, /lupine: 4 bytes left over after the result were ignored/);
    const strict = await call("RSTATPROG.3.stats", "--strict");
    assert.equal(strict.status, 1);
    assert.match(strict.output, /4 bytes left over \(--strict/);
  },
);
