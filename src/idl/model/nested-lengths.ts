// Several lengths after a name, and the typedefs that XDR needs for them.

import { reportError } from "../findings/diagnostics.js";
import type { Name } from "../syntax/ast.js";
import { type Cursor, previous } from "../syntax/cursor.js";
import { lengthsAt } from "../syntax/parse-lengths.js";
import { definedBefore, MOST_LENGTHS, spanOf, statementAround, typedefsFor, written } from "../syntax/rewrite.js";
import { isTypeWord } from "../syntax/type-words.js";

/**
 * More lengths than one: `int grid[3][4]`, which C has, and `string names<40>[5]`.
 * @returns whether there were several; the cursor is then after them.
 */
export function rejectSeveralLengths(cursor: Cursor, name: Name): boolean {
  const start = cursor.position;
  const lengths = lengthsAt(cursor);
  if (lengths.length < 2) {
    cursor.position = start;
    return false;
  }
  const span = spanOf(lengths.slice(1).flat()) ?? previous(cursor).span;
  const message = "an array of arrays needs a typedef";
  if (lengths.length > MOST_LENGTHS) {
    reportError(cursor.reporter, "typedef-needed", span, message, { hint: "give each length a typedef of its own" });
    return true;
  }
  const { tokens } = statementAround(cursor.tokens, start);
  const declared = tokens.findIndex((token) => token.span.offset === name.span.offset);
  const words = tokens.slice(tokens[0]?.text === "typedef" ? 1 : 0, declared);
  const isTaken = (one: string): boolean => isTypeWord(one) || cursor.tokens.some(({ text }) => text === one);
  const steps = typedefsFor(written(words), name.text, lengths.map(written), isTaken);
  const last = steps.pop() ?? "";
  const place = words[0] === undefined ? undefined : spanOf([words[0], previous(cursor)]);
  const isTypedef = tokens[0]?.text === "typedef";
  reportError(cursor.reporter, "typedef-needed", span, message, {
    hint: `${steps.map((step) => `\`typedef ${step};\``).join(", ")}, then \`${isTypedef ? "typedef " : ""}${last};\``,
    fixes: definedBefore(
      cursor,
      steps.map((step) => `typedef ${step};`),
      place,
      last,
    ),
  });
  return true;
}
