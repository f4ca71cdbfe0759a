// A process without file descriptors left: clients say so, whatever they would have needed one for, and work again when there are some.
// The process has the bundled files, of which many are loaded when they are used for the first time: here that is in such a moment.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { refuse, Server } from "lupine";
import { openDirectory, startDirectory } from "lupine/directory";
import { serveSessions } from "lupine/session";
import { formatAddress } from "lupine/transport";
import { PEER_V1 } from "../interop/peer.gen.js";

const project = fileURLToPath(new URL("../../../", import.meta.url));

/** Takes all descriptors that are left when it is imported, or later. */
const taking = (atOnce: boolean): string =>
  `data:text/javascript,${encodeURIComponent(`
    import { closeSync, openSync } from "node:fs";
    const taken = [];
    export const take = () => { try { for (;;) taken.push(openSync("/dev/null", "r")); } catch {} };
    export const free = () => { for (const one of taken.splice(0)) closeSync(one); };
    if (${atOnce}) take();
  `)}`;

// Modules run in the order of their imports, after the files of all have been read.
const program = (atOnce: boolean): string => `
  import { free, take } from ${JSON.stringify(taking(atOnce))};
  import { createClient } from "lupine";
  import { PEER_V1 } from "./build/test/interop/peer.gen.js";
  const call = async (target, options) => {
    const client = createClient(PEER_V1, target, { waitForServer: false, ...options });
    const outcome = await client.add({ a: 1, b: 2 }).then(String, (error) => error.mayHaveRun + " " + error.message);
    await client[Symbol.asyncDispose]();
    return outcome;
  };
  take();
  const calls = JSON.parse(process.argv[1]);
  for (const [target, options] of calls) console.log(await call(target, options));
  free();
  for (const [target, options] of calls) console.log(await call(target, options));
`;

const canLimit = spawnSync("sh", ["-c", "ulimit -n 256"]).status === 0;
const options = { skip: canLimit ? false : "no ulimit here" };

/** Runs the program with 256 descriptors. @returns the lines that it prints. */
async function linesOf(source: string, ...args: readonly string[]): Promise<string[]> {
  const command = 'ulimit -n 256 && exec "$0" --input-type=module -e "$@"';
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn("sh", ["-c", command, process.execPath, source, ...args], {
    cwd: project,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [lines, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  assert.equal(errors, "");
  return lines.trim().split("\n");
}

function serving(): Server {
  const server = new Server().implement(PEER_V1, {
    add: ({ a, b }) => a + b,
    echo: (bytes) => bytes,
    fill: (length) => new Uint8Array(length),
    whoAmI: () => {
      throw refuse("RPC_SYSTEM_ERR");
    },
  });
  serveSessions(server);
  return server;
}

for (const [spare, atOnce] of [
  ["that has a spare descriptor", false],
  ["without any", true],
] as const) {
  test(
    `a client ${spare} says that it is out of file descriptors, and works when there are some`,
    options,
    async (t) => {
      const folder = mkdtempSync(join(tmpdir(), "lupine-descriptors-"));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      await using directory = await startDirectory({ port: 0 });
      await using server = serving();
      const { address } = await server.listen("tcp://127.0.0.1:0");
      const { port } = address as { port: number };
      await server.listen(`udp://127.0.0.1:${port}`);
      await server.listen(`unix:${folder}/socket`);
      await using known = await openDirectory(directory.url);
      await known.register("/services/add", server, { linger: 0 });
      const tcp = `tcp://127.0.0.1:${port}`;
      const calls = [
        [tcp],
        [`udp://127.0.0.1:${port}`],
        [`tcp://localhost:${port}`],
        [[tcp, `tcp://localhost:${port}`]],
        [`unix:${folder}/socket`],
        [`${directory.url.replace(/^tcp/, "dir")}/services/add`],
        [tcp, { semantics: "at-least-once" }],
        [tcp, { semantics: "exactly-once" }],
        [tcp, { keepAlive: { interval: 60_000 } }],
        [tcp, { connection: { reservedPort: "try" } }],
      ];
      const lines = await linesOf(program(atOnce), JSON.stringify(calls));
      assert.equal(lines.length, 2 * calls.length, lines.join("\n"));
      for (const line of lines.slice(0, calls.length)) assert.match(line, /^false .*EMFILE/);
      for (const line of lines.slice(0, calls.length)) assert.match(line, /ulimit -n/);
      assert.deepEqual(
        lines.slice(calls.length),
        calls.map(() => "3"),
      );
    },
  );
}

test("without file descriptors a host name is not called unknown", options, async () => {
  const calls = [["tcp://host.invalid:1"], ["udp://host.invalid:1"], ["host.invalid"]];
  const lines = await linesOf(program(false), JSON.stringify(calls));
  for (const line of lines.slice(0, 3)) assert.match(line, /^false .*out of file descriptors.*ulimit -n/);
  assert.equal(lines.length, 6);
  for (const line of lines.slice(3)) assert.doesNotMatch(line, /EMFILE/);
});

test("a client without file descriptors goes on with the connection that it has", options, async () => {
  await using server = serving();
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const conversing = `
    import { take } from ${JSON.stringify(taking(false))};
    import { createClient } from "lupine";
    import { PEER_V1 } from "./build/test/interop/peer.gen.js";
    const client = createClient(PEER_V1, process.argv[1]);
    console.log(await client.add({ a: 1, b: 2 }));
    take();
    console.log(await client.add({ a: 1, b: 2 }));
    // The code for refusals, and for results that may need much memory, is loaded now.
    console.log(await client.whoAmI().catch(({ code }) => code));
    console.log((await client.fill(8 * 1024 * 1024)).length);
    await client[Symbol.asyncDispose]();
  `;
  const lines = await linesOf(conversing, formatAddress(address));
  assert.deepEqual(lines, ["3", "3", "RPC_SYSTEM_ERR", String(8 * 1024 * 1024)]);
});

test("a server that found no file descriptor to listen with listens when there are some", options, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-descriptors-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const listening = `
    import { free } from ${JSON.stringify(taking(true))};
    import { Server } from "lupine";
    const listen = async (address, options) => {
      const server = new Server();
      const outcome = await server.listen(address, options).then(() => "listens", (error) => error.message);
      await server.close();
      return outcome;
    };
    const calls = JSON.parse(process.argv[1]);
    for (const call of calls) console.log(await listen(...call));
    free();
    for (const call of calls) console.log(await listen(...call));
  `;
  const calls = [
    ["tcp://127.0.0.1:0"],
    ["udp://127.0.0.1:0"],
    [`unix:${folder}/socket`],
    ["tcp://127.0.0.1:0", { accept: "local" }],
  ];
  const lines = await linesOf(listening, JSON.stringify(calls));
  for (const line of lines.slice(0, calls.length)) assert.match(line, /out of file descriptors.*ulimit -n.*EMFILE/);
  assert.deepEqual(lines.slice(calls.length), ["listens", "listens", "listens", "listens"]);
});
