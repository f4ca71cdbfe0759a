// The text in hints and fixes: the file's own words, corrected.
import { type Fix, inserting } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import { spanAcross } from "../source.js";
import type { Token } from "./tokens.js";

/** Tokens as a person would write them: `string title<80>;`. */
export function written(tokens: readonly Token[]): string {
  let text = "";
  let before: Token | undefined;
  for (const token of tokens) {
    if (before !== undefined && isApart(before, token)) text += " ";
    text += token.kind === "string" ? `"${token.text}"` : token.text;
    before = token;
  }
  return text;
}

function isApart(before: Token, { kind, text }: Token): boolean {
  if (/^[([<*]$/.test(before.text) && before.kind === "punctuation") return false;
  if (kind !== "punctuation") return true;
  return !/^[;,:)\]>]$/.test(text) && !(/^[([<]$/.test(text) && before.kind === "name");
}

/** The span of tokens that follow each other in one file. */
export function spanOf(tokens: readonly Token[]): Span | undefined {
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (first === undefined || last === undefined || first.span.file !== last.span.file) return undefined;
  return spanAcross(first.span, last.span);
}

/**
 * Inserts definitions before the current one, and uses a name of theirs at a place in it.
 * @returns nothing if the place is in another file.
 */
export function definedBefore(
  { definition }: { readonly definition?: Token },
  definitions: readonly string[],
  place: Span | undefined,
  text: string,
): Fix[] {
  if (definition === undefined || place === undefined || definition.span.file !== place.file) return [];
  const before = inserting(definition.span, definitions.map((one) => `${one}\n`).join(""), "", 0);
  return [{ title: `Define ${text.replace(/\W.*/s, "")} before it`, edits: [...before.edits, { span: place, text }] }];
}

/** A name for a new definition that no word of the file has: `numbers`, or `numbers_2`. */
export function freeName(
  cursor: { readonly tokens: readonly Token[]; names?: ReadonlySet<string> },
  name: string,
): string {
  // Once for a file: many faults need a name.
  cursor.names ??= definedNames(cursor.tokens);
  let free = name;
  for (let number = 2; cursor.names.has(free); number++) free = `${name}_${number}`;
  return free;
}

function definedNames(tokens: readonly Token[]): ReadonlySet<string> {
  const words = new Set<string>();
  let depth = 0;
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind === "punctuation" && text === "(") depth++;
    if (kind === "punctuation" && text === ")") depth--;
    // The names of arguments are not definitions.
    const isArgument = depth > 0 && /^(?:\w+|\*)$/.test(tokens[index - 1]?.text ?? "");
    if (kind === "name" && !isArgument) words.add(text);
  }
  return words;
}

/** Signs after which a statement begins. */
const STARTS = /^[;{}:]$/;

/** The tokens of the statement or list item that contains `position`, with the `;` or `,` that ends it. */
export function statementAround(tokens: readonly Token[], position: number): { tokens: readonly Token[]; at: number } {
  let start = position;
  const isStart = (index: number): boolean =>
    index < 0 || (tokens[index]?.kind === "punctuation" && STARTS.test(tokens[index]?.text ?? ""));
  while (!isStart(start - 1) && position - start < MOST) start--;
  // The end of a numbered body: `} = 1;`.
  if (start === position - 1 && tokens[start - 1]?.text === "}") start--;
  let end = position;
  const isEnd = (index: number): boolean => index >= tokens.length || /^[;,}]$/.test(tokens[index]?.text ?? "");
  while (!isEnd(end) && end - position < MOST) end++;
  const hasEnd = tokens[end]?.text === ";";
  return { tokens: tokens.slice(start, hasEnd ? end + 1 : end), at: position - start };
}

/** The most tokens of a statement that are shown. */
const MOST = 30;

/** A singular name for an element of a plural: `dish` of `dishes`, `row_item` of `row`. */
export function oneOf(name: string, isTaken: (name: string) => boolean): string {
  const single = /(?:s|x|z|ch|sh)es$/.test(name)
    ? name.slice(0, -2)
    : /[^aeiou]ies$/.test(name)
      ? `${name.slice(0, -3)}y`
      : /[^s]s$/.test(name)
        ? name.slice(0, -1)
        : `${name}_item`;
  let free = single.length < 2 ? `${name}_item` : single;
  while (isTaken(free)) free += "_item";
  return free;
}

/** Lengths of one name for which typedefs are proposed. */
export const MOST_LENGTHS = 6;

/** Declarations, innermost first, that together make an array of arrays. Text and bytes keep their own bound. */
export function typedefsFor(
  type: string,
  name: string,
  lengths: readonly string[],
  isTaken: (name: string) => boolean,
): string[] {
  const bounds = lengths.map((length) => (length === "[]" ? "<>" : length));
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
