// Diagnostics as text for people: place, message, the line with carets under it, the hint.

import type { Span } from "../model/model.js";
import { createSource, lineText, type Source, type SourceText } from "../source.js";
import type { Finding, Severity } from "./diagnostics.js";

/** Options of `formatDiagnostics`. */
export interface FormatOptions {
  /** ANSI colours; default false. With colours, a code is a link if `documentationOf` has a URL for it. */
  readonly color?: boolean;
  /** The most columns of a source line and its prefix; default 160. */
  readonly width?: number;
  /** The URL of the page about a code. Default: none. */
  readonly documentationOf?: (code: string) => string | undefined;
}

/**
 * One block of text for each diagnostic, with an empty line between them and no line end after the last.
 * @param sources the files of the diagnostics; for other files only the position is shown.
 * @example
 * const { diagnostics, sources } = compileInterface({ file: "bad.x", text: "struct pair { int a int b; };" });
 * console.log(formatDiagnostics(diagnostics, sources).split("\n")[0]); // bad.x:1:21: error[syntax]: expected `;` after the field, but found `int`
 */
export function formatDiagnostics(
  diagnostics: readonly Finding[],
  sources: readonly SourceText[],
  options: FormatOptions = {},
): string {
  const byFile = new Map(sources.map((source) => [source.file, createSource(source)]));
  const isColored = options.color === true;
  const context: Context = {
    sources: byFile,
    paint: isColored ? colored : plain,
    codeText: (code) => linked(code, isColored ? options.documentationOf?.(code) : undefined),
    width: Math.min(MAX_WIDTH, options.width ?? MAX_WIDTH),
  };
  return diagnostics.map((diagnostic) => formatOne(diagnostic, context)).join("\n\n");
}

interface Context {
  readonly sources: ReadonlyMap<string, Source>;
  readonly paint: Paint;
  readonly codeText: (code: string) => string;
  readonly width: number;
}

/** A terminal link (OSC 8); terminals that do not support it show the text. */
function linked(text: string, url: string | undefined): string {
  return url === undefined ? text : `\u001b]8;;${url}\u001b\\${text}\u001b]8;;\u001b\\`;
}

type Paint = (text: string, style: Severity | "dim" | "bold") => string;

const STYLES = { error: "31;1", warning: "33;1", note: "36;1", dim: "2", bold: "1" } as const;

function colored(text: string, style: keyof typeof STYLES): string {
  return `\u001b[${STYLES[style]}m${text}\u001b[0m`;
}

function plain(text: string): string {
  return text;
}

function formatOne(diagnostic: Finding, context: Context): string {
  const { paint, codeText } = context;
  const { severity, code, span, related = [] } = diagnostic;
  const message = harmless(diagnostic.message);
  const hint = diagnostic.hint && harmless(diagnostic.hint);
  const lines = [`${paint(place(span), "bold")}: ${paint(severity, severity)}[${codeText(code)}]: ${message}`];
  lines.push(...frame(span, context, (carets) => paint(carets, severity)));
  if (hint !== undefined) lines.push(`  ${paint("hint:", "bold")} ${hint}`);
  for (const other of related) {
    lines.push(`  ${place(other.span)}: ${harmless(other.message)}`);
    lines.push(...frame(other.span, context, (carets) => paint(carets, "dim")));
  }
  return lines.join("\n");
}

function place({ file, line, column }: Span): string {
  return `${harmless(file)}:${line}:${column}`;
}

/**
 * Control characters are shown as their Unicode pictures, each one character wide, because the terminal would obey
 * them.
 */
function harmless(text: string): string {
  return text.replace(/[^\P{Cc}\t\n]/gu, (control) => {
    const code = control.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\ufffd";
  });
}

const MAX_WIDTH = 160;
/** The least characters of a source line that are shown, however narrow the terminal is. */
const LEAST_SHOWN = 20;

/** The line and the carets; tabs stay tabs, so that the carets are aligned. */
function frame(span: Span, { sources, paint, width: columns }: Context, carets: (text: string) => string): string[] {
  const source = sources.get(span.file);
  if (source === undefined) return [];
  const text = lineText(source, span.line);
  const number = String(span.line);
  const room = Math.max(LEAST_SHOWN, columns - number.length - 4);
  const lead = Math.floor(room / 4);
  const from = span.column - 1 > room - lead ? span.column - 1 - lead : 0;
  const shown = text.slice(from, from + room);
  const before = span.column - 1 - from;
  const padding = shown.slice(0, before).replace(/[^\t]/g, " ").padEnd(before);
  const width = Math.max(1, Math.min(span.length, Math.max(1, shown.length - before)));
  const gutter = (label: string): string => paint(`${label.padStart(number.length + 1)} |`, "dim");
  return [`${gutter(number)} ${harmless(shown)}`.trimEnd(), `${gutter("")} ${padding}${carets("^".repeat(width))}`];
}
