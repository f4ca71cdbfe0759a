// Constructs that this compiler accepts and rpcgen (Debian's rpcsvc-proto) does not: each was tried with it.

import type { Fix } from "../findings/fixes.js";
import { removing, safely } from "../findings/fixes.js";
import type { Piece } from "../format/pieces.js";
import { type Context, type Role, roleOf, STATEMENT_START } from "../format/spacing.js";
import { spanBetween } from "../source.js";
import {
  argumentsInStruct,
  definedOnItsOwn,
  namedBefore,
  type Outline,
  outlineOf,
  pointerWithName,
} from "./rpcgen-definitions.js";
import {
  characterCode,
  type FixOf,
  hyper,
  leaveNextOut,
  leaveOut,
  lowerCase,
  lowerX,
  type SpanOf,
  withBrackets,
  withoutCases,
  withoutSuffix,
  withVoid,
} from "./rpcgen-fixes.js";
import { resultWritten } from "./rpcgen-numbers.js";
import { type LintContext, type Problem, problem, type Rule, versionsOf } from "./rule.js";

export const rpcgenRule: Rule = {
  id: "rpcgen-cannot-read",
  level: "warn",
  summary: "A construct that rpcgen refuses.",
  reason: "Authors of C programs compile the same file with rpcgen. Turn the rule off if no C program reads it.",
  *check(context) {
    yield* checkLineComments(context);
    for (const piece of context.pieces) yield* checkWhole(context, piece);
    const tokens = tokensOf(context.pieces);
    const outline = outlineOf(context);
    for (const [index] of tokens.entries()) {
      const found = CONSTRUCTS.find(({ matches }) => matches(tokens, index));
      const token = tokens[index];
      if (found === undefined || token === undefined) continue;
      const fix = found.fix?.(spanOf(context, tokens, index), (distance) => textAt(tokens, index + distance));
      const fixes = fix === undefined ? (found.definition?.(outline, index) ?? []) : [fix];
      yield at(context, token.piece, found.message, found.hint, fixes);
    }
    yield* checkModel(context, outline);
  },
};

function at(
  { source }: LintContext,
  { offset, text }: Piece,
  message: string,
  hint: string,
  fixes: readonly Fix[] = [],
): Problem {
  const [line = ""] = text.split(/\r?\n/);
  return problem(spanBetween(source, offset, offset + line.length), `rpcgen cannot read ${message}`, hint, fixes);
}

function spanOf({ source }: LintContext, tokens: readonly Token[], index: number): SpanOf {
  return (first, last = first) => {
    const { offset: start = 0 } = tokens[index + first]?.piece ?? {};
    const { offset = start, text = "" } = tokens[index + last]?.piece ?? {};
    return spanBetween(source, start, offset + text.length);
  };
}

/** One finding for all, at the first. */
function* checkLineComments(context: LintContext): Iterable<Problem> {
  const comments = context.pieces.filter(({ kind, text }) => kind === "comment" && text.startsWith("//"));
  const [first] = comments;
  if (first === undefined) return;
  const count = comments.length === 1 ? "" : `: ${comments.length} comments`;
  const edits = comments.map(({ offset, text }) => ({
    span: spanBetween(context.source, offset, offset + text.length),
    text: `/*${text.slice(2).trimEnd().replaceAll("*/", "* /")} */`,
  }));
  yield {
    ...at(context, first, `comments that begin with //${count}`, "write /* ... */"),
    fixes: [safely({ title: "Write /* ... */ for each", edits })],
  };
}

function* checkWhole(context: LintContext, piece: Piece): Iterable<Problem> {
  if (piece.kind === "line" && /^[ \t]+%/.test(piece.text)) {
    const spaces = /^[ \t]+/.exec(piece.text)?.[0].length ?? 0;
    const margin = spanBetween(context.source, piece.offset, piece.offset + spaces);
    const fix = removing(margin, "Put the % into the first column");
    yield at(context, piece, "a % line with spaces before the %", "put the % into the first column", [fix]);
  } else if (piece.directive === "pragma") {
    const line = spanBetween(context.source, piece.offset, piece.offset + piece.text.length);
    yield at(context, piece, "#pragma", "remove it", [removing(line, "Remove the line")]);
  }
}

function* checkModel(context: LintContext, outline: Outline): Iterable<Problem> {
  for (const { procedures } of versionsOf(context)) {
    for (const procedure of procedures) {
      const { name, args, span } = procedure;
      if (args.length < 2) continue;
      const hint = "run rpcgen -N, or put the arguments into a struct";
      const fix = argumentsInStruct(outline, procedure);
      const message = `rpcgen cannot read the ${args.length} arguments of ${name}, except with -N`;
      yield problem(span, message, hint, fix === undefined ? [] : [fix]);
    }
  }
  for (const definition of context.definitions) {
    if (definition.kind !== "union" || definition.cases.length > 0) continue;
    yield problem(definition.span, `rpcgen cannot read a union without a case: ${definition.name}`, "name one value");
  }
}

/** A token with its role, and the kinds of the bodies around it. */
interface Token {
  readonly piece: Piece;
  readonly role: Role;
  readonly expression: boolean;
  readonly bodies: readonly string[];
}

function tokensOf(pieces: readonly Piece[]): Token[] {
  const code = pieces.filter(({ kind }) => kind !== "comment" && kind !== "line");
  const tokens: Token[] = [];
  let context: Context = STATEMENT_START;
  let bodies: readonly string[] = [];
  let keyword = "";
  for (const [index, piece] of code.entries()) {
    const expression = context.brackets.at(-1)?.expression ?? context.expression;
    const placed = roleOf(piece, code[index + 1], tokens.at(-1)?.role, context);
    context = placed.context;
    if (piece.kind === "word" && /^(?:struct|union|enum|program|version)$/i.test(piece.text)) keyword = piece.text;
    if (piece.text === "}") bodies = bodies.slice(0, -1);
    tokens.push({ piece, role: placed.role, expression, bodies });
    if (piece.text === "{") bodies = [...bodies, keyword];
    if (endsPart(placed.role, piece.text, context)) context = STATEMENT_START;
  }
  return tokens;
}

function endsPart(role: Role, text: string, { brackets }: Context): boolean {
  return role === "brace" || text === ";" || (brackets.length === 0 && role === "separator");
}

interface Construct {
  readonly matches: (tokens: readonly Token[], index: number) => boolean;
  readonly message: string;
  readonly hint: string;
  /** The change that does what the hint says. */
  readonly fix?: FixOf;
  /** The changes, if they need another definition. */
  readonly definition?: (outline: Outline, index: number) => readonly Fix[];
}

function textAt(tokens: readonly Token[], index: number): string {
  return tokens[index]?.piece.text ?? "";
}

function isWordAt(tokens: readonly Token[], index: number): boolean {
  return /^\w/.test(textAt(tokens, index));
}

/** A construct that is known by its word and what follows it. */
function words(pattern: RegExp, follows: RegExp): Construct["matches"] {
  return (tokens, index) => pattern.test(textAt(tokens, index)) && follows.test(textAt(tokens, index + 1));
}

/** Whether the name after this brace is one more: not the only name of the type (see `namedBefore`), nor a typedef's. */
function isSpareName(tokens: readonly Token[], close: number): boolean {
  const isOutside = (at: number): boolean => tokens[at]?.bodies.length === 0;
  let start = close - 1;
  while (start > 0 && !(isOutside(start) && textAt(tokens, start) === "{")) start--;
  if (textAt(tokens, start - 1) === ")") while (start > 0 && textAt(tokens, start) !== "switch") start--;
  if (/^(?:struct|union|enum)$/.test(textAt(tokens, start - 1))) return false;
  while (start > 0 && !/^[;}]$/.test(textAt(tokens, start - 1))) start--;
  return textAt(tokens, start) !== "typedef";
}

const CONSTRUCTS: readonly Construct[] = [
  {
    matches: (tokens, i) =>
      words(/^(?:struct|union|enum)$/, /^(?:\{|switch)$/)(tokens, i) &&
      tokens[i]?.bodies.length === 0 &&
      textAt(tokens, i - 1) !== "typedef",
    message: "a type with its name after the closing brace",
    hint: "write the name before the braces",
    definition: namedBefore,
  },
  {
    matches: words(/^(?:struct|union|enum)$/, /^(?:\{|switch)$/),
    message: "a type without a name",
    hint: "define it on its own, with a name",
    definition: definedOnItsOwn,
  },
  {
    matches: (tokens, i) =>
      /^(?:struct|union|enum)$/.test(textAt(tokens, i)) &&
      /^(?:\{|switch)$/.test(textAt(tokens, i + 2)) &&
      (textAt(tokens, i - 1) === "typedef" || /^(?:struct|union)$/.test(tokens[i]?.bodies.at(-1) ?? "")),
    message: "a type that is defined inside another definition",
    hint: "define it on its own, before this one",
    definition: definedOnItsOwn,
  },
  {
    matches: words(/^struct$/, /^\*$/),
    message: "`struct *name`",
    hint: "define the struct, then a typedef of a pointer",
  },
  {
    matches: (tokens, i) =>
      words(/^(?:namespace|package|import|pragma)$/, /^\w/)(tokens, i) && !isWordAt(tokens, i - 1),
    message: "this word, which belongs to other compilers",
    hint: "remove it",
  },
  {
    matches: words(/^(?:PROGRAM|VERSION)$/, /^\w/),
    message: "keywords in capitals",
    hint: "write `program` and `version`",
    fix: lowerCase,
  },
  {
    matches: (tokens, i) =>
      words(/^(?:program|version|const|typedef)$/, /^[^\w{]/)(tokens, i) && tokens[i]?.role === "word",
    message: "a keyword as a name",
    hint: "choose another name",
  },
  { matches: words(/^long$/, /^long$/), message: "`long long`", hint: "write `hyper`", fix: hyper },
  { matches: words(/^0X/, /^/), message: "`0X`", hint: "write `0x`", fix: lowerX },
  {
    matches: (tokens, i) => /^\d\w*[uUlL]$/.test(textAt(tokens, i)),
    message: "a suffix of a number",
    hint: "remove it",
    fix: withoutSuffix,
  },
  {
    matches: (tokens, i) => textAt(tokens, i).startsWith("'") && textAt(tokens, i - 1) !== "case",
    message: "a character as a constant, except after `case`",
    hint: "write the number",
    fix: characterCode,
  },
  {
    matches: (tokens, i) => textAt(tokens, i) === "string" && isWordAt(tokens, i + 1) && textAt(tokens, i + 2) === ";",
    message: "a string without `<>`",
    hint: "write `string name<>`, or a bound between the brackets",
    fix: withBrackets,
  },
  { matches: words(/^,$/, /^\}$/), message: "a comma after the last member", hint: "remove it", fix: leaveOut },
  {
    matches: (tokens, i) => words(/^:$/, /^[;}]$/)(tokens, i) && tokens[i]?.role === "separator",
    message: "an arm that is left out",
    hint: "write `void;`",
    fix: withVoid,
  },
  {
    matches: (tokens, i) => words(/^:$/, /^default$/)(tokens, i) && tokens[i]?.role === "separator",
    message: "`default` that shares its arm with a case",
    hint: "remove the case: default covers it",
    fix: withoutCases,
  },
  {
    matches: (tokens, i) => tokens[i]?.role === "pointer" && isWordAt(tokens, i + 1) && textAt(tokens, i + 2) === "(",
    message: "a pointer as a result",
    hint: "give it a name: `typedef T *maybe_T;`",
    definition: pointerWithName,
  },
  { matches: words(/^;$/, /^;$/), message: "`;;`", hint: "remove one", fix: leaveOut },
  {
    matches: (tokens, i) =>
      textAt(tokens, i) === "}" &&
      tokens[i]?.bodies.length === 0 &&
      isWordAt(tokens, i + 1) &&
      textAt(tokens, i + 2) === ";" &&
      isSpareName(tokens, i),
    message: "a name after the closing brace",
    hint: "remove it: it declares nothing",
    fix: leaveNextOut,
  },
  {
    matches: (tokens, i) =>
      tokens[i]?.expression === true &&
      ((tokens[i]?.role === "binary" && textAt(tokens, i) !== "=") ||
        /^[~+(]$/.test(textAt(tokens, i)) ||
        (tokens[i]?.role === "unary" && !/^\d/.test(textAt(tokens, i + 1)))),
    message: "arithmetic in a constant",
    hint: "write the result",
    definition: resultWritten,
  },
];
