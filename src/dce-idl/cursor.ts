// The position in the tokens of a file, and what every part of the parser needs of them.
import { nearest } from "../base/nearest.js";
import type { Span } from "../idl/model/model.js";
import { spanAcross } from "../idl/source.js";
import type { Token } from "./lexer.js";
import type { Reports } from "./reports.js";

export class Cursor {
  #at = 0;
  /** How deeply types are nested here. */
  depth = 0;
  /** The operators of the expression that is read. */
  operators = 0;
  readonly #tokens: readonly Token[];
  readonly reports: Reports;

  constructor(tokens: readonly Token[], reports: Reports) {
    this.#tokens = tokens;
    this.reports = reports;
  }

  get token(): Token {
    return this.#tokens[this.#at] as Token;
  }

  get next(): Token {
    return (this.#tokens[this.#at + 1] ?? this.#tokens.at(-1)) as Token;
  }

  get isAtEnd(): boolean {
    return this.token.kind === "end";
  }

  /** The span of the last token that was taken. */
  get last(): Span {
    return (this.#tokens[Math.max(0, this.#at - 1)] as Token).span;
  }

  since(start: Span): Span {
    return start.offset > this.last.offset ? start : spanAcross(start, this.last);
  }

  advance(): Token {
    const { token } = this;
    if (!this.isAtEnd) this.#at++;
    return token;
  }

  is(text: string): boolean {
    const { kind, text: found } = this.token;
    return found === text && (kind === "word" || kind === "mark");
  }

  /** Takes a token if it is there. */
  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.advance();
    return true;
  }

  /** Takes a token that must be there. A missing semicolon is reported after the last token. */
  expect(text: string, after: string): void {
    if (this.take(text)) return;
    const isSemicolon = text === ";";
    const { offset, length, column } = this.last;
    const end = { ...this.last, offset: offset + length, column: column + length, length: 1 };
    const span = isSemicolon && this.#at > 0 ? end : this.token.span;
    this.reports.fail("syntax", span, `expected \`${text}\` ${after}, but found ${this.found()}`);
  }

  /** Takes a name that must be there. */
  name(what: string): Token {
    if (this.token.kind === "word") return this.advance();
    this.reports.fail("syntax", this.token.span, `expected ${what}, but found ${this.found()}`);
  }

  found(): string {
    const { kind, text } = this.token;
    return kind === "end" ? "the end of the file" : `\`${text.slice(0, 40)}\``;
  }

  /** Skips the rest of a definition, up to its semicolon or the brace that closes what surrounds it. */
  recover(): void {
    for (let depth = 0; !this.isAtEnd; this.advance()) {
      if (this.is("{")) depth++;
      else if (this.is("}") && depth-- === 0) return;
      else if (this.is(";") && depth === 0) {
        this.advance();
        return;
      }
    }
  }
}

/** "did you mean `long`?", or undefined. */
export function didYouMean(word: string, known: Iterable<string>): string | undefined {
  const found = nearest(word, known);
  return found === undefined ? undefined : `did you mean \`${found}\`?`;
}
