// Where it is told what a code means: the pages of this very package.
import { EXPLANATIONS } from "../idl/index.js";
import { lintRules } from "../idl/lint/index.js";

const rules: ReadonlySet<string> = new Set(lintRules.map(({ id }) => id));

/** `docs/diagnostics.md#undefined-name`, within the package; undefined for a code that no page tells of. */
export function pageOf(code: string): string | undefined {
  if (Object.hasOwn(EXPLANATIONS, code)) return `docs/diagnostics.md#${code}`;
  if (rules.has(code)) return `docs/lint.md#${code}`;
  return /^(?:wire|number|source)\//.test(code) ? `docs/breaking.md#${code.replace("/", "-")}` : undefined;
}

/** The page as a URL: of the file that is installed, so that it tells of this version, and needs no network. */
export function documentationOf(code: string): string | undefined {
  const page = pageOf(code);
  return page === undefined ? undefined : new URL(`../../${page}`, import.meta.url).href;
}

/** Pages that are listed. */
const MOST_PAGES = 5;

/** Lines that say where to read on about codes, to come behind a summary. */
export function seeAlso(codes: readonly string[]): string {
  const pages = [...new Set(codes)].flatMap((code) => pageOf(code) ?? []);
  return [...new Set(pages)]
    .slice(0, MOST_PAGES)
    .map((page) => `\n  see ${page}`)
    .join("");
}
