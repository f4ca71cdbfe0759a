// Findings in the forms that people and programs read: text with code frames, JSON, GitHub's annotations, SARIF.
import type { Finding, Severity } from "../findings/diagnostics.js";
import { formatDiagnostics } from "../findings/format.js";
import type { SourceText } from "../source.js";
import { githubReport } from "./github.js";
import { type RuleDescription, sarifReport } from "./sarif.js";

export const REPORT_FORMATS = ["text", "json", "github", "sarif"] as const;
/** The output format of `reportFindings`. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Options of `reportFindings`. */
export interface ReportOptions {
  /** The form of the text: for people, or for a tool. */
  readonly format: ReportFormat;
  /** The files that the findings are about, for code frames. */
  readonly sources: readonly SourceText[];
  /** ANSI colours in text; default false. */
  readonly color?: boolean;
  /** The most columns of a source line and its prefix, for text; default and most 160. */
  readonly width?: number;
  /** The URL of the page about a code, for text in colours and for SARIF. Default: none. */
  readonly documentationOf?: (code: string) => string | undefined;
  /** The descriptions of rules in SARIF; of codes that are missing here only the name is listed. Default: none. */
  readonly rules?: readonly RuleDescription[];
  /** The tool's version, for SARIF. Default: not given. */
  readonly version?: string;
}

/**
 * The findings as one text, without a line end after the last line. Without findings, the text and GitHub formats give
 * "".
 * @example
 * const { diagnostics, sources } = compileInterface({ file: "bad.x", text: "struct pair { int a int b; };" });
 * console.log(reportFindings(diagnostics, { format: "github", sources }).split(",")[0]); // ::error file=bad.x
 */
export function reportFindings(findings: readonly Finding[], options: ReportOptions): string {
  switch (options.format) {
    case "text":
      return formatDiagnostics(findings, options.sources, options);
    case "json":
      return JSON.stringify({ ...countFindings(findings), findings });
    case "github":
      return githubReport(findings);
    case "sarif":
      return sarifReport(findings, options);
  }
}

/** How many findings there are of each severity. */
export function countFindings(findings: readonly Finding[]): { errors: number; warnings: number; notes: number } {
  const count = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  return { errors: count("error"), warnings: count("warning"), notes: count("note") };
}
