// Converts lexemes to the parser's tokens: checks numbers, strings and characters, and reports those that are not valid.
// Comments are not tokens: each token carries the comments above and beside it.
import { type Reporter, reportError } from "../findings/diagnostics.js";
import { lineIndexAt, type Source } from "../source.js";
import { endOf, isDigit, type Lexeme, lexPart } from "./lexemes.js";
import { readComment } from "./lexer-comments.js";
import { closingQuote, numberFixes, quoteFixes } from "./lexer-fixes.js";
import { readInvalid } from "./lexer-invalid.js";
import { PUNCTUATION, push, spanTo, type Token, type TokenReading } from "./tokens.js";

/** The longest numeral that is read; 64 bits need 20 digits. */
const MAX_DIGITS = 80;

/** The longest name: findings, documentation and generated code have each name many times. */
export const MAX_NAME = 1_000;

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
  if (kind === "word") readName(state, text);
  else if (kind === "number") readNumber(state, text);
  else if (kind === "comment") readComment(state, text);
  else if (kind === "string") readString(state, text);
  else if (kind === "character") push(state, "number", end, text, BigInt(characterCode(text.slice(1, -1))));
  else readSign(state, text);
}

function readName(state: TokenReading, text: string): void {
  const end = state.at + text.length;
  if (text.length > MAX_NAME) {
    const message = `this name has more than ${MAX_NAME} characters`;
    reportError(state.reporter, "syntax", spanTo(state, end), message, { hint: "choose a shorter one" });
  }
  push(state, "name", end, text);
}

function readSign(state: TokenReading, text: string): void {
  const code = text.charCodeAt(0);
  if (PUNCTUATION.has(code) || (text === "#" && state.hashes)) push(state, "punctuation", state.at + 1, text);
  else if (text === "'") reportQuote(state);
  else readInvalid(state);
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
