// Diagnostics of an interface file: a stable code, a position, a message that says what to do. Formatting is elsewhere.

import type { Span } from "../model/model.js";
import type { DiagnosticCode } from "./explanations.js";
import { applicable, type Fix } from "./fixes.js";
import { shortFinding } from "./shortened.js";

export type { DiagnosticCode } from "./explanations.js";

/** How serious a finding is. */
export type Severity = "error" | "warning" | "note";

/** One finding. */
export interface Diagnostic {
  /** How serious it is. If the compiler finds an error, there is no module. */
  readonly severity: Severity;
  /** Stable across releases, for tools to match on: `undefined-name`. */
  readonly code: DiagnosticCode;
  /** The fault in one sentence, for people. It may change between releases. */
  readonly message: string;
  /** The position of the fault. */
  readonly span: Span;
  /** How to fix it. */
  readonly hint?: string;
  /** Changes of the text that follow the hint, the most likely first; absent if a person has to decide. */
  readonly fixes?: readonly Fix[];
  /** Other relevant places, such as the first definition. */
  readonly related?: readonly { readonly span: Span; readonly message: string }[];
}

/** A finding of any check of an interface: a diagnostic of the compiler or a finding of the linter. */
export interface Finding extends Omit<Diagnostic, "code"> {
  /** Stable across releases: a `DiagnosticCode`, or the rule's name. */
  readonly code: string;
}

/** The most errors that are reported in one run; the rest is omitted. */
export const DEFAULT_MAX_ERRORS = 100;

/** Collects diagnostics, bounded. */
export interface Reporter {
  readonly diagnostics: Diagnostic[];
  readonly maxErrors: number;
  errors: number;
  /** True once `maxErrors` errors were reported: callers should stop if they can. */
  full: boolean;
}

export function createReporter(maxErrors: number): Reporter {
  return { diagnostics: [], maxErrors, errors: 0, full: false };
}

export type Details = Pick<Diagnostic, "hint" | "fixes" | "related">;

export function reportError(
  reporter: Reporter,
  code: DiagnosticCode,
  span: Span,
  message: string,
  details: Details = {},
): void {
  if (reporter.full || follows(reporter, code, span)) return;
  reporter.diagnostics.push(shortFinding({ severity: "error", code, message, span, ...usable(details) }));
  reporter.errors++;
  if (reporter.errors < reporter.maxErrors) return;
  reporter.full = true;
  const stopped = `${reporter.errors} errors: the rest of the file was not checked`;
  reporter.diagnostics.push({ severity: "note", code: "too-many-errors", message: stopped, span });
}

/** Details with the fixes that can be made. */
function usable(details: Details): Details {
  const { fixes, ...others } = details;
  const kept = applicable(fixes);
  return kept === undefined ? others : { ...others, fixes: kept };
}

/** An invalid word: the rest of its line cannot be checked. */
const WORDLESS: ReadonlySet<DiagnosticCode> = new Set(["invalid-character", "malformed-number", "unterminated"]);

/** Whether an error repeats a fault that was already reported for its line. */
function follows({ errors, diagnostics }: Reporter, code: DiagnosticCode, { file, line, offset }: Span): boolean {
  if (errors === 0) return false;
  return diagnostics.some(
    (one) =>
      WORDLESS.has(one.code) &&
      one.span.line === line &&
      one.span.file === file &&
      one.span.offset <= offset &&
      (one.code === code || code === "syntax" || code === "undefined-name" || WORDLESS.has(code)),
  );
}

export function reportWarning(
  reporter: Reporter,
  code: DiagnosticCode,
  span: Span,
  message: string,
  details: Details = {},
): void {
  if (reporter.full || reporter.diagnostics.length >= 4 * reporter.maxErrors) return;
  reporter.diagnostics.push(shortFinding({ severity: "warning", code, message, span, ...usable(details) }));
}

/** A finding that requires no change. */
export function reportNote(
  reporter: Reporter,
  code: DiagnosticCode,
  span: Span,
  message: string,
  details: Details = {},
): void {
  if (reporter.full || reporter.diagnostics.length >= 4 * reporter.maxErrors) return;
  reporter.diagnostics.push(shortFinding({ severity: "note", code, message, span, ...usable(details) }));
}

/**
 * A copy sorted by position, so that the order of the stages does not show.
 * @param files in the order in which their findings are reported.
 */
export function inSourceOrder(diagnostics: readonly Diagnostic[], files: readonly string[]): Diagnostic[] {
  const ranks = new Map(files.map((file, index) => [file, index]));
  const rank = ({ code, span }: Diagnostic): number =>
    code === "too-many-errors" ? Number.POSITIVE_INFINITY : (ranks.get(span.file) ?? files.length);
  return diagnostics
    .map((diagnostic): [number, Diagnostic] => [rank(diagnostic), diagnostic])
    .sort(([a, one], [b, other]) => (a === b ? one.span.offset - other.span.offset : a - b))
    .map(([, diagnostic]) => withOrigin(diagnostic));
}

/** For text that a macro has produced, the macro is a relevant place. */
function withOrigin(diagnostic: Diagnostic): Diagnostic {
  const { expandedFrom } = diagnostic.span;
  if (expandedFrom === undefined) return diagnostic;
  const origin = { span: expandedFrom, message: "from the macro here" };
  return { ...diagnostic, related: [...(diagnostic.related ?? []), origin] };
}
