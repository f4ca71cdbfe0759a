// The only lexer of interface files. It splits a text into lexemes and loses nothing: the white space between two lexemes
// is the text between them. It knows neither symbols nor the grammar, so that it reads code that is never compiled, too.
// The preprocessor, the parser (lexer.ts), the formatter, the linter and the language server all read its result.
import { isPageBreak } from "../preprocess/rfc-text.js";

/** One part of an interface file. */
export interface Lexeme {
  /**
   * - `number`: begins with a digit, valid or not; may have apostrophes between its digits: `1'000`.
   * - `string`: in double quotes; ends with its line if it is not closed.
   * - `character`: a complete character constant, `'a'` or `'\n'`; other single quotes are signs.
   * - `sign`: any other character that is not white space, valid or not.
   * - `directive`: a `#` line, `passed`: a `%` line, both with their continuation lines and without the line end.
   * - `page`: the last line of a page in the text of an RFC, or the first line of the next.
   */
  readonly kind: "word" | "number" | "string" | "character" | "sign" | "comment" | "directive" | "passed" | "page";
  /** As written, with its line ends. A block comment that is not closed extends to the end of the text. */
  readonly text: string;
  /** The position of its first character. */
  readonly offset: number;
  /** The number of line ends between the previous lexeme and this one. */
  readonly lineEnds: number;
  /** Whether it directly follows the previous lexeme. */
  readonly adjacent: boolean;
  /** The word of a directive: `if`, `define`; empty for all others. */
  readonly word: string;
  /** The lexemes of a directive, its `#` first. A block comment that begins in it may end on a later line. */
  readonly inner: readonly Lexeme[];
}

interface LexemeReading {
  readonly text: string;
  readonly lexemes: Lexeme[];
  /** Whether `#` and `%` lines and page breaks are recognised. */
  readonly lines: boolean;
  readonly hasPages: boolean;
  end: number;
  at: number;
  /** The end of the previous lexeme. */
  last: number;
  lineEnds: number;
  /** Whether only blanks precede `at` on its line. */
  atLineStart: boolean;
}

/**
 * The lexemes of a whole text. Takes time in proportion to its length. Never throws.
 * @param text without byte order mark.
 */
export function lex(text: string): Lexeme[] {
  const hasPages = text.includes("[Page ") || /^(?:RFC \d|INTERNET-DRAFT|Internet-Draft)/m.test(text);
  return readAll(newState(text, 0, text.length, { lines: true, hasPages }));
}

/** The lexemes of a part of a text, which is inside one line or one lexeme: no directive begins in it. */
export function lexPart(text: string, start: number, end: number): Lexeme[] {
  return readAll(newState(text, start, end, { lines: false, hasPages: false }));
}

/** The position after a lexeme's last character. */
export function endOf({ offset, text }: Lexeme): number {
  return offset + text.length;
}

function newState(
  text: string,
  start: number,
  end: number,
  options: Pick<LexemeReading, "lines" | "hasPages">,
): LexemeReading {
  return { text, lexemes: [], ...options, end, at: start, last: start, lineEnds: 0, atLineStart: options.lines };
}

function readAll(state: LexemeReading): Lexeme[] {
  while (state.at < state.end) readNext(state);
  return state.lexemes;
}

function readNext(state: LexemeReading): void {
  const { text, at } = state;
  const code = text.charCodeAt(at);
  if (isBlank(code)) skipBlank(state, code);
  else if (state.atLineStart && isWholeLine(state, code)) readLine(state, code);
  else if (isNameStart(code)) push(state, "word", endOfWord(state, at + 1));
  else if (isDigit(code)) push(state, "number", endOfNumber(state));
  else if (code === SLASH && text.charCodeAt(at + 1) === STAR) push(state, "comment", endOfBlock(state));
  else if (code === SLASH && text.charCodeAt(at + 1) === SLASH) push(state, "comment", lineEnd(state, at));
  else if (code === 0x22) push(state, "string", endOfString(state));
  else if (code === 0x27) readQuote(state);
  else push(state, "sign", at + 1);
}

const SLASH = 0x2f;
const STAR = 0x2a;
const HASH = 0x23;
const PERCENT = 0x25;
const BACKSLASH = 0x5c;

/** A space, a tab, a line end or page break, and the end mark of a DOS file. */
export function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 26;
}

export function isNameStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isNamePart(code: number): boolean {
  return isNameStart(code) || isDigit(code);
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}

function skipBlank(state: LexemeReading, code: number): void {
  state.at++;
  if (code === 10 || (code === 13 && state.text.charCodeAt(state.at) !== 10)) state.lineEnds++;
  if (isLineEnd(code)) state.atLineStart = state.lines;
  else if (code !== 32 && code !== 9) state.atLineStart = false;
}

interface Details {
  readonly word?: string;
  readonly inner?: readonly Lexeme[];
}

const NONE: readonly Lexeme[] = [];

/** Makes a lexeme of the text from `state.at` to `end` and moves on. */
function push(
  state: LexemeReading,
  kind: Lexeme["kind"],
  end: number,
  { word = "", inner = NONE }: Details = {},
): void {
  const { at: offset, lineEnds } = state;
  const adjacent = offset === state.last && state.lexemes.length > 0;
  state.lexemes.push({ kind, text: state.text.slice(offset, end), offset, lineEnds, adjacent, word, inner });
  state.at = end;
  state.last = end;
  state.lineEnds = 0;
  state.atLineStart = false;
}

/** Whether the first character of a line makes the line a lexeme. */
function isWholeLine({ text, at, hasPages }: LexemeReading, code: number): boolean {
  if (code === HASH || code === PERCENT) return true;
  return (
    hasPages && (at === 0 || isLineEnd(text.charCodeAt(at - 1))) && isPageBreak(text.slice(at, endOfLine(text, at)))
  );
}

function readLine(state: LexemeReading, code: number): void {
  const { text, at } = state;
  if (code === HASH) readDirective(state);
  else if (code === PERCENT) push(state, "passed", endOfLines(text, at));
  else push(state, "page", endOfLine(text, at));
}

function readDirective(state: LexemeReading): void {
  const { text, at } = state;
  const line = newState(text, at, endOfLines(text, at), { lines: false, hasPages: false });
  while (line.at < line.end) {
    // Between the parts of a directive, a backslash can only continue the line.
    if (text.charCodeAt(line.at) === BACKSLASH && isContinued(text, line.at)) line.at++;
    else readNext(line);
  }
  push(state, "directive", Math.max(line.at, line.end), { word: wordOf(line.lexemes), inner: line.lexemes });
}

function wordOf([, ...lexemes]: readonly Lexeme[]): string {
  const first = lexemes.find(({ kind }) => kind !== "comment");
  return first?.kind === "word" ? (/^[A-Za-z_]*/.exec(first.text)?.[0] ?? "") : "";
}

/** Whether only blanks and a line end follow the backslash. */
function isContinued(text: string, backslash: number): boolean {
  let at = backslash + 1;
  while (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9) at++;
  return isLineEnd(text.charCodeAt(at));
}

/** The end of a line and of those that continue it. */
function endOfLines(text: string, from: number): number {
  let end = endOfLine(text, from);
  for (let start = from; end < text.length && endsWithBackslash(text, start, end); ) {
    start = end + (text.startsWith("\r\n", end) ? 2 : 1);
    end = endOfLine(text, start);
  }
  return end;
}

function endsWithBackslash(text: string, start: number, end: number): boolean {
  let last = end - 1;
  while (last >= start && (text.charCodeAt(last) === 32 || text.charCodeAt(last) === 9)) last--;
  return last >= start && text.charCodeAt(last) === BACKSLASH;
}

function endOfLine(text: string, from: number): number {
  let end = from;
  while (end < text.length && !isLineEnd(text.charCodeAt(end))) end++;
  return end;
}

/** The end of a line comment: of the whole directive that contains it, or of its line. */
function lineEnd({ text, lines, end }: LexemeReading, from: number): number {
  return lines ? endOfLine(text, from) : end;
}

/** A comment that begins in a directive may end on a later line. */
function endOfBlock({ text, at }: LexemeReading): number {
  const close = text.indexOf("*/", at + 2);
  return close === -1 ? text.length : close + 2;
}

function endOfWord({ text, end }: LexemeReading, from: number): number {
  let at = from;
  while (at < end && isNamePart(text.charCodeAt(at))) at++;
  return at;
}

/** An apostrophe between two digits or letters belongs to the number. */
function endOfNumber(state: LexemeReading): number {
  let at = endOfWord(state, state.at + 1);
  while (at + 1 < state.end && state.text.charCodeAt(at) === 0x27 && isNamePart(state.text.charCodeAt(at + 1))) {
    at = endOfWord(state, at + 1);
  }
  return at;
}

function endOfString({ text, at, end }: LexemeReading): number {
  for (let next = at + 1; next < end; next++) {
    const code = text.charCodeAt(next);
    if (code === 0x22) return next + 1;
    if (isLineEnd(code)) return next;
    if (code === BACKSLASH && next + 1 < end && !isLineEnd(text.charCodeAt(next + 1))) next++;
  }
  return end;
}

const CHARACTER = /'(?:\\(?:x[0-9a-fA-F]{1,2}|[0-7]{1,3}|[^\r\n])|[^'\\\r\n])'/y;

function readQuote(state: LexemeReading): void {
  CHARACTER.lastIndex = state.at;
  const length = CHARACTER.exec(state.text)?.[0].length ?? 0;
  if (length > 0 && state.at + length <= state.end) push(state, "character", state.at + length);
  else push(state, "sign", state.at + 1);
}
