// Evaluates the conditions of #if and #elif: C's integer expressions (ISO C11 6.10.1), with macros that expand to
// expressions.
import { type Lexeme, lexPart } from "../syntax/lexemes.js";
import { characterCode } from "../syntax/lexer.js";

/** The meaning of a name in a condition. */
export interface ConditionMacro {
  readonly parameters?: readonly string[] | undefined;
  readonly body: string;
}

/** The macro of a name; undefined if it is not a macro. */
export type MacroText = (name: string) => ConditionMacro | undefined;

interface Evaluation {
  readonly words: readonly string[];
  readonly textOf: MacroText;
  position: number;
  /** The most nested parentheses, signs and macros. */
  depth: number;
  readonly budget: Budget;
}

/** The number of macros that may still be expanded: each may expand to several others. */
interface Budget {
  left: number;
}

const MAX_MACROS = 1000;

/** Parentheses, signs and macros one inside the other. */
const MAX_DEPTH = 64;

const SIGNS: ReadonlySet<string> = new Set("-+*/%<>!~^&|?:(),");
const PAIRS: ReadonlySet<string> = new Set(["&&", "||", "==", "!=", "<=", ">=", "<<", ">>"]);

/** The value of the condition; undefined if it cannot be evaluated. */
export function evaluateCondition(text: string, textOf: MacroText): boolean | undefined {
  const value = evaluate(wordsOf(text), textOf, 0, { left: MAX_MACROS });
  return value === undefined ? undefined : value !== 0n;
}

class NotUnderstood extends Error {}

function evaluate(
  words: readonly string[] | undefined,
  textOf: MacroText,
  depth: number,
  budget: Budget,
): bigint | undefined {
  if (words === undefined) return undefined;
  const state: Evaluation = { words, textOf, position: 0, depth, budget };
  try {
    const value = choice(state);
    return state.position === words.length ? BigInt.asIntN(64, value) : undefined;
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

function wordsOf(text: string): string[] | undefined {
  const words: string[] = [];
  const lexemes = lexPart(text, 0, text.length);
  for (let at = 0; at < lexemes.length; at++) {
    const [first, second] = [lexemes[at] as Lexeme, lexemes[at + 1]];
    const pair = first.text + (second?.adjacent ? second.text : "");
    const word = PAIRS.has(pair) ? pair : wordOf(first);
    if (word === undefined) return undefined;
    if (word === pair && word !== first.text) at++;
    words.push(word);
  }
  return words;
}

/** The word of a lexeme; undefined if it has no meaning in a condition. */
function wordOf({ kind, text }: Lexeme): string | undefined {
  if (kind === "word" || kind === "character") return text;
  if (kind === "number") return /^(0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]{0,3}$/.exec(text)?.[1];
  return SIGNS.has(text) ? text : undefined;
}

function accept(state: Evaluation, word: string): boolean {
  if (state.words[state.position] !== word) return false;
  state.position++;
  return true;
}

/** `a ? b : c`. */
function choice(state: Evaluation): bigint {
  const condition = binary(state, 1);
  if (!accept(state, "?")) return condition;
  const yes = deeper(state, choice);
  if (!accept(state, ":")) throw new NotUnderstood();
  const no = deeper(state, choice);
  return condition === 0n ? no : yes;
}

type Apply = (a: bigint, b: bigint) => bigint;

const truth = (value: boolean): bigint => (value ? 1n : 0n);
/** Division by zero and invalid shifts are errors in C. */
const divided = (b: bigint, quotient: () => bigint): bigint => {
  if (b === 0n) throw new NotUnderstood();
  return quotient();
};
const shifted = (b: bigint, shift: () => bigint): bigint => {
  if (b < 0n || b > 63n) throw new NotUnderstood();
  return shift();
};

const OPERATORS: ReadonlyMap<string, readonly [number, Apply]> = new Map<string, readonly [number, Apply]>([
  ["||", [1, (a, b) => truth(a !== 0n || b !== 0n)]],
  ["&&", [2, (a, b) => truth(a !== 0n && b !== 0n)]],
  ["|", [3, (a, b) => a | b]],
  ["^", [4, (a, b) => a ^ b]],
  ["&", [5, (a, b) => a & b]],
  ["==", [6, (a, b) => truth(a === b)]],
  ["!=", [6, (a, b) => truth(a !== b)]],
  ["<", [7, (a, b) => truth(a < b)]],
  [">", [7, (a, b) => truth(a > b)]],
  ["<=", [7, (a, b) => truth(a <= b)]],
  [">=", [7, (a, b) => truth(a >= b)]],
  ["<<", [8, (a, b) => shifted(b, () => a << b)]],
  [">>", [8, (a, b) => shifted(b, () => a >> b)]],
  ["+", [9, (a, b) => a + b]],
  ["-", [9, (a, b) => a - b]],
  ["*", [10, (a, b) => a * b]],
  ["/", [10, (a, b) => divided(b, () => a / b)]],
  ["%", [10, (a, b) => divided(b, () => a % b)]],
]);

function binary(state: Evaluation, weakest: number): bigint {
  let left = unary(state);
  for (;;) {
    const operator = OPERATORS.get(state.words[state.position] ?? "");
    if (operator === undefined || operator[0] < weakest) return left;
    state.position++;
    const right = binary(state, operator[0] + 1);
    left = BigInt.asIntN(64, operator[1](left, right));
  }
}

function unary(state: Evaluation): bigint {
  const word = state.words[state.position++];
  switch (word) {
    case undefined:
      throw new NotUnderstood();
    case "!":
      return truth(deeper(state, unary) === 0n);
    case "-":
      return -deeper(state, unary);
    case "+":
      return deeper(state, unary);
    case "~":
      return ~deeper(state, unary);
    case "(": {
      const value = deeper(state, choice);
      if (!accept(state, ")")) throw new NotUnderstood();
      return value;
    }
    case "defined":
      return truth(isDefined(state));
    default:
      return operand(state, word);
  }
}

function deeper(state: Evaluation, read: (state: Evaluation) => bigint): bigint {
  if (state.depth >= MAX_DEPTH) throw new NotUnderstood();
  state.depth++;
  const value = read(state);
  state.depth--;
  return value;
}

function isDefined(state: Evaluation): boolean {
  const parenthesis = accept(state, "(");
  const name = state.words[state.position++] ?? "";
  if (!/^[A-Za-z_]/.test(name) || (parenthesis && !accept(state, ")"))) throw new NotUnderstood();
  return state.textOf(name) !== undefined;
}

/** A number, a character, or a name: 0 if it is not a macro (ISO C11 6.10.1 paragraph 4). */
function operand(state: Evaluation, word: string): bigint {
  if (/^[0-9]/.test(word)) return number(word);
  if (word.startsWith("'")) return BigInt(characterCode(word.slice(1, -1)));
  if (!/^[A-Za-z_]/.test(word)) throw new NotUnderstood();
  const macro = state.textOf(word);
  if (macro === undefined) return 0n;
  if (macro.body.trim() === "" || state.depth >= MAX_DEPTH || state.budget.left-- <= 0) throw new NotUnderstood();
  // The arguments of a macro may use it again; a macro that expands to itself ends at the maximum depth.
  const isHidden = macro.parameters === undefined;
  const hidden: MacroText = (name) => (isHidden && name === word ? undefined : state.textOf(name));
  const value = evaluate(replacement(state, macro), hidden, state.depth + 1, state.budget);
  if (value === undefined) throw new NotUnderstood();
  return value;
}

/** The most words that a macro with arguments may expand to. */
const MAX_WORDS = 10_000;

/** The body, with its parameters replaced by the arguments after the name. */
function replacement(state: Evaluation, { parameters, body }: ConditionMacro): string[] | undefined {
  const words = wordsOf(body);
  if (words === undefined || parameters === undefined) return words;
  const args = readArguments(state);
  if (args.length !== parameters.length && !(parameters.length === 0 && args[0]?.length === 0)) {
    throw new NotUnderstood();
  }
  const replaced = words.flatMap((word) => args[parameters.indexOf(word)] ?? [word]);
  if (replaced.length > MAX_WORDS) throw new NotUnderstood();
  return replaced;
}

function readArguments(state: Evaluation): string[][] {
  if (!accept(state, "(")) throw new NotUnderstood();
  const args: string[][] = [[]];
  for (let depth = 1; ; state.position++) {
    const word = state.words[state.position];
    if (word === undefined) throw new NotUnderstood();
    if (word === "(") depth++;
    if (word === ")" && --depth === 0) break;
    if (word === "," && depth === 1) args.push([]);
    else args.at(-1)?.push(word);
  }
  state.position++;
  return args;
}

function number(digits: string): bigint {
  if (digits.length > 80) throw new NotUnderstood();
  if (!/^0[0-9]/.test(digits)) return BigInt(digits);
  if (/[89]/.test(digits)) throw new NotUnderstood();
  return BigInt(`0o${digits.slice(1)}`);
}
