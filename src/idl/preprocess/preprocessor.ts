// The stage before the parser: takes `%` lines, directives and inactive text out of a file's lexemes. The results of
// directives (macros and included files) are recorded with their positions.
import { type Reporter, reportError } from "../findings/diagnostics.js";
import { replacing } from "../findings/fixes.js";
import { createSource, type Source, spanBetween } from "../source.js";
import { endOf, type Lexeme, lexPart } from "../syntax/lexemes.js";
import { readDirective } from "./directives.js";
import { include, openSource } from "./includes.js";
import { requestAt, withoutHeader } from "./requests.js";
import {
  type Context,
  type IncludeResolver,
  isActive,
  type Macro,
  type OpenSource,
  type Reading,
  type Unit,
} from "./units.js";

export interface PreprocessInput {
  readonly reporter: Reporter;
  /** Symbols from `-D`, and the one that selects rpcgen's output. */
  readonly symbols: Readonly<Record<string, string>>;
  readonly resolve?: IncludeResolver | undefined;
  /** Makes the sources of included files. Default: a new one for each inclusion. */
  readonly open?: OpenSource;
  /** True for a C file: its macros count, but its text does not. Default false. */
  readonly header?: boolean;
}

/** Reads an interface file and what it includes. */
export function preprocess(source: Source, input: PreprocessInput): { unit: Unit; context: Context } {
  const { reporter, symbols, resolve, open = openSource, header = false } = input;
  const macros = symbolMacros(symbols);
  const context: Context = {
    reporter,
    resolve,
    open,
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
    const lexemes = lexPart(source.text, 0, source.text.length).filter(isNoComment);
    const span = { file: source.file, line: 1, column: 1, offset: 0, length: body.length };
    macros.set(name, { name, span, parameters: undefined, body: source.text, lexemes, source, own: false });
  }
  return macros;
}

function isNoComment({ kind }: Lexeme): boolean {
  return kind !== "comment";
}

/** @param header true for a C file: its macros count, but its text does not. */
function readUnit(context: Context, source: Source, header: boolean): Unit {
  const reading: Reading = { context, source, header, conditionals: [], events: [], lexemes: [] };
  context.sources.push(source);
  context.stack.push(source.file);
  for (const [index, lexeme] of source.lexemes.entries()) {
    if (context.reporter.full) break;
    readLexeme(reading, lexeme, index);
  }
  for (const open of reading.conditionals) {
    const end = { ...open.span, ...spanBetween(source, source.text.length, source.text.length) };
    const fixes = [replacing(end, "\n#endif\n", "Write `#endif` at the end of the file")];
    reportError(context.reporter, "unbalanced-conditional", open.span, "this conditional has no #endif", { fixes });
  }
  context.stack.pop();
  return { source, lexemes: reading.lexemes, events: reading.events, header };
}

function readLexeme(reading: Reading, lexeme: Lexeme, index: number): void {
  switch (lexeme.kind) {
    case "page":
      return;
    case "passed":
      if (isActive(reading)) readPassed(reading, lexeme, index);
      return;
    case "directive":
      // `#[attribute]` is for other compilers, and is skipped like `[attribute]`.
      if (lexeme.inner[1]?.text !== "[" || !lexeme.inner[1].adjacent) readDirective(reading, lexeme);
      else for (const one of lexeme.inner.slice(1)) keep(reading, one);
      return;
    default:
      if (isActive(reading) && lexeme.text === "import") noteImport(reading, index);
      keep(reading, lexeme);
  }
}

function keep(reading: Reading, lexeme: Lexeme): void {
  if (isActive(reading)) reading.lexemes.push(lexeme);
  else if (lexeme.kind !== "comment" && reading.conditionals.at(-1)?.asksPart) reading.context.skippedPart = true;
}

/**
 * A line for C code. `%#include "types.h"` is the header of another interface, which is imported; `%#define N 5` may
 * define a length used below.
 */
function readPassed(reading: Reading, { text, offset }: Lexeme, index: number): void {
  const { context, source } = reading;
  noteImport(reading, index);
  context.code.push(text.slice(1));
  const match = /^(%[ \t]*#[ \t]*define[ \t]+)([A-Za-z_]\w*)([ \t]+)([^ \t\r\n][^\r\n]*)$/.exec(text);
  if (match === null) return;
  const [, before = "", name = "", gap = ""] = match;
  const at = offset + before.length;
  const start = at + name.length + gap.length;
  const found = lexPart(source.code, start, offset + text.length);
  const comment = found.findIndex(({ kind }) => kind === "comment");
  const lexemes = comment < 0 ? found : found.slice(0, comment);
  const last = lexemes.at(-1);
  const body = last === undefined ? "" : source.code.slice(start, endOf(last));
  const span = spanBetween(source, at, at + name.length);
  context.passed.push({ name, span, parameters: undefined, body, lexemes, source, own: false });
}

/** `%#include` lines and `import` statements. */
function noteImport({ context, source }: Reading, index: number): void {
  const requested = requestAt(source.lexemes, index);
  if (requested === undefined) return;
  const { kind, name, ...place } = requested;
  const request = { ...place, from: source };
  if (kind === "header") {
    context.imports.push({ ...request, name: `${withoutHeader(name)}.x` });
    context.headers.push({ ...request, name: `${withoutHeader(name)}.h` });
  } else if (kind === "import") {
    context.imports.push({ ...request, name, isStatement: true });
  }
}
