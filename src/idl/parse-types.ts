// Declarations and the types with braces (RFC 4506 section 6.3), with what real files write beyond the grammar.
import type {
  Body,
  CaseSyntax,
  DefaultSyntax,
  EnumBody,
  FieldSyntax,
  MemberSyntax,
  Name,
  StructBody,
  TypeSyntax,
  UnionBody,
  Value,
} from "./ast.js";
import {
  accept,
  advance,
  at,
  type Cursor,
  describe,
  expect,
  expectName,
  expectQualified,
  expectSemicolon,
  fail,
  nested,
  peek,
  previous,
  recover,
  reportExpected,
  reportSyntax,
  skipListItem,
  skipMember,
  startsDefinition,
  startsQualifier,
  syntaxFailure,
} from "./cursor.js";
import { reportError, reportWarning } from "./diagnostics.js";
import { replacing } from "./fixes.js";
import { modifierHint } from "./habits.js";
import { skipAttributes, skipHints } from "./hints.js";
import type { Token } from "./lexer.js";
import type { PrimitiveName, PrimitiveType, Span } from "./model.js";
import { parseValue } from "./parse-value.js";
import { spanAcross } from "./source.js";

/** `char`, `short` and `long` are C's names for what takes four bytes on the wire. */
const PRIMITIVES: ReadonlyMap<string, PrimitiveName> = new Map([
  ["void", "void"],
  ["bool", "bool"],
  ["int", "int"],
  ["char", "int"],
  ["short", "int"],
  ["long", "int"],
  ["hyper", "hyper"],
  ["float", "float"],
  ["double", "double"],
  ["quadruple", "quadruple"],
]);
const INTEGER_WORDS = new Set(["int", "char", "short", "long", "hyper"]);
const BODY_WORDS = new Set(["struct", "union", "enum"]);
const FRACTIONS = new Set(["float", "double", "quadruple"]);
const NO_SIGN = { hint: "it has a sign: leave `unsigned` out" };
const NOT_A_TYPE = new Set(["case", "default", "switch", "const", "typedef"]);

/** Whether this word always begins a type, so that no type can be named like it. */
export function isTypeWord(text: string): boolean {
  return PRIMITIVES.has(text) || BODY_WORDS.has(text) || text === "unsigned" || text === "opaque" || text === "string";
}

/** A declaration: `int x`, `opaque x<8>`, `foo *x`, or `void`, which gives undefined. */
export function parseDeclaration(cursor: Cursor, what: string): FieldSyntax | undefined {
  const first = peek(cursor);
  let specifier = parseSpecifier(cursor);
  if (specifier.kind === "primitive" && specifier.name === "void" && !at(cursor, "*")) {
    if (at(cursor, ";") || at(cursor, "}")) return undefined;
    const message = "void has no value, so it cannot have a name or a modifier";
    reportError(cursor.reporter, "invalid-void", specifier.span, message, { hint: "write `void;` alone" });
    specifier = { ...specifier, name: "int" };
  }
  if (specifier.kind === "reference" && isMisplacedType(cursor)) return parseAroundType(cursor, specifier, first, what);
  const pointed = parseStars(cursor, specifier);
  const name = expectName(cursor, what);
  const type = parseSuffix(cursor, pointed, name);
  return { name, type, comment: commentOf(cursor, first) };
}

/** Behind what was read as a type stands a word that can be nothing but one. */
function isMisplacedType(cursor: Cursor): boolean {
  const { kind, text } = peek(cursor);
  return kind === "name" && isTypeWord(text) && !BODY_WORDS.has(text);
}

/** `optional int x`, `x int`: the word before the type is none of a type, or it is the name. */
function parseAroundType(
  cursor: Cursor,
  { name: word, span }: TypeSyntax & { kind: "reference" },
  first: Token,
  what: string,
): FieldSyntax | undefined {
  const behind = peek(cursor, 1);
  if (behind.kind === "name" || behind.text === "*") {
    const message = `expected a type, but found \`${word}\``;
    reportError(cursor.reporter, "syntax", span, message, { hint: modifierHint(word) });
    return parseDeclaration(cursor, what);
  }
  const hint = `\`${peek(cursor).text} ${word};\``;
  reportError(cursor.reporter, "syntax", span, "the type stands before the name", { hint });
  const name: Name = { text: word, span };
  const type = parseSpecifier(cursor);
  return { name, type: parseSuffix(cursor, type, name), comment: commentOf(cursor, first) };
}

/** What stands above a construct's first token, or else beside its last or the separator that follows. */
export function commentOf(cursor: Cursor, first: Token): string | undefined {
  const separated = at(cursor, ";") || at(cursor, ",");
  const beside = (separated ? peek(cursor) : previous(cursor)).beside;
  return first.above ?? (beside === "" ? undefined : beside);
}

/** A type as it stands before a name. `opaque` and `string` come out unbounded. */
export function parseSpecifier(cursor: Cursor): TypeSyntax {
  skipAttributes(cursor);
  skipHints(cursor);
  const token = peek(cursor);
  if (startsQualifier(cursor)) {
    const { text, span } = expectQualified(cursor, "a type");
    return { kind: "reference", name: text, span };
  }
  if (token.kind !== "name" || NOT_A_TYPE.has(token.text)) {
    return fail(cursor, `expected a type, but found ${describe(token)}`);
  }
  if (BODY_WORDS.has(token.text)) return parseTagged(cursor);
  if (peek(cursor, 1).text === ":" && peek(cursor, 2).text === ":") {
    const { text, span } = expectQualified(cursor, "a type");
    return { kind: "reference", name: text, span };
  }
  advance(cursor);
  if (token.text === "opaque" || isOpaqueToo(cursor, token))
    return { kind: "opaque", fixed: false, bound: undefined, span: token.span };
  if (token.text === "string") return { kind: "string", bound: undefined, span: token.span };
  if (token.text === "unsigned" || INTEGER_WORDS.has(token.text)) return parseInteger(cursor, token);
  const primitive = PRIMITIVES.get(token.text);
  if (primitive !== undefined) return { kind: "primitive", name: primitive, span: token.span };
  return { kind: "reference", name: token.text, span: token.span };
}

/** `zcopaque data<>`: bytes that another compiler does not copy. */
function isOpaqueToo(cursor: Cursor, { text }: Token): boolean {
  return text === "zcopaque" && peek(cursor).kind === "name" && ["<", "["].includes(peek(cursor, 1).text);
}

/** `unsigned`, `long int`, `unsigned hyper`, `long long`: the words until the name. */
function parseInteger(cursor: Cursor, first: Token): TypeSyntax {
  const unsigned = first.text === "unsigned";
  const fraction = peek(cursor);
  if (unsigned && FRACTIONS.has(fraction.text) && peek(cursor, 1).kind === "name") {
    fail(cursor, `there is no \`unsigned ${fraction.text}\``, NO_SIGN);
  }
  let wide = first.text === "hyper";
  let narrow = narrowWord(first.text);
  let last = first;
  skipHints(cursor);
  while (peek(cursor).kind === "name" && continuesInteger(last.text, peek(cursor).text)) {
    const long = last.text === "long";
    last = advance(cursor);
    wide ||= last.text === "hyper" || (long && last.text === "long");
    narrow ??= narrowWord(last.text);
  }
  const name: PrimitiveName = wide ? (unsigned ? "unsigned hyper" : "hyper") : unsigned ? "unsigned int" : "int";
  return { kind: "primitive", name, ...narrow, span: spanAcross(first.span, last.span) };
}

/** What `char` and `short` say of an integer. */
function narrowWord(word: string): Pick<PrimitiveType, "width" | "char"> | undefined {
  if (word === "short") return { width: 16 };
  return word === "char" ? { width: 8, char: true } : undefined;
}

/** Any integer word after `unsigned`, `long` after `long`, `int` after every other but itself. */
function continuesInteger(last: string, next: string): boolean {
  if (last === "unsigned") return INTEGER_WORDS.has(next);
  return last !== "int" && (next === "int" || (last === "long" && next === "long"));
}

/** `struct`, `union` or `enum`: with a body, or before the name of a type. */
function parseTagged(cursor: Cursor): TypeSyntax {
  const word = advance(cursor);
  const name =
    peek(cursor).kind === "name" && !at(cursor, "switch") ? expectQualified(cursor, "a type name") : undefined;
  skipHints(cursor);
  if (at(cursor, "{") || at(cursor, "switch")) return parseBody(cursor, word, name);
  if (name === undefined)
    return fail(cursor, `expected a name or \`{\` after \`${word.text}\`, but found ${describe(peek(cursor))}`);
  const reference: TypeSyntax = { kind: "reference", name: name.text, span: name.span };
  return { ...reference, tag: word.text as Body["kind"] };
}

export function parseStars(cursor: Cursor, type: TypeSyntax): TypeSyntax {
  let pointed = type;
  let stars = 0;
  for (let count = 0; at(cursor, "*"); count++) {
    stars++;
    const star = advance(cursor);
    if (count === 1) {
      reportError(cursor.reporter, "nested-optional", star.span, "a pointer to a pointer is not allowed", {
        hint: "wrap the inner one: `struct maybe { T *value; };`, then `maybe *x;`",
      });
    }
    if (count > 0) continue;
    if (type.kind === "string" || type.kind === "opaque") {
      reportError(cursor.reporter, "typedef-needed", star.span, `a pointer to ${type.kind} needs a typedef`, {
        hint: `\`typedef ${type.kind} text<>;\`, then \`text *x;\``,
      });
    }
    pointed = { kind: "optional", element: type, span: spanAcross(type.span, star.span) };
  }
  if (stars === 1 && type.kind === "primitive" && type.char) warnOfCharPointer(cursor, pointed.span);
  return pointed;
}

/** C's text and C's buffer, which XDR has as one number that may be missing. */
function warnOfCharPointer(cursor: Cursor, span: Span): void {
  const next = peek(cursor);
  const name = next.kind === "name" ? next : undefined;
  const [text, bytes] =
    name === undefined ? ["string", "opaque data<>"] : [`string ${name.text}<>`, `opaque ${name.text}<>`];
  const isDeclared = name !== undefined && peek(cursor, 1).text === ";";
  const whole = name === undefined ? span : spanAcross(span, name.span);
  const fixes = [replacing(whole, text), ...(isDeclared ? [replacing(whole, bytes)] : [])];
  const forBytes = name === undefined ? `\`typedef ${bytes};\`, then \`data\`` : `\`${bytes};\``;
  reportWarning(cursor.reporter, "char-pointer", span, "`char *` is one character that may be missing, not text", {
    hint: `for text write \`${text}${name === undefined ? "" : ";"}\`, for bytes ${forBytes}`,
    fixes,
  });
}

/** What stands after the name: `[n]`, `<n>`, `<>` or nothing. */
function parseSuffix(cursor: Cursor, type: TypeSyntax, name: Name): TypeSyntax {
  if (!at(cursor, "[") && !at(cursor, "<")) {
    if (type.kind === "opaque") {
      reportError(cursor.reporter, "invalid-declaration", name.span, `opaque data needs a length`, {
        hint: `write \`opaque ${name.text}[16]\` for exactly 16 bytes, \`opaque ${name.text}<>\` for any number`,
      });
    }
    return type;
  }
  const open = peek(cursor);
  const { fixed, bound } = parseBound(cursor);
  const span = spanAcross(open.span, previous(cursor).span);
  if (at(cursor, "[") || at(cursor, "<")) rejectSecondBound(cursor, name);
  if (type.kind === "opaque") return { ...type, fixed, bound };
  if (type.kind === "string") {
    if (fixed) {
      reportError(cursor.reporter, "invalid-declaration", span, "a string has no fixed length", {
        hint: `write \`string ${name.text}<n>\` for at most n bytes; for an array of strings: \`typedef string text<>;\``,
      });
    }
    return { ...type, bound };
  }
  if (type.kind === "optional") {
    reportError(cursor.reporter, "typedef-needed", span, "an array of pointers needs a typedef", {
      hint: "typedef the pointer first: `typedef T *maybe_T;`",
    });
  }
  return { kind: "array", fixed, bound, element: type, span };
}

export function parseBound(cursor: Cursor): { fixed: boolean; bound: Value | undefined } {
  if (accept(cursor, "[")) {
    if (at(cursor, "]")) fail(cursor, "expected a length between `[` and `]`", { hint: "for any number write `<>`" });
    const bound = parseValue(cursor, "a length");
    expect(cursor, "]", "after the length");
    return { fixed: true, bound };
  }
  expect(cursor, "<", "before the greatest length");
  if (accept(cursor, ">")) return { fixed: false, bound: undefined };
  const bound = parseValue(cursor, "a greatest length", true);
  expect(cursor, ">", "after the greatest length");
  return { fixed: false, bound };
}

function rejectSecondBound(cursor: Cursor, name: Name): void {
  const open = peek(cursor);
  while (at(cursor, "[") || at(cursor, "<")) parseBound(cursor);
  const span = spanAcross(open.span, previous(cursor).span);
  reportError(cursor.reporter, "typedef-needed", span, `an array of arrays needs a typedef`, {
    hint: `typedef the inner array: \`typedef int inner[3];\`, then \`inner ${name.text}[2];\``,
  });
}

/** From after the word and the name of a struct, union or enum to its closing brace. */
export function parseBody(cursor: Cursor, word: Token, name: Name | undefined, isDefinition = false): Body {
  return nested(cursor, () => {
    if (word.text === "struct") return parseStruct(cursor, word, name, isDefinition);
    if (word.text === "union") return parseUnion(cursor, word, name, isDefinition);
    return parseEnum(cursor, word, name, isDefinition);
  });
}

/** What the members of a body are between. */
export interface BodyPlace {
  /** As it is called in messages: `struct s`. */
  readonly owner: string;
  /** Its first word. */
  readonly opened: Span;
  /** What a body without members should have. */
  readonly hint: string;
  /** Nothing follows it but the next definition: one that is not closed ends there. */
  readonly isDefinition?: boolean;
  /** Where to go on after a broken member; past the next `;` when left out. */
  readonly skip?: (cursor: Cursor) => void;
}

/** Calls `parseMember` until the closing brace, going on after errors. */
export function parseMembers(cursor: Cursor, place: BodyPlace, parseMember: () => void): void {
  const { owner, opened, hint, skip = skipMember, isDefinition = false } = place;
  const open = openBody(cursor, owner);
  if (at(cursor, "}")) {
    const span = spanAcross(open.span, peek(cursor).span);
    reportError(cursor.reporter, "empty-definition", span, `${owner} is empty`, { hint });
  }
  while (!at(cursor, "}")) {
    if (cursor.reporter.full) return;
    if (peek(cursor).kind === "end" || startsDefinition(cursor) || isLastSemicolon(cursor)) {
      const related = [{ span: opened, message: `${owner} begins here` }];
      reportSyntax(cursor, `expected \`}\` to close ${owner}, but found ${describe(peek(cursor))}`, { related });
      if (isDefinition) return;
      throw syntaxFailure;
    }
    recover(cursor, parseMember, skip);
  }
  advance(cursor);
}

/** The `{`. What stands before it in its line is reported; one that is missing before a line of its own is taken as read. */
function openBody(cursor: Cursor, owner: string): Token {
  if (at(cursor, "{")) return advance(cursor);
  const before = previous(cursor);
  const found = peek(cursor);
  const isNextLine = found.kind === "name" && found.span.line > before.span.line && !startsDefinition(cursor);
  let ahead = 0;
  const inLine = (): Token => peek(cursor, ahead);
  while (inLine().kind !== "end" && inLine().span.line === before.span.line && !/^[{;}]$/.test(inLine().text)) ahead++;
  const opensLater = inLine().text === "{" && inLine().span.line === before.span.line;
  reportSyntax(cursor, `expected \`{\` to open ${owner}, but found ${describe(found)}`);
  if (found.text === "(") {
    while (peek(cursor).kind !== "end" && !at(cursor, ")") && !startsDefinition(cursor)) advance(cursor);
    throw syntaxFailure;
  }
  if (opensLater) {
    cursor.position += ahead;
    return advance(cursor);
  }
  if (!isNextLine) throw syntaxFailure;
  return before;
}

/** `;` behind the last member, where the `}` is missing, before the next definition. */
export function isLastSemicolon(cursor: Cursor): boolean {
  if (!at(cursor, ";")) return false;
  cursor.position++;
  const isLast = peek(cursor).kind === "end" || startsDefinition(cursor);
  cursor.position--;
  return isLast;
}

function titleOf(word: string, name: Name | undefined): string {
  return name === undefined ? `the ${word}` : `${word} ${name.text}`;
}

function parseStruct(cursor: Cursor, word: Token, name: Name | undefined, isDefinition: boolean): StructBody {
  const fields: FieldSyntax[] = [];
  const hint = "a struct needs a field; where nothing is sent write void";
  parseMembers(cursor, { owner: titleOf("struct", name), opened: word.span, hint, isDefinition }, () => {
    const first = peek(cursor);
    const field = parseDeclaration(cursor, "a field name");
    expectSemicolon(cursor, "after the field");
    if (field !== undefined) fields.push(field);
    else reportError(cursor.reporter, "invalid-void", first.span, "a field cannot be void", { hint: "leave it out" });
  });
  return { kind: "struct", name, fields, span: (name ?? word).span };
}

function parseEnum(cursor: Cursor, word: Token, name: Name | undefined, isDefinition: boolean): EnumBody {
  const members: MemberSyntax[] = [];
  const hint = "an enum needs a member: `{ NONE = 0 }`";
  const place = { owner: titleOf("enum", name), opened: word.span, hint, isDefinition, skip: skipListItem };
  parseMembers(cursor, place, () => {
    members.push(parseMember(cursor));
    const details = at(cursor, ":") ? { hint: "the value of a member stands behind `=`: `RED = 0`" } : {};
    if (!at(cursor, "}") && !isLastSemicolon(cursor)) expect(cursor, ",", "or `}` after the member", details);
  });
  return { kind: "enum", name, members, span: (name ?? word).span };
}

/** A member whose value is missing stays, so that its name is known. */
function parseMember(cursor: Cursor): MemberSyntax {
  skipAttributes(cursor);
  const first = peek(cursor);
  const name = expectName(cursor, "a member name");
  let value: Value | undefined;
  if (accept(cursor, "=")) {
    if (at(cursor, ",") || at(cursor, "}")) reportExpected(cursor, "a value");
    else value = parseValue(cursor, "a value");
  }
  return { name, value, comment: commentOf(cursor, first) };
}

function parseUnion(cursor: Cursor, word: Token, name: Name | undefined, isDefinition: boolean): UnionBody {
  const owner = titleOf("union", name);
  if (!at(cursor, "switch")) {
    fail(cursor, `expected \`switch\` after ${owner}, but found ${describe(peek(cursor))}`, {
      hint: "a union is told apart by a value: `union name switch (int kind) { case 0: ... }`",
    });
  }
  advance(cursor);
  expect(cursor, "(", "after `switch`");
  const discriminant =
    parseDeclaration(cursor, "the name of the discriminant") ?? fail(cursor, "the discriminant cannot be void");
  expect(cursor, ")", "after the discriminant");
  const cases: CaseSyntax[] = [];
  let defaultCase: DefaultSyntax | undefined;
  const hint = "a union needs a case: `case 0: void;`";
  parseMembers(cursor, { owner, opened: word.span, hint, isDefinition }, () => {
    const parsed = parseCase(cursor);
    if (parsed.values.length > 0) cases.push(parsed);
    if (parsed.default === undefined) return;
    if (defaultCase === undefined) defaultCase = { arm: parsed.arm, span: parsed.default };
    else {
      reportError(cursor.reporter, "duplicate-case", parsed.default, `${owner} has two default arms`, {
        related: [{ span: defaultCase.span, message: "the first one is here" }],
      });
    }
  });
  return { kind: "union", name, discriminant, cases, default: defaultCase, span: (name ?? word).span };
}

/** Any number of `case x:` and `default:`, then their arm; an arm that is left out is void. */
function parseCase(cursor: Cursor): CaseSyntax & { readonly default: Span | undefined } {
  const first = peek(cursor);
  const values: Value[] = [];
  let byDefault: Span | undefined;
  while (at(cursor, "case") || at(cursor, "default")) {
    const word = advance(cursor);
    if (word.text === "case") values.push(parseValue(cursor, "a value after `case`"));
    else byDefault = word.span;
    expect(cursor, ":", word.text === "case" ? "after the case" : "after `default`");
  }
  if (values.length === 0 && byDefault === undefined) {
    const hint = first.text === "break" ? undefined : "an arm is one declaration; several fields are a struct";
    const message = `expected \`case\` or \`default\`, but found ${describe(first)}`;
    fail(cursor, message, hint === undefined ? {} : { hint });
  }
  return { values, arm: recover(cursor, () => parseArm(cursor), skipMember), comment: first.above, default: byDefault };
}

function parseArm(cursor: Cursor): FieldSyntax | undefined {
  if (at(cursor, "}") || accept(cursor, ";")) return undefined;
  const arm = parseDeclaration(cursor, "the name of the arm");
  expectSemicolon(cursor, "after the arm");
  return arm;
}
