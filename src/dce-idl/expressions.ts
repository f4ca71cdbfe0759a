// Expressions: constants, and the arguments of size_is, length_is and switch_is. Precedence as in C.
import type { Expression } from "./ast.js";
import type { Cursor } from "./cursor.js";

const levels: readonly (readonly string[])[] = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]];

/** The deepest nesting of parentheses and operators. */
const maxDepth = 50;

export function parseExpression(cursor: Cursor, level = 0, depth = 0): Expression {
  const operators = levels[level];
  if (operators === undefined) return parseUnary(cursor, depth);
  const start = cursor.token.span;
  let left = parseExpression(cursor, level + 1, depth);
  for (
    let operator = operators.find((one) => cursor.is(one));
    operator;
    operator = operators.find((one) => cursor.is(one))
  ) {
    cursor.advance();
    const right = parseExpression(cursor, level + 1, depth);
    left = { kind: "binary", operator, left, right, span: cursor.since(start) };
  }
  return left;
}

function parseUnary(cursor: Cursor, depth: number): Expression {
  const { kind, text, span } = cursor.token;
  if (depth > maxDepth) cursor.reports.fail("too-deep", span, "the expression is nested too deeply");
  if (kind === "mark" && ["-", "+", "~", "*", "("].includes(text)) {
    cursor.advance();
    if (text === "(") {
      const inner = parseExpression(cursor, 0, depth + 1);
      cursor.expect(")", "after the expression");
      return inner;
    }
    const operand = parseUnary(cursor, depth + 1);
    // A pointer is where its value is: *n and n are the same.
    if (text === "*" || text === "+") return operand;
    return { kind: "unary", operator: text, operand, span: cursor.since(span) };
  }
  cursor.advance();
  if (kind === "number") return { kind: "number", value: numberOf(text.replace(/[uUlL]+$/, "")), span };
  if (kind === "char") return { kind: "number", value: text.replace("\\", "").charCodeAt(0), span };
  if (kind === "word") return { kind: "name", name: text, span };
  cursor.reports.fail("syntax", span, `expected a number or a name, but found \`${text}\``);
}

/** As in C, a number that begins with 0 is octal. */
function numberOf(digits: string): number {
  return /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
}

/** The operations on two constants. */
export const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "&": (a, b) => a & b,
  "<<": (a, b) => a * 2 ** b,
  ">>": (a, b) => Math.floor(a / 2 ** b),
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => Math.trunc(a / b),
  "%": (a, b) => a % b,
};
