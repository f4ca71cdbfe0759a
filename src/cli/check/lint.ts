// `lupine lint FILE.x...`: finds questionable constructs in interfaces.

import { type Command, InvalidArgumentError, Option } from "commander";
import { nearest } from "../../base/nearest.js";
import type { SourceText } from "../../idl/index.js";
import { lintRules, lintSource, type RuleLevel } from "../../idl/lint/index.js";
import { countFindings, REPORT_FORMATS, type ReportFormat, reportFindings } from "../../idl/report/index.js";
import { Compilations } from "../../project/compilations.js";
import { ruleLevels } from "../../project/config-options.js";
import { interfaceFiles } from "../../project/interface-files.js";
import { type Loader, loadInterface } from "../interface-file.js";
import { addInterfaceOptions, type InterfaceFlags } from "../interface-options.js";
import { allFailures, CommandError, collect, ExitCode, note, printJson, printResult, styleOf } from "../output.js";
import { projects } from "../project.js";
import { documentationOf, seeAlso } from "./documentation.js";
import { EXPLAIN, printExplanation } from "./explain-code.js";
import { FIX, fixed } from "./fix.js";

interface LintOptions extends InterfaceFlags {
  readonly rule: ReadonlyMap<string, RuleLevel>;
  readonly format: ReportFormat;
  readonly strict?: true;
  readonly fix?: true;
  readonly list?: true;
  readonly explain?: string | true;
  readonly json?: true;
}

type Findings = ReturnType<typeof lintSource>;

const help = `
To silence a rule for a line, put a comment on or above it:  /* lupine-ignore RULE: reason */
To silence it for a file, put one anywhere in it:            /* lupine-ignore-file RULE: reason */

Examples:
  $ lupine lint add.x
  $ lupine lint --rule unbounded=error --rule rpcgen-cannot-read=off *.x
  $ lupine lint --format github *.x      annotations in a pull request
  $ lupine lint interfaces/              every .x in a folder and below
  $ lupine lint --fix add.x              applies the fixes that change no byte on the wire
  $ lupine lint --list                   the rules, with their reasons
  $ lupine lint --explain unbounded

lupine.config.ts can set levels: lint: { unbounded: "error", "case-style": "off" }

Exit codes:
  0  nothing found, or warnings only
  1  an error, or with --strict a warning
  2  wrong usage, an unreadable file, or one that does not compile`;

/** Adds `lupine lint`. */
export function addLintCommand(program: Command): void {
  const command = program.command("lint");
  command
    .summary("find questionable constructs in .x interfaces")
    .description("Find constructs in .x interfaces that are allowed, but questionable.")
    .argument("[file.x...]", "interface files, or folders of them")
    .addOption(
      new Option("--rule <id=level>", "off, warn or error, for one rule; may be repeated")
        .argParser(parseRule)
        .default(new Map(), "the levels of the configuration"),
    )
    .addOption(new Option("--format <format>", "how findings are printed").choices(REPORT_FORMATS).default("text"))
    .option("--strict", "fail on warnings too")
    .option(...FIX)
    .option("--list", "list the rules")
    .option(...EXPLAIN)
    .option("--json", "the same as --format json; errors of the command are JSON too")
    .addHelpText("after", help)
    .action(runLint);
  addInterfaceOptions(command);
}

function parseRule(text: string, before: ReadonlyMap<string, RuleLevel>): ReadonlyMap<string, RuleLevel> {
  const [id = "", word = ""] = text.split("=");
  const level = ruleLevels.find((one) => one === word);
  const ids = lintRules.map((rule) => rule.id);
  if (level === undefined) throw new InvalidArgumentError("Write it like unbounded=error: off, warn or error.");
  if (!ids.includes(id)) {
    const near = nearest(id, ids);
    const hint = near === undefined ? `The rules are ${ids.join(", ")}.` : `Did you mean "${near}"?`;
    throw new InvalidArgumentError(`There is no rule "${id}". ${hint}`);
  }
  return new Map([...before, [id, level]]);
}

async function runLint(paths: readonly string[], options: LintOptions): Promise<void> {
  if (options.explain !== undefined) return printExplanation(options.explain);
  const find = projects(options);
  if (options.list) return listRules(options, (await find(paths[0])).levels);
  if (paths.length === 0) throw new CommandError("USAGE", "give an interface file, --list or --explain RULE");
  const compilations = new Compilations();
  const sources: SourceText[] = [];
  const findings: Findings = [];
  const failures: CommandError[] = [];
  let isQuiet = true;
  for (const file of interfaceFiles(paths)) {
    const lint = async (): Promise<Linted> => lintFile(file, { find, compilations }, options);
    const linted = await (options.fix ? fixed(file, compilations, lint) : lint()).catch((error: unknown) =>
      collect(failures, error),
    );
    if (linted === undefined) continue;
    sources.push(linted.source);
    findings.push(...linted.findings);
    isQuiet &&= linted.isQuiet;
  }
  const format = options.json ? "json" : options.format;
  const report = reportFindings(findings, {
    format,
    sources,
    rules: lintRules,
    documentationOf,
    ...styleOf(process.stdout),
  });
  if (report !== "") printResult(report);
  const { errors, warnings } = countFindings(findings);
  if (format === "text" && sources.length > 0)
    note(
      summary(errors, warnings, isQuiet) +
        seeAlso(
          "lint",
          findings.map(({ code }) => code),
        ),
    );
  const failure = allFailures(failures);
  if (failure !== undefined) throw failure;
  if (errors > 0 || (options.strict && warnings > 0)) process.exitCode = ExitCode.FAILED;
}

interface Linted {
  readonly source: SourceText;
  readonly findings: Findings;
  /** Whether the compiler has printed nothing about it. */
  readonly isQuiet: boolean;
}

async function lintFile(file: string, loader: Loader, { rule }: LintOptions): Promise<Linted> {
  const { source, module, diagnostics, project } = await loadInterface(file, loader, ({ mapping }) => mapping);
  const levels = new Map([...project.levels, ...rule]);
  const findings = lintSource(source, module, levels);
  return { source, findings, isQuiet: diagnostics.length === 0 };
}

/** @param isQuiet the compiler's own findings are printed above this line and not counted in it. */
function summary(errors: number, warnings: number, isQuiet: boolean): string {
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
  if (errors + warnings === 0) return isQuiet ? "nothing found" : "the rules found nothing else";
  return `${count(errors, "error")}, ${count(warnings, "warning")}`;
}

function listRules({ rule, json }: LintOptions, levels: ReadonlyMap<string, RuleLevel>): void {
  const rules = lintRules.map((one) => ({ ...one, level: rule.get(one.id) ?? levels.get(one.id) ?? one.level }));
  const text = (): string =>
    rules.map(({ id, level, summary: what, reason }) => `${id} (${level})\n  ${what}\n  ${reason}`).join("\n\n");
  if (json) printJson({ rules });
  else printResult(text());
}
