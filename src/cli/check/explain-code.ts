// `--explain CODE` of check, lint and breaking: explains a code of any of them; without CODE it lists all codes.
import { readFileSync } from "node:fs";
import { nearest } from "../../base/nearest.js";
import { EXPLANATIONS, explanationText } from "../../idl/findings/explanations.js";
import { lintRules } from "../../idl/lint/index.js";
import { CommandError, printResult } from "../output.js";

/** The flag, for `command.option`. */
export const EXPLAIN = [
  "--explain [code]",
  "explain a code, such as undefined-name; without a code, list all codes",
] as const;

/**
 * Prints what a code means, or with `true` every code with a line about it.
 * @throws CommandError for a code that does not exist.
 */
export function printExplanation(code: string | true): void {
  printResult(code === true ? codeList() : explanationOf(code));
}

function explanationOf(code: string): string {
  const text = explanationText(code) ?? ruleText(code) ?? changeText(code);
  if (text !== undefined) return text;
  const near = nearest(code, allCodes().keys());
  const hint = near === undefined ? "--explain without a code lists them" : `did you mean "${near}"?`;
  throw new CommandError("NO_SUCH_NAME", `there is no code "${code}": ${hint}`);
}

/** The section of docs/lint.md, or the text of `--list` if the page is not installed. */
function ruleText(code: string): string | undefined {
  const rule = lintRules.find(({ id }) => id === code);
  if (rule === undefined) return undefined;
  const section = pageText("lint.md")
    .split(/^(?=## )/m)
    .find((one) => one.startsWith(`## ${code}\n`));
  return section?.trim() ?? `## ${code}\n\n${rule.summary}\n\n${rule.reason}`;
}

interface ChangeRow {
  readonly codes: readonly string[];
  readonly change: string;
  readonly level: string;
  readonly effect: string;
}

/** The row of docs/breaking.md. */
function changeText(code: string): string | undefined {
  const row = changeRows().find(({ codes }) => codes.includes(code));
  if (row === undefined) return undefined;
  return [
    `## ${code}`,
    "",
    `Change: ${row.change}.`,
    `Level: ${row.level}.`,
    `What happens: ${row.effect}.`,
    "",
    "To change an interface, add a new version of the program beside the old one, with its own types.",
  ].join("\n");
}

function changeRows(): ChangeRow[] {
  const rows = pageText("breaking.md")
    .split("\n")
    .filter((line) => line.startsWith("| "));
  return rows.flatMap((line) => {
    const [change = "", cell = "", level = "", effect = ""] = line.replace(/^\| | \|$/g, "").split(" | ");
    const codes = [...cell.matchAll(/`([a-z]+\/[a-z-]+)`/g)].map(([, code = ""]) => code);
    return codes.length === 0 ? [] : [{ codes, change, level, effect }];
  });
}

/** Empty if the page is not installed. */
function pageText(name: string): string {
  try {
    return readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
  } catch {
    return "";
  }
}

/** Every code, with one line about it. */
function allCodes(): Map<string, string> {
  const codes = Object.entries(EXPLANATIONS).map(([code, { summary }]): [string, string] => [code, summary]);
  const rules = lintRules.map(({ id, summary }): [string, string] => [id, summary]);
  const changes = changeRows().flatMap((row) => row.codes.map((code): [string, string] => [code, `${row.change}.`]));
  return new Map([...codes.sort(), ...rules, ...changes]);
}

function codeList(): string {
  const codes = [...allCodes()];
  const width = Math.max(...codes.map(([code]) => code.length));
  return codes.map(([code, about]) => `${code.padEnd(width)}  ${about}`).join("\n");
}
