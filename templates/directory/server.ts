// Adds what clients send. Registers as /services/add: start as many as you like, on any machine.
//   server [DIRECTORY]     the directory's host or URL; default: LUPINE_DIRECTORY, otherwise this machine
import { closeOnSignals, Server } from "lupine";
import { openDirectory } from "lupine/directory";
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
const directory = await openDirectory(process.argv[2] ?? process.env["LUPINE_DIRECTORY"] ?? "localhost");
await directory.register("/services/add", server);
// Ctrl-C withdraws the server, so that clients go to another.
closeOnSignals(server);
console.log("the add server is ready as /services/add (Ctrl-C ends it)");
