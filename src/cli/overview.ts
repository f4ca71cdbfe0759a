// `lupine --help` and `lupine --version`: scripts/bundle.mjs makes one CommonJS file of this one and all that it needs.
import type { ExitCode } from "./output.js";
import { runCommand } from "./run-command.js";

/** Runs one command line without a command: see `runCommand`. */
export function runCommandLine(args: readonly string[]): Promise<ExitCode> {
  return runCommand(args, {});
}
