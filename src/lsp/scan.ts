// The words of any text, whether or not it is a valid interface: editors ask about words. Directives are included, so
// that macros and conditions are found, too; `%` lines belong to C.

export interface Token {
  readonly kind: "word" | "number" | "string" | "comment" | "punctuation" | "directive" | "passed";
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** In a directive: its word (`define`, `if`); its tokens do not belong to the statements around it. */
  readonly directive: string | undefined;
}

const PATTERN = /\/\/[^\r\n]*|"(?:[^"\\\r\n]+|\\[^\r\n])*"?|'(?:[^'\\\r\n]+|\\[^\r\n])*'?|[A-Za-z_]\w*|\d\w*|\S/y;

/** A `%` line or a directive, with its continuation lines. */
const WHOLE_LINE = /[ \t]*([%#])(?:[^\\\r\n]+|\\[ \t]*(?:\r\n|[\r\n])|\\)*/y;

/** Directives whose words are names of the interface or of macros. */
const WITH_NAMES = new Set(["define", "undef", "if", "ifdef", "ifndef", "elif", "include"]);

/** All tokens in order. Never throws. */
export function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let atLineStart = true;
  for (let at = 0; at < text.length; ) {
    const line = atLineStart ? match(WHOLE_LINE, text, at) : null;
    if (line !== null) {
      at = line[1] === "%" ? pass(tokens, text, at, line[0]) : readDirective(tokens, text, at, line[0]);
      atLineStart = false;
      continue;
    }
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) atLineStart = true;
    else if (code > 32) {
      at = readToken(tokens, text, at, undefined);
      atLineStart = false;
      continue;
    } else if (code !== 32 && code !== 9) atLineStart = false;
    at++;
  }
  return tokens;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function pass(tokens: Token[], text: string, at: number, line: string): number {
  const end = at + line.length;
  tokens.push({ kind: "passed", text: text.slice(at, end), start: at, end, directive: undefined });
  return end;
}

function readToken(tokens: Token[], text: string, at: number, directive: string | undefined): number {
  const found = text.startsWith("/*", at) ? blockComment(text, at) : match(PATTERN, text, at)?.[0];
  if (found === undefined) return at + 1;
  tokens.push({ kind: kindOf(found), text: found, start: at, end: at + found.length, directive });
  return at + found.length;
}

function blockComment(text: string, at: number): string {
  const close = text.indexOf("*/", at + 2);
  return text.slice(at, close === -1 ? text.length : close + 2);
}

function kindOf(text: string): Token["kind"] {
  if (/^[A-Za-z_]/.test(text)) return "word";
  if (/^\d/.test(text)) return "number";
  if (text.startsWith("/*") || text.startsWith("//")) return "comment";
  return text.startsWith('"') || text.startsWith("'") ? "string" : "punctuation";
}

function readDirective(tokens: Token[], text: string, start: number, line: string): number {
  const [head = "", word = ""] = /^[ \t]*#[ \t]*([A-Za-z]*)/.exec(line) ?? [];
  const end = start + line.length;
  let at = start + head.length;
  tokens.push({ kind: "directive", text: head, start, end: at, directive: word });
  // A comment that begins here may continue after the line.
  while (at < end) {
    const isKept = WITH_NAMES.has(word) || text.startsWith("/*", at);
    if (text.charCodeAt(at) > 32 && isKept) at = readToken(tokens, text, at, word);
    else at++;
  }
  return Math.max(at, end);
}

/** The word or number at `offset`, or that ends there. */
export function tokenAt(tokens: readonly Token[], offset: number): Token | undefined {
  const index = indexAt(tokens, offset);
  const here = tokens[index];
  if (here !== undefined && here.start <= offset && here.end > offset && isWord(here)) return here;
  const before = here !== undefined && here.start === offset ? tokens[index - 1] : here;
  if (before !== undefined && before.end === offset && isWord(before)) return before;
  return here !== undefined && here.start <= offset && here.end > offset ? here : undefined;
}

function isWord({ kind }: Token): boolean {
  return kind === "word" || kind === "number";
}

/** Index of the last token that starts at or before `offset`; -1 for none. */
export function indexAt(tokens: readonly Token[], offset: number): number {
  let low = -1;
  let high = tokens.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((tokens[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
