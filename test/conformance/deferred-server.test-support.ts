// A server of deferred calls with a log, which is killed: node deferred-server.test-support.js LOG PORT EFFECTS
// Each run appends its number to the file EFFECTS.
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { formatAddress, Server } from "lupine";
import { openTicketLog, serveDeferred } from "lupine/deferred";
import { ADD_VERS } from "../../examples/add/add.gen.js";

const [path = "", port = "0", effects = ""] = process.argv.slice(2);
const log = await openTicketLog(path);
const server = new Server({ onError: console.error });
server.implement(ADD_VERS, {
  async add({ a, b }) {
    appendFileSync(effects, `${a}\n`);
    await sleep(5);
    return a + b;
  },
});
serveDeferred(server, { log, running: 4 });
const { address } = await server.listen(`tcp://127.0.0.1:${port}`);
console.log(formatAddress(address));
