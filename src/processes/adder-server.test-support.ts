// A server module for tests of `serve`. `add` gives the worker's process number and writes down that it ran; `later` answers
// when the file RELEASE exists, `nothing` ends the process.
import { appendFileSync, existsSync } from "node:fs";
import { adder, adding } from "../rpc/adder.test-support.js";
import type { Server } from "../server/server.js";
import { until } from "../testing/waiting.test-support.js";

const { RUNS = "", RELEASE = "" } = process.env;
const ran = (text: string): void => {
  if (RUNS !== "") appendFileSync(RUNS, `${text}\n`);
};

export default (server: Server): void => {
  server.implement(
    adder,
    adding({
      add() {
        ran("add");
        return process.pid;
      },
      async later(value: number) {
        ran("later");
        await until(
          () => existsSync(RELEASE),
          () => RELEASE,
        );
        return value;
      },
      nothing() {
        ran("nothing");
        process.exit(1);
      },
    }),
  );
};
