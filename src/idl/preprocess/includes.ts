// Files that other files include. The caller finds and reads them.
import { createReporter, type Reporter, reportError, reportNote, reportWarning } from "../findings/diagnostics.js";
import type { Fix } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import { createSource, decodeText, type Source, spanBetween } from "../source.js";
import { LOOKED_AT, wideEncodingOf } from "./encoding.js";
import type { Context, FoundFile, Include, Reading, Unit } from "./units.js";

/** The most nested includes. */
export const MAX_INCLUDE_DEPTH = 40;

/** The most files that one interface may include in all. */
export const MAX_INCLUDES = 1000;

/** The most characters of all files that one interface includes, counted each time that a file is included. */
export const MAX_INCLUDED_TEXT = 16_000_000;

/** Reads the file of an `#include`; undefined if there is nothing to read. */
export function include(
  { context, source, header }: Reading,
  request: Include,
  readUnit: (context: Context, source: Source, header: boolean) => Unit,
): Unit | undefined {
  const span = spanBetween(source, request.offset, request.offset + request.length);
  const { name, angled } = request;
  context.asksHeader ||= !/\.x$/i.test(name);
  const found = context.resolve?.({ name, angled, from: source.file });
  if (found === undefined) {
    if (!header) reportMissing(context, source, name, span);
    return undefined;
  }
  if (context.once.has(found.file)) return undefined;
  if (refuseEncoding(context.reporter, found, span)) return undefined;
  const total = context.sources.reduce((sum, { text }) => sum + text.length, found.text.length);
  const isMuch = context.sources.length >= MAX_INCLUDES || total > MAX_INCLUDED_TEXT;
  if (context.stack.length >= MAX_INCLUDE_DEPTH || isMuch) {
    reportEndless(context, found.file, span);
    return undefined;
  }
  const isHeader = header || !/\.x$/i.test(found.file);
  const sourceFound = context.open(found, context.reporter);
  return readUnit(isHeader ? { ...context, reporter: createReporter(1_000_000) } : context, sourceFound, isHeader);
}

/** Reports a file in UTF-16 or UTF-32: each of its characters would be an error. */
export function refuseEncoding(reporter: Reporter, { file, text }: FoundFile, span: Span): boolean {
  const encoding = wideEncodingOf(typeof text === "string" ? startOf(text) : text);
  if (encoding === undefined) return false;
  reportError(reporter, "not-utf8", span, `${file} is ${encoding}`, { hint: "save it as UTF-8" });
  return true;
}

/** The first bytes of a file. Editors hand over its text, in which each character is one byte of the file. */
function startOf(text: string): Uint8Array {
  const start = text.slice(0, LOOKED_AT);
  // Most texts are plain, and a file may be included thousands of times.
  const isPlain = text.charCodeAt(0) < 0xfe && !start.includes("\0");
  return isPlain ? new Uint8Array() : Uint8Array.from(start, codeOf);
}

function codeOf(character: string): number {
  return Math.min(0xff, character.charCodeAt(0));
}

/** The source of a file, with a note when its text is not UTF-8. */
export function openSource({ file, text }: FoundFile, reporter: Reporter): Source {
  if (typeof text === "string") return createSource({ file, text });
  const decoded = decodeText(text);
  const source = createSource({ file, text: decoded.text });
  if (decoded.latin1) {
    const at = Math.max(0, source.text.search(/[^\0-\x7f]/));
    reportNote(reporter, "not-utf8", spanBetween(source, at, at + 1), "this file is not UTF-8: it was read as Latin-1");
  }
  return source;
}

function reportMissing({ reporter, resolve }: Context, source: Source, name: string, span: Span): void {
  const isInterface = /\.x$/i.test(name);
  const message = isInterface ? `${name} was not found` : `${name} was not found; its macros are unknown`;
  if (!isInterface)
    reportWarning(reporter, "include-not-found", span, message, { hint: HINT, fixes: [leavingToC(source, span)] });
  else if (resolve === undefined) reportWarning(reporter, "include-not-found", span, message);
  else reportError(reporter, "include-not-found", span, message, { hint: HINT });
}

const HINT = "-I adds a folder to search";

/** `%#include`: the line goes to the C code that rpcgen makes, and the compiler does not look for the header. */
function leavingToC({ text }: Source, span: Span): Fix {
  const sign = text.lastIndexOf("#", span.offset);
  const start = Math.max(text.lastIndexOf("\n", sign), text.lastIndexOf("\r", sign)) + 1;
  const length = sign - start;
  const place = { ...span, offset: start, column: 1, length };
  return { title: "Leave the header to C: `%#include`", edits: [{ span: place, text: "%" }] };
}

function reportEndless({ reporter, stack }: Context, file: string, span: Span): void {
  const again = stack.includes(file);
  const message = again ? `${file} includes itself endlessly` : "too many files are included";
  const hint = again ? "guard it: #ifndef FILE_X, #define FILE_X, ..., #endif" : undefined;
  reportError(reporter, "include-too-deep", span, message, hint === undefined ? {} : { hint });
}
