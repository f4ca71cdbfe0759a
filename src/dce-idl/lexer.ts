// The text of an .idl file as tokens: words, numbers, strings and punctuation. Comments and lines that begin with # are
// skipped.
import type { Span } from "../idl/model/model.js";
import { type Source, spanBetween } from "../idl/source.js";
import type { Reports } from "./reports.js";

/** One token. `text` of a string is its contents. */
export interface Token {
  readonly kind: "word" | "number" | "string" | "char" | "mark" | "end";
  readonly text: string;
  readonly span: Span;
}

const tokens =
  /(?<space>\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|^[ \t]*#[^\n]*)|(?<word>[A-Za-z_]\w*)|(?<number>0[xX][\da-fA-F]+[uUlL]*|\d+[uUlL]*(?![\w]))|"(?<string>(?:[^"\\\n]|\\.)*)"|L?'(?<char>[^'\\\n]|\\.)'|(?<mark><<|>>|<=|>=|==|!=|&&|\|\||\.\.|[^\s])/gmy;

/** A UUID stands in the text without quotes, and is no sequence of tokens. */
const uuidForm = /\s*"?\s*([\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12})\s*"?/y;

/** The tokens of a source; the last one is the end of the text. */
export function tokensOf(source: Source, reports: Reports): Token[] {
  const result: Token[] = [];
  const { text } = source;
  tokens.lastIndex = 0;
  while (tokens.lastIndex < text.length) {
    const start = tokens.lastIndex;
    if (text.startsWith("/*", start) && text.indexOf("*/", start + 2) < 0) {
      reports.error(
        "unterminated",
        spanBetween(source, start, start + 2),
        "the comment is not closed",
        "end it with */",
      );
      break;
    }
    const match = tokens.exec(text);
    const groups = match?.groups ?? {};
    const end = tokens.lastIndex;
    for (const kind of ["word", "number", "string", "char", "mark"] as const) {
      const found = groups[kind];
      if (found !== undefined) result.push({ kind, text: found, span: spanBetween(source, start, end) });
    }
    if (result.at(-1)?.text === "(" && result.at(-2)?.text === "uuid") readUuid(source, result, end);
  }
  result.push({ kind: "end", text: "", span: spanBetween(source, text.length, text.length) });
  return result;
}

function readUuid(source: Source, result: Token[], at: number): void {
  uuidForm.lastIndex = at;
  const match = uuidForm.exec(source.text);
  if (match === null) return;
  result.push({ kind: "string", text: match[1] as string, span: spanBetween(source, at, uuidForm.lastIndex) });
  tokens.lastIndex = uuidForm.lastIndex;
}
