// `lupine encode` and `lupine decode`, which scripts run many times: scripts/bundle.mjs makes one CommonJS file of this one
// and all that it needs. Node starts with it in two thirds of the time that it takes with the files of all commands.
import { addDecodeCommand } from "./call/decode.js";
import { addEncodeCommand } from "./call/encode.js";
import type { ExitCode } from "./output.js";
import { type Commands, runCommand } from "./run-command.js";

const commands: Commands = {
  encode: async () => addEncodeCommand,
  decode: async () => addDecodeCommand,
};

/** Runs one command line whose command is one of these two: see `runCommand`. */
export function runCommandLine(args: readonly string[]): Promise<ExitCode> {
  return runCommand(args, commands);
}
