// A server and a client in one process, on a port of its own and without any rpcbind.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, Server } from "lupine";
import { ADD_VERS } from "./add.gen.js";

test("the server adds what the client sends", async () => {
  await using server = new Server();
  server.implement(ADD_VERS, { add: ({ a, b }) => a + b });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createClient(ADD_VERS, address);
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
});
