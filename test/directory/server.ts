// One server of a service, as a process: node server.js NUMBER DIRECTORY PATH [MILLISECONDS EACH CALL TAKES] [ADDRESS].
// ADD answers with NUMBER. Told to end, it closes in good order and prints the first arguments of all calls that it ran.
import { setTimeout as sleep } from "node:timers/promises";
import { formatAddress, Server } from "lupine";
import { openDirectory } from "lupine/directory";
import { ADD_VERS } from "../../examples/add/add.gen.js";

const [number, url, path, wait = "0", address = "tcp://127.0.0.1:0"] = process.argv.slice(2) as [
  string,
  string,
  string,
];
const ran: number[] = [];
const server = new Server();
server.implement(ADD_VERS, {
  async add({ a }) {
    ran.push(a);
    if (wait !== "0") await sleep(Number(wait));
    return Number(number);
  },
});
await server.listen(address, { accept: "network" });
const directory = await openDirectory(url);
await directory.register(path, server, { lease: 1_000 });
process.once("SIGTERM", async () => {
  await server.close();
  await directory.close();
  console.log(`ran ${JSON.stringify(ran)}`);
});
console.log(`registered ${server.addresses.map(formatAddress).join(" ")}`);
