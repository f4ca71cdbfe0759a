// Formats a file, or a range of it, as the smallest edit.
import type { Range, TextEdit } from "vscode-languageserver";
import type { Diagnostic } from "../idl/findings/diagnostics.js";
import { formatText, syntaxErrors } from "../idl/format/index.js";
import { offsetOf, rangeOf } from "./source-file.js";
import type { FileIndex, Workspace } from "./workspace.js";

/** No edits for a file that is already formatted, or has syntax errors. */
export function format(workspace: Workspace, path: string): TextEdit[] {
  const index = workspace.index(path);
  if (index === undefined || hasSyntaxErrors(index)) return [];
  const { text } = index.file;
  return difference(index, { start: 0, end: text.length, formatted: formatText(text) });
}

/**
 * Formats the definitions and comments that a range touches. In a file with syntax errors it formats the definitions without
 * errors.
 */
export function formatRange(workspace: Workspace, path: string, range: Range): TextEdit[] {
  const index = workspace.index(path);
  if (index === undefined) return [];
  const { file, declarations } = index;
  let [start, end] = [offsetOf(file, range.start), offsetOf(file, range.end)];
  if (hasSyntaxErrors(index)) return formatEach(index, start, end);
  for (const { extent } of declarations) {
    if (extent.end < start || extent.start > end) continue;
    start = Math.min(start, extent.start);
    end = Math.max(end, extent.end);
  }
  const piece = samePiece(file.text, formatText(file.text), start, end);
  return piece === undefined ? [] : difference(index, piece);
}

function hasSyntaxErrors(index: FileIndex): boolean {
  return syntaxErrorsOf(index).length > 0;
}

function syntaxErrorsOf({ file, analysis }: FileIndex): Diagnostic[] {
  return syntaxErrors(analysis.diagnostics.filter(({ span }) => span.file === file.path));
}

/** Formats whole definitions, each by itself, that begin at the margin and contain no syntax error. */
function formatEach(index: FileIndex, from: number, to: number): TextEdit[] {
  const { file, declarations } = index;
  const errors = syntaxErrorsOf(index).map(({ span }) => span.offset);
  const [lineEnd = "\n"] = /\r\n|\r|\n/.exec(file.text) ?? [];
  const edits: TextEdit[] = [];
  // The error of a definition that was left open is at the first word of the next.
  let last = -1;
  for (const { extent } of declarations) {
    const { start, end } = extent;
    const isOwn = start > last && (start === 0 || /[\r\n]/.test(file.text.charAt(start - 1)));
    last = Math.max(last, end);
    if (!isOwn || end < from || start > to || errors.some((offset) => offset > start && offset <= end)) continue;
    const text = file.text.slice(start, end);
    if (!/[;}]$/.test(text)) continue;
    // The formatter uses the first line end that it finds.
    edits.push(...difference(index, { start, end, formatted: formatText(lineEnd + text).trim() }));
  }
  return edits;
}

/** A part of a text, and its replacement. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly formatted: string;
}

/** The non-empty lines of the part, before and after formatting; they differ only in spaces. */
function samePiece(text: string, formatted: string, start: number, end: number): Piece | undefined {
  const from = lineStart(text, start);
  const next = text.slice(end).search(/[\r\n]/);
  const to = next < 0 ? text.length : end + next;
  const before = visible(text.slice(0, from));
  const inside = visible(text.slice(from, to));
  if (inside === 0) return undefined;
  const first = lineStart(formatted, nthVisible(formatted, before));
  const last = nthVisible(formatted, before + inside - 1) + 1;
  return {
    start: lineStart(text, nthVisible(text, before)),
    end: nthVisible(text, before + inside - 1) + 1,
    formatted: formatted.slice(first, last),
  };
}

/** The start of the line if only spaces precede `offset` on it, else `offset`. */
function lineStart(text: string, offset: number): number {
  let at = offset;
  while (at > 0 && (text[at - 1] === " " || text[at - 1] === "\t")) at--;
  return at === 0 || /[\r\n]/.test(text.charAt(at - 1)) ? at : offset;
}

/** Whether formatting keeps a character: it may add or drop spaces and line ends, and it drops Ctrl-Z, the end mark of a DOS file. */
function isVisible(character: string): boolean {
  return !/\s/.test(character) && character !== "\u001a";
}

function visible(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) if (isVisible(text.charAt(at))) count++;
  return count;
}

/** The offset of the character with this many visible characters before it. */
function nthVisible(text: string, count: number): number {
  let left = count;
  for (let at = 0; at < text.length; at++) {
    if (isVisible(text.charAt(at)) && left-- === 0) return at;
  }
  return text.length;
}

/** One edit for the lines that differ. */
function difference({ file }: FileIndex, { start, end, formatted }: Piece): TextEdit[] {
  const text = file.text.slice(start, end);
  if (formatted === text) return [];
  const first = commonStart(text, formatted);
  const last = commonEnd(text, formatted, first);
  const range = rangeOf(file, start + first, end - last);
  return [{ range, newText: formatted.slice(first, formatted.length - last) }];
}

/** The length of the equal lines at the beginning. */
function commonStart(a: string, b: string): number {
  let same = 0;
  while (same < a.length && same < b.length && a.charCodeAt(same) === b.charCodeAt(same)) same++;
  return a.slice(0, same).lastIndexOf("\n") + 1;
}

/** The length of the equal lines at the end. */
function commonEnd(a: string, b: string, start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let same = 0;
  while (same < most && a.charCodeAt(a.length - 1 - same) === b.charCodeAt(b.length - 1 - same)) same++;
  const next = a.indexOf("\n", a.length - same);
  return next === -1 ? 0 : a.length - 1 - next;
}
