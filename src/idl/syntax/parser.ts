// Tokens to the syntax tree: definitions and programs (RFC 4506 section 6.3, RFC 5531 section 12.2). Recursive descent;
// after an error it continues at the next member or definition.

import { nearest } from "../../base/nearest.js";
import { createReporter, type Reporter, reportError, reportNote } from "../findings/diagnostics.js";
import { type Advice, didYouMean, inserting, removing, replacing } from "../findings/fixes.js";
import { isInterfaceName } from "../names/file-names.js";
import type { Expanded, SurfacedMacro } from "../preprocess/expand.js";
import { spanAcross } from "../source.js";
import { annotatedBy } from "./annotations.js";
import type { Body, DefinitionSyntax, Name, ProcedureSyntax, TypeSyntax, Value, VersionSyntax } from "./ast.js";
import {
  accept,
  acceptMisspelt,
  advance,
  at,
  type Cursor,
  describe,
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
  syntaxFailure,
} from "./cursor.js";
import { definitionAdvice } from "./habits.js";
import { skipAttributes, skipHints } from "./hints.js";
import type { Token } from "./lexer.js";
import { parseDirectBound, parseNamedBound, type Role } from "./parse-direct.js";
import { parseBound } from "./parse-lengths.js";
import { commentOf, commentsOf, parseMembers } from "./parse-members.js";
import { parseStars } from "./parse-pointers.js";
import { parseBody, parseDeclaration, parseSpecifier } from "./parse-types.js";
import { parseValue } from "./parse-value.js";
import {
  freeNumber,
  movedBefore,
  numberBehindBody,
  typedefForwards,
  versionAround,
  versionName,
  withoutVoid,
} from "./restructure.js";
import { definedBefore, spanOf, statementAround, written } from "./rewrite.js";
import { BODY_WORDS, isTypeWord } from "./type-words.js";

/** The definitions of a file in source order; macros with a constant for a body are among them. */
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

/** What `%#define` lines say, for the names that the interface leaves undefined. */
export function parsePassed({ passed }: Expanded): DefinitionSyntax[] {
  return passed.flatMap((macro) => parseMacro(macro)).flatMap((constant) => constant.definitions);
}

/** A macro whose body is no constant expression is C's business. */
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

const DEFINITION_WORDS = ["const", "typedef", "enum", "struct", "union", "program"];

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
      return parseProgram(cursor);
    case "namespace":
      return parseNamespace(cursor);
    case "package":
    case "import":
    case "module":
    case "pragma":
      if (peek(cursor, 1).kind === "name" || peek(cursor, 1).kind === "string") return ignoreStatement(cursor);
      return rejectDefinition(cursor, first);
    default:
      if (accept(cursor, ";")) return [];
      return rejectDefinition(cursor, first);
  }
}

/** `namespace a { }`: its names are one with all others. */
function parseNamespace(cursor: Cursor): DefinitionSyntax[] {
  const word = advance(cursor);
  const { text } = expectQualified(cursor, "a name for the namespace");
  const open = expect(cursor, "{", "to open the namespace");
  const definitions: DefinitionSyntax[] = [];
  nested(cursor, () => {
    while (!at(cursor, "}") && !cursor.reporter.full) {
      if (peek(cursor).kind === "end") {
        const message = `expected \`}\` to close namespace ${text}, but found ${describe(peek(cursor))}`;
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
  // The preprocessor has taken note of it.
  const isImport = word.text === "import" && isInterfaceName(peek(cursor).text);
  if (!isImport)
    reportNote(
      cursor.reporter,
      "ignored",
      word.span,
      `\`${word.text}\` is for other compilers, and means nothing here`,
    );
  while (!at(cursor, ";") && peek(cursor).kind !== "end") advance(cursor);
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
  const otherwise = isTypeWord(found.text)
    ? "procedures stand in a program's version; a name for a type begins with typedef"
    : "a definition begins with const, typedef, enum, struct, union or program";
  const isVariable = isTypeWord(found.text) && peek(cursor, 1).kind === "name" && peek(cursor, 2).text === ";";
  const typedef = isVariable ? [inserting(found.span, "typedef ", "Write `typedef` before it", 0)] : [];
  const guess = close === undefined ? { hint: otherwise, fixes: typedef } : didYouMean(found.span, close);
  const advice = known ?? guess;
  return fail(cursor, `expected a definition, but found ${describe(found)}`, advice);
}

function parseConst(cursor: Cursor): DefinitionSyntax {
  const start = advance(cursor);
  const name = expectName(cursor, "a name for the constant");
  const typed = peek(cursor).kind === "name" && peek(cursor, 1).text === "=";
  const fixes = [removing(name.span, `Leave \`${name.text}\` out`)];
  const details = typed ? { hint: `a constant has no type: \`const ${peek(cursor).text} = 5;\``, fixes } : {};
  acceptColon(cursor, name);
  if (peek(cursor).kind === "number") reportMissingEquals(cursor, name);
  else expectEquals(cursor, "after the constant's name", details);
  const value = parseValue(cursor, "a value");
  const comment = commentOf(cursor, start);
  expectSemicolon(cursor, "after the constant");
  return { kind: "const", name, value, comment };
}

/** `const A 3;`, which is taken as `const A = 3;`. */
function reportMissingEquals(cursor: Cursor, name: Name): void {
  const number = peek(cursor);
  const message = `expected \`=\` after the constant's name, but found ${describe(number)}`;
  const fixes = [inserting(name.span, " =", "Write `=`")];
  reportSyntax(cursor, message, { hint: `\`const ${name.text} = ${number.text};\``, fixes });
}

/** `const A := 3;` and `const A: 3;` of other languages. */
function acceptColon(cursor: Cursor, name: Name): void {
  const next = peek(cursor, 1);
  if (!at(cursor, ":") || (next.text !== "=" && next.kind !== "number")) return;
  const { span } = peek(cursor);
  const value = next.text === "=" ? peek(cursor, 2) : next;
  const hint = `the value of a constant stands behind \`=\`: \`const ${name.text} = ${written([value])};\``;
  const fixes = [next.text === "=" ? removing(span, "Leave the `:` out") : replacing(span, " =", "Change to `=`")];
  reportSyntax(cursor, "expected `=` after the constant's name, but found `:`", { hint, fixes });
  if (next.text === "=") advance(cursor);
  else cursor.tokens[cursor.position] = { ...peek(cursor), text: "=" };
}

/** A typedef of a type with braces is that type under the new name; when the type has a name of its own, two definitions. */
function parseTypedef(cursor: Cursor): DefinitionSyntax[] {
  const start = advance(cursor);
  rejectBackwards(cursor);
  const declared = parseDeclaration(cursor, "a name for the type");
  if (declared === undefined) return fail(cursor, "a typedef cannot be void");
  const comment = start.above ?? declared.comment;
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

/** `typedef id = int;`, `typedef point struct { ... };`, `typedef p struct point;`: reported, and given up. */
function rejectBackwards(cursor: Cursor): void {
  const [name, next] = [peek(cursor), peek(cursor, 1)];
  const isBody_ = next.kind === "name" && BODY_WORDS.has(next.text);
  if (name.kind !== "name" || BODY_WORDS.has(name.text) || (next.text !== "=" && !isBody_)) return;
  const advice = typedefForwards(cursor, next.text === "=" ? 2 : 1);
  reportError(cursor.reporter, "syntax", name.span, "the type stands before the name", advice);
  throw syntaxFailure;
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
  if (accept(cursor, ";")) return []; // C announces a type so; here types may stand in any order.
  const body = parseBody(cursor, word, name, true);
  const isClosed = previous(cursor).text === "}";
  if (isClosed && peek(cursor).kind === "name" && peek(cursor, 1).text === ";") advance(cursor);
  if (isClosed) expectSemicolon(cursor, `after the ${word.text}`);
  else accept(cursor, ";");
  if (star === undefined) return [{ kind: "body", name, body, comment: word.above }];
  return pointerToBody(name, body, word.above);
}

/** `enum { RED = 2 } colors;`, the example of RFC 4506 section 4.3: the name behind the braces is the type's. */
function parseNamelessBody(cursor: Cursor, word: Token): DefinitionSyntax[] {
  const open = cursor.position;
  const body = parseBody(cursor, word, undefined, true);
  const next = peek(cursor);
  if (next.kind !== "name" || peek(cursor, 1).text !== ";") {
    const hint = `give it a name: \`${word.text} NAME ${word.text === "union" ? "switch (...) " : ""}{ ... };\``;
    reportError(cursor.reporter, "syntax", word.span, `the ${word.text} has no name`, { hint });
    accept(cursor, ";");
    return [];
  }
  const name = expectName(cursor, "a name for the type");
  checkTypeName(cursor, name);
  expectSemicolon(cursor, `after the ${word.text}`);
  const before = cursor.tokens[open]?.span ?? word.span;
  const fixes = [
    {
      title: `Write \`${name.text}\` before the braces`,
      edits: [
        { span: { ...before, length: 0 }, text: `${name.text} ` },
        { span: name.span, text: "" },
      ],
    },
  ];
  reportNote(
    cursor.reporter,
    "name-behind-body",
    name.span,
    `the ${word.text} is taken as a type called ${name.text}`,
    {
      hint: `write the name before the braces: \`${word.text} ${name.text} ${word.text === "union" ? "switch (...) " : ""}{ ... };\``,
      fixes,
    },
  );
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

/** The program, and types that were defined in it by mistake. */
function parseProgram(cursor: Cursor): DefinitionSyntax[] {
  const word = advance(cursor);
  const name = expectName(cursor, "a name for the program");
  const versions: VersionSyntax[] = [];
  const hint = "a program needs a version: `version NAME { ... } = 1;`";
  const sample = `version ${versionName(name.text)} { void NULL(void) = 0; } = 1;`;
  const place = { owner: `program ${name.text}`, opened: word.span, hint, sample };
  const early = parseEarlyNumber(cursor, word, name, "a program number");
  const misplaced: DefinitionSyntax[] = [];
  parseMembers(cursor, place, () => {
    if (isMisplaced(cursor)) misplaced.push(...parseMisplaced(cursor));
    else versions.push(parseVersion(cursor));
  });
  if (early === undefined) expectEquals(cursor, "and the program's number", numberBehind(cursor, "0x20000000"));
  const number = early ?? parseValue(cursor, "a program number");
  expectSemicolon(cursor, "after the program");
  return [{ kind: "program", name, number, versions, comment: word.above }, ...misplaced];
}

/** For a body that is not numbered. */
function numberBehind(cursor: Cursor, number: string): Advice {
  const brace = previous(cursor);
  const fixes =
    brace.text === "}" && at(cursor, ";") ? [inserting(brace.span, ` = ${number}`, `Write \`= ${number}\``)] : [];
  return { hint: `behind the brace: \`} = ${number};\``, fixes };
}

/** `program P = 1 { ... };`, `version V 1 { ... };` */
function parseEarlyNumber(cursor: Cursor, word: Token, name: Name, what: string): Value | undefined {
  const isBare = peek(cursor).kind === "number" && peek(cursor, 1).text === "{";
  if (!at(cursor, "=") && !isBare) return undefined;
  const start = cursor.position + (isBare ? 0 : 1);
  let end = start;
  while (cursor.tokens[end]?.kind !== "end" && !/^[{;]$/.test(cursor.tokens[end]?.text ?? "{")) end++;
  const number = written(cursor.tokens.slice(start, end));
  const hint = `\`${word.text} ${name.text} { ... } = ${number === "" ? "1" : number};\``;
  const fixes = numberBehindBody(cursor, cursor.position);
  reportSyntax(cursor, "the number stands behind the braces", { hint, fixes });
  accept(cursor, "=");
  return parseValue(cursor, what);
}

function isMisplaced(cursor: Cursor): boolean {
  const { kind, text } = peek(cursor);
  return kind === "name" && text !== "program" && DEFINITION_WORDS.includes(text) && peek(cursor, 1).kind === "name";
}

/** A definition in a program is read all the same, so that what it defines is known. */
function parseMisplaced(cursor: Cursor): DefinitionSyntax[] {
  const hint = "types and constants are defined before the program, outside of its braces";
  const fixes = movedBefore(cursor, cursor.position);
  reportSyntax(cursor, `expected \`version\`, but found ${describe(peek(cursor))}`, { hint, fixes });
  return parseDefinition(cursor);
}

function parseVersion(cursor: Cursor): VersionSyntax {
  const isVersion = at(cursor, "version") || at(cursor, "VERSION");
  if (!isVersion && !(peek(cursor, 1).kind === "name" && acceptMisspelt(cursor, ["version"], "expected `version`"))) {
    fail(cursor, `expected \`version\`, but found ${describe(peek(cursor))}`, {
      hint: "a program holds versions: `version NAME { ... } = 1;`",
      fixes: versionAround(cursor, cursor.position),
    });
  }
  const word = advance(cursor);
  const name = expectName(cursor, "a name for the version");
  const procedures: ProcedureSyntax[] = [];
  const hint = "a version needs a procedure: `void NULL(void) = 0;`";
  const place = { owner: `version ${name.text}`, opened: word.span, hint, sample: "void NULL(void) = 0;" };
  const early = parseEarlyNumber(cursor, word, name, "a version number");
  parseMembers(cursor, place, () => procedures.push(parseProcedure(cursor)));
  if (early === undefined) expectEquals(cursor, "and the version's number", numberBehind(cursor, "1"));
  const number = early ?? parseValue(cursor, "a version number");
  expectSemicolon(cursor, "after the version");
  return { name, number, procedures, comment: word.above };
}

function parseProcedure(cursor: Cursor): ProcedureSyntax {
  const start = peek(cursor);
  const before = cursor.position;
  const result = parseResultArray(cursor, parseUnnamed(cursor, "a result"), before);
  if (at(cursor, "(")) {
    const hint = "a procedure without a result says so: `void PING(void) = 1;`";
    const fixes = [inserting(start.span, "void ", "Write `void` before it", 0)];
    fail(cursor, "expected a name for the procedure, but found `(`", { hint, fixes });
  }
  const name = expectName(cursor, "a name for the procedure");
  expect(cursor, "(", "before the arguments");
  const args = parseArguments(cursor);
  expectEquals(cursor, "and the procedure's number", at(cursor, "=") ? {} : lacksNumber(cursor, name, before));
  const number = parseValue(cursor, "a procedure number");
  const comment = commentOf(cursor, start);
  const annotated = annotatedBy(commentsOf(cursor, start));
  expectSemicolon(cursor, "after the procedure");
  const said = Object.keys(annotated).length === 0 ? {} : { annotated };
  return { name, number, args, result, comment, span: start.span, ...said };
}

/** For a procedure without a number. It reads the whole version, so that it is made for those alone. */
function lacksNumber(cursor: Cursor, name: Name, before: number): Advice {
  const free = freeNumber(cursor.tokens, before);
  const fixes = at(cursor, ";") ? [inserting(peek(cursor).span, ` = ${free}`, `Write \`= ${free}\``, 0)] : [];
  return { hint: `as in \`void ${name.text}(void) = ${free};\``, fixes };
}

type Argument = ProcedureSyntax["args"][number];

/** `()`, `(void)`, or types with or without names. */
function parseArguments(cursor: Cursor): Argument[] {
  if (accept(cursor, ")")) return [];
  const args: Argument[] = [];
  do {
    const start = cursor.position;
    const type = parseUnnamed(cursor, "an argument");
    const words = written(cursor.tokens.slice(start, cursor.position));
    const name = peek(cursor).kind === "name" ? expectName(cursor, "a name") : undefined;
    if (name !== undefined) checkOrder(cursor, type, name);
    const bounded = name === undefined ? type : parseNamedBound(cursor, type, { words, start, name });
    if (!isVoidAmongOthers(cursor, bounded, start)) args.push({ name, type: bounded });
  } while (accept(cursor, ",") || acceptWrongSeparator(cursor) || isCommaMissing(cursor));
  expect(cursor, ")", "after the arguments");
  const only = args[0];
  if (args.length === 1 && only?.type.kind === "primitive" && only.type.name === "void") return [];
  return args;
}

/** `(a int, b int)`: the name before the type. */
function checkOrder(cursor: Cursor, type: TypeSyntax, { text, span }: Name): void {
  if (type.kind !== "reference" || !isTypeWord(text)) return;
  const right = `${text} ${type.name}`;
  const fixes = [replacing(spanAcross(type.span, span), right)];
  reportError(cursor.reporter, "syntax", type.span, "the type stands before the name", { hint: `\`${right}\``, fixes });
  throw syntaxFailure;
}

/** `(int a int b)`: reported, and taken as read. */
function isCommaMissing(cursor: Cursor): boolean {
  if (peek(cursor).kind !== "name" || previous(cursor).kind !== "name") return false;
  const fixes = [inserting(previous(cursor).span, ",", "Write `,`")];
  const hint = "arguments are separated by commas: `int ADD(int a, int b) = 1;`";
  reportSyntax(cursor, `expected \`,\` between the arguments, but found ${describe(peek(cursor))}`, { hint, fixes });
  return true;
}

/** Reports `void` beside another argument. */
function isVoidAmongOthers(cursor: Cursor, type: TypeSyntax, start: number): boolean {
  const isAlone = cursor.tokens[start - 1]?.text === "(" && at(cursor, ")");
  if (type.kind !== "primitive" || type.name !== "void" || isAlone || cursor.position > start + 1) return false;
  reportError(cursor.reporter, "invalid-void", type.span, "void stands alone among the arguments", {
    hint: "leave it out, or write `(void)` for no argument",
    fixes: withoutVoid(cursor.tokens, start),
  });
  return true;
}

/** `(int a; int b)` */
function acceptWrongSeparator(cursor: Cursor): boolean {
  if (!at(cursor, ";") || peek(cursor, 1).kind !== "name" || peek(cursor, 2).text === "(") return false;
  reportSyntax(cursor, "expected `,` between the arguments, but found `;`");
  return accept(cursor, ";");
}

/** `T[n] NAME(void)`: with the length before the name it can be nothing else than an array. */
function parseResultArray(cursor: Cursor, element: TypeSyntax, start: number): TypeSyntax {
  const isAny = at(cursor, "<") || (at(cursor, "[") && peek(cursor, 1).text === "]");
  if (isAny) return rejectResultArray(cursor, element, start);
  if (!at(cursor, "[")) return element;
  return { kind: "array", ...parseBound(cursor), element, span: element.span };
}

/** `int[] PRIMES(int)`, `int<> PRIMES(int)`. */
function rejectResultArray(cursor: Cursor, element: TypeSyntax, start: number): TypeSyntax {
  const type = written(cursor.tokens.slice(start, cursor.position));
  const open = cursor.position;
  while (peek(cursor).kind !== "end" && !/^[\]>;]$/.test(peek(cursor).text)) advance(cursor);
  if (!at(cursor, ";")) advance(cursor);
  const bracket = cursor.tokens.slice(open, cursor.position);
  const bound = written(bracket.slice(1, -1));
  const rest = statementAround(cursor.tokens, cursor.position);
  const procedure = written(rest.tokens.slice(rest.at));
  const text = type === "string" || type === "char";
  const [name, definition] = text
    ? ["texts", `typedef string text<>;\`, then \`typedef text texts<${bound}>;`]
    : ["numbers", `typedef ${type} numbers<${bound}>;`];
  const isOneText = type === "char" && bracket[0]?.text === "[";
  const hint = isOneText
    ? `for text write \`string ${procedure}\``
    : `an array cannot be a result directly: \`${definition}\`, then \`${name} ${procedure}\``;
  const span = spanOf(bracket) ?? element.span;
  const steps = text ? ["typedef string text<>;", `typedef text texts<${bound}>;`] : [definition];
  const place = spanOf(cursor.tokens.slice(start, cursor.position));
  const fixes =
    isOneText && place !== undefined
      ? [replacing(place, "string", "Change to `string`")]
      : definedBefore(cursor, steps, place, name);
  const message = "an array cannot be an argument or a result directly";
  reportError(cursor.reporter, "typedef-needed", span, message, { hint, fixes });
  return element;
}

/** The type of an argument or a result, with a length that stands right behind it. */
function parseUnnamed(cursor: Cursor, role: Role): TypeSyntax {
  const start = cursor.position;
  const type = parseStars(cursor, parseSpecifier(cursor));
  const words = written(cursor.tokens.slice(start, cursor.position));
  const isDirect = role === "a result" && type.kind !== "string" && type.kind !== "opaque";
  // The length of an opaque argument may follow its name.
  if (isDirect || (type.kind === "opaque" && role === "an argument" && peek(cursor).kind === "name")) return type;
  return parseDirectBound(cursor, type, { words, start, role });
}
