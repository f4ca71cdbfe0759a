// The parts of a file as the formatter and the linter see them: tokens, comments, and lines that are kept unchanged.
import { endOf, type Lexeme, lex } from "../syntax/lexemes.js";

export interface Piece {
  /** `line`: a directive, a `%` line or a page break, or the text in `#if 0`, as a whole. */
  readonly kind: "word" | "string" | "punctuation" | "comment" | "line";
  /** The original text. */
  readonly text: string;
  /** Its start in the text. */
  readonly offset: number;
  /** The number of line ends between the previous piece and this one. */
  readonly lineEnds: number;
  /** Whether this piece directly follows the previous one, without any space. */
  readonly adjacent: boolean;
  /** The word of a directive: `if`, `else`, `define`; empty for `%` lines and for the lines of `#if 0`. */
  readonly directive: string;
}

/** @param text without byte order mark. */
export function piecesOf(text: string): Piece[] {
  return piecesFrom(text, lex(text));
}

/** @param lexemes those of the text. */
export function piecesFrom(text: string, lexemes: readonly Lexeme[]): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < lexemes.length; ) {
    const lexeme = lexemes[at] as Lexeme;
    const end = lexeme.text === "'" ? endOfQuoted(text, lexemes, at) : at + 1;
    pieces.push(pieceOf(text, lexeme, endOf(lexemes[end - 1] as Lexeme)));
    at = end;
    if (isNever(lexeme)) at = readNever(text, lexemes, at, pieces);
  }
  return pieces;
}

const KINDS: Readonly<Record<Lexeme["kind"], Piece["kind"]>> = {
  word: "word",
  number: "word",
  string: "string",
  character: "string",
  sign: "punctuation",
  comment: "comment",
  directive: "line",
  passed: "line",
  page: "line",
};

function pieceOf(text: string, { kind, offset, lineEnds, adjacent, word }: Lexeme, end: number): Piece {
  if (KINDS[kind] === "line") {
    const start = lineStart(text, offset);
    return { kind: "line", text: text.slice(start, end), offset: start, lineEnds, adjacent: false, directive: word };
  }
  const own = text.charAt(offset) === "'" ? "string" : KINDS[kind];
  return { kind: own, text: text.slice(offset, end), offset, lineEnds, adjacent, directive: "" };
}

/** The start of a line whose first characters, up to `offset`, are blanks. */
function lineStart(text: string, offset: number): number {
  let start = offset;
  while (start > 0 && (text.charAt(start - 1) === " " || text.charAt(start - 1) === "\t")) start--;
  return start;
}

/**
 * The index after the text that a quote begins, which is no character constant: up to the next quote, or to the end of
 * the line or to a comment. Text that is not compiled, such as `don't`, is kept as it is.
 */
function endOfQuoted(text: string, lexemes: readonly Lexeme[], first: number): number {
  for (let at = first + 1; ; at++) {
    const next = lexemes[at];
    if (next === undefined || next.lineEnds > 0 || next.kind === "comment") return at;
    if (text.charAt(next.offset) === "'" && next.text === "'") return at + 1;
  }
}

function isNever({ kind, inner }: Lexeme): boolean {
  const code = inner.filter((one) => one.kind !== "comment");
  return kind === "directive" && code.length === 3 && code[1]?.text === "if" && code[2]?.text === "0";
}

/** The lines between `#if 0` and its `#else` or `#endif` may be in any language: one piece. @returns the next index. */
function readNever(text: string, lexemes: readonly Lexeme[], first: number, pieces: Piece[]): number {
  let depth = 0;
  let at = first;
  for (; at < lexemes.length; at++) {
    const { word } = lexemes[at] as Lexeme;
    if (word.startsWith("if")) depth++;
    else if (depth === 0 && /^(?:else|elif|endif)$/.test(word)) break;
    else if (word === "endif") depth--;
  }
  const next = lexemes[at];
  const before = endOf(lexemes[first - 1] as Lexeme);
  // Text may follow a comment that the directive begins and that ends on a later line.
  const start = at > first && lexemes[first]?.lineEnds === 0 ? before : startOfNextLine(text, before);
  const end = next === undefined ? text.length : lineStart(text, next.offset);
  if (end <= start) return at;
  const body = text.slice(start, end).replace(/\r\n$|[\r\n]$/, "");
  pieces.push({ kind: "line", text: body, offset: start, lineEnds: 1, adjacent: false, directive: "" });
  return at;
}

function startOfNextLine(text: string, from: number): number {
  const next = text.slice(from).search(/[\r\n]/);
  return next < 0 ? text.length : from + next + (text.startsWith("\r\n", from + next) ? 2 : 1);
}

/** The index of the piece that begins at an offset of the text; -1 if none does. */
export function indexOfPieceAt(pieces: readonly Piece[], offset: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((pieces[middle] as Piece).offset < offset) low = middle + 1;
    else high = middle;
  }
  return pieces[low]?.offset === offset ? low : -1;
}
