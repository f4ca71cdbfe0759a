// More lengths than one behind a name, and the typedefs that XDR wants for them.

import { reportError } from "../findings/diagnostics.js";
import { spanAcross } from "../source.js";
import type { Name } from "../syntax/ast.js";
import { at, type Cursor, peek, previous } from "../syntax/cursor.js";
import type { Token } from "../syntax/lexer.js";
import { parseBound } from "../syntax/parse-lengths.js";
import { definedBefore, oneOf, spanOf, statementAround, written } from "../syntax/rewrite.js";
import { isTypeWord } from "../syntax/type-words.js";

/** More lengths than one: `int grid[3][4]`, which C has, and `string names<40>[5]`. */
export function rejectSecondBound(cursor: Cursor, name: Name): void {
  const open = peek(cursor);
  const { tokens, at: second } = statementAround(cursor.tokens, cursor.position);
  while (at(cursor, "[") || at(cursor, "<")) parseBound(cursor);
  const span = spanAcross(open.span, previous(cursor).span);
  const declared = tokens.findIndex((token) => token.span.offset === name.span.offset);
  const words = tokens.slice(tokens[0]?.text === "typedef" ? 1 : 0, declared);
  const bounds = [tokens.slice(declared + 1, second), ...boundsIn(tokens.slice(second))].map(written);
  const isTaken = (one: string): boolean => isTypeWord(one) || cursor.tokens.some(({ text }) => text === one);
  const steps = typedefsFor(written(words), name.text, bounds, isTaken);
  const last = steps.pop() ?? "";
  const place = words[0] === undefined ? undefined : spanOf([words[0], previous(cursor)]);
  const isTypedef = tokens[0]?.text === "typedef";
  reportError(cursor.reporter, "typedef-needed", span, "an array of arrays needs a typedef", {
    hint: `${steps.map((step) => `\`typedef ${step};\``).join(", ")}, then \`${isTypedef ? "typedef " : ""}${last};\``,
    fixes: definedBefore(
      cursor,
      steps.map((step) => `typedef ${step};`),
      place,
      last,
    ),
  });
}

/** Several lengths such as `[4]` and `<5>`, one after another. */
function boundsIn(tokens: readonly Token[]): Token[][] {
  const bounds: Token[][] = [];
  for (const token of tokens) {
    if (/^[[<]$/.test(token.text)) bounds.push([]);
    else if (token.text === ";") break;
    bounds.at(-1)?.push(token);
  }
  return bounds;
}

/** Declarations, the innermost first, that together are an array of arrays. Text and bytes keep their bound beside themselves. */
function typedefsFor(
  type: string,
  name: string,
  bounds: readonly string[],
  isTaken: (name: string) => boolean,
): string[] {
  const isText = type === "string" || type === "char";
  const written_ = bounds.findIndex((bound) => bound.startsWith("<"));
  // C has the innermost length last.
  const inner = (isText || type === "opaque") && written_ >= 0 ? written_ : bounds.length - 1;
  const outer = bounds.filter((_, index) => index !== inner);
  const names = [name];
  for (let level = 0; level < outer.length; level++) names.unshift(oneOf(names[0] ?? name, isTaken));
  const innermost = bounds[inner] ?? "<>";
  const first = isText ? `string ${names[0]}<${innermost.slice(1, -1)}>` : `${type} ${names[0]}${innermost}`;
  return [
    first,
    ...outer
      .map((bound, level) => [bound, level] as const)
      .reverse()
      .map(([bound], index) => `${names[index]} ${names[index + 1]}${bound}`),
  ];
}
