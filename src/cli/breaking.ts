// `lupine breaking OLD.x NEW.x`: what a change of an interface breaks, and for whom.
import { execFile } from "node:child_process";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import { type Command, Option } from "commander";
import { CHANGE_CATEGORIES, type ChangeCategory, compareInterfaces } from "../idl/breaking/index.js";
import type { SourceText } from "../idl/index.js";
import { countFindings, REPORT_FORMATS, type ReportFormat, reportFindings } from "../idl/report/index.js";
import { compileSource, readSource } from "./compile-source.js";
import { CommandError, ExitCode, note, printResult } from "./output.js";

interface BreakingOptions {
  readonly against?: string;
  readonly only: readonly ChangeCategory[];
  readonly format: ReportFormat;
  readonly strict?: true;
  readonly json?: true;
}

const help = `
Errors break peers or programs, warnings break some of them in some cases, notes break nobody.
Categories: wire (bytes of arguments and results), number (programs, versions, procedures), source (TypeScript).

Examples:
  $ lupine breaking add-v1.x add.x
  $ lupine breaking --against main add.x        add.x as it is, against what the branch main has
  $ lupine breaking --only wire --only number --against v1.0 add.x

Exit codes:
  0  nothing breaks
  1  something breaks, or with --strict may break
  2  wrong usage, an unreadable file or revision, or one that does not compile`;

/** Adds `lupine breaking`. */
export function addBreakingCommand(program: Command): void {
  const only = new Option("--only <category>", "show this category alone; may be repeated");
  program
    .command("breaking")
    .summary("tell what a change of a .x interface breaks")
    .description("Compare two versions of a .x interface, and tell what breaks for whom.")
    .argument("<files...>", "the old and the new interface; with --against the new one alone")
    .option("--against <revision>", "take the old interface from this revision of git")
    .addOption(only.choices(CHANGE_CATEGORIES).argParser(collect).default([], "all of them"))
    .addOption(new Option("--format <format>", "how changes are printed").choices(REPORT_FORMATS).default("text"))
    .option("--strict", "fail on warnings too")
    .option("--json", "the same as --format json; errors of the command are JSON too")
    .addHelpText("after", help)
    .action(runBreaking);
}

function collect(value: string, before: readonly ChangeCategory[]): readonly ChangeCategory[] {
  const category = CHANGE_CATEGORIES.find((one) => one === value);
  if (category === undefined) {
    throw new CommandError("USAGE", `--only takes ${CHANGE_CATEGORIES.join(", ")}, not "${value}"`);
  }
  return [...before, category];
}

async function runBreaking(files: readonly string[], options: BreakingOptions): Promise<void> {
  const { old, now } = await readBoth(files, options.against);
  const [before, after] = [compileSource(old), compileSource(now)];
  const all = compareInterfaces(before, after);
  const changes = options.only.length === 0 ? all : all.filter(({ category }) => options.only.includes(category));
  const format = options.json ? "json" : options.format;
  const report = reportFindings(changes, { format, sources: [old, now], color: process.stdout.isTTY });
  if (report !== "") printResult(report);
  const { errors, warnings, notes } = countFindings(changes);
  if (format === "text") note(`${errors} breaking, ${warnings} that may break, ${notes} compatible`);
  if (errors > 0 || (options.strict && warnings > 0)) process.exitCode = ExitCode.FAILED;
}

async function readBoth(files: readonly string[], revision?: string): Promise<{ old: SourceText; now: SourceText }> {
  const [first, second, ...more] = files;
  if (first === undefined || more.length > 0 || (second === undefined) !== (revision !== undefined)) {
    throw new CommandError("USAGE", "give the old and the new interface, or --against REVISION and one interface");
  }
  const path = second ?? first;
  const now = await readSource(path);
  if (revision !== undefined) return { old: { file: `${revision}:${path}`, text: await show(revision, path) }, now };
  return { old: await readSource(first), now };
}

/** The text that a revision has of a file. */
async function show(revision: string, path: string): Promise<string> {
  const args = ["-C", dirname(path), "show", "--end-of-options", `${revision}:./${basename(path)}`];
  try {
    const { stdout } = await promisify(execFile)("git", args, { maxBuffer: 1 << 28 });
    return stdout;
  } catch (error) {
    const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
    const why = code === "ENOENT" ? "git is not installed" : stderr.trim().split("\n")[0];
    const message = `cannot read ${path} of revision ${revision}: ${why}`;
    throw new CommandError("CANNOT_READ", message, { cause: error, details: { file: path, revision } });
  }
}
