// Declarations and types in braces (RFC 4506 section 6.3), including common extensions of the grammar.

import { reportError } from "../findings/diagnostics.js";
import { type Fix, inserting, removing, replacing } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import { spanAcross } from "../source.js";
import type {
  Body,
  CaseSyntax,
  DefaultSyntax,
  FieldSyntax,
  Name,
  StructBody,
  TypeSyntax,
  UnionBody,
  Value,
} from "./ast.js";
import {
  accept,
  acceptMisspelt,
  advance,
  at,
  type Cursor,
  expect,
  expectName,
  expectQualified,
  expectSemicolon,
  fail,
  nested,
  peek,
  previous,
  recover,
  skipMember,
  startsQualifier,
  tokenText,
} from "./cursor.js";
import { isModifier, modifierAdvice } from "./habits.js";
import { skipAttributes, skipHints } from "./hints.js";
import { parseEnum } from "./parse-enum.js";
import { parseInteger } from "./parse-integers.js";
import { commentOf, parseMembers, titleOf } from "./parse-members.js";
import { parseStars } from "./parse-pointers.js";
import { parseSuffix } from "./parse-suffix.js";
import { parseValue } from "./parse-value.js";
import { structForArm, switchForUnion } from "./restructure.js";
import { freeName, spanOf, statementAround, written } from "./rewrite.js";
import type { Token } from "./tokens.js";
import { acceptMoreWords, acceptSigned } from "./type-order.js";
import { BODY_WORDS, INTEGER_WORDS, isTypeWord, NOT_A_TYPE, PRIMITIVES } from "./type-words.js";

/** A declaration: `int x`, `opaque x<8>`, `foo *x`, or `void`, which gives undefined. */
export function parseDeclaration(cursor: Cursor, what: string): FieldSyntax | undefined {
  const first = peek(cursor);
  const start = cursor.position;
  let specifier = parseSpecifier(cursor);
  if (specifier.kind === "primitive" && specifier.name === "void" && !at(cursor, "*")) {
    if (at(cursor, ";") || at(cursor, "}")) return undefined;
    const message = "void has no value, so it cannot have a name or a modifier";
    const fixes = voidAlone(cursor, specifier.span, what);
    reportError(cursor.reporter, "invalid-void", specifier.span, message, { hint: "write `void;` alone", fixes });
    specifier = { ...specifier, name: "int" };
  }
  if (what === "the name of the arm" && isMisspeltVoid(cursor, specifier)) return undefined;
  if (isMisspeltBefore(cursor, specifier)) return parseDeclaration(cursor, what);
  if (specifier.kind === "reference" && isMisplacedType(cursor)) return parseAroundType(cursor, specifier, first, what);
  const pointed = parseStars(cursor, specifier);
  if (at(cursor, ";")) rejectNameless(cursor, pointed, start, what);
  const name = expectName(cursor, what);
  const type = parseSuffix(cursor, pointed, name);
  return { name, type, comment: commentOf(cursor, first) };
}

/** `typedef int;`, `struct route { point; };`, `case 0: break;`, and `typedef struct point { ... };`, which needs no typedef. */
function rejectNameless(cursor: Cursor, type: TypeSyntax, start: number, what: string): never {
  const { definition, tokens, position } = cursor;
  const message = `expected ${what}, but found \`;\``;
  const isTypedef = what === "a name for the type";
  if ("name" in type && typeof type.name === "object" && isTypedef && definition !== undefined) {
    const hint = `a ${type.kind} is a type by itself: \`${type.kind} ${type.name.text} { ... };\``;
    const fixes = [removing({ ...definition.span, length: definition.span.length + 1 }, "Remove `typedef`")];
    fail(cursor, message, { hint, fixes });
  }
  const words = tokens.slice(start, position);
  if (words[0]?.text === "break" && words.length === 1) {
    const hint = "an arm ends without `break`: write `void;` if it has no value";
    fail(cursor, message, { hint, fixes: [replacing(words[0].span, "void")] });
  }
  const word = words.length === 1 && type.kind === "reference" ? words[0] : undefined;
  if (word !== undefined && !cursor.reporter.full && !isDefinedIn(tokens, word)) {
    const text = `${isTypedef ? "typedef " : ""}int ${word.text};`;
    fail(cursor, message, { hint: `\`${text}\``, fixes: [inserting(word.span, "int ", "Write `int` before it", 0)] });
  }
  const shown = BODY_WORDS.has(type.kind) ? `${type.kind} { ... }` : written(words);
  const name = freeName(cursor, isTypedef ? "name" : "value");
  const fixes = [inserting(previous(cursor).span, ` ${name}`, `Name it \`${name}\``)];
  fail(cursor, message, { hint: `\`${isTypedef ? "typedef " : ""}${shown} ${name};\``, fixes });
}

/** Whether a word is defined as a struct, union or enum. */
function isDefinedIn(tokens: readonly Token[], { text }: Token): boolean {
  return tokens.some((token, index) => token.text === text && BODY_WORDS.has(tokens[index - 1]?.text ?? ""));
}

/** `void a;`: in a union the name is removed, elsewhere the whole declaration, unless nothing would be left. */
function voidAlone(cursor: Cursor, span: Span, what: string): Fix[] {
  const [name, end] = [peek(cursor), peek(cursor, 1)];
  if (name.kind !== "name" || end.text !== ";") return [];
  if (what === "the name of the arm") return [replacing(spanAcross(span, name.span), "void", "Change to `void;`")];
  const { tokens, at: here } = statementAround(cursor.tokens, cursor.position);
  const isOnly = cursor.tokens[cursor.position - here - 1]?.text === "{" && peek(cursor, 2).text === "}";
  const whole = spanOf(tokens);
  return isOnly || whole === undefined ? [] : [removing(whole, "Remove it")];
}

/** `viod;`: reported, and taken as `void;`. */
function isMisspeltVoid(cursor: Cursor, specifier: TypeSyntax): boolean {
  if (specifier.kind !== "reference" || specifier.tag !== undefined || !/^[;}]$/.test(peek(cursor).text)) return false;
  cursor.position--;
  const isVoid = acceptMisspelt(cursor, ["void"], "expected a type and a name");
  cursor.position++;
  return isVoid;
}

/** Words that precede others in a type. */
const LEADING = ["unsigned", "struct", "union", "enum"];

/**
 * `unsinged int x`, `stuct point p`, `unsigned itn x`: three words instead of a type and a name. The misspelt one is
 * reported and corrected, and the declaration is read again from the cursor.
 */
function isMisspeltBefore(cursor: Cursor, specifier: TypeSyntax): boolean {
  const [next, after] = [peek(cursor), peek(cursor, 1)];
  if (next.kind !== "name" || (after.kind !== "name" && after.text !== "*")) return false;
  const before = previous(cursor);
  if (specifier.kind === "reference" && specifier.tag === undefined && before.text === specifier.name) {
    if (isModifier(specifier.name)) return false;
    cursor.position--;
    if (acceptMisspelt(cursor, LEADING, "expected a type")) return true;
    cursor.position++;
    return false;
  }
  if (before.text !== "unsigned" || specifier.kind !== "primitive") return false;
  const isMisspelt = acceptMisspelt(cursor, [...INTEGER_WORDS], "expected an integer type after `unsigned`");
  if (isMisspelt) cursor.position--;
  return isMisspelt;
}

/** The word after the presumed type can only be a type itself. */
function isMisplacedType(cursor: Cursor): boolean {
  const { kind, text } = peek(cursor);
  return kind === "name" && isTypeWord(text) && !BODY_WORDS.has(text);
}

/** Recovers from an unknown word before a type (`optional int x`) or from a swapped name and type (`x int`). */
function parseAroundType(
  cursor: Cursor,
  { name: word, span }: TypeSyntax & { kind: "reference" },
  first: Token,
  what: string,
): FieldSyntax | undefined {
  const behind = peek(cursor, 1);
  let typeWords = 0;
  while (peek(cursor, typeWords).kind === "name" && isTypeWord(peek(cursor, typeWords).text)) typeWords++;
  const isReversed = typeWords > 1 && peek(cursor, typeWords).kind !== "name";
  if (!isReversed && (behind.kind === "name" || behind.text === "*")) {
    const message = `expected a type, but found \`${word}\``;
    reportError(cursor.reporter, "syntax", span, message, modifierAdvice({ text: word, span }, tokensNear(cursor)));
    return parseDeclaration(cursor, what);
  }
  const { tokens } = statementAround(cursor.tokens, cursor.position);
  const rest = tokens.slice(tokens.findIndex((token) => token.span.offset === span.offset) + 1);
  const words = rest.findIndex(({ kind }) => kind !== "name");
  const [type_, bound] = [rest.slice(0, words < 0 ? rest.length : words), words < 0 ? [] : rest.slice(words)];
  const right = `${written(type_)} ${word}${written(bound)}`;
  const text = what === "a name for the type" ? `typedef ${right}` : right;
  const place = spanOf([{ span } as Token, ...rest]);
  const fixes = place === undefined ? [] : [replacing(place, right)];
  reportError(cursor.reporter, "syntax", span, "the type comes before the name", { hint: `\`${text}\``, fixes });
  const name: Name = { text: word, span };
  const type = parseSpecifier(cursor);
  return { name, type: parseSuffix(cursor, type, name), comment: commentOf(cursor, first) };
}

/** The tokens of a declaration, starting before the cursor. */
function tokensNear({ tokens, position }: Cursor): readonly Token[] {
  return tokens.slice(Math.max(0, position - 4), position + 40);
}

/** Reads the type before a name. `opaque` and `string` are read as unbounded. */
export function parseSpecifier(cursor: Cursor): TypeSyntax {
  skipAttributes(cursor);
  skipHints(cursor);
  acceptSigned(cursor);
  const first = cursor.position;
  return acceptMoreWords(cursor, parseType(cursor), first);
}

function parseType(cursor: Cursor): TypeSyntax {
  const token = peek(cursor);
  if (startsQualifier(cursor)) {
    const { text, span } = expectQualified(cursor, "a type");
    return { kind: "reference", name: text, span };
  }
  if (token.kind !== "name" || NOT_A_TYPE.has(token.text)) {
    return fail(cursor, `expected a type, but found ${tokenText(token)}`);
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

/** Parses `struct`, `union` or `enum`, and the body or the name of a type that follows. */
function parseTagged(cursor: Cursor): TypeSyntax {
  const word = advance(cursor);
  const name =
    peek(cursor).kind === "name" && !at(cursor, "switch") ? expectQualified(cursor, "a type name") : undefined;
  skipHints(cursor);
  if (at(cursor, "{") || at(cursor, "switch")) return parseBody(cursor, word, name);
  if (name === undefined)
    return fail(cursor, `expected a name or \`{\` after \`${word.text}\`, but found ${tokenText(peek(cursor))}`);
  const reference: TypeSyntax = { kind: "reference", name: name.text, span: name.span };
  return { ...reference, tag: word.text as Body["kind"] };
}

/** From after the keyword and name of a struct, union or enum to its closing brace. */
export function parseBody(cursor: Cursor, word: Token, name: Name | undefined, isDefinition = false): Body {
  return nested(cursor, () => {
    if (word.text === "struct") return parseStruct(cursor, word, name, isDefinition);
    if (word.text === "union") return parseUnion(cursor, word, name, isDefinition);
    return parseEnum(cursor, word, name, isDefinition);
  });
}

function parseStruct(cursor: Cursor, word: Token, name: Name | undefined, isDefinition: boolean): StructBody {
  const fields: FieldSyntax[] = [];
  const hint = "a struct needs a field; to send nothing, write void";
  const place = { owner: titleOf("struct", name), opened: word.span, hint, sample: "int value;", isDefinition };
  parseMembers(cursor, place, () => {
    const first = peek(cursor);
    const field = parseDeclaration(cursor, "a field name");
    expectSemicolon(cursor, "after the field");
    if (field !== undefined) fields.push(field);
    else {
      const fixes = [removing(spanAcross(first.span, previous(cursor).span), "Remove it")];
      reportError(cursor.reporter, "invalid-void", first.span, "a field cannot be void", {
        hint: "remove it",
        fixes,
      });
    }
  });
  return { kind: "struct", name, fields, span: (name ?? word).span };
}

function parseUnion(cursor: Cursor, word: Token, name: Name | undefined, isDefinition: boolean): UnionBody {
  const owner = titleOf("union", name);
  if (
    !at(cursor, "switch") &&
    !(peek(cursor, 1).text === "(" && acceptMisspelt(cursor, ["switch"], `expected \`switch\` after ${owner}`))
  ) {
    fail(cursor, `expected \`switch\` after ${owner}, but found ${tokenText(peek(cursor))}`, {
      hint: "a union has a discriminant: `union name switch (int kind) { case 0: ... }`",
      fixes: switchForUnion(cursor, cursor.position),
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
  parseMembers(cursor, { owner, opened: word.span, hint, sample: "default: void;", isDefinition }, () => {
    const parsed = parseCase(cursor);
    if (parsed.values.length > 0) cases.push(parsed);
    if (parsed.default === undefined) return;
    if (defaultCase === undefined) {
      const whole = parsed.values.length > 0 ? {} : { whole: spanAcross(parsed.default, previous(cursor).span) };
      defaultCase = { arm: parsed.arm, span: parsed.default, ...whole };
    } else {
      reportError(cursor.reporter, "duplicate-case", parsed.default, `${owner} has two default arms`, {
        ...(parsed.values.length > 0
          ? {}
          : { fixes: [removing(spanAcross(parsed.default, previous(cursor).span), "Remove this arm")] }),
        related: [{ span: defaultCase.span, message: "the first one is here" }],
      });
    }
  });
  const end = previous(cursor);
  const close = end.text === "}" ? { close: end.span } : {};
  return { kind: "union", name, discriminant, cases, default: defaultCase, span: (name ?? word).span, ...close };
}

/** Any number of `case x:` and `default:`, followed by their arm; a missing arm is void. */
function parseCase(cursor: Cursor): CaseSyntax & { readonly default: Span | undefined } {
  const first = peek(cursor);
  const values: Value[] = [];
  let byDefault: Span | undefined;
  if (peek(cursor, 2).text === ":" && !at(cursor, "case"))
    acceptMisspelt(cursor, ["case"], "expected `case` or `default`");
  if (peek(cursor, 1).text === ":" && !at(cursor, "default"))
    acceptMisspelt(cursor, ["default"], "expected `case` or `default`");
  while (at(cursor, "case") || at(cursor, "default")) {
    const word = advance(cursor);
    if (word.text === "case") values.push(parseValue(cursor, "a value after `case`"));
    else byDefault = word.span;
    expect(cursor, ":", word.text === "case" ? "after the case" : "after `default`");
  }
  if (values.length === 0 && byDefault === undefined) {
    const hint = "an arm is one declaration; for several fields use a struct";
    const message = `expected \`case\` or \`default\`, but found ${tokenText(first)}`;
    fail(cursor, message, first.text === "break" ? {} : { hint, fixes: structForArm(cursor, armStart(cursor)) });
  }
  return { values, arm: recover(cursor, () => parseArm(cursor), skipMember), comment: first.above, default: byDefault };
}

/** Index of the first word of the arm that ends before the cursor. */
function armStart({ tokens, position }: Cursor): number {
  let start = position;
  while (start > 0 && !/^[:{}]$/.test(tokens[start - 1]?.text ?? ":")) start--;
  return start;
}

function parseArm(cursor: Cursor): FieldSyntax | undefined {
  if (at(cursor, "}") || accept(cursor, ";")) return undefined;
  const arm = parseDeclaration(cursor, "the name of the arm");
  expectSemicolon(cursor, "after the arm");
  return arm;
}
