#!/usr/bin/env node
// The `lupine` command: runs the command line of this process, and ends with its exit code.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runFile } from "./code-cache.js";
import type { ExitCode } from "./output.js";

type Run = Pick<typeof import("./command-line.js"), "runCommandLine">["runCommandLine"];

// A reader that closes the pipe early (`| head`) is not an error; a full disk is.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit(0);
    if (stream === process.stdout) process.stderr.write(`lupine: the output could not be written: ${message}\n`);
    process.exit(1);
  });
}

/** The exit code of Node for a module that waits for something that never comes. */
const unfinished = 13;

void main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  const onUnfinished = (): void => {
    process.stderr.write("lupine: the command has ended before its work was done\n");
    process.exitCode = unfinished;
  };
  process.once("beforeExit", onUnfinished);
  process.exitCode = (await runBundled(args)) ?? (await runAny(args));
  process.off("beforeExit", onUnfinished);
}

/** The files of the short commands are in `bundle/` only. */
async function runBundled(args: readonly string[]): Promise<ExitCode | undefined> {
  const isOverview = args.every((arg) => arg.startsWith("-"));
  const name = isOverview ? overviewOf(args) : args[0];
  if (!isOverview && name !== "encode" && name !== "decode") return undefined;
  const path = new URL(isOverview ? "./overview.cjs" : "./offline.cjs", import.meta.url);
  const file = fileURLToPath(path);
  if (name === undefined || !existsSync(file)) return undefined;
  const { exports, keep } = runFile(file, name);
  const code = await (exports as { runCommandLine: Run }).runCommandLine(args);
  if (code === 0) keep();
  return code;
}

/** Both are one file, but need different functions of it. */
function overviewOf(args: readonly string[]): string {
  return args.some((arg) => arg === "--version" || arg === "-V") ? "version" : "help";
}

async function runAny(args: readonly string[]): Promise<ExitCode> {
  const { runCommandLine } = await import("./command-line.js");
  return runCommandLine(args);
}
