// The copyright and licence in a file's first comments, which belong to the file and not to a definition.

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

/** Text that may precede it: blanks, directives and lines for C. */
const BEFORE = /(?:\s+|[#%][^\r\n]*)/y;
/** A block comment, or adjacent line comments. */
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/[^\r\n]*(?:\r?\n[ \t]*\/\/[^\r\n]*)*/y;

/** The position of the comment, from its first character to after its last; undefined if there is none. */
export function licenceIn(text: string): { readonly start: number; readonly end: number } | undefined {
  for (let at = 0; at < text.length; ) {
    BEFORE.lastIndex = at;
    if (BEFORE.test(text)) {
      at = BEFORE.lastIndex;
      continue;
    }
    COMMENT.lastIndex = at;
    const [comment] = COMMENT.exec(text) ?? [];
    if (comment === undefined) return undefined;
    if (LICENCE.test(comment)) return { start: at, end: at + comment.length };
    at += comment.length;
  }
  return undefined;
}

/** Its text without markers; undefined if there is none. */
export function licenceOf(text: string): string | undefined {
  const place = licenceIn(text);
  if (place === undefined) return undefined;
  const lines = text
    .slice(place.start, place.end)
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
