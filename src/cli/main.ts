#!/usr/bin/env node
// The `lupine` command: runs the command line of this process, and ends with its exit code.
import { runCommandLine } from "./command-line.js";
import { ExitCode } from "./output.js";

// A reader that closes the pipe early (`| head`) is not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(ExitCode.OK);
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2));
