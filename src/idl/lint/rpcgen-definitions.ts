// Changes for rpcgen that need a definition more: a nested type, arguments or a pointer gets one of its own, with a name.
// The bytes on the wire stay the same.
import { type Fix, inserting, safely } from "../findings/fixes.js";
import { formatText } from "../format/index.js";
import type { Piece } from "../format/pieces.js";
import type { ProcedureDefinition, Span } from "../model/model.js";
import { spanBetween } from "../source.js";
import { typeNameStyle } from "./names.js";
import type { LintContext } from "./rule.js";

/** The code of a file, with the braces that belong together. */
export interface Outline {
  readonly context: LintContext;
  /** The pieces without comments and kept lines. */
  readonly code: readonly Piece[];
  /** For each index of `code`: the index of the first piece of its definition. */
  readonly tops: readonly number[];
  /** For each index of `code`: the index of the innermost open brace, or -1. */
  readonly openers: readonly number[];
  /** The closing brace by the opening one. */
  readonly closers: ReadonlyMap<number, number>;
  /** Positions in `code`, and in the pieces of the file, by offset. */
  readonly inCode: ReadonlyMap<number, number>;
  readonly inFile: ReadonlyMap<number, number>;
  /** The words of the file, and the names of included definitions. */
  readonly words: ReadonlySet<string>;
  /** A new type's name, as the rule `case-style` asks for it. */
  readonly inStyle: (name: string) => string;
}

export function outlineOf(context: LintContext): Outline {
  const code = context.pieces.filter(({ kind }) => kind !== "comment" && kind !== "line");
  const [tops, openers, open]: [number[], number[], number[]] = [[], [], []];
  const closers = new Map<number, number>();
  let top = 0;
  for (const [at, { text }] of code.entries()) {
    if (open.length === 0 && code[at - 1]?.text === ";") top = at;
    if (text === "}") closers.set(open.pop() ?? -1, at);
    tops.push(top);
    openers.push(open.at(-1) ?? -1);
    if (text === "{") open.push(at);
  }
  const inCode = new Map(code.map(({ offset }, index) => [offset, index]));
  const inFile = new Map(context.pieces.map(({ offset }, index) => [offset, index]));
  const included = context.module.definitions.filter(({ span }) => span.file !== context.source.file);
  const words = new Set([...code.map(({ text }) => text), ...included.map(({ name }) => name)]);
  return { context, code, tops, openers, closers, inCode, inFile, words, inStyle: typeNameStyle(context) };
}

/**
 * Fixes for a struct inside another definition, `struct { ... } part;` or `struct name { ... } part;`: they move it out, as a
 * definition of its own. `at` is the word `struct`. For a struct without a name there are two: a name in the style of the file, and
 * the name that generated code has.
 */
export function definedOnItsOwn(outline: Outline, at: number): readonly Fix[] {
  const all = ownDefinitions(outline, at);
  return all.filter((one) => one !== undefined);
}

function ownDefinitions(outline: Outline, at: number): readonly (Fix | undefined)[] {
  const { code } = outline;
  const close = closeOf(outline, at);
  if (close === undefined || hasLines(outline, at, close)) return [];
  const own = code[at + 1]?.text ?? "";
  const name = /^(?:\{|switch)$/.test(own) ? undefined : own;
  if (code[at - 1]?.text === "typedef") return [withoutTypedef(outline, at, close, name)];
  if (name !== undefined) return [lifted(outline, at, close, name)];
  const generated = nameFor(outline, at, close);
  if (generated === undefined) return [];
  const names = new Set([outline.inStyle(generated), generated].map((one) => free(one, outline.words)));
  return [...names].map((one, index) => {
    const fix = lifted(outline, at, close, one);
    return fix === undefined || index === 0 ? fix : { ...fix, title: `${fix.title}, as in generated code` };
  });
}

/** The most pieces between the keyword of a type and its brace. */
const MOST = 20;

/** The closing brace of the type whose keyword is at `at`. */
function closeOf({ code, closers }: Outline, at: number): number | undefined {
  const brace = code.slice(at, at + MOST).findIndex(({ text }) => text === "{");
  return brace < 0 ? undefined : closers.get(at + brace);
}

function withoutTypedef(outline: Outline, at: number, close: number, name: string | undefined): Fix | undefined {
  const { code } = outline;
  const [keyword = "", declared = "", end] = [code[at]?.text, code[close + 1]?.text, code[close + 2]?.text];
  const isPlain = end === ";" && /^\w/.test(declared);
  if (name === undefined || name === declared) {
    if (!isPlain) return undefined;
    const start = { span: spanOf(outline, at - 1, at), text: name === undefined ? `${keyword} ${declared}` : keyword };
    return { title: `Define ${declared} without typedef`, edits: [start, { span: behind(outline, close), text: "" }] };
  }
  const start = { span: spanOf(outline, at - 1, at), text: keyword };
  const between = inserting(spanOf(outline, close), `;\ntypedef ${name}`, "").edits;
  return { title: `Define ${name} before the typedef`, edits: [start, ...between] };
}

/** `struct { ... } point;` on its own: the only name of the type moves before the braces; `at` is the word `struct`. */
export function namedBefore(outline: Outline, at: number): readonly Fix[] {
  const close = closeOf(outline, at);
  const name = close === undefined ? "" : (outline.code[close + 1]?.text ?? "");
  if (close === undefined || !/^\w/.test(name)) return [];
  const { edits } = inserting(spanOf(outline, at), ` ${name}`, "");
  const fix = safely({
    title: `Write \`${name}\` before the braces`,
    edits: [...edits, { span: behind(outline, close), text: "" }],
  });
  return [fix];
}

/** The place of a closing brace and the name after it; of the name alone if a comment is between them. */
function behind(outline: Outline, close: number): Span {
  const { source } = outline.context;
  const [brace, name] = [outline.code[close] as Piece, outline.code[close + 1] as Piece];
  const end = name.offset + name.text.length;
  const isNext = source.text.slice(brace.offset + 1, name.offset).trim() === "";
  return spanBetween(source, isNext ? brace.offset + 1 : name.offset, end);
}

/** The name that generated code has for the type: `owner_field`. */
function nameFor({ code, openers }: Outline, at: number, close: number): string | undefined {
  const field = code.slice(close + 1, close + 3).find(({ text }) => /^\w/.test(text))?.text;
  let owner = (openers[at] ?? -1) - 1;
  while (owner >= 0 && !/^(?:struct|union)$/.test(code[owner]?.text ?? "") && owner > (openers[at] ?? 0) - MOST)
    owner--;
  const parent = code[owner + 1]?.text ?? "";
  if (field === undefined || !/^\w/.test(parent) || parent === "switch") return undefined;
  return `${parent}_${field}`;
}

function lifted(outline: Outline, at: number, close: number, name: string): Fix | undefined {
  const { code, context } = outline;
  const [first, last] = [code[at] as Piece, code[close] as Piece];
  const text = context.source.text.slice(first.offset, last.offset + 1);
  const isNamed = code[at + 1]?.text === name;
  const definition = isNamed ? text : `${first.text} ${name}${text.slice(first.text.length)}`;
  return before(outline, at, `${definition};`, name, { span: spanOf(outline, at, close), text: name });
}

/** `int ADD(int a, int b) = 1;`: the arguments as fields of a struct. */
export function argumentsInStruct(outline: Outline, { name, args, span }: ProcedureDefinition): Fix | undefined {
  const { code, words, inCode } = outline;
  const at = (inCode.get(span.offset) ?? -1) + 1;
  let close = at;
  while (close < code.length && code[close]?.text !== ")") close++;
  if (code[at]?.text !== "(" || close === code.length || hasLines(outline, at, close)) return undefined;
  const declared = splitAt(code.slice(at + 1, close), ",");
  if (declared.length !== args.length) return undefined;
  const fields = declared.map((argument, index) => fieldOf(outline, argument, args[index]?.name ?? ""));
  if (fields.some((field) => field === undefined)) return undefined;
  const struct = free(outline.inStyle(`${name}_args`), words);
  const place = { span: spanOf(outline, at + 1, close - 1), text: struct };
  return before(outline, at, `struct ${struct} { ${fields.join(" ")} };`, struct, place);
}

/** An argument has a name, or its type is one word. */
function fieldOf({ context }: Outline, argument: readonly Piece[], name: string): string | undefined {
  const [first, last] = [argument[0], argument.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const text = context.source.text.slice(first.offset, last.offset + last.text.length);
  const isNamed = argument.slice(1).some((piece) => piece.text === name);
  if (isNamed) return `${text};`;
  return argument.every(({ text: word }) => /^\w/.test(word)) ? `${text} ${name};` : undefined;
}

/** `node *NEXT(int) = 1;`: a typedef for the pointer; `star` is the sign. */
export function pointerWithName(outline: Outline, star: number): readonly Fix[] {
  const { code, words } = outline;
  let start = star;
  while (/^\w/.test(code[start - 1]?.text ?? "")) start--;
  const type = code.slice(start, star).map(({ text }) => text);
  const name = free(outline.inStyle(`maybe_${type.at(-1)}`), words);
  if (start === star) return [];
  const place = { span: spanOf(outline, start, star), text: `${name} ` };
  const fix = before(outline, star, `typedef ${type.join(" ")} *${name};`, name, place);
  return fix === undefined ? [] : [fix];
}

/** The edits that insert a definition above the one at `at` (and above its comment), and write its name at a place. */
function before(
  { context, code, tops, inFile }: Outline,
  at: number,
  definition: string,
  name: string,
  place: Fix["edits"][number],
): Fix | undefined {
  const first = code[tops[at] ?? 0] as Piece;
  if (first.text === "namespace") return undefined;
  const { pieces, source } = context;
  let top = inFile.get(first.offset) ?? 0;
  // The first comment of a file may be its licence.
  while (top > 1 && pieces[top - 1]?.kind === "comment" && pieces[top]?.lineEnds === 1) top--;
  const { offset } = pieces[top] as Piece;
  const added = inserting(spanBetween(source, offset, offset), `${formatText(definition)}\n`, "").edits;
  return { title: `Define ${name} before it`, edits: [...added, place] };
}

function spanOf({ context, code }: Outline, first: number, last = first): Span {
  const end = code[last] as Piece;
  return spanBetween(context.source, code[first]?.offset ?? 0, end.offset + end.text.length);
}

/** Directives and `%` lines cannot be moved. */
function hasLines({ context, code, inFile }: Outline, first: number, last: number): boolean {
  const [start, end] = [first, last].map((at) => inFile.get(code[at]?.offset ?? 0) ?? 0);
  return context.pieces.slice(start, end).some(({ kind }) => kind === "line");
}

function splitAt(pieces: readonly Piece[], sign: string): Piece[][] {
  const parts: Piece[][] = [[]];
  for (const piece of pieces) {
    if (piece.text === sign) parts.push([]);
    else parts.at(-1)?.push(piece);
  }
  return parts;
}

function free(name: string, words: ReadonlySet<string>): string {
  let made = name;
  for (let number = 2; words.has(made); number++) made = `${name}_${number}`;
  return made;
}
