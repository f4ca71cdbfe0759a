// A server of the test of rolling restarts: node rolling-server.js PORT. Prints its port, and "+7" for each call of 7 that must not run
// twice. SIGTERM drains it.
import { Server } from "lupine";
import { ADD_VERS } from "../../examples/add/add.gen.js";

const [port = "0"] = process.argv.slice(2);
const server = new Server().implement(ADD_VERS, {
  add({ a, b }) {
    if (b === 1) process.stdout.write(`+${a}\n`);
    return a + b;
  },
});
const { address } = await server.listen(`tcp://127.0.0.1:${port}`);
process.stdout.write(`${"port" in address ? address.port : ""}\n`);
process.once("SIGTERM", () => server.close());
