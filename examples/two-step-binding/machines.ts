// Runs the example on two machines: see two-machines.ts.
import { fileURLToPath } from "node:url";
import { startDirectory } from "lupine/directory";
import { endServers, far, here, onFar, onMachines, runClient, startServer } from "../two-machines.js";

const server = fileURLToPath(new URL("server.js", import.meta.url));
const client = fileURLToPath(new URL("client.js", import.meta.url));
const ready = /^binder (.*)$/;

await onMachines(fileURLToPath(import.meta.url), twoMachines, oneMachine);

async function twoMachines(): Promise<void> {
  await using directory = await startDirectory({ host: here, binder: "none", registrants: [far] });
  console.log(`${here}: the directory listens at ${directory.url}`);
  await startServer([], server, [here, directory.url], ready);
  const second = await startServer(onFar, server, [far, directory.url], ready);
  await runClient(client, [directory.url]);
  console.log(`${far}: the server is killed`);
  second.child.kill("SIGKILL");
  await runClient(client, [directory.url]);
  await endServers();
}

async function oneMachine(): Promise<void> {
  await using directory = await startDirectory({ port: 0, binder: "none" });
  const { words } = await startServer([], server, ["127.0.0.1", directory.url, "0"], ready);
  await runClient(client, [directory.url, ...words]);
  await endServers();
}
