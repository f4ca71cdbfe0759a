// A fixed amount of computing.

let sum = 0;

export function compute(steps: number): void {
  for (let i = 0; i < steps; i++) sum = (Math.imul(sum, 31) + i) | 0;
}

/** The number of steps that take this time, by the fastest of many tries: other programs interrupt some of them. */
export function stepsFor(milliseconds: number): number {
  const steps = 50_000;
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 200; i++) {
    const start = performance.now();
    compute(steps);
    fastest = Math.min(fastest, performance.now() - start);
  }
  return Math.round((steps * milliseconds) / fastest);
}
