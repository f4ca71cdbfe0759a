// How cost grows with the size of the work: npm run bench -- growth [--rounds N] [--json FILE]
// The time for one unit (a KiB, an entry, a call) at each size. Where it stays the same, cost is linear.
import { parseArgs } from "node:util";
import { project } from "../../test/interop/harness/compile.js";
import { report } from "../report/report.js";
import { amount, duration, median } from "../report/statistics.js";
import { type Curve, callCurves, codecCurves, compileCurve } from "./curves.js";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" }, json: { type: "string" } } });
const rounds = Number(values.rounds);

/** Nanoseconds that a size is measured for in each round, at least. */
const least = 50e6;

await report("growth", values.json, async () => {
  const { mixed } = (await import(`${project}/bench/compile/interfaces.mjs`)) as { mixed: (lines: number) => string };
  const calls = await callCurves();
  const rows: string[][] = [];
  for (const curve of [...codecCurves, compileCurve(mixed)]) rows.push(await measure(curve, processorTime));
  for (const curve of calls.curves) rows.push(await measure(curve, () => Number(process.hrtime.bigint())));
  calls.stop();
  return {
    tables: [
      { title: "Time for one unit at each size (medians)", head: ["", "unit", "by size", "last / least"], rows },
    ],
    notes: [
      `Processor time of codecs and compiler, time of calls. ${rounds} rounds. The last column is the time for one unit at the greatest size by the least of all sizes.`,
    ],
  };
});
process.exit();

async function measure(curve: Curve, clock: () => number): Promise<string[]> {
  process.stderr.write(`${curve.name}\n`);
  const times: number[] = [];
  for (const size of curve.sizes) {
    const work = await curve.prepare(size);
    await work();
    const each: number[] = [];
    for (let round = 0; round < rounds; round++) each.push(await timeOf(work, clock));
    times.push(median(each) / curve.units(size));
  }
  const cells = curve.sizes.map((size, i) => `${amount(size)}: ${duration(times[i] as number)}`);
  return [curve.name, curve.unit, cells.join(", "), ((times.at(-1) as number) / Math.min(...times)).toFixed(2)];
}

/** Nanoseconds of one run. Short work runs as often as fits. */
async function timeOf(work: () => unknown, clock: () => number): Promise<number> {
  const start = clock();
  for (let count = 1; ; count++) {
    await work();
    const spent = clock() - start;
    if (spent >= least) return spent / count;
  }
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}
