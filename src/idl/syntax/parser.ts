// Tokens to the syntax tree: definitions (RFC 4506 section 6.3). Recursive descent; after an error it continues at the next
// member or definition.

import { nearest } from "../../base/nearest.js";
import { createReporter, type Reporter, reportError, reportNote } from "../findings/diagnostics.js";
import { didYouMean, inserting, removing, replacing } from "../findings/fixes.js";
import { isInterfaceName } from "../names/file-names.js";
import type { Expanded, SurfacedMacro } from "../preprocess/expand.js";
import { spanAcross } from "../source.js";
import type { Body, DefinitionSyntax, Name, TypeSyntax } from "./ast.js";
import {
  accept,
  acceptMisspelt,
  advance,
  at,
  type Cursor,
  expect,
  expectEquals,
  expectName,
  expectQualified,
  expectSemicolon,
  fail,
  nested,
  peek,
  previous,
  recover,
  reportSyntax,
  skipDefinition,
  startsDefinition,
  syntaxFailure,
  tokenText,
} from "./cursor.js";
import { definitionAdvice } from "./habits.js";
import { skipAttributes, skipHints } from "./hints.js";
import { commentOf } from "./parse-members.js";
import { parseProgram } from "./parse-program.js";
import { parseBody, parseDeclaration } from "./parse-types.js";
import { parseValue } from "./parse-value.js";
import { programAround, typedefForwards } from "./restructure.js";
import { freeName, statementAround, written } from "./rewrite.js";
import { skipRx } from "./rx.js";
import type { Token } from "./tokens.js";
import { BODY_WORDS, DEFINITION_WORDS, isTypeWord } from "./type-words.js";

/** The definitions of a file in source order, including macros whose body is a constant. */
export function parse({ tokens, macros }: Expanded, reporter: Reporter): DefinitionSyntax[] {
  const cursor: Cursor = { tokens: [...tokens], reporter, position: 0, depth: 0 };
  const definitions: DefinitionSyntax[] = [];
  const constants = macros.flatMap((macro) => parseMacro(macro));
  let next = 0;
  while (peek(cursor).kind !== "end" && !reporter.full) {
    for (; (constants[next]?.position ?? tokens.length) <= cursor.position; next++) {
      definitions.push(...(constants[next]?.definitions ?? []));
    }
    const start = peek(cursor).span;
    const parsed = recover(cursor, () => parseDefinition(cursor), skipDefinition) ?? [];
    definitions.push(...parsed.map((definition) => ({ start, ...definition })));
  }
  return [...definitions, ...constants.slice(next).flatMap((constant) => constant.definitions)];
}

interface MacroConstant {
  readonly position: number;
  readonly definitions: readonly DefinitionSyntax[];
}

/** The content of `%#define` lines, for names that the interface does not define. */
export function parsePassed({ passed }: Expanded): DefinitionSyntax[] {
  return passed.flatMap((macro) => parseMacro(macro)).flatMap((constant) => constant.definitions);
}

/** A macro whose body is not a constant expression is only for C. */
function parseMacro({ macro, body, position }: SurfacedMacro): MacroConstant[] {
  const last = body.at(-1);
  if (last === undefined) return [];
  const reporter = createReporter(1);
  const end: Token = { ...last, kind: "end", text: "" };
  const cursor: Cursor = { tokens: [...body, end], reporter, position: 0, depth: 0 };
  const value = recover(cursor, () => parseValue(cursor, "a value"), skipDefinition);
  if (value === undefined || reporter.errors > 0 || peek(cursor).kind !== "end") return [];
  const name = { text: macro.name, span: macro.span };
  return [{ position, definitions: [{ kind: "const", name, value, comment: undefined, fromMacro: true }] }];
}

function parseDefinition(cursor: Cursor): DefinitionSyntax[] {
  skipAttributes(cursor);
  const first = peek(cursor);
  cursor.definition = first;
  switch (first.kind === "name" ? first.text : "") {
    case "const":
      return [parseConst(cursor)];
    case "typedef":
      return parseTypedef(cursor);
    case "enum":
    case "struct":
    case "union":
      return parseNamedBody(cursor);
    case "program":
    case "PROGRAM":
      return parseProgram(cursor, parseDefinition);
    case "namespace":
      return parseNamespace(cursor);
    case "package":
    case "import":
    case "module":
    case "pragma":
      if (skipRx(cursor)) return [];
      if (peek(cursor, 1).kind === "name" || peek(cursor, 1).kind === "string") return ignoreStatement(cursor);
      return rejectDefinition(cursor, first);
    default:
      if (accept(cursor, ";") || skipRx(cursor)) return [];
      return rejectDefinition(cursor, first);
  }
}

/** Namespaces (`namespace a { }`) are flattened into the global scope. */
function parseNamespace(cursor: Cursor): DefinitionSyntax[] {
  const word = advance(cursor);
  const { text } = expectQualified(cursor, "a name for the namespace");
  const open = expect(cursor, "{", "to open the namespace", {
    hint: `\`namespace ${text} { ... }\` around its definitions`,
  });
  const definitions: DefinitionSyntax[] = [];
  nested(cursor, () => {
    while (!at(cursor, "}") && !cursor.reporter.full) {
      if (peek(cursor).kind === "end") {
        const message = `expected \`}\` to close namespace ${text}, but found ${tokenText(peek(cursor))}`;
        fail(cursor, message, { related: [{ span: spanAcross(word.span, open.span), message: "it begins here" }] });
      }
      definitions.push(...(recover(cursor, () => parseDefinition(cursor), skipDefinition) ?? []));
    }
  });
  advance(cursor);
  accept(cursor, ";");
  return definitions;
}

/** Skips a statement for other compilers, up to its semicolon. */
function ignoreStatement(cursor: Cursor): DefinitionSyntax[] {
  const word = advance(cursor);
  // The preprocessor has already processed it.
  const isImport = word.text === "import" && isInterfaceName(peek(cursor).text);
  while (!at(cursor, ";") && peek(cursor).kind !== "end" && !startsDefinition(cursor)) advance(cursor);
  if (!isImport)
    reportNote(
      cursor.reporter,
      "ignored",
      word.span,
      `\`${word.text}\` is for other compilers and has no effect here`,
      {
        fixes: at(cursor, ";") ? [removing(spanAcross(word.span, peek(cursor).span), "Remove the statement")] : [],
      },
    );
  expectSemicolon(cursor, `after the ${word.text}`);
  return [];
}

/** Handles text that is not a definition; a misspelt keyword is read as the correct one. */
function rejectDefinition(cursor: Cursor, found: Token): DefinitionSyntax[] {
  const close = found.kind === "name" ? nearest(found.text, DEFINITION_WORDS) : undefined;
  const known = definitionAdvice(found, peek(cursor, 1));
  if (known === undefined && close !== undefined && peek(cursor, 1).kind === "name") {
    acceptMisspelt(cursor, DEFINITION_WORDS, "expected a definition");
    return parseDefinition(cursor);
  }
  const otherwise =
    isTypeWord(found.text) || (found.kind === "name" && peek(cursor, 1).text === "(")
      ? "procedures belong in a version of a program; to name a type, use typedef"
      : "a definition begins with const, typedef, enum, struct, union or program";
  const isVariable = isTypeWord(found.text) && peek(cursor, 1).kind === "name" && peek(cursor, 2).text === ";";
  const typedef = isVariable ? [inserting(found.span, "typedef ", "Write `typedef` before it", 0)] : [];
  const fixes = isVariable ? typedef : programAround(cursor.tokens, cursor.position);
  const guess = close === undefined ? { hint: otherwise, fixes } : didYouMean(found.span, close);
  const advice = known ?? guess;
  return fail(cursor, `expected a definition, but found ${tokenText(found)}`, advice);
}

function parseConst(cursor: Cursor): DefinitionSyntax {
  const start = advance(cursor);
  const name = expectName(cursor, "a name for the constant");
  const typed = peek(cursor).kind === "name" && peek(cursor, 1).text === "=";
  const fixes = [removing(name.span, `Remove \`${name.text}\``)];
  const details = typed ? { hint: `a constant has no type: \`const ${peek(cursor).text} = 5;\``, fixes } : {};
  acceptColon(cursor, name);
  if (peek(cursor).kind === "number") reportMissingEquals(cursor, name);
  else expectEquals(cursor, "after the constant's name", details);
  const value = parseValue(cursor, "a value");
  const comment = commentOf(cursor, start);
  expectSemicolon(cursor, "after the constant");
  return { kind: "const", name, value, comment };
}

/** `const A 3;`, which is read as `const A = 3;`. */
function reportMissingEquals(cursor: Cursor, name: Name): void {
  const number = peek(cursor);
  const message = `expected \`=\` after the constant's name, but found ${tokenText(number)}`;
  const fixes = [inserting(name.span, " =", "Write `=`")];
  reportSyntax(cursor, message, { hint: `\`const ${name.text} = ${number.text};\``, fixes });
}

/** `const A := 3;` and `const A: 3;`, as in other languages. */
function acceptColon(cursor: Cursor, name: Name): void {
  const next = peek(cursor, 1);
  if (!at(cursor, ":") || (next.text !== "=" && next.kind !== "number")) return;
  const { span } = peek(cursor);
  const value = next.text === "=" ? peek(cursor, 2) : next;
  const hint = `the value of a constant comes after \`=\`: \`const ${name.text} = ${written([value])};\``;
  const fixes = [next.text === "=" ? removing(span, "Remove the `:`") : replacing(span, " =", "Change to `=`")];
  reportSyntax(cursor, "expected `=` after the constant's name, but found `:`", { hint, fixes });
  if (next.text === "=") advance(cursor);
  else cursor.tokens[cursor.position] = { ...peek(cursor), text: "=" };
}

/**
 * A typedef of a type in braces is that type under the new name; if the type has its own name, there are two
 * definitions.
 */
function parseTypedef(cursor: Cursor): DefinitionSyntax[] {
  const start = advance(cursor);
  rejectBackwards(cursor);
  const declared = parseDeclaration(cursor, "a name for the type");
  if (declared === undefined) return fail(cursor, "a typedef cannot be void");
  const comment = start.above ?? declared.comment;
  if (at(cursor, "(")) rejectParentheses(cursor);
  expectSemicolon(cursor, "after the typedef");
  const { name, type } = declared;
  checkTypeName(cursor, name);
  if (!isBody(type)) return [{ kind: "typedef", name, type, comment }];
  if (type.name === undefined || type.name.text === name.text) return [{ kind: "body", name, body: type, comment }];
  const reference: TypeSyntax = { kind: "reference", name: type.name.text, span: type.name.span };
  return [
    { kind: "body", name: type.name, body: type, comment },
    { kind: "typedef", name, type: reference, comment: undefined },
  ];
}

/** `typedef id = int;`, `typedef id: int;`, `typedef point struct { ... };`, `typedef link node*;`: reported, and given up. */
function rejectBackwards(cursor: Cursor): void {
  const [name, next] = [peek(cursor), peek(cursor, 1)];
  if (name.kind !== "name" || BODY_WORDS.has(name.text)) return;
  const isBody_ = next.kind === "name" && BODY_WORDS.has(next.text);
  const isSign = next.text === "=" || (next.text === ":" && peek(cursor, 2).text !== ":");
  const isPointer = next.kind === "name" && peek(cursor, 2).text === "*" && peek(cursor, 3).text === ";";
  if (!isBody_ && !isSign && !(isPointer && !isTypeWord(name.text))) return;
  const advice = typedefForwards(cursor, isSign ? 2 : 1);
  reportError(cursor.reporter, "syntax", name.span, "the type comes before the name", advice);
  throw syntaxFailure;
}

/** `typedef string title(80);` */
function rejectParentheses(cursor: Cursor): void {
  const [open, value, close] = [peek(cursor), peek(cursor, 1), peek(cursor, 2)];
  if ((value.kind !== "number" && value.kind !== "name") || close.text !== ")") return;
  const { tokens, at: index } = statementAround(cursor.tokens, cursor.position);
  const [before, isText] = [written(tokens.slice(0, index)), tokens.some(({ text }) => text === "string")];
  const lengths = isText ? [`<${value.text}>`] : [`[${value.text}]`, `<${value.text}>`];
  const hint = lengths.map((length) => `\`${before}${length};\``).join(" for exactly as many, or ");
  const span = spanAcross(open.span, close.span);
  fail(cursor, "a length is written between `<` and `>` or `[` and `]`, but found `(`", {
    hint: isText ? hint : `${hint} for at most as many`,
    fixes: lengths.map((length) => replacing(span, length)),
  });
}

function isBody(type: TypeSyntax): type is Body {
  return type.kind === "struct" || type.kind === "union" || type.kind === "enum";
}

/** RFC 5531 section 9 names a variable after the closing brace (`} reply;`), which declares nothing. */
function parseNamedBody(cursor: Cursor): DefinitionSyntax[] {
  const word = advance(cursor);
  const star = word.text === "struct" && at(cursor, "*") ? advance(cursor) : undefined;
  if (star === undefined && (at(cursor, "{") || at(cursor, "switch"))) return parseNamelessBody(cursor, word);
  const name = expectName(cursor, `a name after \`${word.text}\``);
  checkTypeName(cursor, name);
  skipHints(cursor);
  if (accept(cursor, ";")) return []; // A forward declaration of C; here types may be defined in any order.
  const body = parseBody(cursor, word, name, true);
  const isClosed = previous(cursor).text === "}";
  if (isClosed && peek(cursor).kind === "name" && peek(cursor, 1).text === ";") advance(cursor);
  if (isClosed) expectSemicolon(cursor, `after the ${word.text}`);
  else accept(cursor, ";");
  if (star === undefined) return [{ kind: "body", name, body, comment: word.above }];
  return pointerToBody(name, body, word.above);
}

/** `enum { RED = 2 } colors;`, the example of RFC 4506 section 4.3: the name after the braces is the type's. */
function parseNamelessBody(cursor: Cursor, word: Token): DefinitionSyntax[] {
  const body = parseBody(cursor, word, undefined, true);
  const next = peek(cursor);
  if (next.kind !== "name" || peek(cursor, 1).text !== ";") {
    const hint = `give it a name: \`${word.text} NAME ${word.text === "union" ? "switch (...) " : ""}{ ... };\``;
    const free = freeName(cursor, `${word.text}_1`);
    const fixes = [inserting(word.span, ` ${free}`, `Call it \`${free}\``)];
    reportError(cursor.reporter, "syntax", word.span, `the ${word.text} has no name`, { hint, fixes });
    accept(cursor, ";");
    return [];
  }
  const name = expectName(cursor, "a name for the type");
  checkTypeName(cursor, name);
  expectSemicolon(cursor, `after the ${word.text}`);
  const fixes = [
    {
      title: `Write \`${name.text}\` before the braces`,
      edits: [...inserting(word.span, ` ${name.text}`, "").edits, { span: name.span, text: "" }],
    },
  ];
  reportNote(cursor.reporter, "name-behind-body", name.span, `the ${word.text} is read as a type named ${name.text}`, {
    hint: `write the name before the braces: \`${word.text} ${name.text} ${word.text === "union" ? "switch (...) " : ""}{ ... };\``,
    fixes,
  });
  return [{ kind: "body", name, body, comment: word.above }];
}

/** RFC 1833 section 3.1 defines a pointer to a nameless struct: `struct *pmaplist { ... pmaplist next; };`. */
function pointerToBody(name: Name, body: Body, comment: string | undefined): DefinitionSyntax[] {
  const element: Name = { text: `${name.text}_element`, span: name.span };
  const reference: TypeSyntax = { kind: "reference", name: element.text, span: name.span };
  return [
    { kind: "body", name: element, body, comment },
    { kind: "typedef", name, type: { kind: "optional", element: reference, span: name.span }, comment: undefined },
  ];
}

function checkTypeName(cursor: Cursor, name: Name): void {
  if (!isTypeWord(name.text)) return;
  reportError(cursor.reporter, "reserved-word", name.span, `a type cannot be called \`${name.text}\``, {
    hint: "this word always begins a type of the language itself; choose another name",
    fixes: [replacing(name.span, `${name.text}_t`)],
  });
}
