// Constant expressions: a literal or a name (RFC 4506 section 6.3), or arithmetic on them as C has it.

import { reportError } from "../findings/diagnostics.js";
import { inserting } from "../findings/fixes.js";
import { spanAcross } from "../source.js";
import type { BinaryOperator, UnaryOperator, Value } from "./ast.js";
import {
  advance,
  at,
  type Cursor,
  expect,
  expectQualified,
  fail,
  nested,
  peek,
  startsQualifier,
  syntaxFailure,
  tokenText,
} from "./cursor.js";
import type { Token } from "./tokens.js";

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ["|", 1],
  ["^", 2],
  ["&", 3],
  ["<<", 4],
  [">>", 4],
  ["+", 5],
  ["-", 5],
  ["*", 6],
  ["/", 6],
  ["%", 6],
]);

/** @param angled the expression is between `<` and `>`, so a `>` ends it. */
export function parseValue(cursor: Cursor, what: string, angled = false): Value {
  return parseBinary(cursor, what, angled, 1);
}

/** `= ;`: nothing where a number has to be. */
export function rejectEmpty(cursor: Cursor, what: string, number: string): never {
  const token = peek(cursor);
  return fail(cursor, `expected ${what}, but found ${tokenText(token)}`, {
    hint: `\`= ${number};\``,
    fixes: [inserting(token.span, ` ${number}`, `Write \`${number}\``, 0)],
  });
}

function parseBinary(cursor: Cursor, what: string, angled: boolean, weakest: number): Value {
  let left = parseUnary(cursor, what);
  for (let operators = 0; ; operators++) {
    const operator = operatorAt(cursor, angled);
    const precedence = PRECEDENCE.get(operator) ?? 0;
    if (precedence < weakest) return left;
    if (operators === MAX_OPERATORS) rejectLength(cursor);
    for (const _ of operator) advance(cursor);
    const right = parseBinary(cursor, "a value after the operator", angled, precedence + 1);
    const span = spanAcross(left.span, right.span);
    left = { kind: "binary", operator: operator as BinaryOperator, left, right, span };
  }
}

/** The most operators in a row: each makes the expression one level deeper. */
export const MAX_OPERATORS = 400;

function rejectLength(cursor: Cursor): never {
  const message = `an expression has more than ${MAX_OPERATORS} operators in a row`;
  reportError(cursor.reporter, "too-deep", peek(cursor).span, message, { hint: "split it into several constants" });
  throw syntaxFailure;
}

function operatorAt(cursor: Cursor, angled: boolean): string {
  const token = peek(cursor);
  if (token.kind !== "punctuation") return "";
  if (token.text !== "<" && token.text !== ">") return token.text;
  const second = peek(cursor, 1);
  const pair = second.text === token.text && writtenAt(second) === writtenAt(token) + 1;
  return pair && !(angled && token.text === ">") ? token.text + second.text : "";
}

/** The position where a token was written: all tokens from a macro have the same position. */
function writtenAt({ span }: Token): number {
  return (span.expandedFrom ?? span).offset;
}

function parseUnary(cursor: Cursor, what: string): Value {
  const token = peek(cursor);
  if (token.kind === "number") {
    advance(cursor);
    return { kind: "number", value: token.value, ...writtenAs(token.text), span: token.span };
  }
  if (token.kind === "string") {
    advance(cursor);
    return { kind: "string", value: token.text, span: token.span };
  }
  if (token.kind === "name" || startsQualifier(cursor)) {
    const { text, span } = expectQualified(cursor, what);
    return { kind: "name", name: text, span };
  }
  if (at(cursor, "-") || at(cursor, "+") || at(cursor, "~")) {
    advance(cursor);
    const operand = nested(cursor, () => parseUnary(cursor, what));
    return negated(token.text as UnaryOperator, operand, spanAcross(token.span, operand.span));
  }
  if (!at(cursor, "(")) return fail(cursor, `expected ${what}, but found ${tokenText(token)}`);
  advance(cursor);
  const inner = nested(cursor, () => parseValue(cursor, what));
  const close = expect(cursor, ")", "to close the parenthesis");
  return { ...inner, span: spanAcross(token.span, close.span) };
}

/** A negative literal is a literal. */
function negated(operator: UnaryOperator, operand: Value, span: Value["span"]): Value {
  if (operator === "-" && operand.kind === "number") {
    const written = operand.written === undefined ? {} : { written: `-${operand.written}` };
    return { kind: "number", value: -operand.value, ...written, span };
  }
  return { kind: "unary", operator, operand, span };
}

/** A numeral without its suffix; undefined for a character constant. */
function writtenAs(text: string): { written?: string } {
  return /^\d/.test(text) ? { written: text.replace(/[uUlL]+$/, "") } : {};
}
