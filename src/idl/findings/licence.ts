// The copyright and licence in a file's first comments, which belong to the file and not to a definition.
import { endOf, type Lexeme } from "../syntax/lexemes.js";

/** Phrases that occur only in licences: the word alone may occur in any comment. */
const LICENCE = new RegExp(
  [
    String.raw`\bspdx-`,
    String.raw`\bcopyright\b[\s:,]*(?:\(c\)|\u00a9|\d{4}|by\b)`,
    String.raw`(?:\(c\)|\u00a9)\s*(?:by\s|copyright\b|\d{4})`,
    String.raw`\ball rights reserved\b`,
    String.raw`\blicen[cs]ed (?:under|to|by)\b`,
    String.raw`\bunder the terms\b`,
    String.raw`\b(?:apache|mit|[23]-clause|bsd|isc|mozilla public|eclipse public|general public|distribution) licen[cs]e\b`,
    String.raw`\b(?:l?gpl|agpl|mpl|epl|cddl)[- ]?v?\d`,
    String.raw`\bpermission (?:is (?:hereby )?granted|to use)\b`,
    String.raw`\bredistributions? (?:and use|of source|in binary)\b`,
    String.raw`\bfree software\b`,
    String.raw`\bpublic domain\b`,
    String.raw`\bunrestricted use\b`,
  ].join("|"),
  "i",
);

/** The position of the comment, from its first character to after its last; undefined if there is none. */
export function licenceIn(
  text: string,
  lexemes: readonly Lexeme[],
): { readonly start: number; readonly end: number } | undefined {
  for (let at = 0; at < lexemes.length; at++) {
    const first = lexemes[at] as Lexeme;
    if (first.kind === "directive" || first.kind === "passed") continue;
    if (first.kind !== "comment") return undefined;
    // Adjacent line comments are one.
    while (isLineComment(lexemes[at]) && isLineComment(lexemes[at + 1]) && lexemes[at + 1]?.lineEnds === 1) at++;
    const place = { start: first.offset, end: endOf(lexemes[at] as Lexeme) };
    if (LICENCE.test(text.slice(place.start, place.end))) return place;
  }
  return undefined;
}

function isLineComment(lexeme: Lexeme | undefined): boolean {
  return lexeme?.kind === "comment" && lexeme.text.startsWith("//");
}

/** A licence without the markers of its comments. */
export function licenceText(written: string): string {
  const lines = written
    .replace(/^\/\*+|\*+\/$/g, "")
    .split(/\r\n|\r|\n/)
    .map((line) =>
      line
        .trim()
        .replace(/^(?:\/\/+|\*+) ?/, "")
        .trimEnd(),
    );
  while (lines[0] === "") lines.shift();
  while (lines.at(-1) === "") lines.pop();
  return lines.join("\n");
}
