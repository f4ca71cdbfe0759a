// What a file's first comments say of copyright and licence. It is about the file, and about no definition below.

const LICENCE = /\bcopyright\b|\(c\)\s*\d{4}|\u00a9|\blicen[cs]ed?\b|\bspdx-|\ball rights reserved\b/i;

/** What may stand before it: blanks, directives and lines for C. */
const BEFORE = /(?:\s+|[#%][^\r\n]*)/y;
/** A block, or lines one behind the other. */
const COMMENT = /\/\*[\s\S]*?\*\/|\/\/[^\r\n]*(?:\r?\n[ \t]*\/\/[^\r\n]*)*/y;

/** Where the comment stands, from its first character to behind its last; undefined for none. */
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

/** Its text without markers; undefined for none. */
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
