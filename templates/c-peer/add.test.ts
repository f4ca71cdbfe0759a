// The server in TypeScript with a client in TypeScript, and with the client in C if `npm run c` has built it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient, register, Server } from "lupine";
import { startRpcbind } from "lupine/binding";
import { ADD_VERS } from "./add.gen.js";

function addServer(): Server {
  return new Server({ onError: console.error }).implement(ADD_VERS, { add: ({ a, b }) => a + b });
}

/**
 * C programs ask the rpcbind at port 111 for the server's port. If none runs, this starts one there; false if it may not.
 */
async function registerForC(server: Server): Promise<boolean> {
  try {
    await register(server, { binder: "system" });
  } catch (error) {
    if (codeOf(error) !== "RPC_NO_BINDER") throw error;
    try {
      const rpcbind = await startRpcbind();
      await register(server, { binder: rpcbind });
      server.onClosing(() => rpcbind.close());
    } catch (error) {
      if (codeOf(error) !== "TRANSPORT_LISTEN_FAILED") throw error;
      return false;
    }
  }
  return true;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
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
  if (!(await registerForC(server))) {
    return t.skip("no rpcbind runs, and only root may start one at port 111: sudo npx lupine rpcbind --system");
  }
  const { stdout } = await promisify(execFile)(program, ["127.0.0.1", "1", "2"]);
  assert.equal(stdout.trim(), "Result:3");
});
