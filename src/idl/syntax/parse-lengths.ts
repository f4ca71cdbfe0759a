// A length in `[ ]` or `< >`.

import { reportError } from "../findings/diagnostics.js";
import { replacing } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import type { Name, Value } from "./ast.js";
import { accept, advance, at, type Cursor, expect, peek, previous, reportSyntax } from "./cursor.js";
import { parseValue } from "./parse-value.js";
import { MOST_LENGTHS, spanOf, statementAround, written } from "./rewrite.js";
import type { Token } from "./tokens.js";

/** @param name the declared name, if something is declared. */
export function parseBound(cursor: Cursor, name?: Name): { fixed: boolean; bound: Value | undefined } {
  if (accept(cursor, "[")) {
    if (at(cursor, "]")) return rejectEmptyBrackets(cursor, name);
    const bound = parseValue(cursor, "a length");
    expect(cursor, "]", "after the length");
    return { fixed: true, bound };
  }
  expect(cursor, "<", "before the greatest length");
  if (accept(cursor, ">")) return { fixed: false, bound: undefined };
  const bound = parseValue(cursor, "a greatest length", true);
  expect(cursor, ">", "after the greatest length");
  return { fixed: false, bound };
}

/** Reports `char text[];`, which is C's notation for an array of any length. */
function rejectEmptyBrackets(cursor: Cursor, name: Name | undefined): { fixed: boolean; bound: undefined } {
  const { tokens, at: close } = statementAround(cursor.tokens, cursor.position);
  const named = name === undefined ? -1 : tokens.findIndex(({ span }) => span.offset === name.span.offset);
  const type = written(tokens.slice(tokens[0]?.text === "typedef" ? 1 : 0, Math.max(0, named)));
  const isText = type === "char" || type === "string";
  const better = name === undefined || named < 1 ? "<>" : `${isText ? "string" : type} ${name.text}<>;`;
  const isTypedef = tokens[0]?.text === "typedef" && better !== "<>";
  const hint = `for ${isText ? "text" : "any number"} write \`${isTypedef ? "typedef " : ""}${better}\``;
  const brackets = spanOf(tokens.slice(close - 1, close + 1));
  const [first] = tokens.slice(tokens[0]?.text === "typedef" ? 1 : 0);
  const place = isText && first !== undefined ? spanOf([first, tokens[close] as Token]) : brackets;
  const fixes =
    place === undefined ? [] : [replacing(place, isText ? better.slice(0, -1) : "<>", `Change to \`${better}\``)];
  reportSyntax(cursor, "expected a length between `[` and `]`", { hint, fixes });
  advance(cursor);
  return { fixed: false, bound: undefined };
}

/** Consecutive lengths such as `[4]`, `[]` and `<5>`, starting at the cursor, which is moved past them. */
export function lengthsAt(cursor: Cursor): Token[][] {
  const lengths: Token[][] = [];
  while (at(cursor, "[") || at(cursor, "<")) {
    const start = cursor.position;
    const close = at(cursor, "[") ? "]" : ">";
    while (peek(cursor).kind !== "end" && !at(cursor, close) && !/^[;{}]$/.test(peek(cursor).text)) advance(cursor);
    if (!at(cursor, close)) return [];
    advance(cursor);
    lengths.push(cursor.tokens.slice(start, cursor.position));
  }
  return lengths;
}

/** Two or more lengths where one is allowed. */
export interface SeveralLengths {
  readonly lengths: Token[][];
  /** The position of all lengths after the first. */
  readonly span: Span;
}

/**
 * Looks for two or more lengths at the cursor, and moves past them. `report` is called unless they are too many to suggest
 * typedefs for.
 * @returns whether there were several; otherwise the cursor stays.
 */
export function rejectSeveral(cursor: Cursor, message: string, report: (several: SeveralLengths) => void): boolean {
  const start = cursor.position;
  const lengths = lengthsAt(cursor);
  if (lengths.length < 2) {
    cursor.position = start;
    return false;
  }
  const span = spanOf(lengths.slice(1).flat()) ?? previous(cursor).span;
  if (lengths.length <= MOST_LENGTHS) report({ lengths, span });
  else reportError(cursor.reporter, "typedef-needed", span, message, { hint: "give each length a typedef of its own" });
  return true;
}
