// The stage before the lexer: `%` lines and directives are blanked out of the text, so that what stays keeps its place.
// Conditionals on plain symbols and object-like macros are understood; nothing is included.
import { type Reporter, reportError, reportWarning } from "./diagnostics.js";
import type { Span } from "./model.js";
import { type Source, spanBetween } from "./source.js";

/** `#define NAME body`, with the place of the body in the source's text. */
export interface Macro {
  readonly name: string;
  readonly span: Span;
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

export interface Preprocessed {
  /** As long as the source's text, character for character in the same place. */
  readonly text: string;
  /** In source order, those with a body only. */
  readonly macros: readonly Macro[];
}

/** rpcgen reads a file once per output; of its symbols this one stands for the declarations. */
const PREDEFINED = ["RPC_HDR"];

/** Conditionals one inside the other. */
export const MAX_CONDITIONAL_DEPTH = 200;

interface Conditional {
  readonly span: Span;
  /** Whether the text around it is read. */
  readonly outer: boolean;
  /** Whether a branch was taken already. */
  taken: boolean;
  active: boolean;
  sawElse: boolean;
}

interface State {
  readonly source: Source;
  readonly reporter: Reporter;
  readonly symbols: Map<string, string>;
  readonly macros: Macro[];
  readonly conditionals: Conditional[];
  readonly pieces: string[];
  /** An open block comment: in text that is kept, or in text that is blanked. */
  comment: "kept" | "blanked" | undefined;
}

/** @param symbols extra defined names, as `-D` gives them. */
export function preprocess(
  source: Source,
  symbols: Readonly<Record<string, string>>,
  reporter: Reporter,
): Preprocessed {
  const defined = new Map([...PREDEFINED.map((name): [string, string] => [name, "1"]), ...Object.entries(symbols)]);
  const state: State = {
    source,
    reporter,
    symbols: defined,
    macros: [],
    conditionals: [],
    pieces: [],
    comment: undefined,
  };
  const { lineStarts, text } = source;
  for (let index = 0; index < lineStarts.length; ) {
    const start = lineStarts[index] ?? 0;
    const last = lastLine(state, index);
    const end = lineStarts[last + 1] ?? text.length;
    readLine(state, start, end);
    index = last + 1;
  }
  for (const open of state.conditionals) {
    reportError(reporter, "unbalanced-conditional", open.span, "this conditional has no #endif");
  }
  return { text: state.pieces.join(""), macros: state.macros };
}

/** The last line that belongs to the one at `index`: `%` lines and directives go on after a backslash. */
function lastLine(state: State, index: number): number {
  const { lineStarts, text } = state.source;
  const lineAt = (i: number): string => text.slice(lineStarts[i] ?? 0, lineStarts[i + 1] ?? text.length);
  if (state.comment !== undefined || !/^[ \t]*[%#]/.test(lineAt(index))) return index;
  let last = index;
  while (last + 1 < lineStarts.length && /\\[ \t]*[\r\n]+$/.test(lineAt(last))) last++;
  return last;
}

function readLine(state: State, start: number, end: number): void {
  const line = state.source.text.slice(start, end);
  if (state.comment === undefined && /^[ \t]*%/.test(line)) {
    state.pieces.push(blank(line));
    return;
  }
  if (state.comment === undefined && /^[ \t]*#/.test(line)) {
    const code = stripComments(state, line, "blanked");
    readDirective(state, start, code);
    state.pieces.push(blank(line));
    return;
  }
  if (isActive(state)) {
    keepLine(state, line);
  } else {
    stripComments(state, line, "blanked");
    state.pieces.push(blank(line));
  }
}

/** Passes a line on, but for the rest of a comment whose beginning was blanked. */
function keepLine(state: State, line: string): void {
  const close = state.comment === "blanked" ? line.indexOf("*/") : -2;
  if (close === -1) {
    state.pieces.push(blank(line));
    return;
  }
  const from = close >= 0 ? close + 2 : 0;
  if (close >= 0) state.comment = undefined;
  state.pieces.push(blank(line.slice(0, from)), line.slice(from));
  stripComments(state, line.slice(from), "kept");
}

function blank(text: string): string {
  return text.replace(/[^\r\n]/g, " ");
}

function isActive(state: State): boolean {
  return state.conditionals.at(-1)?.active ?? true;
}

/** The line with its comments blanked; notes in `state.comment` whether a block comment stays open. */
function stripComments(state: State, line: string, kind: "kept" | "blanked"): string {
  let out = "";
  for (let at = 0; ; ) {
    const inComment = state.comment !== undefined;
    const mark = nextMark(line, at, inComment);
    if (mark === null) return out + (inComment ? blank(line.slice(at)) : line.slice(at));
    const end = mark.index + mark[0].length;
    const before = line.slice(at, mark.index);
    if (inComment) {
      out += blank(line.slice(at, end));
      state.comment = undefined;
    } else if (mark[0] === "//") {
      return out + before + blank(line.slice(mark.index));
    } else if (mark[0] === "/*") {
      out += `${before}  `;
      state.comment = kind;
    } else {
      out += before + mark[0];
    }
    at = end;
  }
}

/** The next beginning of a comment, string or character constant; inside a comment its end. */
function nextMark(line: string, from: number, inComment: boolean): RegExpExecArray | null {
  const pattern = inComment ? /\*\//g : /\/\*|\/\/|"[^"\r\n]*"?|'[^'\r\n]*'?/g;
  pattern.lastIndex = from;
  return pattern.exec(line);
}

function readDirective(state: State, start: number, code: string): void {
  const match = /^([ \t]*#[ \t]*)([A-Za-z]*)([ \t]*)/.exec(code);
  if (match === null) return;
  const [whole, before = "", word = ""] = match;
  const hash = start + code.indexOf("#");
  const span = spanBetween(state.source, hash, start + before.length + word.length);
  const rest = code
    .slice(whole.length)
    .replace(/\\[ \t]*\r?\n|[\r\n]/g, (ending) => " ".repeat(ending.length))
    .trimEnd();
  switch (word) {
    case "ifdef":
    case "ifndef":
      openConditional(state, span, state.symbols.has(firstName(rest)) === (word === "ifdef"));
      return;
    case "if":
      openConditional(state, span, evaluateCondition(state, rest, span));
      return;
    case "elif":
    case "else":
    case "endif":
      turnConditional(state, word, rest, span);
      return;
    default:
      if (isActive(state)) readPlainDirective(state, word, rest, start + whole.length, span);
  }
}

function readPlainDirective(state: State, word: string, rest: string, at: number, span: Span): void {
  switch (word) {
    case "define":
      define(state, rest, at, span);
      return;
    case "undef":
      state.symbols.delete(firstName(rest));
      return;
    case "error":
      reportError(state.reporter, "unsupported-directive", span, `the file stops itself: #error ${rest}`.trimEnd());
      return;
    case "include":
      reportWarning(state.reporter, "unsupported-directive", span, "#include is skipped", {
        hint: "put the definitions that this file needs into it",
      });
      return;
    case "":
    case "pragma":
    case "ident":
    case "line":
    case "warning":
      return;
    default:
      reportError(state.reporter, "unsupported-directive", span, `#${word} is not a known directive`);
  }
}

function firstName(text: string): string {
  return /^[A-Za-z_]\w*/.exec(text)?.[0] ?? "";
}

function define(state: State, rest: string, at: number, span: Span): void {
  const name = firstName(rest);
  if (name === "") {
    reportError(state.reporter, "syntax", span, "#define needs a name");
    return;
  }
  const nameSpan = spanBetween(state.source, at, at + name.length);
  if (rest[name.length] === "(") {
    reportWarning(
      state.reporter,
      "unsupported-directive",
      nameSpan,
      `the macro ${name} takes parameters and is skipped`,
    );
    return;
  }
  const body = rest.slice(name.length);
  const again = state.symbols.get(name) === body.trim();
  state.symbols.set(name, body.trim());
  if (body.trim() === "" || again) return;
  const bodyStart = at + name.length + (body.length - body.trimStart().length);
  state.macros.push({ name, span: nameSpan, bodyStart, bodyEnd: bodyStart + body.trim().length });
}

function openConditional(state: State, span: Span, holds: boolean): void {
  if (state.conditionals.length >= MAX_CONDITIONAL_DEPTH) {
    const message = `conditionals are nested more than ${MAX_CONDITIONAL_DEPTH} deep`;
    reportError(state.reporter, "too-deep", span, message);
    return;
  }
  const outer = isActive(state);
  state.conditionals.push({ span, outer, taken: holds, active: outer && holds, sawElse: false });
}

function turnConditional(state: State, word: "elif" | "else" | "endif", rest: string, span: Span): void {
  const open = state.conditionals.at(-1);
  if (open === undefined || (open.sawElse && word !== "endif")) {
    const message = open === undefined ? `#${word} without #if` : `#${word} after #else`;
    reportError(state.reporter, "unbalanced-conditional", span, message);
    return;
  }
  if (word === "endif") {
    state.conditionals.pop();
    return;
  }
  const holds = !open.taken && (word === "else" || evaluateCondition(state, rest, span));
  open.active = open.outer && holds;
  open.taken ||= holds;
  open.sawElse = word === "else";
}

/** `0`, `1`, `SYMBOL`, `defined(SYMBOL)` and their negations. */
function evaluateCondition(state: State, text: string, span: Span): boolean {
  const condition = text.trim().replace(/[ \t]+/g, " ");
  const match = /^(!?) ?(?:(defined) ?\(? ?([A-Za-z_]\w*) ?\)?|(\d+)|([A-Za-z_]\w*))$/.exec(condition);
  if (match === null) {
    reportError(state.reporter, "unsupported-directive", span, `the condition \`${condition}\` is not understood`, {
      hint: "conditions may be a number, a symbol, defined(SYMBOL), or one of these after `!`",
    });
    return false;
  }
  const [, not, isDefined, asked = "", digits, symbol = ""] = match;
  const word = digits ?? state.symbols.get(symbol) ?? "0";
  const holds = isDefined === undefined ? Number(word) !== 0 : state.symbols.has(asked);
  return holds !== (not === "!");
}
