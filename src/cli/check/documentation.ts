// Where a code is explained: the pages in this package, and --explain of the command.
import { EXPLANATIONS } from "../../idl/findings/explanations.js";
import { lintRules } from "../../idl/lint/index.js";

const rules: ReadonlySet<string> = new Set(lintRules.map(({ id }) => id));

/** `docs/diagnostics.md#undefined-name`, within the package; undefined for a code without a section. */
function pageOf(code: string): string | undefined {
  if (Object.hasOwn(EXPLANATIONS, code)) return `docs/diagnostics.md#${code}`;
  if (rules.has(code)) return `docs/lint.md#${code}`;
  return /^(?:wire|number|source)\//.test(code) ? `docs/breaking.md#${code.replace("/", "-")}` : undefined;
}

/** The page as a URL: of the file that is installed, so that it matches this version and needs no network. */
export function documentationOf(code: string): string | undefined {
  const page = pageOf(code);
  return page === undefined ? undefined : new URL(`../../../${page}`, import.meta.url).href;
}

/** The most codes that are listed. */
const MOST_CODES = 5;

/** Lines that say how to get explanations of codes, shown after the summary of a command. */
export function seeAlso(command: "check" | "lint" | "breaking", codes: readonly string[]): string {
  const known = [...new Set(codes)].filter((code) => pageOf(code) !== undefined);
  return known
    .slice(0, MOST_CODES)
    .map((code) => `\n  lupine ${command} --explain ${code}`)
    .join("");
}
