// The C and the TypeScript of the appendix for those who come from C: each client calls each server.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startRpcbind } from "lupine/binding";
import { compile } from "../interop/harness/compile.js";
import { enterNamespace } from "../interop/harness/namespace.js";
import { peerTest } from "../interop/harness/peers.js";
import { type Running, run, start, until } from "../interop/harness/processes.js";
import { blocks, compileFiles, root } from "./typescript.js";

enterNamespace(import.meta.url);

const document = readFileSync(join(root, "docs", "appendix-lecture-c.md"), "utf8");
const [interfaceText, serverC, clientC] = blocks(document, "c") as [string, string, string];
const [serverTs, clientTs] = blocks(document, "ts") as [string, string];

peerTest("the appendix's clients and servers call each other, in C and in TypeScript", ["c", "namespace"], async () => {
  await using rpcbind = await startRpcbind({ unixPath: "/run/rpcbind.sock" });
  await using ours = await compileFiles(
    new Map([
      ["add.x", interfaceText],
      ["server.ts", serverTs],
      ["client.ts", clientTs],
    ]),
  );
  const cServer = program(serverC, ["-s", "tcp", "-s", "udp", "-o", "add_svc.c"], "add_server.c");
  const cClient = program(clientC, ["-l", "-o", "add_clnt.c"], "add_client.c");
  const registered = () => rpcbind.table.find(0x12345, 1, "udp");
  for (const startServer of [() => start(cServer, []), () => start(process.execPath, [join(ours.path, "server.js")])]) {
    await using server: Running = startServer();
    await until(registered, () => `the server to register:\n${server.output()}`);
    assert.deepEqual(await run(cClient, ["127.0.0.1", "1", "2"]), { status: 0, output: "Result:3\n" });
    assert.deepEqual(await ours.run("client.js", "127.0.0.1", "40", "2"), { status: 0, output: "Result:42\n" });
    await server.stop();
    // C's server leaves its registration behind; the next one takes its place.
    for (const netid of ["tcp", "udp"]) rpcbind.table.unset(0x12345, 1, netid, "superuser");
  }
});

/** One of the appendix's C programs, with rpcgen's stub for it. */
function program(text: string, stub: readonly string[], name: string): string {
  return compile({
    interface: "examples/add/add.x",
    texts: { [name]: text },
    rpcgen: [
      ["-C", "-h", "-o", "add.h"],
      ["-C", "-c", "-o", "add_xdr.c"],
      ["-C", ...stub],
    ],
    link: [name, "add_xdr.c", stub.at(-1) as string],
  });
}
