// The programs that rpcgen -a makes of add.x, and ours, through Debian's rpcbind and through ours.
import assert from "node:assert/strict";
import { createClient, register, Server } from "lupine";
import { startRpcbind } from "lupine/binding";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { addSample } from "./harness/compile.js";
import { enterNamespace } from "./harness/namespace.js";
import { peerTest } from "./harness/peers.js";
import { run, start, startDebianRpcbind, until } from "./harness/processes.js";

enterNamespace(import.meta.url);

const binders = {
  "Debian's rpcbind": startDebianRpcbind,
  "our rpcbind": () => startRpcbind({ unixPath: "/run/rpcbind.sock" }),
};

for (const [name, startBinder] of Object.entries(binders)) {
  peerTest(
    `rpcgen's sample client and ours call rpcgen's sample server through ${name}`,
    ["c", "rpcbind", "namespace"],
    async () => {
      const { client, server } = addSample();
      await using _binder = await startBinder();
      await using running = start(server, []);
      await until(
        async () => isRegistered(),
        () => `the sample server to register; it printed: ${running.output()}`,
      );
      assert.deepEqual(await run(client, ["127.0.0.1", "1", "2"]), { status: 0, output: "Result:3\n" });
      for (const target of ["127.0.0.1", "udp://127.0.0.1"]) {
        await using ours = createClient(ADD_VERS, target, { timeout: 30_000 });
        assert.equal(await ours.add({ a: 20, b: 22 }), 42);
      }
      assert.equal(running.output(), "add(1,2) is called\nadd(20,22) is called\nadd(20,22) is called\n");
    },
  );

  peerTest(`rpcgen's sample client calls our server through ${name}`, ["c", "rpcbind", "namespace"], async () => {
    await using _binder = await startBinder();
    await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
    await server.listen("udp://127.0.0.1:0");
    await register(server);
    assert.deepEqual(await run(addSample().client, ["127.0.0.1", "1", "2"]), { status: 0, output: "Result:3\n" });
  });
}

// The sample registers UDP first, and says nothing when it is done.
async function isRegistered(): Promise<true | undefined> {
  const { status } = await run("rpcinfo", ["-T", "tcp", "127.0.0.1", String(ADD_VERS.number), "1"]);
  return status === 0 ? true : undefined;
}
