// The two figures of the lecture on DCE RPC: the steps from an identifier to two stubs, and a client that is bound to its server.
// Runs on two machines: see two-machines.ts.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { startDirectory } from "lupine/directory";
import { endServers, far, here, onFar, onMachines, runClient, startServer } from "../two-machines.js";

const server = fileURLToPath(new URL("server.js", import.meta.url));
const client = fileURLToPath(new URL("client.js", import.meta.url));
const ready = /^endpoint mapper (\d+)$/;

if (process.env["TWO_MACHINES"] !== "1") writingClientAndServer();
await onMachines(fileURLToPath(import.meta.url), twoMachines, oneMachine);

/** The first figure: uuidgen, the interface definition, the compiler. The compiled file has the header and both stubs. */
function writingClientAndServer(): void {
  console.log("lupine dce uuidgen -i");
  console.log(lupine("uuidgen", "-i"));
  // Compiled examples are in build/examples, their sources in examples.
  const sample = fileURLToPath(new URL("../../../examples/dce/sample.idl", import.meta.url));
  lupine("gen", "--check", sample);
  console.log(
    "lupine dce gen sample.idl\nsample.gen.ts: types, and the descriptor that client and server are made of\n",
  );
}

function lupine(...words: string[]): string {
  const command = fileURLToPath(new URL("cli/main.js", import.meta.resolve("lupine")));
  const { status, stdout } = spawnSync(process.execPath, [command, "dce", ...words], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`lupine dce ${words[0]} ended with status ${status}`);
  return stdout;
}

async function twoMachines(): Promise<void> {
  await using directory = await startDirectory({ host: here, binder: "none", registrants: [far] });
  console.log(`${here}: the directory listens at ${directory.url}`);
  await startServer(onFar, server, [far, directory.url], ready);
  await runClient(client, [directory.url]);
  await endServers();
}

async function oneMachine(): Promise<void> {
  await using directory = await startDirectory({ port: 0, binder: "none" });
  const { words } = await startServer([], server, ["127.0.0.1", directory.url, "0"], ready);
  await runClient(client, [directory.url, ...words]);
  await endServers();
}
