// Several lengths after a name, and the typedefs that XDR needs for them.

import { reportError } from "../findings/diagnostics.js";
import type { Name } from "./ast.js";
import { type Cursor, previous } from "./cursor.js";
import { rejectSeveral } from "./parse-lengths.js";
import { definedBefore, spanOf, statementAround, typedefsFor, written } from "./rewrite.js";
import { isTypeWord } from "./type-words.js";

const MESSAGE = "an array of arrays needs a typedef";

/**
 * More lengths than one after a declared name: `int grid[3][4]`, which C has, and `string names<40>[5]`.
 * @returns whether there were several; the cursor is then after them.
 */
export function rejectNestedLengths(cursor: Cursor, name: Name): boolean {
  const start = cursor.position;
  return rejectSeveral(cursor, MESSAGE, ({ lengths, span }) => {
    const { tokens } = statementAround(cursor.tokens, start);
    const declared = tokens.findIndex((token) => token.span.offset === name.span.offset);
    const isTypedef = tokens[0]?.text === "typedef";
    const words = tokens.slice(isTypedef ? 1 : 0, declared);
    const isTaken = (one: string): boolean => isTypeWord(one) || cursor.tokens.some(({ text }) => text === one);
    const steps = typedefsFor(written(words), name.text, lengths.map(written), isTaken);
    const last = steps.pop() ?? "";
    const place = words[0] === undefined ? undefined : spanOf([words[0], previous(cursor)]);
    reportError(cursor.reporter, "typedef-needed", span, MESSAGE, {
      hint: `${steps.map((step) => `\`typedef ${step};\``).join(", ")}, then \`${isTypedef ? "typedef " : ""}${last};\``,
      fixes: definedBefore(
        cursor,
        steps.map((step) => `typedef ${step};`),
        place,
        last,
      ),
    });
  });
}
