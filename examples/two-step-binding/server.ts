// The programs of one machine: its binder, and a clock that listens at any free port.
//   node server.js MACHINE DIRECTORY [BINDER'S PORT]
// The port is registered with the binder, and the machine with the directory: a client needs both.
import { closeOnSignals, register, Server } from "lupine";
import { startRpcbind } from "lupine/binding";
import { openDirectory } from "lupine/directory";
import { logError } from "../serve.js";
import { CLOCK_VERS } from "./clock.gen.js";

const [machine = "127.0.0.1", directoryUrl, port = "111"] = process.argv.slice(2);

const binder = await startRpcbind({ host: machine, port: Number(port) });

const server = new Server({ onError: logError });
server.implement(CLOCK_VERS, { read: () => ({ machine, milliseconds: BigInt(Date.now()) }) });
const { address } = await server.listen(`tcp://${machine}:0`, { accept: "network" });
await register(server, { binder });

const directory = await openDirectory(directoryUrl);
await directory.register("/services/time", server, { addresses: [machine] });

console.log(`${machine}: the binder knows the clock at port ${"port" in address ? address.port : "?"}`);
console.log(`${machine}: the directory knows /services/time at ${machine}`);
console.log(`binder ${binder.url}`);
closeOnSignals({
  async close() {
    await server.close();
    await directory.close();
    await binder.close();
  },
});
