// A program ends by itself when it has nothing left to do: a client that is idle does not keep it alive, a call in flight does.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createClient, formatAddress, Server } from "lupine";
import { openDirectory, startDirectory } from "lupine/directory";
import { peerService } from "../interop/harness/service.js";
import { PEER_V1, PEER_V3 } from "../interop/peer.gen.js";

const project = fileURLToPath(new URL("../../../", import.meta.url));

/** What a program prints, and how it ends. */
async function run(program: string): Promise<string> {
  const source = `
    import { closeClient, createClient, Server } from "lupine";
    import { PEER_V1, PEER_V3 } from "./build/test/interop/peer.gen.js";
    ${program}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    cwd: project,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000); // waits: bounds a process that does not end
  const [code, signal] = await once(child, "close");
  clearTimeout(timer);
  return `${output}${signal === null ? `exit ${code}` : "did not end"}`;
}

const callOnce = (target: string, options = "{}") =>
  run(`const client = createClient(PEER_V1, ${JSON.stringify(target)}, ${options});
    console.log(await client.add({ a: 20, b: 22 }));`);

test("a program whose client is idle ends, over every transport and to a service", async (t) => {
  const server = peerService();
  const path = join(tmpdir(), `lupine-process-end-${process.pid}`);
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const { port } = address as { port: number };
  await server.listen(`udp://127.0.0.1:${port}`);
  await server.listen(`unix:${path}`);
  await using directoryServer = await startDirectory({ port: 0 });
  await using directory = await openDirectory(directoryServer.url);
  await directory.register("/services/peer", server);
  const service = `dir://${directoryServer.url.replace("tcp://", "")}/services/peer`;
  for (const target of [`tcp://127.0.0.1:${port}`, `udp://127.0.0.1:${port}`, `unix:${path}`, service]) {
    await t.test(target.replace(/\d{3,}.*/, ""), async () => {
      assert.equal(await callOnce(target), "42\nexit 0");
    });
  }
  assert.equal(await callOnce(`tcp://127.0.0.1:${port}`, "{ keepAlive: { interval: 10 } }"), "42\nexit 0");
  await server.close();
  rmSync(path, { force: true });
});

test("a call in flight keeps a program alive, and so does waiting to be called back", async () => {
  const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  await using server = new Server();
  server.implement(PEER_V1, {
    add: async ({ a, b }) => {
      await later(300);
      return a + b;
    },
    echo: (bytes, { peer }) => {
      later(300).then(() => createClient(PEER_V3, peer).subtract({ a: 44, b: 2 }));
      return bytes;
    },
    fill: () => new Uint8Array(),
    whoAmI: () => ({ flavor: 0, machine: "", uid: 0, gid: 0, gids: [] }),
  });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const target = formatAddress(address);
  assert.equal(await callOnce(target), "42\nexit 0");
  assert.equal(await callOnce(target, "{ timeout: Infinity }"), "42\nexit 0");
  const program = `
    const subtract = ({ a, b }) => (console.log("called back", a - b), setImmediate(() => closeClient(client)), a - b);
    const callbacks = new Server().implement(PEER_V3, { subtract });
    const client = createClient(PEER_V1, "${target}", { callbacks });
    console.log((await client.echo(new Uint8Array(3))).length);`;
  // On a busy machine the reply and the call back arrive together, and are then printed in either order.
  assert.deepEqual((await run(program)).split("\n").sort(), ["3", "called back 42", "exit 0"]);
});
