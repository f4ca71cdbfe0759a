// The words of C and of XDR for integers: `unsigned short int`.

import { reportError } from "../findings/diagnostics.js";
import { removing, replacing } from "../findings/fixes.js";
import type { PrimitiveName, PrimitiveType } from "../model/model.js";
import { primitiveBytes } from "../model/primitives.js";
import { spanAcross } from "../source.js";
import type { TypeSyntax } from "./ast.js";
import { advance, type Cursor, fail, peek } from "./cursor.js";
import { skipHints } from "./hints.js";
import { written } from "./rewrite.js";
import type { Token } from "./tokens.js";
import { FRACTION_NAMES, FRACTIONS, INTEGER_WORDS } from "./type-words.js";

/** `unsigned`, `long int`, `unsigned hyper`, `long long`: the words until the name. */
export function parseInteger(cursor: Cursor, first: Token): TypeSyntax {
  const unsigned = first.text === "unsigned";
  const fraction = peek(cursor);
  if (unsigned && isFraction(cursor)) {
    const fixes = [removing(first.span, "Remove `unsigned`")];
    const hint = "it is signed: remove `unsigned`";
    fail(cursor, `there is no \`unsigned ${fraction.text}\``, { hint, fixes });
  }
  let wide = first.text === "hyper";
  let narrow = narrowWord(first.text);
  let last = first;
  skipHints(cursor);
  while (peek(cursor).kind === "name" && continuesInteger(last.text, peek(cursor).text, wide)) {
    const long = last.text === "long";
    last = advance(cursor);
    wide ||= last.text === "hyper" || (long && last.text === "long");
    narrow ??= narrowWord(last.text);
  }
  if (isFraction(cursor)) return rejectLongFraction(cursor, first);
  const name: PrimitiveName = wide ? (unsigned ? "unsigned hyper" : "hyper") : unsigned ? "unsigned int" : "int";
  return { kind: "primitive", name, ...narrow, span: spanAcross(first.span, last.span) };
}

/** A word for a floating-point type that belongs to the type: before a name, a star, or the end of an argument. */
function isFraction(cursor: Cursor): boolean {
  const next = peek(cursor, 1);
  return FRACTIONS.has(peek(cursor).text) && (next.kind === "name" || /^[*,)]$/.test(next.text));
}

/** `long double`, which C has. */
function rejectLongFraction(cursor: Cursor, first: Token): TypeSyntax {
  const fraction = advance(cursor);
  const span = spanAcross(first.span, fraction.span);
  const words = cursor.tokens.slice(cursor.tokens.indexOf(first), cursor.position);
  const message = `there is no \`${written(words)}\``;
  const longer = FRACTION_NAMES.filter((name) => primitiveBytes(name) > 4);
  const sizes = longer.map((name, i) => `\`${name}\` (${primitiveBytes(name)}${i === 0 ? " bytes" : ""})`);
  reportError(cursor.reporter, "syntax", span, message, {
    hint: `write ${sizes.join(" or ")}`,
    fixes: longer.map((name) => replacing(span, name)),
  });
  return { kind: "primitive", name: "double", span };
}

/** The width that `char` and `short` give an integer. */
function narrowWord(word: string): Pick<PrimitiveType, "width" | "char"> | undefined {
  if (word === "short") return { width: 16 };
  return word === "char" ? { width: 8, char: true } : undefined;
}

/** Allowed: any integer word after `unsigned`, a second `long` after `long`, and `int` after every other word except itself. */
function continuesInteger(last: string, next: string, wide: boolean): boolean {
  if (last === "unsigned") return INTEGER_WORDS.has(next);
  return last !== "int" && (next === "int" || (last === "long" && next === "long" && !wide));
}
