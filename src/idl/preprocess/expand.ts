// Converts the preprocessor's output to one list of tokens: included files are inserted at their places, and macros are
// expanded (ISO C11 6.10.3). The name of a macro that is a single value is kept, and becomes a constant.
import { createReporter, reportError } from "../findings/diagnostics.js";
import { tokensOf } from "../syntax/lexer.js";
import type { Token } from "../syntax/tokens.js";
import { substitute } from "./macro-operators.js";
import type { Context, DirectiveEvent, Macro, Unit } from "./units.js";

/** Tokens of an interface, closed by an "end" token, and the macros that may be its constants. */
export interface Expanded {
  readonly tokens: readonly Token[];
  readonly macros: readonly SurfacedMacro[];
  /** Macros for C code. */
  readonly passed: readonly SurfacedMacro[];
}

export interface SurfacedMacro {
  readonly macro: Macro;
  /** The body's tokens, without an "end". */
  readonly body: readonly Token[];
  /** Index of the token after it. */
  readonly position: number;
}

/** The most tokens that macros may produce in one interface. */
export const MAX_EXPANSION = 200_000;

interface Definition {
  readonly macro: Macro;
  /** Undefined if it contains characters that are invalid in an interface. */
  readonly body: readonly Token[] | undefined;
  /** The name stays in the text: the macro is a constant. */
  readonly isConstant: boolean;
}

interface Expansion {
  readonly context: Context;
  readonly table: Map<string, Definition>;
  readonly out: Token[];
  readonly macros: SurfacedMacro[];
  /** The number of tokens that macros may still produce. */
  budget: number;
  /** The most nested macros in arguments of macros. */
  depth: number;
  /** The token in the text that is being expanded. */
  use: Token | undefined;
  /** Macros that are being expanded, and are not expanded again within themselves (6.10.3.4). */
  readonly hidden: Set<string>;
}

/** The tokens of a file and of what it includes. */
export function expand(unit: Unit, context: Context): Expanded {
  const state: Expansion = {
    context,
    table: new Map(),
    out: [],
    macros: [],
    budget: MAX_EXPANSION,
    depth: 0,
    use: undefined,
    hidden: new Set(),
  };
  for (const macro of context.predefined) define(state, macro);
  const end = expandUnit(state, unit);
  if (end !== undefined) state.out.push(end);
  const passed = context.passed.map((macro) => ({ macro, body: bodyOf(macro) ?? [], position: 0 }));
  return { tokens: state.out, macros: state.macros, passed };
}

/** @returns the unit's "end" token. */
function expandUnit(state: Expansion, unit: Unit): Token | undefined {
  const { reporter } = state.context;
  // The text of a C header is not part of the interface.
  const tokens = unit.header ? [] : tokensOf(unit.source, unit.lexemes, reporter);
  const stream: Stream = { tokens, position: 0 };
  let next = 0;
  for (let token = tokens[0]; token !== undefined; token = tokens[stream.position]) {
    for (; (unit.events[next]?.offset ?? Number.POSITIVE_INFINITY) < token.span.offset; next++) {
      apply(state, unit.events[next]);
    }
    if (token.kind === "end") break;
    stream.position++;
    const start = state.out.length;
    state.use = token;
    replace(state, token, stream, state.out);
    for (let index = start; index < state.out.length; index++) move(state.out, index, token, index === start);
  }
  for (; next < unit.events.length; next++) apply(state, unit.events[next]);
  return tokens.at(-1);
}

function apply(state: Expansion, event: DirectiveEvent | undefined): void {
  if (event === undefined || state.context.reporter.full) return;
  if (event.kind === "define") define(state, event.macro);
  else if (event.kind === "undef") state.table.delete(event.name);
  else expandUnit(state, event.unit);
}

function define(state: Expansion, macro: Macro): void {
  const { name, parameters, own } = macro;
  const body = bodyOf(macro);
  const stays = own && parameters === undefined && !state.context.changed.has(name);
  const isConstant = stays && body !== undefined && isValue(state, body);
  state.table.set(name, { macro, body, isConstant });
  if (stays && body !== undefined && body.length > 0) {
    state.macros.push({ macro, body, position: state.out.length });
  }
}

/** Returns the macro's tokens; undefined if its text has characters that are invalid in an interface. */
function bodyOf({ source, lexemes }: Macro): readonly Token[] | undefined {
  const reporter = createReporter(1);
  const tokens = tokensOf(source, lexemes, reporter, { hashes: true, isPart: true }).slice(0, -1);
  return reporter.errors > 0 ? undefined : tokens;
}

/** A literal, a constant, or something in parentheses that is made of them. */
function isValue(state: Expansion, body: readonly Token[]): boolean {
  const [first] = body;
  const whole = body.length === 1 || (body.length === 2 && first?.text === "-") || isParenthesised(body);
  return whole && body.every((token) => token.kind !== "name" || state.table.get(token.text)?.isConstant === true);
}

function isParenthesised(body: readonly Token[]): boolean {
  let depth = 0;
  for (const [index, token] of body.entries()) {
    if (token.kind !== "punctuation") continue;
    if (token.text === "(") depth++;
    else if (token.text === ")" && --depth === 0) return index === body.length - 1;
    if (depth === 0) return false;
  }
  return false;
}

/** The position in a list of tokens: the arguments of a macro follow its name. */
interface Stream {
  readonly tokens: readonly Token[];
  position: number;
}

function replace(state: Expansion, token: Token, stream: Stream, out: Token[]): void {
  const { hidden } = state;
  const definition = token.kind === "name" ? state.table.get(token.text) : undefined;
  if (definition === undefined || definition.isConstant || hidden.has(token.text)) {
    out.push(definition === undefined ? placeMacro(state, token) : token);
    return;
  }
  // Already reported, and further expansions would take as long.
  if (state.budget < 0) return;
  const { macro, body } = definition;
  const replaced = macro.parameters === undefined ? withoutArguments(body) : withArguments(state, definition, stream);
  if (replaced === "no call") {
    out.push(token);
    return;
  }
  if (replaced === undefined) {
    reportMacro(state, macro, "has characters in its body that an interface cannot have");
    return;
  }
  state.budget -= replaced.length;
  if (state.budget < 0 || hidden.size >= MAX_DEPTH) {
    reportMacro(state, macro, "expands to too much text");
    state.budget = -1;
    return;
  }
  hidden.add(token.text);
  replaceAll(state, replaced, out);
  hidden.delete(token.text);
}

/** `__LINE__` and `__FILE__` (6.10.8.1). */
function placeMacro({ use }: Expansion, token: Token): Token {
  const { line, file } = use?.span ?? token.span;
  if (token.kind !== "name") return token;
  if (token.text === "__LINE__") return { ...token, kind: "number", text: `${line}`, value: BigInt(line) };
  return token.text === "__FILE__" ? { ...token, kind: "string", text: file } : token;
}

function withoutArguments(body: readonly Token[] | undefined): readonly Token[] | undefined {
  return body?.some(({ text, kind }) => text === "#" && kind === "punctuation")
    ? substitute(body, () => undefined)
    : body;
}

/** The most nested expansions of macros. */
const MAX_DEPTH = 64;

function replaceAll(state: Expansion, tokens: readonly Token[], out: Token[]): void {
  const stream: Stream = { tokens, position: 0 };
  for (let token = tokens[0]; token !== undefined && state.budget >= 0; token = tokens[stream.position]) {
    stream.position++;
    replace(state, token, stream, out);
  }
}

/** Tokens from a macro get the position and the comments of its use. */
function move(out: Token[], index: number, use: Token, isFirst: boolean): void {
  const token = out[index];
  if (token === undefined || token === use) return;
  const isLast = index === out.length - 1;
  out[index] = {
    ...token,
    span: { ...use.span, expandedFrom: token.span },
    above: isFirst ? use.above : undefined,
    beside: isLast ? use.beside : undefined,
  };
}

/** Expands a function-like macro. If no `(` follows, the name is an ordinary identifier. */
function withArguments(
  state: Expansion,
  { macro, body }: Definition,
  stream: Stream,
): readonly Token[] | "no call" | undefined {
  if (stream.tokens[stream.position]?.text !== "(") return "no call";
  if (body === undefined) return undefined;
  const names = macro.parameters ?? [];
  const given = readArguments(stream, macro.variadic ? names.length : undefined);
  const args = argumentsFor(macro, given);
  if (args === undefined) {
    const wanted = `${names.length} argument${names.length === 1 ? "" : "s"}`;
    const found = given === undefined ? "its parenthesis is not closed" : `${given.length} are given`;
    reportMacro(state, macro, `takes ${wanted}, but ${found}`);
    return [];
  }
  if (state.depth >= MAX_DEPTH) {
    reportMacro(state, macro, "is nested too deep");
    return [];
  }
  state.depth++;
  const replaced = args.map((arg) => {
    const out: Token[] = [];
    replaceAll(state, arg, out);
    return out;
  });
  state.depth--;
  const length = replaced.reduce((sum, arg) => sum + arg.length, 0) * body.length;
  if (length > MAX_EXPANSION) {
    reportMacro(state, macro, "expands to too much text");
    return [];
  }
  const made = substitute(body, (name) => {
    const index = names.indexOf(name);
    return index < 0 ? undefined : { raw: args[index] ?? [], replaced: replaced[index] ?? [] };
  });
  if (made === undefined) reportMacro(state, macro, "joins two words by ## into an invalid one");
  return made ?? [];
}

/** The arguments of a macro's parameters; undefined if their number is wrong. */
function argumentsFor({ parameters = [], variadic }: Macro, given: Token[][] | undefined): Token[][] | undefined {
  if (given === undefined || given.length === parameters.length) return given;
  const isNone = parameters.length === 0 && given.length === 1 && given[0]?.length === 0;
  if (isNone) return [];
  return variadic && given.length === parameters.length - 1 ? [...given, []] : undefined;
}

/**
 * Reads from the opening parenthesis past the closing one. Undefined if it is missing; then the rest of the tokens is
 * consumed.
 * @param most the number of arguments; the last one includes all remaining commas.
 */
function readArguments(stream: Stream, most = Number.POSITIVE_INFINITY): Token[][] | undefined {
  const args: Token[][] = [[]];
  let depth = 0;
  for (; stream.position < stream.tokens.length; stream.position++) {
    const token = stream.tokens[stream.position];
    if (token === undefined || token.kind === "end") return undefined;
    const sign = token.kind === "punctuation" ? token.text : "";
    if (sign === "(" && depth++ === 0) continue;
    if (sign === ")" && --depth === 0) {
      stream.position++;
      return args;
    }
    if (sign === "," && depth === 1 && args.length < most) args.push([]);
    else args.at(-1)?.push(token);
  }
  return undefined;
}

function reportMacro({ context, use }: Expansion, macro: Macro, what: string): void {
  const related = [{ span: macro.span, message: "it is defined here" }];
  reportError(context.reporter, "macro", use?.span ?? macro.span, `the macro ${macro.name} ${what}`, { related });
}
