// The errors that prevent formatting: those that leave unclear where definitions begin and end.
import type { Diagnostic, DiagnosticCode } from "../findings/diagnostics.js";

const SYNTAX: ReadonlySet<DiagnosticCode> = new Set<DiagnosticCode>([
  "syntax",
  "invalid-character",
  "unterminated",
  "malformed-number",
  "unbalanced-conditional",
  "too-deep",
  "too-many-errors",
]);

/** The errors of syntax among the diagnostics; an undefined name is not one. */
export function syntaxErrors(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const errors = diagnostics.filter(({ severity, code }) => severity === "error" && SYNTAX.has(code));
  return errors.length === 0 ? [] : diagnostics.filter(({ code }) => SYNTAX.has(code));
}
