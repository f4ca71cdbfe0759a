#!/usr/bin/env node
// The `lupine` command: runs the command line of this process, and ends with its exit code.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { load } from "./code-cache.js";

// A reader that closes the pipe early (`| head`) is not an error; a full disk is.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit(0);
    if (stream === process.stdout) process.stderr.write(`lupine: the output could not be written: ${message}\n`);
    process.exit(1);
  });
}

const args = process.argv.slice(2);
const { runCommandLine } = await commandLine(args[0]);
process.exitCode = await runCommandLine(args);

/** The file of the two offline commands is in `bundle/` only. */
async function commandLine(
  command: string | undefined,
): Promise<Pick<typeof import("./command-line.js"), "runCommandLine">> {
  const offline = fileURLToPath(new URL("./offline.cjs", import.meta.url));
  const isOffline = (command === "encode" || command === "decode") && existsSync(offline);
  return isOffline ? (load(offline) as typeof import("./offline.js")) : import("./command-line.js");
}
