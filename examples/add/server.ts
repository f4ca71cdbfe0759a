// Adds the two numbers of each call.
//   node server.js                        any free port, registered with this machine's rpcbind
//   node server.js tcp://127.0.0.1:7000   that address, and no rpcbind
import { Server } from "lupine";
import { logError, serve } from "../serve.js";
import { ADD_VERS } from "./add.gen.js";

const server = new Server({ onError: logError });

server.implement(ADD_VERS, {
  add({ a, b }) {
    console.log(`add(${a},${b}) is called`);
    return (a + b) | 0;
  },
});

await serve(server);
