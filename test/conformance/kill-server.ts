// A server of the test of killed processes: node kill-server.js PORT LOG. Counts each number that it is called with, in the state of its
// log. Ends with a JSON object of the counts when it is asked for number -1.
import { Server } from "lupine";
import { openSessionLog, serveSessions } from "lupine/session";
import { ADD_VERS } from "../../examples/add/add.gen.js";

const [port = "0", path = "sessions.log"] = process.argv.slice(2);
const log = await openSessionLog(path);
const server = new Server().implement(ADD_VERS, {
  async add({ a }, { transaction }) {
    if (transaction === undefined) throw new Error("call it exactly once");
    return transaction((state) => {
      const runs = Number(state.get(String(a)) ?? 0) + 1;
      state.set(String(a), runs);
      return runs;
    });
  },
});
serveSessions(server, { log, transactional: true });
const { address } = await server.listen(`tcp://127.0.0.1:${port}`);
process.stdout.write(`${"port" in address ? address.port : ""}\n`);
