// `lupine run FILE`: runs a TypeScript file with nothing compiled or installed first. Types are not checked.

import { createRequire } from "node:module";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect } from "node:util";
import type { Command } from "commander";
import { statOf } from "../project/read-file.js";
import { CommandError, ExitCode, note } from "./output.js";

const help = `
Examples:
  $ lupine run server.ts
  $ lupine run client.ts localhost 1 2      what follows the file goes to the program: process.argv

Types are not checked: that is what tsc and your editor do. All of TypeScript is run, also on versions of Node that
cannot do so themselves, with no further package. To compile a project for production, use tsc.

An error of Lupine that the program does not catch, such as a server that does not answer, is one line; LUPINE_DEBUG=1
shows its stack.

Exit codes: the program's own; 1 for an error that it does not catch; 2 for a file that does not exist.`;

/** Adds `lupine run`. */
export function addRunCommand(program: Command): void {
  program.enablePositionalOptions();
  program
    .command("run")
    .summary("run a TypeScript file, without checking its types")
    .description("Run a TypeScript file, such as a server or a client. Nothing is written, and types are not checked.")
    .argument("<file>", "a .ts or .js file")
    .argument("[arguments...]", "arguments of the program")
    .passThroughOptions()
    .addHelpText("after", help)
    .action(runFile);
}

async function runFile(file: string, args: readonly string[]): Promise<void> {
  if (statOf(file)?.isFile() !== true) throw new CommandError("NO_SUCH_FILE", `${file} is not a file`);
  const path = resolve(file);
  process.argv = [process.argv[0] ?? "node", path, ...args];
  try {
    await importProgram(path);
  } catch (error) {
    // Prints an uncaught error and ends the process, as Node does.
    note((process.env["LUPINE_DEBUG"] ? undefined : shortened(error, path)) ?? inspect(error));
    process.exit(ExitCode.FAILED);
  }
}

/** Loads a TypeScript or JavaScript file. @returns its exports. */
export async function importProgram(path: string): Promise<unknown> {
  const { createJiti } = await import("jiti");
  const jiti = createJiti(path, { alias: ownModules(path), fsCache: false, moduleCache: true, interopDefault: true });
  return jiti.import(pathToFileURL(path).href);
}

/**
 * An error of this library in one line, with the line of the program that it comes from. An unreachable server is not a
 * fault of the program, so the stack is omitted. Undefined for any other error, whose stack is needed.
 */
function shortened(error: unknown, program: string): string | undefined {
  // The program may have its own copy of the library.
  const { code } = (error ?? {}) as { code?: unknown };
  if (!(error instanceof Error) || !/^(?:RPC|DIRECTORY|TRANSPORT|XDR)_/.test(String(code))) return undefined;
  const folder = dirname(program);
  const isOwn = (frame: string): boolean => frame.includes(folder) && !frame.includes("node_modules");
  const frame = error.stack?.split("\n").find((line) => /^\s+at /.test(line) && isOwn(line)) ?? "";
  const [, file = "", line] = /((?:\/|[A-Za-z]:\\)[^()]*):(\d+):\d+\)?$/.exec(frame) ?? [];
  const place = file === "" ? "" : ` (at ${basename(file)}:${line})`;
  return `${error.name} ${code}: ${error.message}${place}`;
}

/** If the program's folder has no lupine (it is installed globally, or not at all), the running one is used. */
function ownModules(path: string): Record<string, string> {
  try {
    createRequire(path).resolve("lupine/package.json");
    return {};
  } catch {
    return Object.fromEntries(
      Object.entries(exportsOf()).map(([name, path]) => [
        `lupine${name.slice(1)}`,
        fileURLToPath(new URL(`../${path}`, import.meta.url)),
      ]),
    );
  }
}

/** Each entry point's file, relative to the folder of this build: `dist/`, or `bundle/`, which is laid out like it. */
function exportsOf(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const { exports } = require("../../package.json") as { exports: Record<string, string | { module: string }> };
  const doors = Object.entries(exports).flatMap(([name, target]): [string, string][] =>
    typeof target === "string" ? [] : [[name, target.module.replace("./dist/", "")]],
  );
  // Longest first, because an alias also matches everything that begins with it.
  return Object.fromEntries(doors.sort(([a], [b]) => b.length - a.length));
}
