// The parser's tokens, and the state in which a part of a source is read as tokens.
import type { Reporter } from "../findings/diagnostics.js";
import type { Span } from "../model/model.js";
import type { Source } from "../source.js";

export interface Token {
  readonly kind: "name" | "number" | "string" | "punctuation" | "end";
  /** As written; for a string, without its quotes and with its escapes resolved. */
  readonly text: string;
  /** The value of a number or character constant. */
  readonly value: bigint;
  readonly span: Span;
  /** The comment directly above, without its markers. */
  readonly above: string | undefined;
  /** The comment that follows on the same line. */
  beside: string | undefined;
}

interface Comment {
  readonly text: string;
  readonly firstLine: number;
  readonly lastLine: number;
}

export interface TokenReading {
  readonly source: Source;
  readonly text: string;
  readonly end: number;
  readonly reporter: Reporter;
  readonly tokens: Token[];
  /** Whether `#` becomes a token, as in the body of a macro. */
  readonly hashes: boolean;
  at: number;
  /** Index of the line that `at` is on, and where it and the next one begin. */
  line: number;
  comments: Comment[];
}

/** The number of characters beside an error that are examined for its meaning. */
export const AROUND = 80;

/** The characters that are tokens by themselves. */
export const PUNCTUATION = new Set([..."{}()[]<>;:,=*-+~|^&/%"].map((c) => c.charCodeAt(0)));

/** Makes a token of the text from `state.at` to `end` and moves on. */
export function push(state: TokenReading, kind: Token["kind"], end: number, text: string, value = 0n): void {
  const line = lineAt(state, state.at);
  const above = commentAbove(state.comments, line);
  if (state.comments.length > 0) state.comments = [];
  state.tokens.push({ kind, text, value, span: spanTo(state, end), above, beside: undefined });
  state.at = end;
}

export function lineAt(state: TokenReading, offset: number): number {
  const { lineStarts } = state.source;
  while ((lineStarts[state.line + 1] ?? Number.POSITIVE_INFINITY) <= offset) state.line++;
  return state.line;
}

export function spanTo(state: TokenReading, end: number): Span {
  const line = lineAt(state, state.at);
  const column = state.at - (state.source.lineStarts[line] ?? 0) + 1;
  return { file: state.source.file, line: line + 1, column, offset: state.at, length: end - state.at };
}

export function lineEnd(state: TokenReading, from: number): number {
  let at = from;
  while (at < state.end && state.text.charCodeAt(at) !== 10 && state.text.charCodeAt(at) !== 13) at++;
  return at;
}

/** The comments that reach down to `line` with no blank line between. */
function commentAbove(comments: readonly Comment[], line: number): string | undefined {
  let next = line;
  let from = comments.length;
  while (from > 0 && (comments[from - 1]?.lastLine ?? -2) >= next - 1) {
    from--;
    next = comments[from]?.firstLine ?? 0;
  }
  // An empty comment between others counts as a blank line of theirs.
  const text = comments.slice(from).map((comment) => comment.text);
  const joined = text.join("\n").replace(/^\n+|\n+$/g, "");
  return joined === "" ? undefined : joined;
}
