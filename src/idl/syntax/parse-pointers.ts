// The stars before a name, and their meaning in C.

import { reportError, reportWarning } from "../findings/diagnostics.js";
import { type Advice, replacing } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import { spanAcross } from "../source.js";
import type { TypeSyntax } from "./ast.js";
import { advance, at, type Cursor, peek, previous } from "./cursor.js";
import { lengthsAt } from "./parse-lengths.js";
import { definedBefore, freeName, written } from "./rewrite.js";
import { acceptQualifiers } from "./type-order.js";
import { NOT_A_TYPE } from "./type-words.js";

export function parseStars(cursor: Cursor, type: TypeSyntax): TypeSyntax {
  let pointed = type;
  let stars = 0;
  for (let count = 0; at(cursor, "*"); count++) {
    stars++;
    const star = advance(cursor);
    if (count === 1) {
      const name = peek(cursor).kind === "name" ? peek(cursor).text : "x";
      reportError(cursor.reporter, "nested-optional", star.span, "a pointer to a pointer is not allowed", {
        ...doublePointerAdvice(cursor, spanAcross(type.span, star.span), name),
      });
    }
    if (count > 0) continue;
    if (type.kind === "string" || type.kind === "opaque") rejectPointerTo(cursor, type, star.span);
    pointed = { kind: "optional", element: type, span: spanAcross(type.span, star.span) };
  }
  if (stars > 0) acceptQualifiers(cursor);
  const isArray = /^[[<]$/.test(peek(cursor, 1).text);
  if (stars === 1 && !isArray && type.kind === "primitive" && type.char) warnOfCharPointer(cursor, pointed.span);
  return pointed;
}

/** `string *name`, `opaque *data<16>` */
function rejectPointerTo(cursor: Cursor, type: TypeSyntax & { kind: "string" | "opaque" }, star: Span): void {
  const name = peek(cursor).kind === "name" ? peek(cursor).text : "x";
  const before = cursor.position;
  cursor.position++;
  const [length, ...more] = peek(cursor, -1).kind === "name" ? lengthsAt(cursor) : [];
  const end = previous(cursor).span;
  cursor.position = before;
  const isWhole = length !== undefined && more.length === 0;
  const one = freeName(cursor, type.kind === "string" ? "text" : "data");
  const definition = `typedef ${type.kind} ${one}${isWhole ? written(length) : "<>"};`;
  const [place, right] = isWhole
    ? [spanAcross(type.span, end), `${one} *${name}`]
    : [spanAcross(type.span, star), `${one} *`];
  reportError(cursor.reporter, "typedef-needed", star, `a pointer to ${type.kind} needs a typedef`, {
    hint: `\`${definition}\`, then \`${one} *${name};\``,
    fixes: definedBefore(cursor, [definition], place, right),
  });
}

/** C's text and buffer pointers, which in XDR are one optional number. */
function warnOfCharPointer(cursor: Cursor, span: Span): void {
  const next = peek(cursor);
  // Arguments and results have no declarators: only their type is written.
  const isDirect = peek(cursor, 1).text === "(" || /^[,)]$/.test(peek(cursor, 1).text);
  const name = next.kind === "name" && !isDirect ? next : undefined;
  const [text, bytes] =
    name === undefined ? ["string", "opaque data<>"] : [`string ${name.text}<>`, `opaque ${name.text}<>`];
  const isDeclared = name !== undefined && peek(cursor, 1).text === ";";
  const whole = name === undefined ? span : spanAcross(span, name.span);
  const fixes = [
    replacing(whole, isDirect && next.kind === "name" ? `${text} ` : text, `Change to \`${text}\``),
    ...(isDeclared ? [replacing(whole, bytes)] : []),
  ];
  const forBytes = name === undefined ? `\`typedef ${bytes};\`, then \`data\`` : `\`${bytes};\``;
  reportWarning(cursor.reporter, "char-pointer", span, "`char *` is one optional character, not text", {
    hint: `for text write \`${text}${name === undefined ? "" : ";"}\`, for bytes ${forBytes}`,
    fixes,
  });
}

function doublePointerAdvice(cursor: Cursor, place: Span, name: string): Advice {
  const type = typeWords(cursor);
  const next = peek(cursor);
  if (type !== "char") {
    const struct = `struct maybe { ${type} *value; };`;
    const hint = `wrap the inner one: \`${struct}\`, then \`maybe *${name};\``;
    return at(cursor, "*") ? { hint } : { hint, fixes: definedBefore(cursor, [struct], place, "maybe *") };
  }
  const right = `text ${name}<>`;
  const hint = `for any number of strings: \`typedef string text<>;\`, then \`${right};\``;
  if (next.kind !== "name" || peek(cursor, 1).text !== ";") return { hint };
  const whole = spanAcross(place, next.span);
  return { hint, fixes: definedBefore(cursor, ["typedef string text<>;"], whole, right) };
}

/** The words of the type before the stars at the cursor. */
export function typeWords({ tokens, position }: Cursor): string {
  let end = position;
  while (tokens[end - 1]?.text === "*") end--;
  let start = end;
  while (tokens[start - 1]?.kind === "name" && !NOT_A_TYPE.has(tokens[start - 1]?.text ?? "")) start--;
  return written(tokens.slice(start, end));
}
