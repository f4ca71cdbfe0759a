// Attaches comments to the tokens that they are above or beside of.
import { reportError, reportWarning } from "../findings/diagnostics.js";
import { inserting } from "../findings/fixes.js";
import { spanBetween } from "../source.js";
import { closingComment } from "./lexer-fixes.js";
import { AROUND, lineAt, lineEnd, spanTo, type TokenReading } from "./tokens.js";

export function readComment(state: TokenReading, written: string): void {
  const { at } = state;
  const isBlock = written.startsWith("/*");
  const isClosed = !isBlock || (written.length >= 4 && written.endsWith("*/"));
  if (!isClosed) {
    reportError(state.reporter, "unterminated", spanTo(state, at + 2), "this comment is never closed", {
      hint: "close it with `*/`",
      fixes: [closingComment(spanTo(state, lineEnd(state, at)))],
    });
  }
  if (isBlock && isClosed) warnOfInnerComment(state, at, at + written.length - 2);
  const firstLine = lineAt(state, at);
  const comment = stripMarkers(written.slice(2, isBlock && isClosed ? -2 : undefined));
  state.at = at + written.length;
  const lastLine = lineAt(state, state.at);
  const before = state.tokens.at(-1);
  const sameLine = before !== undefined && before.span.line - 1 === firstLine && state.comments.length === 0;
  const beside = sameLine && !leadsToNext(state.text, state.at, before.text, written);
  if (isLicence(state, at)) return;
  if (!beside) state.comments.push({ text: comment, firstLine, lastLine });
  else before.beside = before.beside === undefined ? comment : `${before.beside}\n${comment}`;
}

/**
 * Whether a comment that ends at `at` describes what follows it on its line.
 * @param before the text of the token before it.
 */
export function leadsToNext(text: string, at: number, before: string, comment: string): boolean {
  if (!mayLead(before, comment)) return false;
  const next = /[^\S\n]*[^\s}/]/y;
  next.lastIndex = at;
  return next.test(text);
}

/** Whether a comment describes the next token if that is on its line: it comes after `{`, or begins with two asterisks and comes after `;` or `,`. */
export function mayLead(before: string, comment: string): boolean {
  return comment.startsWith(before === "{" ? "/*" : "/**") && ["{", ";", ","].includes(before);
}

/** Whether the comment at `at` describes the file as a whole. */
function isLicence({ source: { licence }, tokens }: TokenReading, at: number): boolean {
  return tokens.length === 0 && licence !== undefined && at >= licence.start && at < licence.end;
}

/** Finds a separate `/*` inside a comment, which suggests that the comment should have ended earlier. `src/*.c` does not count. */
function warnOfInnerComment(state: TokenReading, at: number, close: number): void {
  const inner = /(?<=\s)\/\*/.exec(state.text.slice(at + 2, close));
  if (inner === null) return;
  const { source, reporter } = state;
  const place = at + 2 + inner.index;
  const outer = spanBetween(source, at, at + 2);
  const end = lineEnd({ ...state, end: place }, at);
  const swallowed =
    source.text
      .slice(end, place)
      .trim()
      .split(/\s*\r?\n\s*/)
      // Stars at the left of a comment's lines are not lost code.
      .find((line) => !/^\**$/.test(line)) ?? "";
  // `/* a /* b */ c */`: the rest of the line is an error that says what is wrong.
  if (end === place && /^[^\n]*\*\//.test(source.text.slice(close + 2, close + 2 + AROUND))) return;
  const lost = swallowed === "" ? "" : `: \`${shortened(swallowed)}\` is part of the comment`;
  const hint =
    end === place
      ? "close the first with `*/`, or remove the second `/*`"
      : `close it with \`*/\` on line ${outer.line}${lost}`;
  const ending = source.text.slice(at, end).trimEnd().length + at;
  const before = spanBetween(source, ending, ending);
  reportWarning(
    reporter,
    "comment-in-comment",
    spanBetween(source, place, place + 2),
    `this comment already began at ${outer.line}:${outer.column}`,
    {
      hint,
      related: [{ span: outer, message: "it begins here" }],
      fixes: [inserting(before, " */", `Close the comment on line ${outer.line}`)],
    },
  );
}

function shortened(text: string): string {
  const code = text.replace(/;.*$/, "");
  return code.length > 40 ? `${code.slice(0, 40)}...` : code;
}

/** Removes leading stars and the blank first and last line. */
function stripMarkers(body: string): string {
  const lines = body
    .replaceAll("\0", "")
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim().replace(/^\*+ ?/, ""));
  const first = lines.findIndex((line) => line.trim() !== "");
  if (first === -1) return "";
  let last = lines.length - 1;
  while (lines[last]?.trim() === "") last--;
  return lines
    .slice(first, last + 1)
    .join("\n")
    .trimEnd();
}
