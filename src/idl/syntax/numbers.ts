// Evaluates constants where the language requires a number of a certain range.

import { reportError, reportWarning } from "../findings/diagnostics.js";
import { replacing, safely } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import { type ConstantScope, definedAbove, evaluate, openNameIn } from "../names/constants.js";
import type { Value } from "./ast.js";

const MAX_UINT32 = 0xffff_ffffn;
const MIN_INT32 = -0x8000_0000n;
const MAX_INT32 = 0x7fff_ffffn;

export interface Range {
  readonly least: bigint;
  readonly greatest: bigint;
  /** The name of the number in messages. */
  readonly what: string;
}

const UNSIGNED = { least: 0n, greatest: MAX_UINT32 };
const SIGNED = { least: MIN_INT32, greatest: MAX_INT32 };

export const CONSTANT: Range = { least: -(1n << 127n), greatest: (1n << 128n) - 1n, what: "a constant of 128 bits" };
export const LENGTH: Range = { ...UNSIGNED, what: "a length (an unsigned int)" };
export const MEMBER: Range = { ...SIGNED, what: "the value of an enum member (a signed int)" };
export const PROGRAM: Range = { ...UNSIGNED, what: "a program number (an unsigned int)" };
export const VERSION: Range = { ...UNSIGNED, what: "a version number (an unsigned int)" };
export const PROCEDURE: Range = { ...UNSIGNED, what: "a procedure number (an unsigned int)" };

/** The limits of a case label, by the type of the discriminant. */
export const CASES: Readonly<Record<"int" | "unsigned int" | "bool" | "enum", Range>> = {
  int: { ...SIGNED, what: "a case of an int" },
  enum: { ...SIGNED, what: "a case of an enum" },
  "unsigned int": { ...UNSIGNED, what: "a case of an unsigned int" },
  bool: { least: 0n, greatest: 1n, what: "a case of a bool (TRUE or FALSE)" },
};

const NO_NAMES: ReadonlyMap<string, bigint> = new Map();

/**
 * The value of an expression; undefined if an error was reported.
 * @param local names that take precedence over the file's constants.
 */
export function resolveNumber(
  scope: ConstantScope,
  syntax: Value,
  range: Range,
  local: ReadonlyMap<string, bigint> = NO_NAMES,
): number | undefined {
  const value = evaluate(scope, syntax, local);
  if (value !== undefined)
    return toNumber(scope, value, range, { span: syntax.span, isLiteral: syntax.kind === "number" });
  reportOpen(scope, syntax, range);
  return undefined;
}

/** Reports the subexpression that needs an unknown C constant. */
export function reportOpen(scope: ConstantScope, syntax: Value, { what }: Range): void {
  const name = openNameIn(scope, syntax);
  if (name === undefined) return;
  const message = `${what} depends on ${name}, which is defined in C code`;
  reportError(scope.reporter, "undefined-name", syntax.span, message, {
    hint: `give its value: -D${name}=1`,
    fixes: definedAbove(scope, syntax.span, `const ${name} = 1;`, `Define \`${name}\` as 1`),
  });
}

/** The position of a value, and whether it is a single number there. */
interface Written {
  readonly span: Span;
  readonly isLiteral: boolean;
}

/** The value as a number; undefined if an error was reported. */
export function toNumber(
  scope: ConstantScope,
  value: bigint | string,
  range: Range,
  { span, isLiteral }: Written,
): number | undefined {
  if (typeof value === "string") {
    reportError(scope.reporter, "not-constant", span, `a string cannot be ${range.what}`);
    return undefined;
  }
  const signed = asSigned(value, range);
  if (signed === undefined) return checkRange(scope, value, range, span) ? Number(value) : undefined;
  const message = `${value} is too large for ${range.what}, and is sent as ${signed}`;
  const hint = `the same 32 bits; write ${signed} instead`;
  const fixes = isLiteral ? [safely(replacing(span, String(signed)))] : [];
  reportWarning(scope.reporter, "unsigned-value", span, message, { hint, fixes });
  return signed;
}

/** The signed number that C sends for an unsigned one: the same 32 bits. */
function asSigned(value: bigint, { greatest }: Range): number | undefined {
  const isUnsigned = greatest === MAX_INT32 && value > MAX_INT32 && value <= MAX_UINT32;
  return isUnsigned ? Number(BigInt.asIntN(32, value)) : undefined;
}

export function checkRange(scope: ConstantScope, value: bigint, range: Range, span: Span): boolean {
  const { least, greatest, what } = range;
  if (value >= least && value <= greatest) return true;
  const hint = `it must be between ${least} and ${greatest}`;
  const fixes = nearestIn(value, range).map((near) => replacing(span, String(near)));
  reportError(scope.reporter, "out-of-range", span, `${value} is out of range for ${what}`, { hint, fixes });
  return false;
}

/** The likely corrections: the number without its sign, or the nearest end of the range; both values of a bool. */
function nearestIn(value: bigint, { least, greatest }: Range): bigint[] {
  if (greatest - least === 1n) return [greatest, least];
  if (value < 0n && -value <= greatest) return [-value];
  return [value < least ? least : greatest];
}
