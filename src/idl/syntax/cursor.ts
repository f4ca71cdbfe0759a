// The position of the parser in the tokens, and its recovery after an error.

import { nearest } from "../../base/nearest.js";
import { type Details, type Reporter, reportError } from "../findings/diagnostics.js";
import { didYouMean, inserting, removing, replacing } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import { spanAcross } from "../source.js";
import type { Name } from "./ast.js";
import { habitAdvice } from "./habits.js";
import { declarationsApart } from "./restructure.js";
import { statementAround, written } from "./rewrite.js";
import type { Token } from "./tokens.js";

export interface Cursor {
  /** Closed by an "end" token. A misspelt keyword is replaced by the correct one. */
  readonly tokens: Token[];
  readonly reporter: Reporter;
  position: number;
  /** The number of open braces and parentheses. */
  depth: number;
  /** The first word of the current definition. */
  definition?: Token;
  /** The names in the tokens, once `freeName` has needed them. */
  names?: ReadonlySet<string>;
  /** Whether the file is for rxgen, which was reported. */
  isRx?: boolean;
}

/** The most nested braces and parentheses. */
export const MAX_NESTING = 64;

/** Thrown only within the parser, after the error was reported; caught where parsing can continue. */
export const syntaxFailure: Error = new Error("syntax error, already reported");

export function peek(cursor: Cursor, ahead = 0): Token {
  const { tokens } = cursor;
  return (tokens[cursor.position + ahead] ?? tokens[tokens.length - 1]) as Token;
}

export function advance(cursor: Cursor): Token {
  const token = peek(cursor);
  if (token.kind !== "end") cursor.position++;
  return token;
}

/** The token before the cursor; the first one at the start. */
export function previous(cursor: Cursor): Token {
  return cursor.tokens[Math.max(0, cursor.position - 1)] as Token;
}

/** Whether the next token is this word or sign. */
export function at(cursor: Cursor, text: string): boolean {
  const token = peek(cursor);
  return token.text === text && (token.kind === "punctuation" || token.kind === "name");
}

export function accept(cursor: Cursor, text: string): boolean {
  if (!at(cursor, text)) return false;
  cursor.position++;
  return true;
}

export function expect(cursor: Cursor, text: string, where: string, details?: Details): Token {
  if (at(cursor, text)) return advance(cursor);
  return fail(cursor, `expected \`${text}\` ${where}, but found ${tokenText(peek(cursor))}`, details);
}

/**
 * A `;` that is missing at the end of a line, or before a `}`, is reported at its place, and parsing continues as if it
 * were there.
 */
export function expectSemicolon(cursor: Cursor, where: string): void {
  if (accept(cursor, ";")) return;
  const before = previous(cursor).span;
  const next = peek(cursor);
  const sameLine = next.span.line === before.line && next.span.file === before.file;
  if (sameLine && next.kind !== "end" && next.text !== "}") {
    fail(cursor, `expected \`;\` ${where}, but found ${tokenText(next)}`, notSemicolon(cursor, where));
  }
  const span: Span = {
    ...before,
    offset: before.offset + before.length,
    column: before.column + before.length,
    length: 1,
  };
  const fixes = [inserting(before, ";", "Write `;`")];
  reportError(cursor.reporter, "syntax", span, `expected \`;\` ${where}`, { fixes });
}

/** Tokens that follow a declaration in C, but not in an interface. */
function notSemicolon(cursor: Cursor, where: string): Details {
  const [next, value] = [peek(cursor), peek(cursor, 1)];
  if (next.text === "=" && where === "after the field") {
    const fixes = [removing(spanAcross(next.span, value.span), `Remove \`= ${value.text}\``)];
    return { hint: "fields have neither values nor numbers", fixes };
  }
  if (next.text === ":" && where === "after the field" && value.kind === "number") {
    const fixes = [removing(spanAcross(next.span, value.span), `Remove \`: ${value.text}\``)];
    return { hint: "there are no bit fields: an integer takes 4 bytes", fixes };
  }
  if (next.text !== ",") return {};
  if (!/(?:field|arm|typedef)$/.test(where)) return { hint: "write `;`", fixes: [replacing(next.span, ";")] };
  return declarationsApart(cursor.tokens, cursor.position);
}

/** A `=` before a number. C's `==` is reported and treated as `=`. */
export function expectEquals(cursor: Cursor, where: string, details?: Details): void {
  expect(cursor, "=", where, details);
  acceptSecondEquals(cursor);
}

/** C's `==`, and `=>`, after the first character was read. */
export function acceptSecondEquals(cursor: Cursor): void {
  const { text } = peek(cursor);
  if (!at(cursor, "=") && !at(cursor, ">")) return;
  const { tokens, at: index } = statementAround(cursor.tokens, cursor.position);
  // In a list of members the statement is the member; commas between arguments are inside a parenthesis.
  const comma = tokens.some(({ text }) => text === "(")
    ? -1
    : tokens.findLastIndex(({ text }, i) => i < index && text === ",");
  const right = written(tokens.filter((_, i) => i > comma && i !== index));
  const fixes = [removing(peek(cursor).span, "Write one `=`")];
  reportSyntax(cursor, `expected a number, but found ${text === "=" ? "a second `=`" : "`>`"}`, {
    hint: `one \`=\`: \`${right}\``,
    fixes,
  });
  advance(cursor);
}

/**
 * Reports a misspelt word where one of `words` is required, and continues as if it were correct.
 * @returns whether the next token is now one of them.
 */
export function acceptMisspelt(cursor: Cursor, words: readonly string[], message: string): boolean {
  const token = peek(cursor);
  const close = token.kind === "name" ? nearest(token.text, words) : undefined;
  if (close === undefined) return false;
  reportSyntax(cursor, `${message}, but found ${tokenText(token)}`, didYouMean(token.span, close));
  cursor.tokens[cursor.position] = { ...token, text: close };
  return true;
}

export function expectName(cursor: Cursor, what: string): Name {
  const token = peek(cursor);
  if (token.kind !== "name") {
    reportExpected(cursor, what);
    throw syntaxFailure;
  }
  cursor.position++;
  return { text: token.text, span: token.span };
}

/** `A::B` means B: namespaces are flattened. */
export function expectQualified(cursor: Cursor, what: string): Name {
  if (startsQualifier(cursor)) cursor.position += 2;
  let name = expectName(cursor, what);
  while (startsQualifier(cursor) && peek(cursor, 2).kind === "name") {
    cursor.position += 2;
    const last = expectName(cursor, what);
    name = { text: last.text, span: spanAcross(name.span, last.span) };
  }
  return name;
}

/** `::` */
export function startsQualifier(cursor: Cursor): boolean {
  return at(cursor, ":") && peek(cursor, 1).text === ":" && peek(cursor, 1).kind === "punctuation";
}

export function reportExpected(cursor: Cursor, what: string): void {
  reportSyntax(cursor, `expected ${what}, but found ${tokenText(peek(cursor))}`);
}

/** Reports an error at the next token, with a hint if the intention is known. */
export function reportSyntax(cursor: Cursor, message: string, details: Details = {}): void {
  const advice =
    details.hint === undefined ? habitAdvice(cursor.tokens, cursor.position, cursor.definition) : undefined;
  reportError(cursor.reporter, "syntax", peek(cursor).span, message, { ...advice, ...details });
}

/** Reports an error at the next token, and abandons the construct. */
export function fail(cursor: Cursor, message: string, details?: Details): never {
  reportSyntax(cursor, message, details);
  throw syntaxFailure;
}

export function tokenText(token: Token): string {
  if (token.kind === "end") return "the end of the file";
  if (token.kind === "string") return "a string";
  const text = token.text.length > 40 ? `${token.text.slice(0, 40)}...` : token.text;
  return `\`${text}\``;
}

/** Runs `parse` one level deeper. */
export function nested<T>(cursor: Cursor, parse: () => T): T {
  if (cursor.depth >= MAX_NESTING) {
    const message = `definitions are nested more than ${MAX_NESTING} deep`;
    reportError(cursor.reporter, "too-deep", peek(cursor).span, message, {
      hint: "give the inner types names of their own",
    });
    throw syntaxFailure;
  }
  cursor.depth++;
  try {
    return parse();
  } finally {
    cursor.depth--;
  }
}

/** The result of `parse`, or undefined if it failed; then `skip` has moved the cursor to where parsing can continue. */
export function recover<T>(cursor: Cursor, parse: () => T, skip: (cursor: Cursor) => void): T | undefined {
  const start = cursor.position;
  try {
    return parse();
  } catch (error) {
    if (error !== syntaxFailure) throw error;
    skip(cursor);
    if (cursor.position === start) advance(cursor);
    return undefined;
  }
}

/**
 * Skips past the `;` that ends the member, or to the `}` that ends the body, or to the start of the next definition.
 */
export function skipMember(cursor: Cursor): void {
  skipPast(cursor, true);
}

/** Skips past the next `,`, or to the `}` that ends the list, or to the start of the next definition. */
export function skipListItem(cursor: Cursor): void {
  while (peek(cursor).kind !== "end" && !at(cursor, "}") && !startsDefinition(cursor)) {
    if (accept(cursor, ",")) return;
    advance(cursor);
  }
}

/** Skips past the `;` outside all braces, or to the start of the next definition. */
export function skipDefinition(cursor: Cursor): void {
  skipPast(cursor, false);
}

function skipPast(cursor: Cursor, inBody: boolean): void {
  let braces = 0;
  for (let token = peek(cursor); token.kind !== "end"; token = peek(cursor)) {
    if (startsDefinition(cursor)) return;
    if (token.kind === "punctuation") {
      if (token.text === "{") braces++;
      else if (token.text === "}") {
        if (braces === 0 && inBody) return;
        braces = Math.max(0, braces - 1);
      } else if (token.text === ";" && braces === 0 && token.span.expandedFrom === undefined) {
        advance(cursor);
        return;
      }
    }
    advance(cursor);
  }
}

const STATEMENT_WORDS = new Set(["const", "typedef", "program"]);
const BODY_WORDS = new Set(["enum", "struct", "union"]);

/**
 * A definition's first words at the beginning of a line. If they are not allowed there, something before them was left
 * open, and after an error parsing continues at them.
 */
export function startsDefinition(cursor: Cursor): boolean {
  const token = peek(cursor);
  if (token.kind !== "name" || token.span.column !== 1 || peek(cursor, 1).kind !== "name") return false;
  if (STATEMENT_WORDS.has(token.text)) return true;
  return BODY_WORDS.has(token.text) && (peek(cursor, 2).text === "{" || peek(cursor, 2).text === "switch");
}
