// The server's machine: its DCE daemon (the endpoint mapper), and a server that listens at any free port.
//   node server.js MACHINE DIRECTORY [PORT OF THE ENDPOINT MAPPER]
// The port is registered with the endpoint mapper, and the machine with the directory: a client needs both.
import { closeOnSignals } from "lupine";
import { DceServer, startEndpointMapper } from "lupine/dce";
import { Sample_v1 } from "./sample.gen.js";

const [machine = "127.0.0.1", directory, port = "135"] = process.argv.slice(2);

const mapper = await startEndpointMapper({ host: machine, port: Number(port) });

let calls = 0;
const server = new DceServer().implement(Sample_v1, {
  add: (a, b) => {
    calls++;
    return a + b;
  },
  status: () => ({ now: { machine, calls } }),
});
const { port: free } = await server.listen(`ncacn_ip_tcp:${machine}[0]`);

await server.register({ endpointMapper: mapper.address, annotation: "an example" });
console.log(`1. ${machine}: the server has registered its port, ${free}, with the endpoint mapper`);
await server.registerName("/.:/services/sample", { directory, machine });
console.log(`2. ${machine}: it has registered its machine in the directory, as /.:/services/sample`);
console.log(`endpoint mapper ${mapper.port}`);
closeOnSignals({
  async close() {
    await server.close();
    await mapper.close();
  },
});
