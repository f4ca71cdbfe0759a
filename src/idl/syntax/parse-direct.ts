// Lengths of arguments and results, where declarations are not allowed (RFC 5531 section 12.2): strings may have one,
// arrays and bytes need a typedef.

import { reportError } from "../findings/diagnostics.js";
import { type Fix, replacing } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import { spanAcross } from "../source.js";
import type { Name, TypeSyntax } from "./ast.js";
import { at, type Cursor, peek, previous } from "./cursor.js";
import { lengthsAt, parseBound, rejectSeveral } from "./parse-lengths.js";
import { definedBefore, freeName, spanOf, typedefsFor, written } from "./rewrite.js";
import type { Token } from "./tokens.js";
import { isTypeWord } from "./type-words.js";

export type Role = "an argument" | "a result";

interface Place {
  /** The type as it is written. */
  readonly words: string;
  /** Index of its first token. */
  readonly start: number;
  readonly role: Role;
}

type Named = Place & { readonly name?: Name };

/** A length directly after a type: `string<80>`, and `int<>`, which needs a typedef. */
export function parseDirectBound(cursor: Cursor, type: TypeSyntax, place: Place): TypeSyntax {
  return parseArgumentBound(cursor, type, place);
}

/** A length after an argument's name: `string title<80>`. */
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
  if (rejectDirectLengths(cursor, place)) return type;
  const isOpen = at(cursor, "[") && peek(cursor, 1).text === "]";
  if (isOpen) cursor.position += 2;
  const { fixed, bound } = isOpen ? { fixed: false, bound: undefined } : parseBound(cursor);
  const length = isOpen ? "<>" : written(cursor.tokens.slice(start, cursor.position));
  if (type.kind === "string" && !fixed && !isOpen) return { ...type, bound };
  if (type.kind === "opaque") {
    rejectOpaque(cursor, type, place, length);
    return type;
  }
  const span = spanAcross(open.span, previous(cursor).span);
  if (type.kind === "string" || words === "char") {
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

/** The tokens of an argument or result up to the cursor, without the argument's name if that follows the type. */
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
function textAlone(cursor: Cursor, place: Named): Fix[] {
  const [tokens, text] = replaced(cursor, place, "string", place.name);
  const span = spanOf(tokens);
  return span === undefined ? [] : [replacing(span, text, "Change to `string`")];
}

/**
 * `string names<40>[3]`, `int grid[3][4]`, `int[][]`: the length of the elements is the first one for text, else the
 * last.
 * @returns whether there were several lengths; the cursor is then after them.
 */
export function rejectDirectLengths(cursor: Cursor, place: Named): boolean {
  return rejectSeveral(cursor, MESSAGE, ({ lengths, span }) => {
    const name = freeName(cursor, place.words === "string" || place.words === "char" ? "texts" : "rows");
    const isTaken = (one: string): boolean => isTypeWord(one) || freeName(cursor, one) !== one;
    const steps = typedefsFor(place.words, name, lengths.map(written), isTaken);
    rejectInSteps(
      cursor,
      span,
      place,
      steps.map((step) => `typedef ${step};`),
      name,
    );
  });
}

/** `int PRIMES[3](void)`: a length after the name of the procedure; `before` is the first token of its result. */
export function rejectNamedResult(cursor: Cursor, name: Name, before: number): void {
  const start = cursor.position;
  const words = written(cursor.tokens.slice(before, start - 1));
  const lengths = lengthsAt(cursor);
  const span = spanOf(lengths.flat());
  if (lengths.length !== 1 || span === undefined || !at(cursor, "(")) {
    cursor.position = start;
    return;
  }
  const length = lengths[0]?.length === 2 ? "<>" : written(lengths.flat());
  const place = { words, start: before, role: "a result", name } as const;
  if (words === "string" || words === "char") {
    const fixes = textAlone(cursor, place);
    reportError(cursor.reporter, "typedef-needed", span, MESSAGE, {
      hint: `for text write \`string ${name.text}\``,
      fixes,
    });
    return;
  }
  const isBytes = words === "opaque";
  rejectDirect(cursor, span, MESSAGE, place, {
    words,
    length,
    name: freeName(cursor, isBytes ? "data" : "numbers"),
  });
}

/** `int PRIMES(int)[3]`: a length after the arguments of the procedure; `nameAt` is the index of its name. */
export function rejectLengthAfterArguments(cursor: Cursor, before: number, nameAt: number): void {
  const words = written(cursor.tokens.slice(before, nameAt));
  const procedure = written(cursor.tokens.slice(nameAt, cursor.position));
  const lengths = lengthsAt(cursor);
  const tokens = cursor.tokens.slice(before, cursor.position);
  const [span, place] = [spanOf(lengths.flat()), spanOf(tokens)];
  // A result of opaque data is reported at its first word.
  if (span === undefined || place === undefined || words === "opaque") return;
  if (words === "string" || words === "char") {
    const hint = `for text write \`string ${procedure}\``;
    const fixes = [replacing(place, `string ${procedure}`, "Change to `string`")];
    reportError(cursor.reporter, "typedef-needed", span, MESSAGE, { hint, fixes });
    return;
  }
  const name = freeName(cursor, lengths.length === 1 ? "numbers" : "rows");
  const isTaken = (one: string): boolean => isTypeWord(one) || freeName(cursor, one) !== one;
  const steps = typedefsFor(words, name, lengths.map(written), isTaken).map((step) => `typedef ${step};`);
  reportError(cursor.reporter, "typedef-needed", span, MESSAGE, {
    hint: `give it a name: ${steps.map((step) => `\`${step}\``).join(", ")}, then write \`${name} ${procedure}\``,
    fixes: definedBefore(cursor, steps, place, `${name} ${procedure}`),
  });
}
