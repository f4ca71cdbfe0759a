// `lupine breaking OLD.x NEW.x`: reports the effects of a change of an interface.

import { type Command, Option } from "commander";
import { CHANGE_CATEGORIES, type ChangeCategory, compareInterfaces } from "../../idl/breaking/index.js";
import { optionsOfInterface } from "../../idl/model/mapping.js";
import { countFindings, REPORT_FORMATS, type ReportFormat, reportFindings } from "../../idl/report/index.js";
import { Compilations } from "../../project/compilations.js";
import type { InterfaceBytes } from "../../project/load.js";
import { readInterfaceBytes } from "../../project/read-file.js";
import { withoutErrors } from "../interface-file.js";
import { addInterfaceOptions, type InterfaceFlags } from "../interface-options.js";
import { CommandError, ExitCode, note, printResult, styleOf } from "../output.js";
import { projects } from "../project.js";
import { documentationOf, seeAlso } from "./documentation.js";
import { EXPLAIN, printExplanation } from "./explain-code.js";
import { openRevision } from "./git-revision.js";

interface BreakingOptions extends InterfaceFlags {
  readonly against?: string;
  readonly only: readonly ChangeCategory[];
  readonly format: ReportFormat;
  readonly strict?: true;
  readonly explain?: string | true;
  readonly json?: true;
}

const help = `
Errors break peers or programs, warnings break some of them in some cases, notes break nothing.
Categories: wire (bytes of arguments and results), number (programs, versions, procedures), source (TypeScript).

Examples:
  $ lupine breaking add-v1.x add.x
  $ lupine breaking --against main add.x        add.x as it is, against add.x of the branch main, with the files
                                                that it includes and imports there
  $ lupine breaking --only wire --only number --against v1.0 add.x
  $ lupine breaking --explain wire/field-added

Exit codes:
  0  nothing breaks
  1  breaking changes, or with --strict possibly breaking ones
  2  wrong usage, an unreadable file or revision, or one that does not compile`;

/** Adds `lupine breaking`. */
export function addBreakingCommand(program: Command): void {
  const only = new Option("--only <category>", "show only this category; may be repeated");
  const command = program.command("breaking");
  command
    .summary("report the breaking changes of a .x interface")
    .description("Compare two versions of a .x interface, and report the changes that break callers.")
    .argument("[files...]", "the old and the new interface; with --against only the new one")
    .option("--against <revision>", "take the old interface from this revision of git")
    .addOption(only.choices(CHANGE_CATEGORIES).argParser(collect).default([], "all of them"))
    .addOption(new Option("--format <format>", "how changes are printed").choices(REPORT_FORMATS).default("text"))
    .option("--strict", "fail on warnings too")
    .option(...EXPLAIN)
    .option("--json", "the same as --format json; errors of the command are JSON too")
    .addHelpText("after", help)
    .action(runBreaking);
  addInterfaceOptions(command);
}

function collect(value: string, before: readonly ChangeCategory[]): readonly ChangeCategory[] {
  const category = CHANGE_CATEGORIES.find((one) => one === value);
  if (category === undefined) {
    throw new CommandError("USAGE", `--only takes ${CHANGE_CATEGORIES.join(", ")}, not "${value}"`);
  }
  return [...before, category];
}

async function runBreaking(files: readonly string[], options: BreakingOptions): Promise<void> {
  if (options.explain !== undefined) return printExplanation(options.explain);
  const { old, now } = readBoth(files, options.against);
  const { search, mapping } = await projects(options)(now.file);
  const compilations = new Compilations();
  const [before, after] = [old, now].map((one) =>
    withoutErrors(
      `${one.prefix ?? ""}${one.file}`,
      compilations.compileBytes(one, search, { mapping: optionsOfInterface(mapping) }),
    ),
  );
  if (before === undefined || after === undefined) return;
  const all = compareInterfaces(before.module, after.module);
  const changes = options.only.length === 0 ? all : all.filter(({ category }) => options.only.includes(category));
  const format = options.json ? "json" : options.format;
  const sources = [...before.sources, ...after.sources];
  const report = reportFindings(changes, { format, sources, documentationOf, ...styleOf(process.stdout) });
  if (report !== "") printResult(report);
  const { errors, warnings, notes } = countFindings(changes);
  if (format === "text") {
    const counts = `${errors} breaking, ${warnings} that may break, ${notes} compatible`;
    note(
      counts +
        seeAlso(
          "breaking",
          changes.filter(({ severity }) => severity !== "note").map(({ code }) => code),
        ),
    );
  }
  if (errors > 0 || (options.strict && warnings > 0)) process.exitCode = ExitCode.FAILED;
}

function readBoth(files: readonly string[], against?: string): { old: InterfaceBytes; now: InterfaceBytes } {
  const [first, second, ...more] = files;
  if (first === undefined || more.length > 0 || (second === undefined) !== (against !== undefined)) {
    throw new CommandError("USAGE", "give the old and the new interface, or --against REVISION and one interface");
  }
  const file = second ?? first;
  const now = { file, bytes: readInterfaceBytes(file) };
  if (against === undefined) return { old: { file: first, bytes: readInterfaceBytes(first) }, now };
  const { prefix, read, readOrThrow } = openRevision(against, file);
  return { old: { file, bytes: readOrThrow(file), read, prefix }, now };
}
