// The guide to deploying: its server under what systemd does for a daemon, its unit files, its metrics.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo, Server as NetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { closeClient, createClient, type Program, Server as RpcServer, type Server } from "lupine";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { compile } from "../interop/harness/compile.js";
import { enterNamespace } from "../interop/harness/namespace.js";
import { peerTest } from "../interop/harness/peers.js";
import { run, start } from "../interop/harness/processes.js";
import { type Compiled, compileFiles, lupine, root } from "./typescript.js";

enterNamespace(import.meta.url);

const guide = readFileSync(join(root, "docs", "guides", "deploying.md"), "utf8");
let folder: Compiled;

before(async () => {
  const files = new Map([["add.x", readFileSync(join(root, "examples", "add", "add.x"), "utf8")]]);
  for (const [, name = "", text = ""] of guide.matchAll(/^```ts (\S+)\n([\s\S]*?)^```$/gm)) files.set(name, text);
  assert.deepEqual([...files.keys()], ["add.x", "server.ts", "metrics.ts"]);
  folder = await compileFiles(files);
});

after(() => folder[Symbol.asyncDispose]());

async function add(target: string): Promise<number> {
  const client = createClient(ADD_VERS, target);
  try {
    return await client.add({ a: 1, b: 2 });
  } finally {
    await closeClient(client);
  }
}

test("without systemd the guide's server listens at its port, answers the guide's health check, and ends on SIGTERM", async () => {
  await using server = start(process.execPath, [join(folder.path, "server.js")]);
  await server.printed(/^ready$/m);
  assert.equal(await add("tcp://127.0.0.1:7000"), 3);
  const [, words = ""] = /^ {4}lupine (call .+NULL.*)$/m.exec(guide) ?? [];
  const { status } = await folder.run(lupine, ...words.split(" "));
  assert.equal(status, 0);
  await server.stop();
});

peerTest(
  "the guide's server serves the sockets that it is handed, and says when it is ready",
  ["c", "systemd", "namespace"],
  async () => {
    const source = "test/interop/c/supervisor.c";
    const supervisor = compile({
      interface: "examples/add/add.x",
      sources: [source],
      rpcgen: [],
      link: ["supervisor.c"],
    });
    const command = [process.execPath, join(folder.path, "server.js")];
    const sockets = ["tcp:7001", "udp:7001", "tcp6:7001", "unix:/run/add.sock"];
    await using supervised = start(supervisor, ["/run/notify", ...sockets, "--", ...command]);
    await supervised.printed(/notified .*READY=1/);
    for (const url of ["tcp://127.0.0.1:7001", "udp://127.0.0.1:7001", "tcp://[::1]:7001", "unix:/run/add.sock"]) {
      assert.equal(await add(url), 3, url);
    }
    supervised.signal("SIGTERM");
    await supervised.printed(/ended/);
  },
);

peerTest("systemd finds nothing wrong with the unit files of the guide", ["systemd"], async () => {
  const units = [...guide.matchAll(/`\/etc\/systemd\/system\/([^`]+)`:[^\n]*\n(?:[^\n]+\n)*\n((?: {4}[^\n]*\n|\n)+)/g)];
  assert.deepEqual(
    units.map((match) => match[1]),
    ["add.socket", "add.service"],
  );
  const place = mkdtempSync(join(tmpdir(), "lupine-units-"));
  for (const [, name = "", text = ""] of units) {
    const unit = text.replace(/^ {4}/gm, "").replace("/usr/bin/node", process.execPath);
    writeFileSync(join(place, name), unit);
  }
  const { status, output } = await run("systemd-analyze", ["verify", join(place, "add.socket")]);
  assert.deepEqual([status, output], [0, ""]);
  rmSync(place, { recursive: true });
});

test("the guide's metrics count the calls of a server", async () => {
  const { serveMetrics } = (await import(pathToFileURL(join(folder.path, "metrics.js")).href)) as {
    serveMetrics(server: Server, port: number): NetServer;
  };
  await using server = new RpcServer().implement(ADD_VERS as Program<never>, { add: () => 3 } as never);
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const http = serveMetrics(server, 0);
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;
  const client = createClient(ADD_VERS, address);
  await client.add({ a: 1, b: 2 });
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  assert.match(text, /^rpc_calls_total\{outcome="ok"\} 1$/m);
  assert.match(text, /^rpc_connections 1$/m);
  await closeClient(client);
  http.close();
});
