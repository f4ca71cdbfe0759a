// Interfaces as the texts of RFCs have them: cut by the heads and feet of pages, or with `///` before each of their lines
// (RFC 5662 section 1).

const FOOT = /^\S.*\[Page \d+\][ \t]*[\r\n]*$/;
const HEAD = /^(?:RFC \d+|INTERNET-DRAFT|Internet-Draft)[ \t].*(?:19|20)\d\d[ \t]*[\r\n]*$/;

/** The last line of a page, or the first of the next one. */
export function isPageBreak(line: string): boolean {
  return FOOT.test(line) || HEAD.test(line);
}

const DEFINITION = "(?:const|typedef|enum|struct|union|program)[ \\t]+\\w";
const QUOTED = new RegExp(`^[ \\t]*///[ \\t]*${DEFINITION}`, "m");
const UNQUOTED = new RegExp(`^[ \\t]*${DEFINITION}[^.\\r\\n]*[{;=][^.\\r\\n]*$`, "m");

/** Whether all definitions of a text are behind `///`. */
export function isQuoted(text: string): boolean {
  return QUOTED.test(text) && !UNQUOTED.test(text);
}

/** What stands behind the `///`, at its place; undefined for a line without it. */
export function unquoted(line: string): string | undefined {
  const mark = /^([ \t]*)\/\/\//.exec(line);
  return mark === null ? undefined : `${mark[1]}   ${line.slice(mark[0].length)}`;
}
