// The server in TypeScript with a client in TypeScript, and with the client in C if `npm run c` has built it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient, register, Server } from "lupine";
import { ADD_VERS } from "./add.gen.js";

function addServer(): Server {
  return new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
}

test("the server adds what a client in TypeScript sends", async () => {
  await using server = addServer();
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createClient(ADD_VERS, address);
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
});

test("the server adds what a client in C sends", async (t) => {
  const program = fileURLToPath(new URL("c/add_client", import.meta.url));
  if (!existsSync(program)) return t.skip("`npm run c` has not built c/add_client");
  await using server = addServer();
  for (const url of ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"]) await server.listen(url);
  try {
    // C programs ask rpcbind for the port: this machine's, or else one in this process.
    await register(server);
  } catch (error) {
    return t.skip(`no rpcbind took the registration: ${error}`);
  }
  const { stdout } = await promisify(execFile)(program, ["localhost", "1", "2"]);
  assert.equal(stdout.trim(), "Result:3");
});
