// `lupine fmt FILE.x...`: formats interface files.

import { setImmediate } from "node:timers/promises";
import type { Command } from "commander";
import { formatText, syntaxErrors } from "../../idl/format/index.js";
import type { CompileResult } from "../../idl/index.js";
import { Compilations } from "../../project/compilations.js";
import { interfaceFiles } from "../../project/interface-files.js";
import type { InterfaceBytes } from "../../project/load.js";
import { writeWhole } from "../atomic-write.js";
import { readInterface } from "../input.js";
import { badInterface } from "../interface-file.js";
import { addInterfaceOptions, type InterfaceFlags } from "../interface-options.js";
import { allFailures, CommandError, collect, ExitCode, note, printJson, printResult } from "../output.js";
import { projects } from "../project.js";

interface FmtOptions extends InterfaceFlags {
  readonly stdinPath?: string;
  readonly check?: true;
  readonly stdout?: true;
  readonly json?: true;
}

const help = `
Only spaces and line breaks change. Comments, directives, % lines and the compiled result stay the same.

Examples:
  $ lupine fmt *.x              rewrites the files that need it, and prints their paths
  $ lupine fmt --check *.x      for CI: exits with 1 when a file is not formatted
  $ lupine fmt --stdout add.x   prints the result
  $ lupine fmt interfaces/      every .x in a folder and below
  $ lupine fmt - < add.x        for editors: from stdin to stdout

Exit codes:
  0  done
  1  unformatted files with --check
  2  wrong usage, an unreadable file, or syntax errors in a file, which is then not changed; the others are formatted`;

/** Adds `lupine fmt`. */
export function addFmtCommand(program: Command): void {
  const command = program.command("fmt");
  command
    .summary("format .x interfaces")
    .description("Format .x interfaces.")
    .argument("<file.x...>", "interface files, folders of them, or - for stdin")
    .option("--check", "write nothing; fail when a file is not formatted")
    .option("--stdout", "print the formatted text of one file instead of writing it")
    .option("--stdin-path <file.x>", "path of the file that is on stdin, from which its includes are found")
    .option("--json", "print the result, and any error, as JSON")
    .addHelpText("after", help)
    .action(runFmt);
  addInterfaceOptions(command);
}

/** A file before and after formatting, in bytes. */
interface Formatted {
  readonly path: string;
  readonly changed: boolean;
  readonly bytes: Uint8Array;
}

async function runFmt(paths: readonly string[], options: FmtOptions): Promise<void> {
  const files = interfaceFiles(paths);
  const print = options.stdout === true || files.includes("-");
  if (print && (files.length > 1 || options.check || options.json)) {
    throw new CommandError(
      "USAGE",
      "--stdout and - print one file: they cannot be used with a second file, --check or --json",
    );
  }
  const { formatted, failures } = await formatAll(files, options);
  const changed = formatted.filter((one) => one.changed);
  if (print) for (const one of formatted) printResult(one.bytes);
  else if (!options.check) await writeAll(changed);
  if (!print) tell(changed, formatted, options);
  const failure = allFailures(failures);
  if (failure !== undefined) throw failure;
  if (options.check && changed.length > 0) throw unformatted(changed.map((one) => one.path));
}

async function formatAll(
  files: readonly string[],
  options: FmtOptions,
): Promise<{ formatted: Formatted[]; failures: CommandError[] }> {
  const find = projects(options);
  const compilations = new Compilations();
  const formatted: Formatted[] = [];
  const failures: CommandError[] = [];
  for (const path of files) {
    try {
      const file = path === "-" ? (options.stdinPath ?? "stdin") : path;
      const { search } = await find(path === "-" ? options.stdinPath : path);
      formatted.push({
        path,
        ...formatBytes(file, await readInterface(path), (input) => compilations.compileBytes(input, search)),
      });
    } catch (error) {
      collect(failures, error);
    }
  }
  return { formatted, failures };
}

async function writeAll(changed: readonly Formatted[]): Promise<void> {
  for (const { path, bytes } of changed) {
    writeWhole(path, bytes);
    // If Ctrl-C was pressed while a file was being written, end now.
    await setImmediate();
  }
}

function tell(changed: readonly Formatted[], all: readonly Formatted[], { check, json }: FmtOptions): void {
  if (json) {
    const unchanged = all.filter((one) => !one.changed).map((one) => one.path);
    const paths = changed.map((one) => one.path);
    if (!check) printJson({ written: paths, unchanged });
    else if (paths.length === 0) printJson({ unformatted: [] });
    return;
  }
  if (!check) for (const { path } of changed) printResult(path);
  const same = all.length - changed.length;
  if (same > 0) note(`${same} ${same === 1 ? "file is" : "files are"} already formatted`);
}

function unformatted(paths: readonly string[]): CommandError {
  const list = paths.map((path) => `  ${path}`).join("\n");
  const message = `not formatted:\n${list}\nRun: lupine fmt ${paths.join(" ")}`;
  return new CommandError("UNFORMATTED", message, { exitCode: ExitCode.FAILED, details: { unformatted: paths } });
}

type Compile = (input: InterfaceBytes) => CompileResult;

/** Comments in Latin-1 stay in Latin-1: files that are not UTF-8 are formatted byte for byte. */
function formatBytes(file: string, bytes: Uint8Array, compile: Compile): Omit<Formatted, "path"> {
  const encoding = isUtf8(bytes) ? "utf8" : "latin1";
  const text = Buffer.from(bytes).toString(encoding);
  const { diagnostics, sources } = compile({ file, bytes });
  const errors = syntaxErrors(diagnostics.filter(({ span }) => span.file === file));
  if (errors.length > 0) throw badInterface(file, errors, sources, "has errors and was not changed");
  const result = formatOrRefuse(file, text);
  return { changed: result !== text, bytes: Buffer.from(result, encoding) };
}

/** @throws CommandError if formatting would change the meaning of the file. */
function formatOrRefuse(file: string, text: string): string {
  try {
    return formatText(text);
  } catch (error) {
    const message = `${file} was not changed: ${(error as Error).message}, which is a defect of the formatter`;
    throw new CommandError("FORMATTER_DEFECT", message, { cause: error, details: { file } });
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
