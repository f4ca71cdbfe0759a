// The server of the benchmark: each call computes STEPS steps, which take 200 microseconds of one processor.
import type { Server } from "lupine";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { compute } from "./work.js";

const { STEPS: steps = "" } = process.env;

export default (server: Server): void => {
  server.implement(ADD_VERS, {
    add({ a, b }) {
      compute(Number(steps));
      return a + b;
    },
  });
};
