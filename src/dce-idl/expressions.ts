// Expressions: constants, and the arguments of size_is, length_is and switch_is. Operators and precedence as in C.
import type { NdrOperator } from "../dce/ndr/types.js";
import type { Expression } from "./ast.js";
import { parseSimpleType, typeWords } from "./base-types.js";
import type { Cursor } from "./cursor.js";

const levels: readonly (readonly (NdrOperator | "||" | "&&")[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", ">", "<=", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** The deepest nesting of parentheses and operators. */
const maxDepth = 50;

/** The most operators of one expression: each may be one level more for all that walks through it. */
const maxOperators = 500;

export function parseExpression(cursor: Cursor, depth = 0): Expression {
  if (depth === 0) cursor.operators = 0;
  const start = cursor.token.span;
  const condition = parseLevel(cursor, 0, depth);
  if (!cursor.is("?")) return condition;
  if (depth > maxDepth) tooDeep(cursor);
  cursor.advance();
  const then = parseExpression(cursor, depth + 1);
  cursor.expect(":", "between the two values");
  const otherwise = parseExpression(cursor, depth + 1);
  return { kind: "conditional", condition, then, otherwise, span: cursor.since(start) };
}

function parseLevel(cursor: Cursor, level: number, depth: number): Expression {
  const operators = levels[level];
  if (operators === undefined) return parseUnary(cursor, depth);
  const start = cursor.token.span;
  let left = parseLevel(cursor, level + 1, depth);
  for (;;) {
    const operator = operators.find((one) => cursor.is(one));
    if (operator === undefined) return left;
    if (++cursor.operators > maxOperators) tooDeep(cursor, `the expression has more than ${maxOperators} operators`);
    cursor.advance();
    const right = parseLevel(cursor, level + 1, depth);
    left = operation(operator, left, right, cursor.since(start));
  }
}

/** `a && b` is `a ? b != 0 : 0`, and `a || b` is `a ? 1 : b != 0`. */
function operation(
  operator: NdrOperator | "||" | "&&",
  left: Expression,
  right: Expression,
  span: Expression["span"],
): Expression {
  if (operator !== "&&" && operator !== "||") return { kind: "binary", operator, left, right, span };
  const truth = operation("!=", right, number(0, span), span);
  const [then, otherwise] = operator === "&&" ? [truth, number(0, span)] : [number(1, span), truth];
  return { kind: "conditional", condition: left, then, otherwise, span };
}

function number(value: number, span: Expression["span"]): Expression {
  return { kind: "number", value, span };
}

function tooDeep(cursor: Cursor, message = `the expression is nested more than ${maxDepth} deep`): never {
  cursor.reports.fail("too-deep", cursor.token.span, message, "give a part of it a name with `const`");
}

function parseUnary(cursor: Cursor, depth: number): Expression {
  const { kind, text, span } = cursor.token;
  if (depth > maxDepth) tooDeep(cursor);
  if (kind === "mark" && ["-", "+", "~", "!", "*", "("].includes(text)) {
    cursor.advance();
    if (text === "(" && isCast(cursor)) {
      parseSimpleType(cursor);
      cursor.expect(")", "after the type");
      return parseUnary(cursor, depth + 1);
    }
    if (text === "(") {
      const inner = parseExpression(cursor, depth + 1);
      cursor.expect(")", "after the expression");
      return inner;
    }
    const operand = parseUnary(cursor, depth + 1);
    return unary(text, operand, cursor.since(span));
  }
  if (kind === "word" && text === "sizeof" && cursor.next.text === "(") return parseSizeof(cursor);
  cursor.advance();
  if (kind === "number") return number(numberOf(text.replace(/[uUlL]+$/, "")), span);
  if (kind === "char") return number(text.replace("\\", "").charCodeAt(0), span);
  if (kind === "word") return { kind: "name", name: text, span };
  cursor.reports.fail("syntax", span, `expected a number or a name, but found \`${text}\``);
}

/** Whether a type in parentheses stands before a value, as in `(long)n`. Values of NDR are as wide as they are. */
function isCast(cursor: Cursor): boolean {
  return cursor.token.kind === "word" && typeWords.has(cursor.token.text);
}

/** `-a` is 0 - a, `~a` is -1 - a, and `!a` is a == 0. */
function unary(operator: string, operand: Expression, span: Expression["span"]): Expression {
  if (operator === "-") return operation("-", number(0, span), operand, span);
  if (operator === "~") return operation("-", number(-1, span), operand, span);
  if (operator === "!") return operation("==", operand, number(0, span), span);
  // A pointer is where its value is: *n and n are the same.
  return operand;
}

function parseSizeof(cursor: Cursor): Expression {
  cursor.advance();
  cursor.expect("(", "after `sizeof`");
  const type = parseSimpleType(cursor);
  if (cursor.is("*"))
    cursor.reports.fail("unsupported", type.span, "`sizeof` is for built-in types only", "write the number of bytes");
  cursor.expect(")", "after the type");
  return { kind: "sizeof", type, span: type.span };
}

/** As in C, a number that begins with 0 is octal. */
function numberOf(digits: string): number {
  return /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
}
