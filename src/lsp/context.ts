// The grammar's context at a position, from the words before it only: the file is being edited, and rarely complete.
import { indexAt, type Token } from "./scan.js";

export type Context =
  | { readonly kind: "nothing" | "definition" | "version" | "integer" | "arm" | "constant" }
  /** `extra`: words besides those of every type. */
  | { readonly kind: "type"; readonly extra: readonly string[] }
  /** After `struct`, `union` or `enum`. */
  | { readonly kind: "tagged"; readonly tag: string }
  /** `type`: the name of the discriminant's type. `used`: names that already have a case. */
  | { readonly kind: "case"; readonly type: string | undefined; readonly used: ReadonlySet<string> };

const NOTHING: Context = { kind: "nothing" };

/** The construct that a brace or parenthesis belongs to. */
type Block = "namespace" | "struct" | "union" | "enum" | "program" | "version" | "switch" | "arguments" | "value";

interface Open {
  readonly block: Block;
  /** The tokens since the last `;`, `{` or `,` (in an enum) inside it. */
  statement: Token[];
  /** For a union: its discriminant's type, and the names after `case`. */
  type: string | undefined;
  readonly used: Set<string>;
}

const DEFINITIONS = new Set(["const", "typedef", "enum", "struct", "union", "program", "namespace"]);

/** @param offset the cursor; the word that contains it or ends at it is being typed. */
export function contextAt(tokens: readonly Token[], offset: number): Context {
  const here = tokens[indexAt(tokens, offset - 1)];
  if (here !== undefined && here.end >= offset && here.directive === undefined && isText(here, offset)) return NOTHING;
  if (here?.directive !== undefined && here.end >= offset) return NOTHING;
  const before = tokens.filter(({ kind, directive, end, start }) => {
    const isWritten = end < offset || (end === offset && kind !== "word" && kind !== "number");
    return isWritten && start < offset && kind !== "comment" && kind !== "passed" && directive === undefined;
  });
  const stack = read(unqualified(before));
  return decide(stack, stack.at(-1) as Open);
}

/** The tokens without `a::`, which may precede any name. */
function unqualified(tokens: readonly Token[]): Token[] {
  const kept: Token[] = [];
  for (const token of tokens) {
    const [name, colon] = kept.slice(-2);
    const isScope = token.text === ":" && colon?.text === ":" && colon.end === token.start;
    if (isScope && name?.kind === "word") kept.splice(-2);
    else kept.push(token);
  }
  return kept;
}

/** Inside a comment or a string, or in a number. */
function isText({ kind, text, end }: Token, offset: number): boolean {
  if (kind === "comment") return end > offset || text.startsWith("//") || !text.endsWith("*/");
  if (kind === "string") return end > offset || text.length < 2 || !/["']$/.test(text);
  return kind === "passed" || kind === "number";
}

function read(tokens: readonly Token[]): Open[] {
  let stack: Open[] = [newBlock("value")];
  let last: Token | undefined;
  for (const token of tokens) {
    const isFirst = last === undefined || last.text === ";" || last.text === "}";
    if (isFirst && stack.length > 1 && token.text === "program") stack = [newBlock("value")];
    step(stack, token);
    last = token;
  }
  return stack;
}

function newBlock(block: Block): Open {
  return { block, statement: [], type: undefined, used: new Set() };
}

function step(stack: Open[], token: Token): void {
  const top = stack.at(-1) as Open;
  switch (token.text) {
    case "{":
      stack.push(openBody(stack, top));
      return;
    case "(":
      stack.push(newBlock(openParenthesis(top)));
      return;
    case "}":
    case ")":
      close(stack, token);
      return;
    case ";":
      top.statement = [];
      return;
    case ",":
      if (top.block === "enum" || top.block === "arguments") top.statement = [];
      return;
    default:
      if (top.block === "union" && top.statement.at(-1)?.text === "case") top.used.add(token.text);
      top.statement.push(token);
  }
}

/** The body after `struct name`, `union name switch (...)`, and so on. */
function openBody(stack: readonly Open[], { statement, block }: Open): Open {
  const at = statement.findLastIndex(({ text }) => /^(?:namespace|struct|union|enum|program|version)$/i.test(text));
  const word = statement[at]?.text.toLowerCase();
  if (word === undefined) return newBlock(block === "program" ? "version" : stack.length === 1 ? "struct" : "value");
  const body = newBlock(word as Block);
  // After the parenthesis: `switch` and, in its place, the type.
  body.type = statement.slice(at).find(({ kind }) => kind === "string")?.text;
  return body;
}

function openParenthesis({ statement, block }: Open): Block {
  if (statement.at(-1)?.text === "switch") return "switch";
  return block === "version" && !statement.some(({ text }) => text === "=") ? "arguments" : "value";
}

function close(stack: Open[], token: Token): void {
  if (stack.length === 1) return;
  const closed = stack.pop() as Open;
  const top = stack.at(-1) as Open;
  // A body or an argument list counts as one word of its statement.
  const type = closed.block === "switch" ? discriminantType(closed.statement) : undefined;
  top.statement.push(type === undefined ? { ...token, kind: "punctuation" } : { ...token, kind: "string", text: type });
}

/** The type of a discriminant: `color` in `enum color kind`. */
function discriminantType(statement: readonly Token[]): string | undefined {
  const words = statement.filter(({ kind, text }) => kind === "word" && text !== "enum");
  return words.length < 2 ? undefined : words[0]?.text;
}

function decide(stack: readonly Open[], top: Open): Context {
  const { statement, block } = top;
  const last = statement.at(-1);
  if (isInBrackets(statement)) return { kind: "constant" };
  switch (block) {
    case "enum":
      return statement.some(({ text }) => text === "=") && mayBeValue(last) ? { kind: "constant" } : NOTHING;
    case "union":
      return inUnion(top);
    case "program":
      if (last === undefined) return { kind: "version" };
      return last.text === "=" ? { kind: "constant" } : NOTHING;
    case "version":
    case "arguments":
      if (last?.text === "=") return { kind: "constant" };
      return ofType(statement, ["void"]);
    case "struct":
    case "switch":
      return ofType(statement, []);
    case "namespace":
      return atTop(statement);
    case "value":
      return stack.length === 1 ? atTop(statement) : { kind: "constant" };
  }
}

function isInBrackets(statement: readonly Token[]): boolean {
  const open = statement.findLastIndex(({ text }) => text === "[" || text === "<");
  const close = statement.findLastIndex(({ text }) => text === "]" || text === ">");
  return open > close;
}

function mayBeValue(last: Token | undefined): boolean {
  return (
    last?.kind === "punctuation" && last.text !== "]" && last.text !== ">" && last.text !== ")" && last.text !== "}"
  );
}

function inUnion({ statement, type, used }: Open): Context {
  if (statement.length === 0) return { kind: "arm" };
  const colon = statement.findLastIndex(({ text }) => text === ":");
  const label = statement.findLastIndex(({ text }) => text === "case" || text === "default");
  if (label > colon) {
    return statement[label]?.text === "case" && (label === statement.length - 1 || mayBeValue(statement.at(-1)))
      ? { kind: "case", type, used }
      : NOTHING;
  }
  return ofType(statement.slice(colon + 1), ["void", "case", "default"]);
}

/** The context within a declaration: its type comes first, then its name. */
function ofType(statement: readonly Token[], extra: readonly string[]): Context {
  const [first] = statement;
  if (first === undefined) return { kind: "type", extra };
  if (statement.length > 1) return NOTHING;
  if (first.text === "struct" || first.text === "union" || first.text === "enum")
    return { kind: "tagged", tag: first.text };
  return first.text === "unsigned" ? { kind: "integer" } : NOTHING;
}

function atTop(statement: readonly Token[]): Context {
  const [first] = statement;
  const last = statement.at(-1);
  if (first === undefined || last === undefined) return { kind: "definition" };
  if (first.text === "typedef") return ofType(statement.slice(1), []);
  if (!DEFINITIONS.has(first.text.toLowerCase()) && last.text !== "=") return NOTHING;
  return statement.some(({ text }) => text === "=") && mayBeValue(last) ? { kind: "constant" } : NOTHING;
}
