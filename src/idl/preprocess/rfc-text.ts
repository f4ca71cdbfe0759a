// Interfaces in the text of RFCs: interrupted by page headers and footers, with `///` before each line (RFC 5662
// section 1), or among prose. Other text is replaced by blanks, so that all positions stay the same.

const FOOT = /^\S.*\[Page \d+\][ \t]*[\r\n]*$/;
const HEAD = /^(?:RFC \d+|INTERNET-DRAFT|Internet-Draft)[ \t].*(?:19|20)\d\d[ \t]*[\r\n]*$/;

/** The last line of a page, or the first of the next one. */
export function isPageBreak(line: string): boolean {
  return FOOT.test(line) || HEAD.test(line);
}

const DEFINITION = "(?:const|typedef|enum|struct|union|program)[ \\t]+\\w";
const QUOTED = new RegExp(`^[ \\t]*///[ \\t]*${DEFINITION}`, "m");
const UNQUOTED = new RegExp(`^[ \\t]*${DEFINITION}[^.\\r\\n]*[{;=][^.\\r\\n]*$`, "m");
/** Two words of a sentence with a full stop or comma between them; in an interface this occurs only in comments. */
const PROSE = /[a-z]{2}[.,][ \t]+[A-Za-z][a-z]/;
/** The marks around code in RFCs since 2009. */
const CODE = /^[ \t]*<CODE (?:BEGINS|ENDS)>/m;
const PUBLISHED =
  /^(?:Request for Comments:|INTERNET-DRAFT|Internet-Draft)|^\S.*\[Page \d+\][ \t]*\r?$|^RFC \d+ .*(?:19|20)\d\d[ \t]*\r?$/m;

/**
 * The interface in the text of an RFC or a draft, with everything else blanked, in the same length. If lines begin with
 * `///`, only they count, as such RFCs specify; otherwise the definitions, and for each name the last one.
 * @returns undefined for a plain interface file.
 */
export function interfaceInText(text: string): string | undefined {
  const isQuoted = QUOTED.test(text);
  const isPublished = PUBLISHED.test(text) || CODE.test(text);
  if (!isQuoted && !isPublished) return undefined;
  const bare = blankComments(text).replace(/^[ \t]*[%#].*$/gm, "");
  const isProse = PROSE.test(bare) || CODE.test(bare);
  if (isQuoted && (isProse || !UNQUOTED.test(text))) return linesOf(text).map(unquoted).join("");
  return isPublished && isProse ? cutOut(text) : undefined;
}

function linesOf(text: string): string[] {
  return text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
}

/** The text after `///`, at its position; a blank line for a line without it. */
function unquoted(line: string): string {
  const mark = /^([ \t]*)\/\/\//.exec(line);
  return mark === null ? blank(line) : `${mark[1]}   ${line.slice(mark[0].length)}`;
}

function blank(line: string): string {
  return line.replace(/[^\r\n\t]/g, " ");
}

/** A definition or a comment in a text, as its lines. */
interface Block {
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

const START =
  /^[ \t]*(?:const[ \t]+(\w+)[ \t]*=|typedef[ \t]+\w|(?:enum|struct|program)[ \t]+(\w+)\s*(?:\{|$)|union[ \t]+(\w+)\s*(?:switch\b|$))/;

function cutOut(text: string): string {
  const lines = linesOf(text).map((line) => (isPageBreak(line) ? blank(line) : line));
  const code = linesOf(blankComments(lines.join("")));
  const blocks = new Map<string, Block>();
  // The start of the comment directly above.
  let above: number | undefined;
  for (let at = 0; at < lines.length; at++) {
    const block = blockAt(code, at);
    if (block !== undefined) {
      blocks.set(block.name, { ...block, first: above ?? block.first });
      above = undefined;
      at = block.last;
    } else if (code[at]?.trim() !== "") above = undefined;
    else if (above === undefined && /^[ \t]*\/[*/]/.test(lines[at] ?? "")) above = at;
  }
  const kept = new Set([...blocks.values()].flatMap(({ first, last }) => range(first, last)));
  const out = lines.map((line, index) => (kept.has(index) ? line : blank(line)));
  return withSizes(out.join(""), text, blocks);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** The most characters of a comment; a longer one is not a comment. */
const MAX_COMMENT = 20_000;

/** The text with its comments blanked. */
function blankComments(text: string): string {
  const pieces: string[] = [];
  let at = 0;
  for (const { index } of text.matchAll(/\/\*/g)) {
    if (index < at) continue;
    const close = text.slice(index + 2, index + MAX_COMMENT).indexOf("*/");
    if (close < 0) continue;
    pieces.push(text.slice(at, index), blank(text.slice(index, index + close + 4)));
    at = index + close + 4;
  }
  pieces.push(text.slice(at));
  return pieces.join("").replace(/\/\/.*/g, blank);
}

/** The most lines of one definition, and of one without braces. */
const MAX_LINES = 3000;
const MAX_PLAIN_LINES = 4;

/** The definition that begins with a line and ends with its semicolon; undefined if it turns out to be prose. */
function blockAt(code: readonly string[], first: number): Block | undefined {
  const start = START.exec(code[first] ?? "");
  if (start === null) return undefined;
  let depth = 0;
  let text = "";
  for (let last = first; last < code.length && last < first + MAX_LINES; last++) {
    const line = code[last] ?? "";
    // Give up at the start of another definition: reading on from each of many starts would take quadratic time.
    if (NOT_CODE.test(line) || (last > first && START.test(line))) return undefined;
    text += line;
    for (const sign of line.match(/[{};]/g) ?? []) {
      depth += sign === "{" ? 1 : sign === "}" ? -1 : 0;
      if (sign !== ";" || depth !== 0) continue;
      const name = start[1] ?? start[2] ?? start[3] ?? typedefName(text);
      return name === undefined ? undefined : { name, first, last };
    }
    const isPlain = depth === 0 && !text.includes("{");
    if (depth < 0 || (isPlain && last - first + 1 >= MAX_PLAIN_LINES && text.trim() !== "")) return undefined;
  }
  return undefined;
}

/** Signs of prose, which occur in definitions only in comments: full stops, accents, and several words in a row. */
const NOT_CODE = /[.`!?@]|\b[a-z]+(?: [a-z]+){5}\b/;

/** `filename` of `typedef string filename<>;`. */
function typedefName(text: string): string | undefined {
  return /(\w+)[ \t]*(?:<[^<>]*>|\[[^\][]*\])?[ \t]*;\s*$/.exec(text)?.[1];
}

const SIZE = /^([ \t]*)([A-Z][A-Z0-9_]{3,})[ \t]+(\d+)[ \t]*\r?$/gm;

/** `NFS3_FHSIZE 64` on its own line, as in RFC 1813: a constant, if a definition uses it. */
function withSizes(out: string, text: string, blocks: ReadonlyMap<string, Block>): string {
  const used = new Set(out.match(/\b[A-Z][A-Z0-9_]{3,}\b/g));
  let result = out;
  for (const { index, 0: whole, 2: name = "" } of text.matchAll(SIZE)) {
    const written = `const ${whole.trim().replace(/[ \t]/, "=")};`;
    const end = index + whole.trimEnd().length + 1;
    const start = end - written.length;
    if (!used.has(name) || blocks.has(name) || start < 0 || result.slice(start, end).trim() !== "") continue;
    used.delete(name);
    result = result.slice(0, start) + written + result.slice(end);
  }
  return result;
}
