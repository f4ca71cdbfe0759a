// Constants of the C headers that an interface asks for in its `%` lines, if the headers can be found: macros that
// stand for a number, and members of enums. They are searched only if nothing else defines a name.

import { createReporter } from "../findings/diagnostics.js";
import { type Constant, newConstant } from "../names/constants.js";
import { openSource } from "../preprocess/includes.js";
import { preprocess } from "../preprocess/preprocessor.js";
import type { Include, IncludeResolver, Macro, Unit } from "../preprocess/units.js";
import type { Source } from "../source.js";
import type { Value } from "../syntax/ast.js";
import { type Cursor, recover } from "../syntax/cursor.js";
import { tokensOf } from "../syntax/lexer.js";
import { parseValue } from "../syntax/parse-value.js";
import type { Token } from "../syntax/tokens.js";

/** Finds a constant by its name; headers are read when it is first asked. */
export type HeaderConstants = (name: string) => Constant | undefined;

/** Errors in a header are C's business. */
const MANY = 1_000_000;

export function headerConstants(headers: readonly Include[], resolve: IncludeResolver | undefined): HeaderConstants {
  let found: ReadonlyMap<string, Constant> | undefined;
  return (name) => {
    found ??= readAll(headers, resolve);
    return found.get(name);
  };
}

function readAll(headers: readonly Include[], resolve: IncludeResolver | undefined): Map<string, Constant> {
  const constants = new Map<string, Constant>();
  if (resolve === undefined) return constants;
  // Headers, like interfaces, include others by their installed path.
  const find: IncludeResolver = (request) => resolve({ ...request, isImport: true });
  const seen = new Set<string>();
  for (const { name, angled, from } of headers) {
    const file = find({ name, angled, from: from.file });
    if (file === undefined || seen.has(file.file)) continue;
    seen.add(file.file);
    addConstants(constants, openSource(file, createReporter(MANY)), find);
  }
  return constants;
}

function addConstants(constants: Map<string, Constant>, source: Source, resolve: IncludeResolver): void {
  const { unit, context } = preprocess(source, { reporter: createReporter(MANY), symbols: {}, resolve, header: true });
  for (const one of unitsOf(unit)) for (const constant of membersIn(one)) addTo(constants, constant);
  for (const macro of context.macros.values()) {
    const syntax = macro.parameters === undefined ? expressionOf(bodyOf(macro)) : undefined;
    if (syntax !== undefined) addTo(constants, newConstant({ text: macro.name, span: macro.span }, syntax));
  }
}

function addTo(constants: Map<string, Constant>, constant: Constant): void {
  const { text } = constant.name;
  if (!constants.has(text)) constants.set(text, constant);
}

/** A header and all that it includes. */
function unitsOf(unit: Unit): Unit[] {
  const found = [unit];
  for (const { events } of found) for (const event of events) if (event.kind === "include") found.push(event.unit);
  return found;
}

function bodyOf({ source, lexemes }: Macro): readonly Token[] {
  const reporter = createReporter(1);
  const tokens = tokensOf(source, lexemes, reporter, { isPart: true }).slice(0, -1);
  return reporter.errors > 0 ? [] : tokens;
}

/** Parses a constant expression; undefined if the tokens are not one. */
function expressionOf(tokens: readonly Token[]): Value | undefined {
  const last = tokens.at(-1);
  if (last === undefined) return undefined;
  const reporter = createReporter(1);
  const cursor: Cursor = { tokens: [...tokens, { ...last, kind: "end", text: "" }], reporter, position: 0, depth: 0 };
  const value = recover(
    cursor,
    () => parseValue(cursor, "a value"),
    () => undefined,
  );
  return reporter.errors === 0 && cursor.position === tokens.length ? value : undefined;
}

/** The members of the enums in a header's text. */
function membersIn({ source, lexemes }: Unit): Constant[] {
  const tokens = tokensOf(source, lexemes, createReporter(MANY));
  const found: Constant[] = [];
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at]?.text !== "enum") continue;
    const open = tokens[at + 1]?.text === "{" ? at + 1 : at + 2;
    if (tokens[open]?.text !== "{") continue;
    const close = tokens.findIndex((token, index) => index > open && token.text === "}");
    if (close < 0) break;
    found.push(...membersOf(tokens.slice(open + 1, close)));
    at = close;
  }
  return found;
}

function membersOf(tokens: readonly Token[]): Constant[] {
  const members: Constant[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= tokens.length; at++) {
    const text = tokens[at]?.text;
    if (text === "(") depth++;
    if (text === ")") depth--;
    if (at < tokens.length && (text !== "," || depth > 0)) continue;
    const [name, equals, ...rest] = tokens.slice(from, at);
    from = at + 1;
    if (name?.kind !== "name") continue;
    const syntax = equals?.text === "=" ? expressionOf(rest) : undefined;
    // A value that cannot be read would give all members after it wrong numbers.
    if (equals !== undefined && syntax === undefined) return members;
    members.push(newConstant({ text: name.text, span: name.span }, syntax, members));
  }
  return members;
}
