// Counts the work that code does, for tests that say how it grows: the same number on a fast and on a busy machine.
import assert from "node:assert/strict";
import { type Profiler, Session } from "node:inspector";

// From now on: V8 counts only in functions that it compiles after this, at their first call.
const session = new Session();
session.connect();
post("Profiler.enable");
post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

/**
 * How often the blocks of compiled files in `folder` run during `work`: bodies of functions, loops and branches.
 * Work inside built-in functions (regular expressions, `indexOf`) is not counted, nor that of functions which ran before
 * this module was loaded.
 * @param folder a part of the files' URL: "/dist/idl/".
 */
export function countWork(folder: string, work: () => unknown): number {
  takeCounts(); // They begin at zero again.
  work();
  const ranges = takeCounts()
    .filter(({ url }) => url.includes(folder))
    .flatMap(({ functions }) => functions.flatMap((one) => one.ranges));
  return ranges.reduce((sum, { count }) => sum + count, 0);
}

/**
 * Asserts that work grows about as its input does: eight times the input makes at most 14 times the work. Quadratic
 * work would grow 64 times.
 * @param of does the work for an input of this size.
 */
export function assertLinear(folder: string, size: number, of: (size: number) => unknown): void {
  const eighth = Math.ceil(size / 8);
  of(Math.ceil(size / 64)); // What is done once for a process is done now.
  const small = countWork(folder, () => of(eighth));
  const large = countWork(folder, () => of(size));
  assert.ok(large <= 14 * small + 1_000, `${small} blocks for size ${eighth}, ${large} for size ${size}`);
}

function takeCounts(): readonly Profiler.ScriptCoverage[] {
  return (post("Profiler.takePreciseCoverage") as Profiler.TakePreciseCoverageReturnType).result;
}

function post(method: string, params: object = {}): unknown {
  let answer: { error: Error | null; result: unknown } | undefined;
  session.post(method, params, (error, result) => {
    answer = { error, result };
  });
  if (answer === undefined) throw new Error(`${method} was not answered at once`);
  if (answer.error) throw answer.error;
  return answer.result;
}
