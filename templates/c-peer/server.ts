// Adds what clients send, and says so.
import { closeOnSignals, register, Server } from "lupine";
import { ADD_VERS } from "./add.gen.js";

const server = new Server({
  // Called for errors that a procedure throws and results that do not match their type: the caller only gets SYSTEM_ERR.
  onError: (error, place) => console.error(place?.procedure ?? "server", error),
});

server.implement(ADD_VERS, {
  add({ a, b }) {
    console.log(`add(${a},${b}) is called`);
    return a + b;
  },
});

await server.listen("tcp://0.0.0.0:0", { accept: "network" });
await server.listen("udp://0.0.0.0:0", { accept: "network" });
// So that clients find the ports: in this machine's rpcbind, or in an embedded one if it has none.
await register(server);
// Ctrl-C takes the registration back.
closeOnSignals(server);
console.log("the add server is ready (Ctrl-C ends it)");
