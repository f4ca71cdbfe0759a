// The words of any text, whether or not it is a valid interface: editors ask about words. Directives are included, so
// that macros and conditions are found, too; `%` lines belong to C.
import { endOf, type Lexeme } from "../idl/syntax/lexemes.js";

export interface Token {
  readonly kind: "word" | "number" | "string" | "comment" | "punctuation" | "directive" | "passed";
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** In a directive: its word (`define`, `if`); its tokens do not belong to the statements around it. */
  readonly directive: string | undefined;
}

const KINDS: Readonly<Record<Lexeme["kind"], Token["kind"]>> = {
  word: "word",
  number: "number",
  string: "string",
  character: "string",
  sign: "punctuation",
  comment: "comment",
  directive: "directive",
  passed: "passed",
  page: "comment",
};

/** Directives whose words are names of the interface or of macros. */
const WITH_NAMES = new Set(["define", "undef", "if", "ifdef", "ifndef", "elif", "include"]);

/** The lexemes in order, with those inside directives. */
export function tokensOf(lexemes: readonly Lexeme[]): Token[] {
  return lexemes.flatMap((lexeme) => (lexeme.kind === "directive" ? inDirective(lexeme) : tokenOf(lexeme, undefined)));
}

function tokenOf(lexeme: Lexeme, directive: string | undefined): Token {
  const { kind, text, offset } = lexeme;
  return { kind: KINDS[kind], text, start: offset, end: endOf(lexeme), directive };
}

/** The `#` with the word is one token. */
function inDirective({ text, offset, inner, word }: Lexeme): Token[] {
  const [hash, ...others] = inner;
  const named = word === "" ? hash : others.find(({ kind }) => kind === "word");
  const end = named === undefined ? offset + 1 : endOf(named);
  const head: Token = { kind: "directive", text: text.slice(0, end - offset), start: offset, end, directive: word };
  const rest = others.filter((one) => one.offset >= end && (one.kind === "comment" || WITH_NAMES.has(word)));
  return [head, ...rest.map((one) => tokenOf(one, word))];
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
