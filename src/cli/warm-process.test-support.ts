// A process that runs one command line of `lupine` after another, so that tests pay for its start once. Started by
// command.test-support.ts, which sends it a Run for each command line.
import { chdir } from "node:process";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { runCommandLine } from "./command-line.js";

export interface Run {
  readonly args: readonly string[];
  readonly input: string | Uint8Array;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Written to both output streams after all that the command wrote. */
  readonly mark: string;
}

/** The handles that keep this process alive between two runs: the channel to the test. */
let idle: readonly string[] = [];

process.on("message", async (run: Run) => {
  idle = process.getActiveResourcesInfo();
  const code = await runOne(run);
  await allClosed();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(signal);
  process.stdout.write(run.mark);
  process.stderr.write(run.mark);
  process.send?.(code);
});
process.once("disconnect", () => process.exit());

async function runOne({ args, input, env, cwd }: Run): Promise<number> {
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(env, name)) delete process.env[name];
  Object.assign(process.env, env);
  chdir(cwd);
  Object.defineProperty(process, "stdin", { value: Readable.from([Buffer.from(input)]), configurable: true });
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args);
  process.exitCode = undefined;
  return runCommandLine(args);
}

/** A command in its own process would end once nothing is open any more. */
async function allClosed(): Promise<void> {
  while (process.getActiveResourcesInfo().length > idle.length) await sleep(2);
}
