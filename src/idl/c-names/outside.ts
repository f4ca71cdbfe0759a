// Names that an interface leaves to C: whether it does so at all, and how its `%` lines declare them. rpcgen accepts
// every name and lets the C compiler resolve it.

import { editDistance } from "../../base/nearest.js";
import { type Advice, didYouMean } from "../findings/fixes.js";
import type { Span, Type } from "../model/model.js";
import { PRIMITIVE_NAMES } from "../model/primitives.js";
import { type Lexeme, lex } from "../syntax/lexemes.js";
import { BUILTIN_TYPES } from "./builtins.js";

/** The parts of an interface that are for C only. */
export interface Outside {
  /** The `%` lines of the file, without the `%` and without comments. */
  readonly text: string;
  /** The words of `text`. */
  readonly words: ReadonlySet<string>;
  /** Whether there is C code or a header in which any name may be defined; `%#include` lines do not count. */
  readonly hasCode: boolean;
  /** How many `%#include` lines there are. */
  readonly includes: number;
  /** Names with a tag before them, as C has it: `struct timeval`. */
  readonly tagged: ReadonlySet<string>;
}

/** The declaration of a type in C. */
export type OutsideType = { readonly type: Type } | { readonly name: string };

/** @param asksHeader whether a header is included that was not found. */
export function outsideOf(lines: readonly string[], asksHeader: boolean, tagged: ReadonlySet<string>): Outside {
  const lexemes = lex(lines.join("\n"));
  const text = withoutComments(lines.join("\n"), lexemes);
  const includes = lexemes.filter(({ word }) => word === "include").length;
  return { text, words: new Set(text.match(/\w+/g)), hasCode: asksHeader || lexemes.some(isCode), includes, tagged };
}

/** A macro of several lines may define anything. */
function isCode({ kind, word, text }: Lexeme): boolean {
  return kind !== "comment" && (word === "" || /[\r\n]/.test(text));
}

function withoutComments(text: string, lexemes: readonly Lexeme[]): string {
  let out = "";
  let at = 0;
  for (const { kind, offset, text: comment } of lexemes.flatMap((one) => [one, ...one.inner])) {
    if (kind !== "comment") continue;
    out += `${text.slice(at, offset)} `;
    at = offset + comment.length;
  }
  return out + text.slice(at);
}

/**
 * Whether a name that the interface does not define is C's: it is declared for C, or there is C code that may define it
 * and the name is not a misspelt one.
 * @param close the most similar name in the interface, or word of the language.
 * @param asksC whether another name shows that headers of C belong to the interface.
 */
export function isLeftToC(
  { words, hasCode }: Outside,
  name: string,
  close: string | undefined,
  asksC: boolean,
): boolean {
  if (name === GSS_ARGUMENT || words.has(name) || words.has(`xdr_${name}`)) return true;
  return (hasCode || asksC) && (close === undefined || !isSlip(name, close));
}

/** The first words of the language's types. */
export const LANGUAGE_TYPES: readonly string[] = [
  ...new Set(PRIMITIVE_NAMES.flatMap((name) => (name === "void" ? [] : (name.split(" ")[0] ?? [])))),
  "string",
  "opaque",
  "void",
];

/**
 * The length, in letters, from which a name with two wrong letters is a misspelt one. In 181 public interfaces that leave 153
 * names to C, no name of C is that close to one of the interface; three wrong letters would make errors of five.
 */
const LEAST_FOR_TWO = 6;
/** The length from which a name with three wrong letters is asked about. */
const LEAST_FOR_THREE = 9;

/** The hint for a name that is left to C: the most similar known name, otherwise `otherwise`. */
export function slipAdvice(name: string, close: string | undefined, span: Span, otherwise: string): Advice {
  if (close === undefined || withoutNumbers(name) === withoutNumbers(close)) return { hint: otherwise };
  if (!isSlip(name, close)) {
    if (name.length < LEAST_FOR_THREE || distance(name, close) > 3) return { hint: otherwise };
    return { ...didYouMean(span, close), hint: `${otherwise}. If the name is misspelt, did you mean \`${close}\`?` };
  }
  return didYouMean(span, close, ` If not, ${otherwise}`);
}

/** The name in RFC 2203 section 5.3.2.2 for the arguments of any procedure. */
const GSS_ARGUMENT = "proc_req_arg_t";

/** Whether `name` is probably `close`, misspelt. Names that differ in numbers, or by C's `_t`, are two names. */
function isSlip(name: string, close: string): boolean {
  if (withoutNumbers(name) === withoutNumbers(close)) return false;
  return distance(name, close) <= (name.length < LEAST_FOR_TWO ? 1 : 2);
}

function distance(name: string, close: string): number {
  return editDistance(name.toLowerCase(), close.toLowerCase());
}

function withoutNumbers(name: string): string {
  return name.replace(/_t$|\d+/g, "");
}

/**
 * What `%#define NAME int`, `%typedef int NAME;` or `%#define xdr_NAME xdr_int` makes a type: a built-in type, or
 * another name for a type.
 */
export function outsideType({ text }: Outside, name: string): OutsideType | undefined {
  if (!text.includes(name)) return undefined;
  const codec = match(text, `#[ \\t]*define[ \\t]+xdr_${name}[ \\t]+xdr_(\\w+)[ \\t]*$`);
  const macro = match(text, `#[ \\t]*define[ \\t]+${name}[ \\t]+(\\w[\\w \\t]*)$`);
  const typedef = match(text, `typedef[ \\t]+(\\w[\\w \\t]*?)[ \\t]+${name}[ \\t]*;`);
  const said = codec ?? macro ?? typedef;
  if (said === undefined) return undefined;
  const words = said.trim().split(/[ \t]+/);
  const type = numberType(words);
  if (type !== undefined) return { type };
  const other = words.length === 1 || /^(?:struct|union|enum)$/.test(words[0] ?? "") ? words.at(-1) : undefined;
  return words.length > 2 || other === undefined || other === name ? undefined : { name: other };
}

/** Whether C has a codec for it that is written by hand, which may do anything. */
export function hasOwnCodec({ text }: Outside, name: string): boolean {
  return new RegExp(`\\bxdr_${name}[ \\t]*\\(`).test(text);
}

function match(text: string, pattern: string): string | undefined {
  return new RegExp(`^[ \\t]*${pattern}`, "m").exec(text)?.[1];
}

const INTEGER = new Set(["int", "short", "char", "long"]);

/** `unsigned long long`, `uint64_t`, `float`; undefined for other words. */
function numberType(words: readonly string[]): Type | undefined {
  const [word = ""] = words;
  if (words.length === 1 && (word === "float" || word === "double")) return { kind: "primitive", name: word };
  const builtin = words.length === 1 ? BUILTIN_TYPES.get(word) : undefined;
  if (builtin !== undefined) return builtin;
  const rest = words.filter((one) => one !== "unsigned" && one !== "signed");
  if (words.length === 0 || !rest.every((one) => INTEGER.has(one))) return undefined;
  const isUnsigned = words.includes("unsigned");
  const isWide = rest.filter((one) => one === "long").length > 1;
  if (isWide) return { kind: "primitive", name: isUnsigned ? "unsigned hyper" : "hyper" };
  const name = isUnsigned ? "unsigned int" : "int";
  if (rest.includes("char")) return { kind: "primitive", name, width: 8, char: true };
  return rest.includes("short") ? { kind: "primitive", name, width: 16 } : { kind: "primitive", name };
}
