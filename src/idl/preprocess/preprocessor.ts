// The stage before the lexer. `%` lines and directives are replaced by blanks, so that the remaining text keeps its
// position; the results of directives (macros and included files) are recorded with their positions.
import { type Reporter, reportError } from "../findings/diagnostics.js";
import type { Span } from "../model/model.js";
import { createSource, type Source, spanBetween } from "../source.js";
import { readDirective } from "./directives.js";
import { include } from "./includes.js";
import { interfaceInText, isPageBreak } from "./rfc-text.js";
import {
  type Context,
  type DirectiveEvent,
  type IncludeResolver,
  isActive,
  type Macro,
  type Reading,
  type Unit,
} from "./units.js";

export interface PreprocessInput {
  readonly reporter: Reporter;
  /** Symbols from `-D`, and the one that selects rpcgen's output. */
  readonly symbols: Readonly<Record<string, string>>;
  readonly resolve?: IncludeResolver | undefined;
  /** True for a C file: its macros count, but its text does not. Default false. */
  readonly header?: boolean;
}

/** Reads an interface file and what it includes. */
export function preprocess(source: Source, input: PreprocessInput): { unit: Unit; context: Context } {
  const { reporter, symbols, resolve, header = false } = input;
  const macros = symbolMacros(symbols);
  const context: Context = {
    reporter,
    resolve,
    predefined: [...macros.values()],
    macros,
    changed: new Set(),
    sources: [],
    once: new Set(),
    stack: [],
    imports: [],
    passed: [],
    headers: [],
    code: [],
    asksHeader: false,
    skippedPart: false,
    include: (reading, request) => include(reading, request, readUnit),
  };
  return { unit: readUnit(context, source, header), context };
}

function symbolMacros(symbols: Readonly<Record<string, string>>): Map<string, Macro> {
  const macros = new Map<string, Macro>();
  for (const [name, body] of Object.entries(symbols)) {
    const source = createSource({ file: `-D${name}`, text: body });
    const span: Span = { file: source.file, line: 1, column: 1, offset: 0, length: body.length };
    const unit: Unit = { source, text: "", directives: source.text, events: [], header: true };
    macros.set(name, { name, span, parameters: undefined, body: source.text, unit, bodyStart: 0, own: false });
  }
  return macros;
}

/** @param header true for a C file: its macros count, but its text does not. */
function readUnit(context: Context, source: Source, header: boolean): Unit {
  const { lineStarts } = source;
  const text = interfaceInText(source.text) ?? source.text;
  const events: DirectiveEvent[] = [];
  const unit = { source, text: "", directives: "", events, header };
  const reading: Reading = {
    context,
    source,
    header,
    conditionals: [],
    events,
    pieces: [],
    directives: [],
    text,
    comment: undefined,
    unit,
  };
  context.sources.push(source);
  context.stack.push(source.file);
  for (let index = 0; index < lineStarts.length && !context.reporter.full; ) {
    const start = lineStarts[index] ?? 0;
    const last = lastLine(reading, index);
    const end = lineStarts[last + 1] ?? text.length;
    readLine(reading, start, end);
    index = last + 1;
  }
  for (const open of reading.conditionals) {
    reportError(context.reporter, "unbalanced-conditional", open.span, "this conditional has no #endif");
  }
  context.stack.pop();
  unit.text = reading.pieces.join("");
  unit.directives = reading.directives.join("");
  return unit;
}

/** The last line that belongs to the one at `index`: `%` lines and directives continue after a backslash. */
function lastLine({ source: { lineStarts }, text, comment }: Reading, index: number): number {
  const lineAt = (i: number): string => text.slice(lineStarts[i] ?? 0, lineStarts[i + 1] ?? text.length);
  if (comment !== undefined || !/^[ \t]*[%#]/.test(lineAt(index))) return index;
  let last = index;
  while (last + 1 < lineStarts.length && /\\[ \t]*[\r\n]+$/.test(lineAt(last))) last++;
  return last;
}

function readLine(reading: Reading, start: number, end: number): void {
  const line = reading.text.slice(start, end);
  if (reading.comment === undefined && isPageBreak(line)) {
    add(reading, blank(line), blank(line));
  } else if (reading.comment === undefined && /^[ \t]*%/.test(line)) {
    add(reading, blank(line), isActive(reading) ? readPassed(reading, line, start) : blank(line));
  } else if (reading.comment === undefined && /^[ \t]*#(?!\[)/.test(line)) {
    const code = stripComments(reading, line, "blanked");
    const plain = code.replace(/\\[ \t]*\r?\n|[\r\n]/g, (ending) => " ".repeat(ending.length));
    readDirective(reading, start, plain);
    add(reading, blank(line), plain);
  } else if (isActive(reading)) {
    // `#[attribute]` is for other compilers, and is skipped like `[attribute]`.
    keepLine(reading, reading.comment === undefined ? line.replace(/^([ \t]*)#/, "$1 ") : line, start);
  } else {
    const code = stripComments(reading, line, "blanked");
    if (code.trim() !== "" && reading.conditionals.at(-1)?.asksPart) reading.context.skippedPart = true;
    add(reading, blank(line), blank(line));
  }
}

function add(reading: Reading, text: string, directives: string): void {
  reading.pieces.push(text);
  reading.directives.push(directives);
}

/**
 * A line for C code. `%#include "types.h"` is the header of another interface, which is imported; `%#define N 5` may
 * define a length used below.
 * @returns the line as a directive, if it has an effect.
 */
function readPassed(reading: Reading, line: string, start: number): string {
  noteImport(reading, line, start);
  reading.context.code.push(line.replace("%", "").replace(/[\r\n]+$/, ""));
  const match = /^([ \t]*%[ \t]*#[ \t]*define[ \t]+)([A-Za-z_]\w*)([ \t]+)([^ \t\r\n][^\r\n]*)(?:\r?\n)?$/.exec(line);
  if (match === null) return blank(line);
  const [, before = "", name = "", gap = "", rest = ""] = match;
  const comment = rest.search(/\/[/*]/);
  const body = (comment > 0 ? rest.slice(0, comment) : rest).trimEnd();
  const { source, unit, context } = reading;
  const at = start + before.length;
  const span = spanBetween(source, at, at + name.length);
  const bodyStart = at + name.length + gap.length;
  context.passed.push({ name, span, parameters: undefined, body, unit, bodyStart, own: false });
  return line.replace(/[\r\n]/g, " ");
}

/** `import "types.x";`, as in other compilers. */
const IMPORT = /^([ \t]*import[ \t]*)"([^"\r\n]+\.(?:x|rpcl|xdr))"[ \t]*;/;

function noteImport({ context, source }: Reading, line: string, start: number): void {
  const match = /^([ \t]*%[ \t]*#[ \t]*include[ \t]*)(?:"([^"\r\n]+)\.[hx]"|<([^>\r\n]+)\.[hx]>)/.exec(line);
  if (match === null) return;
  const [whole, before = "", quoted, angled] = match;
  const offset = start + before.length;
  const length = whole.length - before.length;
  const request = { angled: quoted === undefined, from: source, offset, length };
  context.imports.push({ ...request, name: `${quoted ?? angled ?? ""}.x` });
  context.headers.push({ ...request, name: `${quoted ?? angled ?? ""}.h` });
}

function noteImportStatement({ context, source, comment }: Reading, line: string, start: number): void {
  const match = comment === undefined ? IMPORT.exec(line) : null;
  if (match === null) return;
  const [, before = "", name = ""] = match;
  const offset = start + before.length;
  context.imports.push({ name, angled: false, from: source, offset, length: name.length + 2, isStatement: true });
}

/** Passes a line on, without the rest of a comment whose beginning was blanked. */
function keepLine(reading: Reading, line: string, start: number): void {
  const close = reading.comment === "blanked" ? line.indexOf("*/") : -2;
  if (close === -1) {
    add(reading, blank(line), blank(line));
    return;
  }
  const from = close >= 0 ? close + 2 : 0;
  if (close >= 0) reading.comment = undefined;
  noteImportStatement(reading, line, start);
  add(reading, blank(line.slice(0, from)) + line.slice(from), blank(line));
  stripComments(reading, line.slice(from), "kept");
}

function blank(text: string): string {
  return text.replace(/[^\r\n]/g, " ");
}

/** The line with its comments blanked. Records in `reading.comment` whether a block comment stays open. */
function stripComments(reading: Reading, line: string, kind: "kept" | "blanked"): string {
  let out = "";
  for (let at = 0; ; ) {
    const inComment = reading.comment !== undefined;
    const mark = nextMark(line, at, inComment);
    if (mark === null) return out + (inComment ? blank(line.slice(at)) : line.slice(at));
    const end = mark.index + mark[0].length;
    const before = line.slice(at, mark.index);
    if (inComment) {
      out += blank(line.slice(at, end));
      reading.comment = undefined;
    } else if (mark[0] === "//") {
      return out + before + blank(line.slice(mark.index));
    } else if (mark[0] === "/*") {
      out += `${before}  `;
      reading.comment = kind;
    } else {
      out += before + mark[0];
    }
    at = end;
  }
}

/** The next start of a comment, string or character constant; inside a comment its end. */
function nextMark(line: string, from: number, inComment: boolean): RegExpExecArray | null {
  const pattern = inComment ? /\*\//g : /\/\*|\/\/|"[^"\r\n]*"?|'[^'\r\n]*'?/g;
  pattern.lastIndex = from;
  return pattern.exec(line);
}
