// A server module with sessions for tests of `serve`. `add` gives the worker's process number and writes down that it ran; `later` answers
// when the file RELEASE exists; `nothing` ends the process the first time. With TRANSACTIONAL, `add` adds `a` to a sum in the session log.
import { appendFileSync, existsSync } from "node:fs";
import { adder, adding, type Pair } from "../rpc/adder.test-support.js";
import type { IncomingCall } from "../rpc/call.js";
import type { Server } from "../server/server.js";
import { serveSessions } from "../session/serve.js";
import { until } from "../testing/waiting.test-support.js";
import type { Worker } from "./worker.js";

const { RUNS = "", RELEASE = "", TRANSACTIONAL } = process.env;
const ran = (text: string): void => appendFileSync(RUNS, `${text}\n`);

export default (server: Server, worker: Worker): void => {
  server.implement(
    adder,
    adding({
      async add({ a }: Pair, { transaction }: IncomingCall) {
        ran("add");
        if (transaction === undefined) return process.pid;
        return transaction((state) => {
          const sum = Number(state.get("sum") ?? 0) + a;
          state.set("sum", sum);
          return sum;
        });
      },
      async later(value: number) {
        ran("later");
        await until(
          () => existsSync(RELEASE),
          () => RELEASE,
        );
        return value;
      },
      async nothing() {
        ran("nothing");
        if (!existsSync(RELEASE)) process.exit(1);
      },
    }),
  );
  serveSessions(server, TRANSACTIONAL === undefined ? {} : { transactional: true });
  // The supervisor drops messages of the module's own.
  worker.send("hello");
};
