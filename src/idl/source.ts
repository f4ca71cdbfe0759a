// The text of one interface file, the places in it, and its lexemes, which are made once.
import { licenceIn } from "./findings/licence.js";
import type { Span } from "./model/model.js";
import { interfaceInText } from "./preprocess/rfc-text.js";
import { type Lexeme, lex } from "./syntax/lexemes.js";

/** A file's text without its byte order mark, and where its lines begin. */
export interface Source {
  readonly file: string;
  readonly text: string;
  /** Offset of the first character of each line; a line ends at LF, CR LF or a lone CR. */
  readonly lineStarts: readonly number[];
  /** The text that counts: in the text of an RFC, everything but the interface is blanked. */
  readonly code: string;
  /** The lexemes of `code`, made when they are first needed. */
  readonly lexemes: readonly Lexeme[];
  /** The first comment about copyright or licence, which documents the file and no definition. */
  readonly licence: { readonly start: number; readonly end: number } | undefined;
}

/** A file as a caller hands it over. */
export interface SourceText {
  /** The file's name, for messages. */
  readonly file: string;
  /** The text of the file. */
  readonly text: string;
}

/**
 * Bytes as text: UTF-8, otherwise Latin-1, which accepts any bytes.
 * @example
 * console.log(decodeText(new Uint8Array([0xe9]))); // { text: 'é', latin1: true }
 */
export function decodeText(bytes: Uint8Array): { readonly text: string; readonly latin1: boolean } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), latin1: false };
  } catch {
    let text = "";
    for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
    return { text, latin1: true };
  }
}

/** The most bytes that are passed as arguments of one call. */
const CHUNK = 4096;

/** The source of a text; a source is returned as it is, with the lexemes that it has made. */
export function createSource(given: SourceText): Source {
  if (given instanceof LazySource) return given;
  const { file, text } = given;
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const lineStarts = [0];
  for (let at = 0; at < body.length; at++) {
    const code = body.charCodeAt(at);
    if (code === 10 || (code === 13 && body.charCodeAt(at + 1) !== 10)) lineStarts.push(at + 1);
  }
  return new LazySource(file, body, lineStarts);
}

/** Many sources are only asked for the places in their text. */
class LazySource implements Source {
  readonly file: string;
  readonly text: string;
  readonly lineStarts: readonly number[];
  #code: string | undefined;
  #lexemes: readonly Lexeme[] | undefined;
  #licence: Source["licence"] | null = null;

  constructor(file: string, text: string, lineStarts: readonly number[]) {
    this.file = file;
    this.text = text;
    this.lineStarts = lineStarts;
  }

  get code(): string {
    this.#code ??= interfaceInText(this.text) ?? this.text;
    return this.#code;
  }

  get lexemes(): readonly Lexeme[] {
    this.#lexemes ??= lex(this.code);
    return this.#lexemes;
  }

  get licence(): Source["licence"] {
    if (this.#licence === null) this.#licence = licenceIn(this.code, this.lexemes);
    return this.#licence;
  }
}

/** Index of the line that holds `offset`, from 0. */
export function lineIndexAt(source: Source, offset: number): number {
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The span of the text from `start` up to `end`. */
export function spanBetween(source: Source, start: number, end: number): Span {
  const index = lineIndexAt(source, start);
  const column = start - (source.lineStarts[index] ?? 0) + 1;
  return { file: source.file, line: index + 1, column, offset: start, length: Math.max(0, end - start) };
}

/** From the start of `first` to the end of `last`. */
export function spanAcross(first: Span, last: Span): Span {
  return { ...first, length: Math.max(first.length, last.offset + last.length - first.offset) };
}

/** The text of a line (from 1), without its line end; empty if the line does not exist. */
export function lineText(source: Source, line: number): string {
  const start = source.lineStarts[line - 1];
  if (start === undefined) return "";
  return source.text.slice(start, source.lineStarts[line] ?? source.text.length).replace(/[\r\n]+$/, "");
}
