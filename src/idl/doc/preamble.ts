// The comments at the beginning of an interface file: its purpose, authors and licence.
import { type Piece, piecesOf } from "../format/pieces.js";

/**
 * The comments at the beginning, without those directly above a definition; undefined if there are none.
 * @example
 * console.log(preambleOf("// Adds numbers.\n\nconst A = 1;")); // Adds numbers.
 */
export function preambleOf(text: string): string | undefined {
  const pieces = piecesOf(text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n"));
  const end = pieces.findIndex(({ kind }) => kind !== "comment");
  const comments = end === -1 ? pieces : pieces.slice(0, end);
  const told = comments.slice(0, firstAttached(comments, pieces[end]));
  const paragraphs = told.map(({ text: comment }, index) => (startsAnew(told[index]) ? "\n" : "") + plainText(comment));
  const preamble = paragraphs.join("\n").trim();
  return preamble === "" ? undefined : preamble;
}

/** Index of the first comment that belongs to the definition after the comments. */
function firstAttached(comments: readonly Piece[], next: Piece | undefined): number {
  if (next === undefined || next.kind === "line" || next.lineEnds > 1) return comments.length;
  let first = comments.length - 1;
  while (first > 0 && !startsAnew(comments[first])) first--;
  return first;
}

/** Whether an empty line precedes the piece. */
function startsAnew(piece: Piece | undefined): boolean {
  return piece !== undefined && piece.lineEnds > 1;
}

/** The lines of a comment without its marks. */
function plainText(comment: string): string {
  const body = comment.startsWith("//") ? comment.slice(2) : comment.slice(2).replace(/\*\/$/, "");
  const lines = body.split("\n").map((line) => line.replace(/^[ \t]*\*+(?: |$)/, "").trimEnd());
  const margin = Math.min(...lines.filter((line) => line !== "").map((line) => line.search(/\S/)));
  return lines
    .map((line) => (line.slice(0, margin).trim() === "" ? line.slice(margin) : line.trimStart()))
    .join("\n")
    .trim();
}
