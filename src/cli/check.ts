// `lupine check FILE.x...`: what is wrong with interfaces, and nothing else.
import { type Command, Option } from "commander";
import { type Diagnostic, EXPLANATIONS, type SourceText } from "../idl/index.js";
import { countFindings, REPORT_FORMATS, type ReportFormat, reportFindings } from "../idl/report/index.js";
import { addExternOption, addSearchOptions, compileFile, type SearchFlags } from "./include-files.js";
import { ExitCode, note, printResult } from "./output.js";

interface CheckOptions extends SearchFlags {
  readonly format: ReportFormat;
  readonly json?: true;
}

const help = `
Every error of every file is told, at its place, with what to do about it. docs/diagnostics.md has a section for each
code.

Examples:
  $ lupine check add.x
  $ lupine check -I /usr/include/rpcsvc -DWANT_NFS3 *.x
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
    .argument("<file.x...>", "interface files")
    .addOption(new Option("--format <format>", "how errors are printed").choices(REPORT_FORMATS).default("text"))
    .option("--json", "the same as --format json; errors of the command are JSON too")
    .addHelpText("after", help)
    .action(runCheck);
  addSearchOptions(command);
  addExternOption(command);
}

async function runCheck(files: readonly string[], options: CheckOptions): Promise<void> {
  const sources: SourceText[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const file of files) {
    const result = await compileFile(file, options);
    sources.push(...result.sources);
    diagnostics.push(...result.diagnostics);
  }
  const format = options.json ? "json" : options.format;
  const codes = [...new Set(diagnostics.map(({ code }) => code))];
  const rules = codes.map((id) => ({ id, summary: EXPLANATIONS[id].summary, reason: EXPLANATIONS[id].advice }));
  const report = reportFindings(diagnostics, { format, sources, rules, color: process.stdout.isTTY });
  if (report !== "") printResult(report);
  const { errors, warnings } = countFindings(diagnostics);
  if (format === "text") note(summary(files.length, errors, warnings));
  if (errors > 0) process.exitCode = ExitCode.FAILED;
}

function summary(files: number, errors: number, warnings: number): string {
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
  const found = errors + warnings === 0 ? "nothing wrong" : `${count(errors, "error")}, ${count(warnings, "warning")}`;
  return `${count(files, "file")}: ${found}`;
}
