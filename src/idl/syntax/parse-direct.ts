// Lengths of arguments and results, where a declaration is not allowed (RFC 5531 section 12.2): text may have one, arrays
// and bytes need a typedef.

import { reportError } from "../findings/diagnostics.js";
import type { Span } from "../model/model.js";
import { spanAcross } from "../source.js";
import type { Name, TypeSyntax } from "./ast.js";
import { at, type Cursor, peek, previous } from "./cursor.js";
import type { Token } from "./lexer.js";
import { parseBound } from "./parse-lengths.js";
import { definedBefore, freeName, spanOf, written } from "./rewrite.js";

export type Role = "an argument" | "a result";

interface Place {
  /** The type as it is written. */
  readonly words: string;
  /** Index of its first token. */
  readonly start: number;
  readonly role: Role;
}

type Named = Place & { readonly name?: Name };

/** A length right behind a type: `string<80>`, and `int<>`, which needs a typedef. */
export function parseDirectBound(cursor: Cursor, type: TypeSyntax, place: Place): TypeSyntax {
  return parseArgumentBound(cursor, type, place);
}

/** A length behind an argument's name: `string title<80>`. */
export function parseNamedBound(
  cursor: Cursor,
  type: TypeSyntax,
  place: Omit<Place, "role"> & { readonly name: Name },
): TypeSyntax {
  return parseArgumentBound(cursor, type, { ...place, role: "an argument" });
}

function parseArgumentBound(cursor: Cursor, type: TypeSyntax, place: Named): TypeSyntax {
  const { words } = place;
  if (!at(cursor, "[") && !at(cursor, "<")) {
    const isReported = type.kind === "opaque" && words !== "opaque";
    if (type.kind === "opaque" && !isReported) rejectOpaque(cursor, type, place, "<>");
    return type;
  }
  const open = peek(cursor);
  const start = cursor.position;
  const isOpen = at(cursor, "[") && peek(cursor, 1).text === "]" && type.kind !== "string";
  if (isOpen) cursor.position += 2;
  const { fixed, bound } = isOpen ? { fixed: false, bound: undefined } : parseBound(cursor);
  const first = cursor.tokens.slice(start, cursor.position);
  const isTwice = at(cursor, "[") || at(cursor, "<");
  if (isTwice) {
    rejectSecond(cursor, place, first);
    return type;
  }
  const length = isOpen ? "<>" : written(first);
  if (type.kind === "string" && !fixed) return { ...type, bound };
  if (type.kind === "opaque") {
    rejectOpaque(cursor, type, place, length);
    return type;
  }
  const span = spanAcross(open.span, previous(cursor).span);
  if (type.kind === "string" || (words === "char" && isOpen)) {
    const fixes = textAlone(cursor, place);
    reportError(cursor.reporter, "typedef-needed", span, MESSAGE, { hint: "for text write `string` alone", fixes });
  } else if (type.kind === "optional") rejectPointers(cursor, span, place, length);
  else rejectDirect(cursor, span, MESSAGE, place, { words, length, name: freeName(cursor, "numbers") });
  return type;
}

const MESSAGE = "an array cannot be an argument or a result directly";

function rejectOpaque(cursor: Cursor, { span }: TypeSyntax, place: Place, length: string): void {
  const message = `opaque data cannot be ${place.role} directly`;
  rejectDirect(cursor, span, message, place, { words: "opaque", length, name: freeName(cursor, "data") });
}

/** `char *names[]`, `int *values[3]` */
function rejectPointers(cursor: Cursor, span: Span, place: Named, length: string): void {
  const words = place.words.replace(/ ?\*$/, "");
  const isText = words === "char";
  const one = freeName(cursor, isText ? "text" : `${words.replaceAll(" ", "_")}_pointer`);
  const name = freeName(cursor, isText ? "texts" : "pointers");
  const first = isText ? `typedef string ${one}<>;` : `typedef ${words} *${one};`;
  rejectInSteps(cursor, span, place, [first, `typedef ${one} ${name}${length};`], name);
}

/** The tokens of an argument or result up to the cursor, without the argument's name where it follows the type. */
function replaced(cursor: Cursor, { start }: Place, text: string, name: Name | undefined): [Token[], string] {
  return [cursor.tokens.slice(start, cursor.position), name === undefined ? text : `${text} ${name.text}`];
}

function rejectDirect(
  cursor: Cursor,
  span: Span,
  message: string,
  place: Named,
  { words, length, name }: { readonly words: string; readonly length: string; readonly name: string },
): void {
  const definition = `typedef ${words} ${name}${length};`;
  const hint = `give it a name: \`${definition}\`, then write \`${name}\` here`;
  const [tokens, text] = replaced(cursor, place, name, place.name);
  const fixes = definedBefore(cursor, [definition], spanOf(tokens), text);
  reportError(cursor.reporter, "typedef-needed", span, message, { hint, fixes });
}

function rejectInSteps(cursor: Cursor, span: Span, place: Named, steps: readonly string[], name: string): void {
  const [tokens, text] = replaced(cursor, place, name, place.name);
  reportError(cursor.reporter, "typedef-needed", span, MESSAGE, {
    hint: `give it a name: ${steps.map((step) => `\`${step}\``).join(", ")}, then write \`${name}\` here`,
    fixes: definedBefore(cursor, steps, spanOf(tokens), text),
  });
}

/** `string`, or `string name`. */
function textAlone(cursor: Cursor, place: Named) {
  const [tokens, text] = replaced(cursor, place, "string", place.name);
  const span = spanOf(tokens);
  return span === undefined ? [] : [{ title: "Change to `string`", edits: [{ span, text }] }];
}

/** `string names<40>[3]`, `int grid[3][4]`: the length of what is in the array stands first for text, else last. */
function rejectSecond(cursor: Cursor, place: Named, first: readonly Token[]): void {
  const open = peek(cursor);
  const start = cursor.position;
  while (at(cursor, "[") || at(cursor, "<")) parseBound(cursor);
  const second = written(cursor.tokens.slice(start, cursor.position));
  const isText = place.words === "string" || place.words === "char";
  const [one, name] = [freeName(cursor, isText ? "text" : "row"), freeName(cursor, isText ? "texts" : "rows")];
  const steps = isText
    ? [
        `typedef string ${one}${written(first).replace("[", "<").replace("]", ">")};`,
        `typedef ${one} ${name}${second};`,
      ]
    : [`typedef ${place.words} ${one}${second};`, `typedef ${one} ${name}${written(first)};`];
  rejectInSteps(cursor, spanAcross(open.span, previous(cursor).span), place, steps, name);
}
