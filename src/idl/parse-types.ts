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
  acceptMisspelt,
  acceptSecondEquals,
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
import { inserting, removing, replacing } from "./fixes.js";
import { isModifier, modifierAdvice } from "./habits.js";
import { skipAttributes, skipHints } from "./hints.js";
import type { Token } from "./lexer.js";
import type { PrimitiveName, PrimitiveType, Span } from "./model.js";
import { parseValue } from "./parse-value.js";
import { definedBefore, oneOf, spanOf, statementAround, written } from "./rewrite.js";
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
  if (isMisspeltBefore(cursor, specifier)) return parseDeclaration(cursor, what);
  if (specifier.kind === "reference" && isMisplacedType(cursor)) return parseAroundType(cursor, specifier, first, what);
  const pointed = parseStars(cursor, specifier);
  const name = expectName(cursor, what);
  const type = parseSuffix(cursor, pointed, name);
  return { name, type, comment: commentOf(cursor, first) };
}

/** Words that stand before others in a type. */
const LEADING = ["unsigned", "struct", "union", "enum"];

/**
 * `unsinged int x`, `stuct point p`, `unsigned itn x`: three words where a type and a name are two. Reported, put right,
 * and to be read again from the cursor.
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
  const isReversed = isTypeWord(behind.text) && peek(cursor, 2).kind !== "name";
  if (!isReversed && (behind.kind === "name" || behind.text === "*")) {
    const message = `expected a type, but found \`${word}\``;
    reportError(cursor.reporter, "syntax", span, message, modifierAdvice({ text: word, span }));
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
  reportError(cursor.reporter, "syntax", span, "the type stands before the name", { hint: `\`${text}\``, fixes });
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
    const fixes = [removing(first.span, "Leave `unsigned` out")];
    const hint = "it has a sign: leave `unsigned` out";
    fail(cursor, `there is no \`unsigned ${fraction.text}\``, { hint, fixes });
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
  if (FRACTIONS.has(peek(cursor).text) && peek(cursor, 1).kind === "name") return rejectLongFraction(cursor, first);
  const name: PrimitiveName = wide ? (unsigned ? "unsigned hyper" : "hyper") : unsigned ? "unsigned int" : "int";
  return { kind: "primitive", name, ...narrow, span: spanAcross(first.span, last.span) };
}

/** `long double`, which C has. */
function rejectLongFraction(cursor: Cursor, first: Token): TypeSyntax {
  const fraction = advance(cursor);
  const span = spanAcross(first.span, fraction.span);
  const words = cursor.tokens.slice(cursor.tokens.indexOf(first), cursor.position);
  const message = `there is no \`${written(words)}\``;
  const fixes = [replacing(span, "double"), replacing(span, "quadruple")];
  reportError(cursor.reporter, "syntax", span, message, {
    hint: "write `double` (8 bytes) or `quadruple` (16)",
    fixes,
  });
  return { kind: "primitive", name: "double", span };
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
      const name = peek(cursor).kind === "name" ? peek(cursor).text : "x";
      reportError(cursor.reporter, "nested-optional", star.span, "a pointer to a pointer is not allowed", {
        hint: doublePointerHint(typeWords(cursor), name),
      });
    }
    if (count > 0) continue;
    if (type.kind === "string" || type.kind === "opaque") {
      reportError(cursor.reporter, "typedef-needed", star.span, `a pointer to ${type.kind} needs a typedef`, {
        hint: `\`typedef ${type.kind} text<>;\`, then \`text *${peek(cursor).kind === "name" ? peek(cursor).text : "x"};\``,
        fixes: definedBefore(cursor, [`typedef ${type.kind} text<>;`], spanAcross(type.span, star.span), "text *"),
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

function doublePointerHint(type: string, name: string): string {
  if (type === "char") return `for any number of texts: \`typedef string text<>;\`, then \`text ${name}<>;\``;
  return `wrap the inner one: \`struct maybe { ${type} *value; };\`, then \`maybe *${name};\``;
}

/** The words of the type that the stars before the cursor stand behind. */
function typeWords({ tokens, position }: Cursor): string {
  let end = position;
  while (tokens[end - 1]?.text === "*") end--;
  let start = end;
  while (tokens[start - 1]?.kind === "name" && !NOT_A_TYPE.has(tokens[start - 1]?.text ?? "")) start--;
  return written(tokens.slice(start, end));
}

/** What stands after the name: `[n]`, `<n>`, `<>` or nothing. */
function parseSuffix(cursor: Cursor, type: TypeSyntax, name: Name): TypeSyntax {
  if (!at(cursor, "[") && !at(cursor, "<")) {
    if (type.kind === "opaque") {
      reportError(cursor.reporter, "invalid-declaration", name.span, `opaque data needs a length`, {
        hint: `write \`opaque ${name.text}[16]\` for exactly 16 bytes, \`opaque ${name.text}<>\` for any number`,
        fixes: ["<>", "[16]"].map((length) => inserting(name.span, length, `Change to \`${name.text}${length}\``)),
      });
    }
    return type;
  }
  const open = peek(cursor);
  const { fixed, bound } = parseBound(cursor, name);
  const span = spanAcross(open.span, previous(cursor).span);
  const isTwice = at(cursor, "[") || at(cursor, "<");
  if (isTwice) rejectSecondBound(cursor, name);
  if (type.kind === "opaque") return { ...type, fixed, bound };
  if (type.kind === "string") {
    if (fixed && !isTwice) {
      reportError(cursor.reporter, "invalid-declaration", span, "a string has no fixed length", {
        hint: stringHint(name.text, bound),
        fixes: boundText(bound) === undefined ? [] : [replacing(span, `<${boundText(bound)}>`)],
      });
    }
    return { ...type, bound };
  }
  if (type.kind === "optional") {
    reportError(cursor.reporter, "typedef-needed", span, "an array of pointers needs a typedef", {
      hint: pointersHint(cursor, name, fixed, bound),
    });
  }
  return { kind: "array", fixed, bound, element: type, span };
}

/** `int *values[3]` */
function pointersHint(cursor: Cursor, name: Name, fixed: boolean, bound: Value | undefined): string {
  const at_ = cursor.tokens.findLastIndex(
    ({ span }, index) => index < cursor.position && span.offset === name.span.offset,
  );
  const type = typeWords({ ...cursor, position: at_ });
  const pointer = `${type.replaceAll(" ", "_")}_pointer`;
  const length = bound?.kind === "number" ? `${bound.value}` : bound?.kind === "name" ? bound.name : "";
  const brackets = fixed ? `[${length}]` : `<${length}>`;
  return `typedef the pointer first: \`typedef ${type} *${pointer};\`, then \`${pointer} ${name.text}${brackets};\``;
}

/** The number or the name between brackets. */
function boundText(bound: Value | undefined): string | undefined {
  return bound?.kind === "number" ? `${bound.value}` : bound?.kind === "name" ? bound.name : undefined;
}

function stringHint(name: string, bound: Value | undefined): string {
  const length = bound?.kind === "number" ? `${bound.value}` : bound?.kind === "name" ? bound.name : "80";
  return `\`string ${name}<${length}>;\` for at most ${length} bytes; for an array of strings \`typedef string text<>;\`, then \`text ${name}[${length}];\``;
}

/** @param name what has the length, where something is declared. */
export function parseBound(cursor: Cursor, name?: Name): { fixed: boolean; bound: Value | undefined } {
  if (accept(cursor, "[")) {
    if (at(cursor, "]")) return rejectEmptyBrackets(cursor, name);
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

/** `char text[];`: what C has for any number. */
function rejectEmptyBrackets(cursor: Cursor, name: Name | undefined): { fixed: boolean; bound: undefined } {
  const { tokens, at: close } = statementAround(cursor.tokens, cursor.position);
  const named = name === undefined ? -1 : tokens.findIndex(({ span }) => span.offset === name.span.offset);
  const type = written(tokens.slice(tokens[0]?.text === "typedef" ? 1 : 0, Math.max(0, named)));
  const isText = type === "char" || type === "string";
  const better = name === undefined || named < 1 ? "<>" : `${isText ? "string" : type} ${name.text}<>;`;
  const hint = `for ${isText ? "text" : "any number"} write \`${better}\``;
  const brackets = spanOf(tokens.slice(close - 1, close + 1));
  const [first] = tokens.slice(tokens[0]?.text === "typedef" ? 1 : 0);
  const place = isText && first !== undefined ? spanOf([first, tokens[close] as Token]) : brackets;
  const fixes =
    place === undefined ? [] : [replacing(place, isText ? better.slice(0, -1) : "<>", `Change to \`${better}\``)];
  reportSyntax(cursor, "expected a length between `[` and `]`", { hint, fixes });
  advance(cursor);
  return { fixed: false, bound: undefined };
}

/** More lengths than one: `int grid[3][4]`, which C has, and `string names<40>[5]`. */
function rejectSecondBound(cursor: Cursor, name: Name): void {
  const open = peek(cursor);
  const { tokens, at: second } = statementAround(cursor.tokens, cursor.position);
  while (at(cursor, "[") || at(cursor, "<")) parseBound(cursor);
  const span = spanAcross(open.span, previous(cursor).span);
  const declared = tokens.findIndex((token) => token.span.offset === name.span.offset);
  const words = tokens.slice(tokens[0]?.text === "typedef" ? 1 : 0, declared);
  const bounds = [tokens.slice(declared + 1, second), ...boundsIn(tokens.slice(second))].map(written);
  const isTaken = (one: string): boolean => isTypeWord(one) || cursor.tokens.some(({ text }) => text === one);
  const steps = typedefsFor(written(words), name.text, bounds, isTaken);
  const last = steps.pop() ?? "";
  const place = words[0] === undefined ? undefined : spanOf([words[0], previous(cursor)]);
  const isTypedef = tokens[0]?.text === "typedef";
  reportError(cursor.reporter, "typedef-needed", span, "an array of arrays needs a typedef", {
    hint: `${steps.map((step) => `\`typedef ${step};\``).join(", ")}, then \`${isTypedef ? "typedef " : ""}${last};\``,
    fixes: definedBefore(
      cursor,
      steps.map((step) => `typedef ${step};`),
      place,
      last,
    ),
  });
}

/** `[4]`, `<5>`, one behind the other. */
function boundsIn(tokens: readonly Token[]): Token[][] {
  const bounds: Token[][] = [];
  for (const token of tokens) {
    if (/^[[<]$/.test(token.text)) bounds.push([]);
    else if (token.text === ";") break;
    bounds.at(-1)?.push(token);
  }
  return bounds;
}

/** Declarations, the innermost first, that together are an array of arrays. Text keeps its bound beside itself. */
function typedefsFor(
  type: string,
  name: string,
  bounds: readonly string[],
  isTaken: (name: string) => boolean,
): string[] {
  const isText = type === "string" || type === "char";
  const written_ = bounds.findIndex((bound) => bound.startsWith("<"));
  // C has the innermost length last.
  const inner = isText && written_ >= 0 ? written_ : bounds.length - 1;
  const outer = bounds.filter((_, index) => index !== inner);
  const names = [name];
  for (let level = 0; level < outer.length; level++) names.unshift(oneOf(names[0] ?? name, isTaken));
  const innermost = bounds[inner] ?? "<>";
  const first = isText ? `string ${names[0]}<${innermost.slice(1, -1)}>` : `${type} ${names[0]}${innermost}`;
  return [
    first,
    ...outer
      .map((bound, level) => [bound, level] as const)
      .reverse()
      .map(([bound], index) => `${names[index]} ${names[index + 1]}${bound}`),
  ];
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
    else {
      const fixes = [removing(spanAcross(first.span, previous(cursor).span), "Leave it out")];
      reportError(cursor.reporter, "invalid-void", first.span, "a field cannot be void", {
        hint: "leave it out",
        fixes,
      });
    }
  });
  return { kind: "struct", name, fields, span: (name ?? word).span };
}

function parseEnum(cursor: Cursor, word: Token, name: Name | undefined, isDefinition: boolean): EnumBody {
  const members: MemberSyntax[] = [];
  const hint = "an enum needs a member: `{ NONE = 0 }`";
  const place = { owner: titleOf("enum", name), opened: word.span, hint, isDefinition, skip: skipListItem };
  parseMembers(cursor, place, () => {
    members.push(parseMember(cursor));
    const fixes = [replacing(peek(cursor).span, " =")];
    const details = at(cursor, ":") ? { hint: "the value of a member stands behind `=`: `RED = 0`", fixes } : {};
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
    acceptSecondEquals(cursor);
    if (at(cursor, ",") || at(cursor, "}")) reportExpected(cursor, "a value");
    else value = parseValue(cursor, "a value");
  }
  return { name, value, comment: commentOf(cursor, first) };
}

function parseUnion(cursor: Cursor, word: Token, name: Name | undefined, isDefinition: boolean): UnionBody {
  const owner = titleOf("union", name);
  if (
    !at(cursor, "switch") &&
    !(peek(cursor, 1).text === "(" && acceptMisspelt(cursor, ["switch"], `expected \`switch\` after ${owner}`))
  ) {
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
