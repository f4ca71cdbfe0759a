// A server of the test of killed processes: node kill-server.js PORT STORE. Counts each number that it is called with, in the store of its
// sessions: log:PATH, lmdb:PATH or postgres:PORT. Prints its port.
import { Server } from "lupine";
import { serveSessions } from "lupine/session";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { openStore } from "../ledgers/stores.js";

const [port = "0", name = "log:sessions.log"] = process.argv.slice(2);
const store = await openStore(name);
const server = new Server().implement(ADD_VERS, { add: ({ a }, call) => store.count(a, call) });
serveSessions(server, { log: store.ledger, transactional: true });
const { address } = await server.listen(`tcp://127.0.0.1:${port}`);
process.stdout.write(`${"port" in address ? address.port : ""}\n`);
