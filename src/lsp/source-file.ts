// One file from the editor or the disk, and the conversion between offsets and the protocol's positions (UTF-16 units).
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Position, Range } from "vscode-languageserver";
import { createSource, lineIndexAt, type Source } from "../idl/source.js";

export interface SourceFile {
  readonly uri: string;
  /** The path of a `file:` URI; any other URI as it is. The name of the file in diagnostics. */
  readonly path: string;
  /** The content, without the byte order mark. */
  readonly text: string;
  readonly source: Source;
  /** 1 if the text has a byte order mark: it counts as one UTF-16 unit of the first line. */
  readonly mark: 0 | 1;
  /** The editor's version number; undefined for a file read from disk. */
  readonly version: number | undefined;
}

export function sourceFile(uri: string, text: string, version?: number): SourceFile {
  const path = pathOf(uri);
  const source = createSource({ file: path, text });
  return { uri, path, text: source.text, source, mark: text.charCodeAt(0) === 0xfeff ? 1 : 0, version };
}

export function pathOf(uri: string): string {
  try {
    return uri.startsWith("file:") ? fileURLToPath(uri) : uri;
  } catch {
    return uri;
  }
}

export function uriOf(path: string): string {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path) || path.startsWith("\\\\")
    ? pathToFileURL(path).href
    : path;
}

/** The offset of a position; a position outside the text is moved to the nearest one inside. */
export function offsetOf(file: SourceFile, { line, character }: Position): number {
  if (!(line >= 0)) return 0;
  const start = file.source.lineStarts[line];
  if (start === undefined) return file.text.length;
  const column = line === 0 ? character - file.mark : character;
  return Math.min(lineEnd(file, line), start + Math.max(0, column || 0));
}

/** The position of an offset; within a line end it is the end of the line. */
export function positionOf(file: SourceFile, offset: number): Position {
  const line = lineIndexAt(file.source, offset);
  const character = Math.min(offset, lineEnd(file, line)) - (file.source.lineStarts[line] ?? 0);
  return { line, character: line === 0 ? character + file.mark : character };
}

/** Where the line's text ends. */
export function lineEnd({ source, text }: SourceFile, line: number): number {
  let end = source.lineStarts[line + 1] ?? text.length;
  while (end > (source.lineStarts[line] ?? 0) && isLineEnd(text.charCodeAt(end - 1))) end--;
  return end;
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}

export function rangeOf(file: SourceFile, start: number, end: number): Range {
  return { start: positionOf(file, start), end: positionOf(file, Math.max(start, end)) };
}
