// Evaluates constants and enum members, in any order of definition.

import { NearestNames } from "../../base/nearest-names.js";
import { isLeftToC, type Outside, slipAdvice } from "../c-names/outside.js";
import { BUILTIN_CONSTANTS } from "../c-names/well-known.js";
import { type Reporter, reportError, reportWarning } from "../findings/diagnostics.js";
import { didYouMean, type Fix, inserting } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import type { Name, Value } from "../syntax/ast.js";

/** A constant, or a member of an enum. */
export interface Constant {
  readonly name: Name;
  /** Undefined: one more than the member before. */
  readonly syntax: Value | undefined;
  /** The members of the same enum, in order. */
  readonly siblings: readonly Constant[];
  readonly index: number;
  state: "new" | "busy" | "done";
  /** The result of the evaluation; undefined if it failed, which was reported. */
  value: bigint | string | undefined;
}

export interface ConstantScope {
  readonly reporter: Reporter;
  /** The first words of the definitions, in the order of the text. */
  readonly starts: readonly Span[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** Constants from C code (`%` lines), for names without another definition. */
  readonly passed: ReadonlyMap<string, Constant>;
  readonly outside: Outside;
  /** Constants of C's headers, if the headers can be found. */
  readonly headers: (name: string) => Constant | undefined;
  /** Constants that C defines and whose values are not known. */
  readonly open: Set<string>;
  /** Constants and types that no file defines. */
  readonly missing: Set<string>;
  /** The kind of a name that is not a constant: "a type", "a program". */
  readonly foreign: ReadonlyMap<string, string>;
  readonly uses: Set<string>;
  readonly scopeOf: (file: string) => ConstantScope | undefined;
  readonly kindOf: (name: string) => string | undefined;
  /** The candidates for misspelt names; created when the first is found. */
  readonly near: { constants?: NearestNames; types?: NearestNames };
}

/** The most nested references between constants, and nested operators. */
export const MAX_CONSTANT_DEPTH = 500;

/** Limits of intermediate values, before the final range check. */
const MAX_MAGNITUDE = 1n << 160n;

export function newConstant(name: Name, syntax: Value | undefined, siblings: readonly Constant[] = []): Constant {
  return { name, syntax, siblings, index: siblings.length, state: "new", value: undefined };
}

/** The constant's value; undefined if it has none, which was reported. */
export function constantValue(scope: ConstantScope, constant: Constant, depth = 0): Constant["value"] {
  let first = constant.index;
  while (constant.state === "new" && constant.siblings[first - 1]?.state === "new") first--;
  for (const sibling of constant.siblings.slice(first, constant.index)) evaluateConstant(scope, sibling, depth);
  if (constant.state === "new") evaluateConstant(scope, constant, depth);
  if (constant.state === "busy") {
    const { name } = constant;
    reportError(scope.reporter, "circular-constant", name.span, `the value of ${name.text} depends on itself`);
    constant.state = "done";
  }
  return constant.value;
}

function evaluateConstant(scope: ConstantScope, constant: Constant, depth: number): void {
  constant.state = "busy";
  const { syntax, siblings, index, name } = constant;
  const before = siblings[index - 1];
  if (syntax !== undefined) constant.value = evaluate(scope, syntax, new Map(), depth + 1);
  else if (before === undefined) constant.value = 0n;
  else if (before.state === "busy") constantValue(scope, before);
  else if (typeof before.value === "bigint") constant.value = before.value + 1n;
  else if (typeof before.value === "string") {
    reportError(scope.reporter, "not-constant", name.span, `${name.text} has no value to continue from`);
  }
  constant.state = "done";
}

/** @param local names that take precedence over constants: the members of a union's enum. */
export function evaluate(
  scope: ConstantScope,
  value: Value,
  local: ReadonlyMap<string, bigint>,
  depth = 0,
): bigint | string | undefined {
  if (depth > MAX_CONSTANT_DEPTH) {
    reportError(scope.reporter, "too-deep", value.span, "this constant is built from too many others");
    return undefined;
  }
  switch (value.kind) {
    case "number":
    case "string":
      return value.value;
    case "name":
      return local.get(value.name) ?? evaluateName(scope, value, depth);
    case "unary": {
      const operand = evaluate(scope, value.operand, local, depth + 1);
      return checkOperands(scope, value, [operand], ([a = 0n]) => applyUnary(value.operator, a));
    }
    case "binary": {
      const left = evaluate(scope, value.left, local, depth + 1);
      const right = evaluate(scope, value.right, local, depth + 1);
      return checkOperands(scope, value, [left, right], ([a = 0n, b = 0n]) => applyBinary(value.operator, a, b));
    }
  }
}

/** The scope of the constant's own names: the interface that defines it. */
function homeOf(scope: ConstantScope, name: string): ConstantScope {
  const file = scope.foreign.get(name);
  if (file === undefined) return scope;
  scope.uses.add(file);
  return scope.scopeOf(file) ?? scope;
}

function evaluateName(scope: ConstantScope, value: Value & { kind: "name" }, depth: number): Constant["value"] {
  const constant = scope.constants.get(value.name);
  if (constant !== undefined) return constantValue(homeOf(scope, value.name), constant, depth + 1);
  const kind = scope.kindOf(value.name);
  if (kind !== undefined) {
    reportError(scope.reporter, "wrong-kind", value.span, `${value.name} is ${kind}, but a constant is needed here`);
    return undefined;
  }
  const passed = scope.passed.get(value.name);
  if (passed !== undefined) return constantValue(scope, passed, depth + 1);
  const builtin = BUILTIN_CONSTANTS.get(value.name);
  if (builtin !== undefined) return builtin;
  const header = scope.headers(value.name);
  if (header !== undefined) return constantValue(scope, header, depth + 1);
  if (!scope.reporter.full) reportUnknown(scope, value);
  return undefined;
}

/** An error in C's headers is reported only if the interface depends on it. */
function reportUnknown(scope: ConstantScope, { name, span }: Value & { kind: "name" }): void {
  if (scope.open.has(name)) return;
  scope.missing.add(name);
  scope.near.constants ??= new NearestNames(scope.constants.keys());
  const nearest = scope.near.constants.nearest(name);
  // Not the constant or program whose value this is: it would depend on itself.
  const other = scope.constants.get(nearest ?? "");
  const close = other?.state === "busy" || other?.syntax?.span === span ? undefined : nearest;
  const given = `define it: \`const ${name} = 1;\`, or -D${name}=1`;
  const fixes = definedAbove(scope, span, `const ${name} = 1;`, `Define \`${name}\` as 1`);
  if (isLeftToC(scope.outside, name, close, false)) {
    scope.open.add(name);
    const slipped = slipAdvice(name, close, span, given);
    reportWarning(
      scope.reporter,
      "left-to-c",
      span,
      `the constant ${name} is defined in C code, so its value is unknown`,
      { ...slipped, fixes: [...(slipped.fixes ?? []), ...fixes] },
    );
    return;
  }
  const advice = close === undefined ? { hint: given, fixes } : didYouMean(span, close);
  reportError(scope.reporter, "undefined-name", span, `the constant ${name} is not defined`, advice);
}

/** The fix that inserts a definition before the one that contains `place`. */
export function definedAbove({ starts }: ConstantScope, place: Span, definition: string, title: string): Fix[] {
  const isBefore = ({ file, offset }: Span): boolean => file === place.file && offset <= place.offset;
  const start = starts.findLast(isBefore);
  return start === undefined ? [] : [inserting(start, `${definition}\n`, title, 0)];
}

/** The C constant on which an expression without a value depends. */
export function openNameIn(scope: ConstantScope, value: Value, depth = 0): string | undefined {
  if (depth > MAX_CONSTANT_DEPTH) return undefined;
  switch (value.kind) {
    case "name": {
      if (scope.open.has(value.name)) return value.name;
      const behind = scope.constants.get(value.name);
      if (behind?.syntax === undefined || behind.value !== undefined) return undefined;
      return openNameIn(homeOf(scope, value.name), behind.syntax, depth + 1);
    }
    case "unary":
      return openNameIn(scope, value.operand, depth + 1);
    case "binary":
      return openNameIn(scope, value.left, depth + 1) ?? openNameIn(scope, value.right, depth + 1);
    default:
      return undefined;
  }
}

function checkOperands(
  scope: ConstantScope,
  value: Value,
  operands: readonly (bigint | string | undefined)[],
  apply: (operands: bigint[]) => bigint | undefined,
): bigint | undefined {
  if (operands.includes(undefined)) return undefined;
  const numbers = operands.filter((operand) => typeof operand === "bigint");
  if (numbers.length < operands.length) {
    reportError(scope.reporter, "not-constant", value.span, "strings cannot be used in calculations");
    return undefined;
  }
  const result = apply(numbers);
  if (result !== undefined && result < MAX_MAGNITUDE && result > -MAX_MAGNITUDE) return result;
  const message =
    result === undefined ? "this has no value: the right operand is not allowed" : "this value is too large";
  reportError(scope.reporter, "out-of-range", value.span, message);
  return undefined;
}

function applyUnary(operator: "-" | "+" | "~", a: bigint): bigint {
  if (operator === "-") return -a;
  return operator === "~" ? ~a : a;
}

/** Calculates a binary expression; undefined for a division by zero and for a shift out of range. */
function applyBinary(operator: (Value & { kind: "binary" })["operator"], a: bigint, b: bigint): bigint | undefined {
  switch (operator) {
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "&":
      return a & b;
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return b === 0n ? undefined : a / b;
    case "%":
      return b === 0n ? undefined : a % b;
    case "<<":
      return b < 0n || b > 64n ? undefined : a << b;
    case ">>":
      return b < 0n || b > 64n ? undefined : a >> b;
  }
}
