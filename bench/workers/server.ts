// The server of the benchmark: each call computes for 200 microseconds.
import type { Server } from "lupine";
import { ADD_VERS } from "../../examples/add/add.gen.js";

/** Milliseconds of one processor. */
const computing = 0.2;

let sum = 0;

function compute(steps: number): void {
  for (let i = 0; i < steps; i++) sum = (Math.imul(sum, 31) + i) | 0;
}

/** The number of steps that take this time, by the fastest of many tries: other programs interrupt some of them. */
function stepsFor(milliseconds: number): number {
  const steps = 50_000;
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 200; i++) {
    const start = performance.now();
    compute(steps);
    fastest = Math.min(fastest, performance.now() - start);
  }
  return Math.round((steps * milliseconds) / fastest);
}

const steps = stepsFor(computing);

export default (server: Server): void => {
  server.implement(ADD_VERS, {
    add({ a, b }) {
      compute(steps);
      return a + b;
    },
  });
};
