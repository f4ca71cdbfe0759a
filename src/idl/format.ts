// Diagnostics as text for people: place, message, the line with carets under it, the hint.
import type { Finding, Severity } from "./diagnostics.js";
import type { Span } from "./model.js";
import { createSource, lineText, type Source, type SourceText } from "./source.js";

export interface FormatOptions {
  /** ANSI colours; default false. */
  readonly color?: boolean;
}

/**
 * One block of text a diagnostic, an empty line between them, no line end after the last.
 * @param sources the files that the diagnostics are about; of others only the place is shown.
 */
export function formatDiagnostics(
  diagnostics: readonly Finding[],
  sources: readonly SourceText[],
  options: FormatOptions = {},
): string {
  const byFile = new Map(sources.map((source) => [source.file, createSource(source)]));
  const paint = options.color === true ? colored : plain;
  return diagnostics.map((diagnostic) => formatOne(diagnostic, byFile, paint)).join("\n\n");
}

type Paint = (text: string, style: Severity | "dim" | "bold") => string;

const STYLES = { error: "31;1", warning: "33;1", note: "36;1", dim: "2", bold: "1" } as const;

function colored(text: string, style: keyof typeof STYLES): string {
  return `\u001b[${STYLES[style]}m${text}\u001b[0m`;
}

function plain(text: string): string {
  return text;
}

function formatOne(diagnostic: Finding, sources: ReadonlyMap<string, Source>, paint: Paint): string {
  const { severity, code, message, span, hint, related = [] } = diagnostic;
  const lines = [`${paint(place(span), "bold")}: ${paint(severity, severity)}[${code}]: ${message}`];
  lines.push(...frame(span, sources, (carets) => paint(carets, severity), paint));
  if (hint !== undefined) lines.push(`  ${paint("hint:", "bold")} ${hint}`);
  for (const other of related) {
    lines.push(`  ${place(other.span)}: ${other.message}`);
    lines.push(...frame(other.span, sources, (carets) => paint(carets, "dim"), paint));
  }
  return lines.join("\n");
}

function place({ file, line, column }: Span): string {
  return `${file}:${line}:${column}`;
}

/** Characters of a source line that are shown. */
const MAX_SHOWN = 160;

/** The line and the carets; tabs stay tabs, so that the carets stand under what they mean. */
function frame(
  span: Span,
  sources: ReadonlyMap<string, Source>,
  carets: (text: string) => string,
  paint: Paint,
): string[] {
  const source = sources.get(span.file);
  if (source === undefined) return [];
  const text = lineText(source, span.line);
  const from = span.column - 1 > MAX_SHOWN - 40 ? span.column - 1 - 40 : 0;
  const shown = text.slice(from, from + MAX_SHOWN);
  const before = span.column - 1 - from;
  const padding = shown.slice(0, before).replace(/[^\t]/g, " ").padEnd(before);
  const width = Math.max(1, Math.min(span.length, Math.max(1, shown.length - before)));
  const number = String(span.line);
  const gutter = (label: string): string => paint(`${label.padStart(number.length + 1)} |`, "dim");
  return [`${gutter(number)} ${shown}`.trimEnd(), `${gutter("")} ${padding}${carets("^".repeat(width))}`];
}
