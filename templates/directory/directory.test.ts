// A directory, a server and a client in one process, on ports of their own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, Server } from "lupine";
import { openDirectory, startDirectory } from "lupine/directory";
import { ADD_VERS } from "./add.gen.js";

test("a client finds the server by its name", async () => {
  await using served = await startDirectory({ port: 0 });
  await using directory = await openDirectory(served.url);
  await using server = new Server();
  server.implement(ADD_VERS, { add: ({ a, b }) => a + b });
  await server.listen("tcp://127.0.0.1:0");
  await directory.register("/services/add", server);

  await using client = createClient(ADD_VERS, `dir://${new URL(served.url).host}/services/add`);
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
});
