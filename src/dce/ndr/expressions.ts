// The values of expressions in attributes such as size_is, with the operators of C.
import type { Scope } from "./scope.js";
import type { NdrExpression, NdrOperator } from "./types.js";

/** The value of an expression; undefined if a name in it is not known, or for a division by zero. */
export function evaluate(expression: NdrExpression, scope: Scope): number | undefined {
  if (typeof expression === "number") return expression;
  if (typeof expression === "string") return scope(expression) ?? undefined;
  if (expression[0] === "?") {
    const condition = compared(expression[1], scope);
    return condition === undefined ? undefined : evaluate(expression[condition === 0 ? 3 : 2], scope);
  }
  const value = expression[0] === "==" || expression[0] === "!=" ? compared : evaluate;
  const a = value(expression[1], scope);
  const b = value(expression[2], scope);
  return a === undefined || b === undefined ? undefined : operate(expression[0], a, b);
}

/** A value in a condition, where a null pointer is 0. */
function compared(expression: NdrExpression, scope: Scope): number | undefined {
  const isNull = typeof expression === "string" && scope(expression) === null;
  return isNull ? 0 : evaluate(expression, scope);
}

/** An operation on two integers; undefined if it has no value, or one that a number does not hold exactly. */
export function operate(operator: NdrOperator, a: number, b: number): number | undefined {
  if (!Number.isSafeInteger(a) || !Number.isSafeInteger(b)) return undefined;
  const isShift = operator === "<<" || operator === ">>";
  if (isShift && (b < 0 || b > 63)) return undefined;
  if (b === 0 && (operator === "/" || operator === "%")) return undefined;
  const value = Number(operations[operator](a, b));
  // -0 is 0 for every reader of the value.
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}

const operations: Readonly<Record<NdrOperator, (a: number, b: number) => number | bigint | boolean>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => Math.trunc(a / b),
  "%": (a, b) => a % b,
  // BigInt, because the bit operators of JavaScript numbers use 32 bits with a sign.
  "&": (a, b) => BigInt(a) & BigInt(b),
  "|": (a, b) => BigInt(a) | BigInt(b),
  "^": (a, b) => BigInt(a) ^ BigInt(b),
  "<<": (a, b) => BigInt(a) << BigInt(b),
  ">>": (a, b) => BigInt(a) >> BigInt(b),
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};
