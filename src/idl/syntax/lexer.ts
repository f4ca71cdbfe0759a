// Converts lexemes to the parser's tokens: checks numbers, strings and characters, and reports those that are not valid.
// Comments are not tokens: each token carries the comments above and beside it.
import { type Reporter, reportError, reportWarning } from "../findings/diagnostics.js";
import { inserting, replacing } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import { lineIndexAt, type Source, spanBetween } from "../source.js";
import { endOf, isBlank, isDigit, isNamePart, type Lexeme, lexPart } from "./lexemes.js";
import { characterFixes, closingComment, closingQuote, numberFixes, quoteFixes } from "./lexer-fixes.js";
import { codeOf, lookalike } from "./lookalikes.js";

export interface Token {
  readonly kind: "name" | "number" | "string" | "punctuation" | "end";
  /** As written; for a string, without its quotes and with its escapes resolved. */
  readonly text: string;
  /** The value of a number or character constant. */
  readonly value: bigint;
  readonly span: Span;
  /** The comment directly above, without its markers. */
  readonly above: string | undefined;
  /** The comment that follows on the same line. */
  beside: string | undefined;
}

/** The longest numeral that is read; 64 bits need 20 digits. */
const MAX_DIGITS = 80;

interface Comment {
  readonly text: string;
  readonly firstLine: number;
  readonly lastLine: number;
}

interface TokenReading {
  readonly source: Source;
  readonly text: string;
  readonly end: number;
  readonly reporter: Reporter;
  readonly tokens: Token[];
  /** Whether `#` becomes a token, as in the body of a macro. */
  readonly hashes: boolean;
  at: number;
  /** Index of the line that `at` is on, and where it and the next one begin. */
  line: number;
  comments: Comment[];
}

/** Options of `tokensOf`. */
export interface TokenOptions {
  /** Whether `#` is a sign, as it is in a macro's body. Default false. */
  readonly hashes?: boolean;
  /** Whether the lexemes are a part of the source, which ends with the last of them. Default false. */
  readonly isPart?: boolean;
}

/**
 * The tokens of a part of a source, closed by an "end" token.
 * @param lexemes in order, without directives and `%` lines. The text between them is not read.
 */
export function tokensOf(
  source: Source,
  lexemes: readonly Lexeme[],
  reporter: Reporter,
  { hashes = false, isPart = false }: TokenOptions = {},
): Token[] {
  const { code: text } = source;
  const at = lexemes[0]?.offset ?? (isPart ? 0 : text.length);
  const line = lineIndexAt(source, at);
  const last = lexemes.at(-1);
  // The end of the file is not used for macros: finding its line for each macro would take quadratic time.
  const end = isPart ? (last === undefined ? at : endOf(last)) : text.length;
  const state: TokenReading = { source, text, end, reporter, tokens: [], hashes, at, line, comments: [] };
  readAll(state, lexemes);
  state.at = state.end;
  push(state, "end", state.end, "");
  return state.tokens;
}

function readAll(state: TokenReading, lexemes: readonly Lexeme[]): void {
  for (const lexeme of lexemes) {
    if (state.reporter.full) return;
    const end = endOf(lexeme);
    // The error for a look-alike character may have covered this lexeme, or the first part of it.
    if (lexeme.offset < state.at) {
      if (state.at < end) readAll(state, lexPart(state.text, state.at, end));
      continue;
    }
    state.at = lexeme.offset;
    readLexeme(state, lexeme);
  }
}

function readLexeme(state: TokenReading, lexeme: Lexeme): void {
  const { kind, text } = lexeme;
  const end = endOf(lexeme);
  if (kind === "word") push(state, "name", end, text);
  else if (kind === "number") readNumber(state, text);
  else if (kind === "comment") readComment(state, text);
  else if (kind === "string") readString(state, text);
  else if (kind === "character") push(state, "number", end, text, BigInt(characterCode(text.slice(1, -1))));
  else readSign(state, text);
}

const PUNCTUATION = new Set([..."{}()[]<>;:,=*-+~|^&/%"].map((c) => c.charCodeAt(0)));

function readSign(state: TokenReading, text: string): void {
  const code = text.charCodeAt(0);
  if (PUNCTUATION.has(code) || (text === "#" && state.hashes)) push(state, "punctuation", state.at + 1, text);
  else if (text === "'") reportQuote(state);
  else readInvalid(state);
}

/** Makes a token of the text from `state.at` to `end` and moves on. */
function push(state: TokenReading, kind: Token["kind"], end: number, text: string, value = 0n): void {
  const line = lineAt(state, state.at);
  const above = commentAbove(state.comments, line);
  if (state.comments.length > 0) state.comments = [];
  state.tokens.push({ kind, text, value, span: spanTo(state, end), above, beside: undefined });
  state.at = end;
}

function lineAt(state: TokenReading, offset: number): number {
  const { lineStarts } = state.source;
  while ((lineStarts[state.line + 1] ?? Number.POSITIVE_INFINITY) <= offset) state.line++;
  return state.line;
}

function spanTo(state: TokenReading, end: number): Span {
  const line = lineAt(state, state.at);
  const column = state.at - (state.source.lineStarts[line] ?? 0) + 1;
  return { file: state.source.file, line: line + 1, column, offset: state.at, length: end - state.at };
}

function readNumber(state: TokenReading, written: string): void {
  const end = state.at + written.length;
  const text = written.replaceAll("'", "");
  const match = written.length > MAX_DIGITS ? null : /^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)[uUlL]{0,3}$/.exec(text);
  if (match === null) {
    const long = written.length > MAX_DIGITS;
    const message = long ? "this number has too many digits" : `\`${text}\` is not a number`;
    const hint = /^0[0-9]+$/.test(text) ? "a number that begins with 0 is octal and has digits up to 7" : NUMBER_HINT;
    const isName = state.tokens.at(-1)?.kind === "name";
    const fixes = long ? [] : numberFixes(spanTo(state, end), text, isName);
    reportError(state.reporter, "malformed-number", spanTo(state, end), message, { hint, fixes });
    push(state, "number", end, text);
    return;
  }
  const digits = match[1] ?? "0";
  const octal = digits.length > 1 && digits.charAt(0) === "0" && isDigit(digits.charCodeAt(1));
  push(state, "number", end, text, BigInt(octal ? `0o${digits.slice(1)}` : digits));
}

const NUMBER_HINT = "numbers are decimal (12), hexadecimal (0x1F) or octal (017)";

function readComment(state: TokenReading, written: string): void {
  const { at } = state;
  const isBlock = written.startsWith("/*");
  const isClosed = !isBlock || (written.length >= 4 && written.endsWith("*/"));
  if (!isClosed) {
    reportError(state.reporter, "unterminated", spanTo(state, at + 2), "this comment is never closed", {
      hint: "close it with `*/`",
      fixes: [closingComment(spanTo(state, lineEnd(state, at)))],
    });
  }
  if (isBlock && isClosed) warnOfInnerComment(state, at, at + written.length - 2);
  const firstLine = lineAt(state, at);
  const comment = stripMarkers(written.slice(2, isBlock && isClosed ? -2 : undefined));
  state.at = at + written.length;
  const lastLine = lineAt(state, state.at);
  const before = state.tokens.at(-1);
  const sameLine = before !== undefined && before.span.line - 1 === firstLine && state.comments.length === 0;
  const beside = sameLine && !leadsToNext(state.text, state.at, before.text, written);
  if (isLicence(state, at)) return;
  if (!beside) state.comments.push({ text: comment, firstLine, lastLine });
  else before.beside = before.beside === undefined ? comment : `${before.beside}\n${comment}`;
}

/**
 * Whether a comment that ends at `at` describes what follows it on its line.
 * @param before the text of the token before it.
 */
export function leadsToNext(text: string, at: number, before: string, comment: string): boolean {
  if (!mayLead(before, comment)) return false;
  const next = /[^\S\n]*[^\s}/]/y;
  next.lastIndex = at;
  return next.test(text);
}

/** Whether a comment describes the next token if that is on its line: it comes after `{`, or begins with two asterisks and comes after `;` or `,`. */
export function mayLead(before: string, comment: string): boolean {
  return comment.startsWith(before === "{" ? "/*" : "/**") && ["{", ";", ","].includes(before);
}

/** Whether the comment at `at` describes the file as a whole. */
function isLicence({ source: { licence }, tokens }: TokenReading, at: number): boolean {
  return tokens.length === 0 && licence !== undefined && at >= licence.start && at < licence.end;
}

/** Finds a separate `/*` inside a comment, which suggests that the comment should have ended earlier. `src/*.c` does not count. */
function warnOfInnerComment(state: TokenReading, at: number, close: number): void {
  const inner = /(?<=\s)\/\*/.exec(state.text.slice(at + 2, close));
  if (inner === null) return;
  const { source, reporter } = state;
  const place = at + 2 + inner.index;
  const outer = spanBetween(source, at, at + 2);
  const end = lineEnd({ ...state, end: place }, at);
  const swallowed =
    source.text
      .slice(end, place)
      .trim()
      .split(/\s*\r?\n\s*/)
      // Stars at the left of a comment's lines are not lost code.
      .find((line) => !/^\**$/.test(line)) ?? "";
  // `/* a /* b */ c */`: the rest of the line is an error that says what is wrong.
  if (end === place && /^[^\n]*\*\//.test(source.text.slice(close + 2, close + 2 + AROUND))) return;
  const lost = swallowed === "" ? "" : `: \`${shortened(swallowed)}\` is part of the comment`;
  const hint =
    end === place
      ? "close the first with `*/`, or remove the second `/*`"
      : `close it with \`*/\` on line ${outer.line}${lost}`;
  const ending = source.text.slice(at, end).trimEnd().length + at;
  const before = spanBetween(source, ending, ending);
  reportWarning(
    reporter,
    "comment-in-comment",
    spanBetween(source, place, place + 2),
    `this comment already began at ${outer.line}:${outer.column}`,
    {
      hint,
      related: [{ span: outer, message: "it begins here" }],
      fixes: [inserting(before, " */", `Close the comment on line ${outer.line}`)],
    },
  );
}

function shortened(text: string): string {
  const code = text.replace(/;.*$/, "");
  return code.length > 40 ? `${code.slice(0, 40)}...` : code;
}

function lineEnd(state: TokenReading, from: number): number {
  let at = from;
  while (at < state.end && state.text.charCodeAt(at) !== 10 && state.text.charCodeAt(at) !== 13) at++;
  return at;
}

/** Removes leading stars and the blank first and last line. */
function stripMarkers(body: string): string {
  const lines = body
    .replaceAll("\0", "")
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim().replace(/^\*+ ?/, ""));
  const first = lines.findIndex((line) => line.trim() !== "");
  if (first === -1) return "";
  let last = lines.length - 1;
  while (lines[last]?.trim() === "") last--;
  return lines
    .slice(first, last + 1)
    .join("\n")
    .trimEnd();
}

/** The comments that reach down to `line` with no blank line between. */
function commentAbove(comments: readonly Comment[], line: number): string | undefined {
  let next = line;
  let from = comments.length;
  while (from > 0 && (comments[from - 1]?.lastLine ?? -2) >= next - 1) {
    from--;
    next = comments[from]?.firstLine ?? 0;
  }
  // An empty comment between others counts as a blank line of theirs.
  const text = comments.slice(from).map((comment) => comment.text);
  const joined = text.join("\n").replace(/^\n+|\n+$/g, "");
  return joined === "" ? undefined : joined;
}

function readString(state: TokenReading, written: string): void {
  const end = state.at + written.length;
  const isClosed = isClosedString(written);
  if (!isClosed)
    reportError(state.reporter, "unterminated", spanTo(state, end), "this string is never closed", {
      fixes: [closingQuote(spanTo(state, end), state.text.slice(state.at, end))],
    });
  const raw = written.slice(1, isClosed ? -1 : undefined);
  push(
    state,
    "string",
    end,
    raw.replace(ESCAPE, (escaped) => String.fromCharCode(unescapeOne(escaped))),
  );
}

/** Whether the last character is a quote that no backslash escapes. */
function isClosedString(written: string): boolean {
  let backslashes = 0;
  while (written.charAt(written.length - 2 - backslashes) === "\\") backslashes++;
  return written.length > 1 && written.endsWith('"') && backslashes % 2 === 0;
}

const ESCAPE = /\\(?:x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)/g;
const NAMED_ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 };

function unescapeOne(written: string): number {
  const body = written.slice(1);
  if (/^x[0-9a-fA-F]/.test(body)) return Number.parseInt(body.slice(1), 16);
  if (/^[0-7]/.test(body)) return Number.parseInt(body, 8);
  return NAMED_ESCAPES[body] ?? body.charCodeAt(0);
}

function reportQuote(state: TokenReading): void {
  const span = spanTo(state, state.at + 1);
  reportError(state.reporter, "unterminated", span, "this character constant is not closed", {
    hint: "a character constant is one character between single quotes: 'a'",
    fixes: quoteFixes(span, state.text.slice(state.at, Math.min(state.at + 24, state.end))),
  });
  state.at++;
}

/** The number of the text between the quotes of a character constant: `a`, `\\n`, `\\x41`. */
export function characterCode(written: string): number {
  return written.startsWith("\\") ? unescapeOne(written) : written.charCodeAt(0);
}

/** One error for a whole run of invalid characters. Look-alikes are read as the characters that they resemble. */
function readInvalid(state: TokenReading): void {
  const plain = lookalike(state.text.charAt(state.at))?.plain;
  if (
    plain !== undefined &&
    (isNamePart(plain.charCodeAt(0)) || /["']/.test(plain) || PUNCTUATION.has(plain.charCodeAt(0)))
  ) {
    readLookalikes(state);
    return;
  }
  let end = state.at + 1;
  while (end < state.end && isInvalid(state.text.charCodeAt(end))) end++;
  const shown = JSON.stringify(state.text.slice(state.at, Math.min(end, state.at + 20))).slice(1, -1);
  const message = `\`${shown}\` has no meaning in an interface file`;
  const hint = meantBy(plain ?? state.text.charAt(state.at));
  const span = spanTo(state, end);
  const fixes = characterFixes(span, state.text.slice(state.at, end), ...aroundOf(state, end));
  reportError(state.reporter, "invalid-character", span, message, hint === undefined ? {} : { hint, fixes });
  state.at = end;
}

/** The text before the position and after `end`, on the same line. */
function aroundOf(state: TokenReading, end: number): [string, string] {
  const { text, at } = state;
  const before = text.slice(Math.max(0, at - AROUND), at).split(/[\r\n]/);
  const after = text.slice(end, Math.min(state.end, end + AROUND)).split(/[\r\n]/);
  return [before.at(-1) ?? "", after[0] ?? ""];
}

/** The number of characters on each side of an invalid one that are examined for its meaning. */
const AROUND = 80;

/** Reads `；` as `;`, `ｉｎｔ` as `int`, and a string between curly quotes. */
function readLookalikes(state: TokenReading): void {
  const start = state.at;
  const first = lookalike(state.text.charAt(start));
  let end = start;
  let plain = "";
  for (let one = first; end < state.end; one = lookalike(state.text.charAt(end))) {
    const character = state.text.charAt(end);
    const next = one?.plain ?? (isNamePart(character.charCodeAt(0)) && /\w$/.test(plain) ? character : undefined);
    // A word and each sign are tokens of their own.
    if (next === undefined || (plain !== "" && !/^\w{2}$/.test(plain.charAt(plain.length - 1) + next))) break;
    plain += next;
    end++;
  }
  if (first?.plain === '"') end = closeOfString(state);
  const message = `\`${state.text.slice(start, Math.min(end, start + 20))}\` has no meaning in an interface file`;
  const details =
    first === undefined ? {} : { hint: first.hint, fixes: [replacing(spanTo(state, end), plainOf(state, end))] };
  reportError(state.reporter, "invalid-character", spanTo(state, end), message, details);
  if (first?.plain === '"') {
    push(state, "string", end, state.text.slice(start + 1, end - 1));
    return;
  }
  const kind = /^\d/.test(plain) ? "number" : /^\w/.test(plain) ? "name" : "punctuation";
  const isKnown = kind !== "punctuation" || PUNCTUATION.has(plain.charCodeAt(0));
  if (isKnown) push(state, kind, end, plain, kind === "number" && /^\d+$/.test(plain) ? BigInt(plain) : 0n);
  else state.at = end;
}

/**
 * The position after the quote, of any kind, that ends a string which begins with a curly quote; the end of the line if
 * there is none.
 */
function closeOfString(state: TokenReading): number {
  let at = state.at + 1;
  for (; at < state.end && !/[\r\n]/.test(state.text.charAt(at)); at++) {
    const character = state.text.charAt(at);
    if (character === '"' || lookalike(character)?.plain === '"') return at + 1;
  }
  return at;
}

function plainOf({ text, at }: TokenReading, end: number): string {
  return [...text.slice(at, end)].map((character) => lookalike(character)?.plain ?? character).join("");
}

/** The replacement for a character that looks like another, or that other languages use. */
function meantBy(character: string): string | undefined {
  if (/[\u00a0\u2000-\u200f\u202f\u2060\u3000\ufeff]/.test(character)) {
    return `this is ${codeOf(character)}, not a plain space: type it again`;
  }
  if (character === "\u3002")
    return `this is ${codeOf(character)}, a wide full stop: a declaration ends with a plain \`;\``;
  if (/[\p{L}$@]/u.test(character)) return "names are made of the letters a to z, digits and `_`";
  if (character === "?") return "there is no `?`: an optional value is `int *x;`";
  if (character === ".") return "there are no fractions, no ranges and no dots in names";
  return character === "#" ? "a directive needs its own line" : undefined;
}

function isInvalid(code: number): boolean {
  return !isBlank(code) && !isNamePart(code) && !PUNCTUATION.has(code) && code !== 0x22 && code !== 0x27;
}
