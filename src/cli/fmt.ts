// `lupine fmt FILE.x...`: brings interface files into house style.
import type { Command } from "commander";
import { formatText, syntaxErrors } from "../idl/format/index.js";
import { compileInterface, formatDiagnostics } from "../idl/index.js";
import { replaceFile } from "./atomic-write.js";
import { readBytes, readStdin } from "./input.js";
import { CommandError, ExitCode, note, printResult } from "./output.js";

interface FmtOptions {
  readonly check?: true;
  readonly stdout?: true;
  readonly json?: true;
}

const help = `
Only blanks and line ends change: every comment, directive and % line stays, and what the file compiles to.

Examples:
  $ lupine fmt *.x              rewrites the files that need it, and prints their paths
  $ lupine fmt --check *.x      for CI: 1 when a file is not formatted
  $ lupine fmt --stdout add.x   prints the result
  $ lupine fmt - < add.x        for editors: from stdin to stdout

Exit codes:
  0  done
  1  unformatted files with --check
  2  wrong usage, an unreadable file, or errors of syntax in a file, which is then left alone; the others are formatted`;

/** Adds `lupine fmt`. */
export function addFmtCommand(program: Command): void {
  program
    .command("fmt")
    .summary("format .x interfaces")
    .description("Bring .x interfaces into house style.")
    .argument("<file.x...>", "interface files, or - for stdin")
    .option("--check", "write nothing; fail when a file is not formatted")
    .option("--stdout", "print the formatted text of one file instead of writing it")
    .option("--json", "print the result, and any error, as JSON")
    .addHelpText("after", help)
    .action(runFmt);
}

/** A file as it is and as it should be, in bytes. */
interface Formatted {
  readonly path: string;
  readonly changed: boolean;
  readonly bytes: Uint8Array;
}

async function runFmt(files: readonly string[], options: FmtOptions): Promise<void> {
  const print = options.stdout === true || files.includes("-");
  if (print && (files.length > 1 || options.check || options.json)) {
    throw new CommandError("USAGE", "--stdout and - print one file: they go with no second file, --check or --json");
  }
  const { formatted, failures } = await formatAll(files);
  const changed = formatted.filter((one) => one.changed);
  if (print) for (const one of formatted) printResult(one.bytes);
  else if (!options.check) for (const one of changed) await replaceFile(one.path, one.bytes);
  if (!print) tell(changed, formatted, options);
  const [first] = failures;
  if (first !== undefined) throw failures.length === 1 ? first : combined(failures);
  if (options.check && changed.length > 0) throw unformatted(changed.map((one) => one.path));
}

async function formatAll(files: readonly string[]): Promise<{ formatted: Formatted[]; failures: CommandError[] }> {
  const formatted: Formatted[] = [];
  const failures: CommandError[] = [];
  for (const path of files) {
    try {
      formatted.push(formatBytes(path, path === "-" ? await readStdin() : await readBytes(path)));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      failures.push(error);
    }
  }
  return { formatted, failures };
}

function tell(changed: readonly Formatted[], all: readonly Formatted[], { check, json }: FmtOptions): void {
  if (json) {
    const unchanged = all.filter((one) => !one.changed).map((one) => one.path);
    const paths = changed.map((one) => one.path);
    if (!check) printResult(JSON.stringify({ written: paths, unchanged }));
    else if (paths.length === 0) printResult(JSON.stringify({ unformatted: [] }));
    return;
  }
  if (!check) for (const { path } of changed) printResult(path);
  const same = all.length - changed.length;
  if (same > 0) note(`${same} ${same === 1 ? "file is" : "files are"} formatted already`);
}

function unformatted(paths: readonly string[]): CommandError {
  const list = paths.map((path) => `  ${path}`).join("\n");
  const message = `not formatted:\n${list}\nRun: lupine fmt ${paths.join(" ")}`;
  return new CommandError("UNFORMATTED", message, { exitCode: ExitCode.FAILED, details: { unformatted: paths } });
}

function combined(failures: readonly CommandError[]): CommandError {
  const message = failures.map((one) => one.message).join("\n\n");
  return new CommandError("BAD_INTERFACE", message, { details: { failures: failures.map((one) => one.details) } });
}

/** Comments in Latin-1 stay in Latin-1: what is not UTF-8 is formatted byte for byte. */
function formatBytes(path: string, bytes: Uint8Array): Formatted {
  const encoding = isUtf8(bytes) ? "utf8" : "latin1";
  const text = Buffer.from(bytes).toString(encoding);
  const file = path === "-" ? "stdin" : path;
  const errors = syntaxErrors(compileInterface({ file, text }).diagnostics);
  if (errors.length > 0) {
    const told = formatDiagnostics(errors, [{ file, text }], { color: process.stderr.isTTY });
    const message = `${file} has errors and was left as it is\n\n${told}`;
    throw new CommandError("BAD_INTERFACE", message, { details: { file, diagnostics: errors } });
  }
  const result = formatText(text);
  return { path, changed: result !== text, bytes: Buffer.from(result, encoding) };
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
