// C's words in a type that are in another order, or redundant: `long unsigned`, `signed char`, `char const`. They are
// reported, and read as intended.

import { reportError } from "../findings/diagnostics.js";
import { removing, replacing } from "../findings/fixes.js";
import type { PrimitiveName } from "../model/model.js";
import { spanAcross } from "../source.js";
import type { TypeSyntax } from "./ast.js";
import { advance, at, type Cursor, peek, reportSyntax } from "./cursor.js";
import { written } from "./rewrite.js";
import type { Token } from "./tokens.js";
import { BODY_WORDS, INTEGER_WORDS, isTypeWord } from "./type-words.js";

/** Words that do not change the bytes on the wire. */
const QUALIFIERS = new Set(["const", "volatile", "restrict"]);

/** `signed char x`, and `signed x`, which is an int. */
export function acceptSigned(cursor: Cursor): void {
  const [word, next] = [peek(cursor), peek(cursor, 1)];
  if (!at(cursor, "signed") || !(next.kind === "name" || /^[*,)]$/.test(next.text))) return;
  const isBefore = INTEGER_WORDS.has(next.text);
  const hint = isBefore ? `${next.text} is signed: remove \`signed\`` : "an int is signed: write `int`";
  const fixes = [isBefore ? removing(word.span, "Remove `signed`") : replacing(word.span, "int")];
  reportSyntax(cursor, "expected a type, but found `signed`", { hint, fixes });
  if (isBefore) advance(cursor);
  else cursor.tokens[cursor.position] = { ...word, text: "int" };
}

/** Reads `const` after a type or a star. */
export function acceptQualifiers(cursor: Cursor): void {
  while (QUALIFIERS.has(peek(cursor).text) && isFollowed(cursor)) {
    const { text, span } = peek(cursor);
    const fixes = [removing(span, `Remove \`${text}\``)];
    reportSyntax(cursor, `expected a name, but found \`${text}\``, { hint: `remove \`${text}\``, fixes });
    advance(cursor);
  }
}

/** Whether the next word is between a type and its name. */
function isFollowed(cursor: Cursor): boolean {
  const after = peek(cursor, 1);
  return after.kind === "name" || /^[*,)]$/.test(after.text);
}

/**
 * Words after a type that is already complete: `long unsigned`, `int int`, `float double`. `first` is the type's first
 * token.
 */
export function acceptMoreWords(cursor: Cursor, type: TypeSyntax, first: number): TypeSyntax {
  acceptQualifiers(cursor);
  if (type.kind === "reference" || BODY_WORDS.has(type.kind) || !isMore(cursor)) return type;
  while (isMore(cursor)) advance(cursor);
  const words = cursor.tokens.slice(first, cursor.position);
  const right = inOrder(words.map(({ text }) => text));
  if (right === undefined) {
    reportTwo(cursor, words, type);
    return type;
  }
  const span = spanAcross((words[0] as Token).span, (words.at(-1) as Token).span);
  const message = `expected \`${right}\`, but found \`${written(words)}\``;
  reportError(cursor.reporter, "syntax", span, message, {
    hint: `write \`${right}\``,
    fixes: [replacing(span, right)],
  });
  return typeOf(right, span);
}

function isMore(cursor: Cursor): boolean {
  const [{ kind, text }, after] = [peek(cursor), peek(cursor, 1)];
  if (kind !== "name" || BODY_WORDS.has(text)) return false;
  if (after.kind === "name" || after.text === "*") return isTypeWord(text) || text === "signed";
  // An argument may be called `string`, but no argument is called `unsigned`.
  return /^[,)]$/.test(after.text) && (INTEGER_WORDS.has(text) || text === "unsigned" || text === "signed");
}

/** `int int`, `float double` */
function reportTwo(cursor: Cursor, words: readonly Token[], type: TypeSyntax): void {
  const second = words.at(-1) as Token;
  const before = words.slice(0, -1);
  const [one, other] = [written(before), second.text];
  const span = spanAcross((words[0] as Token).span, second.span);
  const message =
    one === other ? `\`${one}\` is written twice` : `there are two types here: \`${one}\` and \`${other}\``;
  const fixes =
    one === other
      ? [removing(second.span, `Remove one \`${one}\``)]
      : [one, other].filter((word) => isUsable(word, type)).map((word) => replacing(span, word));
  reportError(cursor.reporter, "syntax", span, message, { hint: "remove one of the two", fixes });
}

function isUsable(word: string, type: TypeSyntax): boolean {
  return type.kind === "primitive" ? word !== "string" && word !== "opaque" : true;
}

/** The words of one integer type as XDR has them; undefined if they are of two types. */
function inOrder(words: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const has = (word: string): boolean => counts.has(word);
  const known = new Set([...INTEGER_WORDS, "unsigned", "signed"]);
  if (!words.every((word) => known.has(word)) || (has("unsigned") && has("signed"))) return undefined;
  const most = (word: string): number => (word === "long" ? 2 : 1);
  if ([...counts].some(([word, count]) => count > most(word))) return undefined;
  const bases = ["char", "short", "long", "hyper"].filter(has);
  if (bases.length > 1 || (has("char") && has("int"))) return undefined;
  const base = counts.get("long") === 2 ? "hyper" : (bases[0] ?? "int");
  return has("unsigned") ? `unsigned ${base}` : base;
}

function typeOf(right: string, span: TypeSyntax["span"]): TypeSyntax {
  const unsigned = right.startsWith("unsigned ");
  const word = right.replace("unsigned ", "");
  const base: PrimitiveName = word === "hyper" ? "hyper" : "int";
  const name: PrimitiveName = unsigned ? `unsigned ${base}` : base;
  if (word === "char") return { kind: "primitive", name, width: 8, char: true, span };
  return word === "short" ? { kind: "primitive", name, width: 16, span } : { kind: "primitive", name, span };
}
