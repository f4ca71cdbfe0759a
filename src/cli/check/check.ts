// `lupine check FILE.x...`: reports the errors and warnings of interfaces.

import { type Command, Option } from "commander";
import type { Diagnostic } from "../../idl/findings/diagnostics.js";
import { EXPLANATIONS, explanationText } from "../../idl/findings/explanations.js";
import { countFindings, REPORT_FORMATS, type ReportFormat, reportFindings } from "../../idl/report/index.js";
import type { SourceText } from "../../idl/source.js";
import { Compilations } from "../../project/compilations.js";
import { interfaceFiles } from "../../project/interface-files.js";
import { readInterface } from "../input.js";
import type { Loader } from "../interface-file.js";
import { addInterfaceOptions, type InterfaceFlags } from "../interface-options.js";
import { allFailures, CommandError, collect, ExitCode, note, printResult, styleOf } from "../output.js";
import { projects } from "../project.js";
import { documentationOf, seeAlso } from "./documentation.js";
import { EXPLAIN, printExplanation } from "./explain-code.js";
import { FIX, fixed } from "./fix.js";

interface CheckOptions extends InterfaceFlags {
  readonly format: ReportFormat;
  readonly explain?: string | true;
  readonly fix?: true;
  readonly json?: true;
}

const help = `
Reports every error of every file, with its position and a hint on how to fix it. --explain CODE
explains a code, also one of lint or breaking; without CODE it lists all codes.

Examples:
  $ lupine check add.x
  $ lupine check -I /usr/include/rpcsvc -DWANT_NFS3 *.x
  $ lupine check interfaces/              every .x in a folder and below
  $ lupine check --explain undefined-name
  $ lupine check --format github *.x      annotations in a pull request
  $ lupine check --format sarif *.x       for code scanning

Exit codes:
  0  no errors
  1  errors
  2  wrong usage, or an unreadable file`;

/** Adds `lupine check`. */
export function addCheckCommand(program: Command): void {
  const command = program.command("check");
  command
    .summary("find errors in .x interfaces")
    .description("Find errors in .x interfaces, and write nothing.")
    .argument("[file.x...]", "interface files, folders of them, or - for stdin")
    .addOption(new Option("--format <format>", "how errors are printed").choices(REPORT_FORMATS).default("text"))
    .option(...FIX)
    .option(...EXPLAIN)
    .option("--json", "the same as --format json; errors of the command are JSON too")
    .addHelpText("after", help)
    .action(runCheck);
  addInterfaceOptions(command);
}

async function runCheck(paths: readonly string[], options: CheckOptions): Promise<void> {
  if (options.explain !== undefined) return printExplanation(options.explain);
  if (paths.length === 0) throw new CommandError("USAGE", "give an interface file, or --explain CODE");
  const files = interfaceFiles(paths);
  const find = projects(options);
  const compilations = new Compilations();
  const sources: SourceText[] = [];
  const diagnostics: Diagnostic[] = [];
  const unread: CommandError[] = [];
  for (const file of files) {
    const check = async (): Promise<Checked> => checkFile(file, { find, compilations });
    const result = await (options.fix ? fixed(file, compilations, check) : check()).catch((error: unknown) =>
      collect(unread, error),
    );
    if (result === undefined) continue;
    sources.push(...result.sources);
    diagnostics.push(...result.findings);
  }
  const format = options.json ? "json" : options.format;
  const codes = [...new Set(diagnostics.map(({ code }) => code))];
  const rules = codes.map((id) => {
    const { summary: what, advice: reason } = EXPLANATIONS[id];
    return { id, summary: what, reason, page: explanationText(id) ?? reason };
  });
  const style = styleOf(process.stdout);
  const report = reportFindings(diagnostics, { format, sources, rules, documentationOf, ...style });
  if (report !== "") printResult(report);
  const { errors, warnings } = countFindings(diagnostics);
  if (format === "text" && files.length > unread.length)
    note(summary(files.length - unread.length, errors, warnings) + seeAlso("check", codes));
  const failure = allFailures(unread);
  if (failure !== undefined) throw failure;
  if (errors > 0) process.exitCode = ExitCode.FAILED;
}

interface Checked {
  readonly sources: readonly SourceText[];
  readonly findings: readonly Diagnostic[];
}

async function checkFile(file: string, { find, compilations }: Loader): Promise<Checked> {
  const { search } = await find(file);
  const { sources, diagnostics } =
    file === "-"
      ? compilations.compileBytes({ file: "stdin", bytes: await readInterface(file) }, search)
      : compilations.compile(file, search);
  return { sources, findings: diagnostics };
}

function summary(files: number, errors: number, warnings: number): string {
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
  const found = errors + warnings === 0 ? "nothing wrong" : `${count(errors, "error")}, ${count(warnings, "warning")}`;
  return `${count(files, "file")}: ${found}`;
}
