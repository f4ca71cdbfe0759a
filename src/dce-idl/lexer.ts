// The text of an .idl file as tokens: words, numbers, strings and punctuation. Lines that begin with # are tokens of their
// own, which directives.ts takes out.
import type { Span } from "../idl/model/model.js";
import { type Source, spanBetween } from "../idl/source.js";
import type { Reports } from "./reports.js";

/** One token. `text` of a string is its contents, and that of a directive the text after its #, joined to one line. */
export interface Token {
  readonly kind: "word" | "number" | "string" | "char" | "mark" | "directive" | "end";
  readonly text: string;
  readonly span: Span;
}

const tokens =
  /(?<space>\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<word>(?!L["'])[A-Za-z_]\w*)|(?<number>0[xX][\da-fA-F]+[uUlL]*|\d+[uUlL]*(?![\w]))|L?"(?<string>(?:[^"\\\n]|\\.)*)"|L?'(?<char>[^'\\\n]|\\.)'|(?<mark><<|>>|<=|>=|==|!=|&&|\|\||\.\.|[^\s])/gy;

/** A UUID stands in the text without quotes, and is no sequence of tokens. */
const uuidForm = /\s*(?:"\s*)?([\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12})\s*"?/y;

/** A string without its closing quote. */
const openString = /"(?:[^"\\\n]|\\.)*/y;

const kinds = ["word", "number", "string", "char", "mark"] as const;

/** Reads one token after another. */
class Scanner {
  at = 0;
  readonly #text: string;
  /** Up to here no string ends: every further quote would otherwise be searched for its partner again. */
  #openUntil = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#text.length;
  }

  /** Takes a token, or space before it. */
  next(): Readonly<Record<string, string | undefined>> {
    const start = this.at;
    if (start < this.#openUntil && this.#opensString(start)) return { mark: this.#text[this.at++] };
    tokens.lastIndex = start;
    const groups = tokens.exec(this.#text)?.groups ?? {};
    this.at = tokens.lastIndex;
    const { mark } = groups;
    if (mark === '"') {
      openString.lastIndex = start;
      openString.test(this.#text);
      this.#openUntil = openString.lastIndex;
    }
    return groups;
  }

  #opensString(at: number): boolean {
    return this.#text[at] === '"' || this.#text.startsWith('L"', at);
  }
}

/** The tokens of a source, with directives; the last one is the end of the text. */
export function lexed(source: Source, reports: Reports): Token[] {
  const result: Token[] = [];
  const { text } = source;
  const scanner = new Scanner(text);
  let isLineStart = true;
  while (!scanner.isAtEnd) {
    const start = scanner.at;
    if (text.startsWith("/*", start) && text.indexOf("*/", start + 2) < 0) {
      reports.error(
        "unterminated",
        spanBetween(source, start, start + 2),
        "the comment is not closed",
        "end it with */",
      );
      break;
    }
    if (isLineStart && text[start] === "#") {
      scanner.at = readDirective(source, result, start);
      continue;
    }
    const groups = scanner.next();
    const { space } = groups;
    isLineStart = space === undefined ? false : isLineStart || space.includes("\n");
    for (const kind of kinds) {
      const found = groups[kind];
      if (found !== undefined) result.push({ kind, text: found, span: spanBetween(source, start, scanner.at) });
    }
    if (result.at(-1)?.text === "(" && result.at(-2)?.text === "uuid") readUuid(source, result, scanner);
  }
  result.push({ kind: "end", text: "", span: spanBetween(source, text.length, text.length) });
  return result;
}

/** The tokens of a part of a text without directives, such as the body of a macro, all at one place. */
export function lexedPart(text: string, span: Span): Token[] {
  const result: Token[] = [];
  const scanner = new Scanner(text);
  while (!scanner.isAtEnd) {
    const groups = scanner.next();
    for (const kind of kinds) {
      const found = groups[kind];
      if (found !== undefined) result.push({ kind, text: found, span });
    }
  }
  return result;
}

/** A line with its continuations, without comments. @returns the offset of its end. */
function readDirective(source: Source, result: Token[], start: number): number {
  const { text } = source;
  let line = "";
  let at = start + 1;
  while (at < text.length && text[at] !== "\n") {
    const continued = /\\[ \t]*\r?\n/y;
    continued.lastIndex = at;
    if (text.startsWith("//", at)) {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at + 2);
      // The tokens after the directive report a comment that is not closed.
      if (end < 0) break;
      line += " ";
      at = end + 2;
    } else if (text[at] === '"') {
      const string = /"(?:[^"\\\n]|\\.)*"?/y;
      string.lastIndex = at;
      const found = string.exec(text)?.[0] ?? '"';
      line += found;
      at += found.length;
    } else if (continued.test(text)) {
      line += " ";
      at = continued.lastIndex;
    } else line += text[at++];
  }
  result.push({
    kind: "directive",
    text: line.trim(),
    span: spanBetween(source, start, start + line.trimEnd().length + 1),
  });
  return at;
}

function readUuid(source: Source, result: Token[], scanner: Scanner): void {
  const { at } = scanner;
  uuidForm.lastIndex = at;
  const match = uuidForm.exec(source.text);
  if (match === null) return;
  scanner.at = uuidForm.lastIndex;
  result.push({ kind: "string", text: match[1] as string, span: spanBetween(source, at, scanner.at) });
}
