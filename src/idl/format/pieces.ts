// Splits the text of an interface file into pieces without losing anything: tokens, comments, and lines that are kept
// unchanged. Independent of the grammar, so that it also works for code between conditionals that is never compiled.

import { isPageBreak } from "../preprocess/rfc-text.js";

export interface Piece {
  /** `line`: a directive or a `%` line, or the text in `#if 0`, as a whole. */
  readonly kind: "word" | "string" | "punctuation" | "comment" | "line";
  /** The original text, with line ends converted to LF. */
  readonly text: string;
  /** Its start in the split text. */
  readonly offset: number;
  /** The number of line ends between the previous piece and this one. */
  readonly lineEnds: number;
  /** Whether this piece directly follows the previous one, without any space. */
  readonly adjacent: boolean;
  /** The word of a directive: `if`, `else`, `define`; empty for `%` lines and for the lines of `#if 0`. */
  readonly directive: string;
}

interface State {
  readonly text: string;
  readonly pieces: Piece[];
  at: number;
  /** End of the piece before. */
  last: number;
}

/** @param text without byte order mark, its line ends LF. */
export function piecesOf(text: string): Piece[] {
  const state: State = { text, pieces: [], at: 0, last: 0 };
  while (state.at < text.length) readPiece(state);
  return state.pieces;
}

function readPiece(state: State): void {
  const { text, at } = state;
  const char = text.charAt(at);
  if (char <= " ") state.at++;
  else if (isPageBreakAt(text, at)) push(state, "line", lineEnd(text, at));
  else if ((char === "%" || char === "#") && isLineStart(text, at)) readWholeLine(state, char);
  else if (text.startsWith("/*", at)) push(state, "comment", endOf(text, text.indexOf("*/", at + 2), 2));
  else if (text.startsWith("//", at)) push(state, "comment", lineEnd(text, at));
  else if (char === '"' || char === "'") push(state, "string", endOfQuoted(text, at));
  else if (/\w/.test(char)) push(state, "word", endOfWord(text, at));
  else push(state, "punctuation", at + 1);
}

/** The foot or head of a page in the text of an RFC: not part of the language, on its own lines. */
function isPageBreakAt(text: string, at: number): boolean {
  return (at === 0 || text.charAt(at - 1) === "\n") && isPageBreak(text.slice(at, lineEnd(text, at)));
}

function push(state: State, kind: Piece["kind"], end: number, directive = ""): void {
  const between = state.text.slice(state.last, state.at);
  const lineEnds = between.split("\n").length - 1;
  const adjacent = between === "" && state.pieces.length > 0;
  const text = state.text.slice(state.at, end);
  state.pieces.push({ kind, text, offset: state.at, lineEnds, adjacent, directive });
  state.at = end;
  state.last = end;
}

function isLineStart(text: string, at: number): boolean {
  let start = at;
  while (start > 0 && (text.charAt(start - 1) === " " || text.charAt(start - 1) === "\t")) start--;
  return start === 0 || text.charAt(start - 1) === "\n";
}

function lineEnd(text: string, at: number): number {
  return endOf(text, text.indexOf("\n", at), 0);
}

function endOf(text: string, found: number, length: number): number {
  return found === -1 ? text.length : found + length;
}

function endOfQuoted(text: string, at: number): number {
  const pattern = text.charAt(at) === '"' ? /"(?:\\[^\n]|[^"\\\n])*"?/y : /'(?:\\[^\n]|[^'\\\n])*'?/y;
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 1);
}

/** A name, or a number, which may have apostrophes between its digits: `1'000`. */
function endOfWord(text: string, at: number): number {
  const pattern = /\d/.test(text.charAt(at)) ? /\w+(?:'\w+)*/y : /\w+/y;
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 1);
}

/** A `%` line or a directive, with its continuation lines, its indentation, and a comment that it opens. */
function readWholeLine(state: State, mark: "%" | "#"): void {
  const { text, at } = state;
  let end = lineEnd(text, at);
  while (end < text.length && /\\[ \t]*$/.test(text.slice(at, end))) end = lineEnd(text, end + 1);
  if (mark === "#") end = endOfOpenComment(text, at, end);
  const line = text.slice(at, end);
  const directive = mark === "#" ? (/^#[ \t]*([a-z]*)/.exec(line)?.[1] ?? "") : "";
  state.at = text.lastIndexOf("\n", at - 1) + 1;
  push(state, "line", end, directive);
  if (/^#[ \t]*if[ \t]+0[ \t]*(?:$|\/[*/])/.test(line)) readNever(state);
}

/** Where a block comment that begins in `text[at..end]` and is open at `end` is closed. */
function endOfOpenComment(text: string, at: number, end: number): number {
  const pattern = /\/\*|\/\/[^\n]*|"[^"\n]*"?|'[^'\n]*'?/y;
  for (let from = at; from < end; ) {
    pattern.lastIndex = from;
    const mark = pattern.exec(text)?.[0];
    if (mark === "/*") {
      const close = endOf(text, text.indexOf("*/", from + 2), 2);
      if (close > end) return close;
      from = close;
    } else from += mark?.length ?? 1;
  }
  return end;
}

/** The lines between `#if 0` and its `#else` or `#endif` may be in any language. */
function readNever(state: State): void {
  const { text } = state;
  let depth = 0;
  let from = Math.min(lineEnd(text, state.at) + 1, text.length);
  const start = from;
  while (from < text.length) {
    const end = lineEnd(text, from);
    const word = /^[ \t]*#[ \t]*([a-z]+)/.exec(text.slice(from, end))?.[1] ?? "";
    if (word.startsWith("if")) depth++;
    else if (depth === 0 && /^(?:else|elif|endif)$/.test(word)) break;
    else if (word === "endif") depth--;
    from = Math.min(end + 1, text.length);
  }
  if (from <= start) return;
  state.at = start;
  push(state, "line", from - (text.charAt(from - 1) === "\n" ? 1 : 0));
}
