// For tests of `lupine info`: a binder of the test's process, with one server registered. Importing this starts both
// before the file's tests, and closes them after.
import { after, before } from "node:test";
import { register, Server } from "lupine";
import { type Rpcbind, startRpcbind } from "lupine/binding";
import { ADD_VERS } from "../../examples/add/add.gen.js";

export let rpcbind: Rpcbind;
export let server: Server;
/** The options that have a command ask this binder. */
export let at: string[];

before(async () => {
  rpcbind = await startRpcbind({ port: 0 });
  server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
  await server.listen("tcp://127.0.0.1:0");
  await server.listen("udp://127.0.0.1:0");
  await register(server, { binder: rpcbind });
  at = ["--rpcbind", rpcbind.url];
});
after(async () => {
  await server.close();
  await rpcbind.close();
});
