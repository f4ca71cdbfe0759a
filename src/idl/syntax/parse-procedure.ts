// Procedures: their results, arguments and numbers (RFC 5531 section 12.2).

import { reportError } from "../findings/diagnostics.js";
import { type Advice, inserting, removing, replacing } from "../findings/fixes.js";
import { spanAcross } from "../source.js";
import { annotatedBy } from "./annotations.js";
import type { Name, ProcedureSyntax, TypeSyntax } from "./ast.js";
import {
  accept,
  advance,
  at,
  type Cursor,
  expect,
  expectEquals,
  expectName,
  expectSemicolon,
  fail,
  peek,
  previous,
  reportSyntax,
  syntaxFailure,
  tokenText,
} from "./cursor.js";
import {
  parseDirectBound,
  parseNamedBound,
  type Role,
  rejectDirectLengths,
  rejectLengthAfterArguments,
  rejectNamedResult,
} from "./parse-direct.js";
import { parseBound } from "./parse-lengths.js";
import { commentOf, commentsOf } from "./parse-members.js";
import { parseStars } from "./parse-pointers.js";
import { parseSpecifier } from "./parse-types.js";
import { parseValue, rejectEmpty } from "./parse-value.js";
import { rejectDirection, rejectReturns, rejectWordBefore } from "./procedure-words.js";
import { freeNumber, withoutVoid } from "./restructure.js";
import { definedBefore, spanOf, statementAround, written } from "./rewrite.js";
import { isTypeWord } from "./type-words.js";

export function parseProcedure(cursor: Cursor): ProcedureSyntax {
  const start = peek(cursor);
  const isColon = peek(cursor, 1).text === ":";
  if (start.kind === "number" && peek(cursor, isColon ? 2 : 1).kind === "name") rejectLeadingNumber(cursor, isColon);
  const before = cursor.position;
  const result = parseResultArray(cursor, parseUnnamed(cursor, "a result"), before);
  if (at(cursor, "(")) {
    const hint = "a procedure without a result returns void: `void PING(void) = 1;`";
    const fixes = [inserting(start.span, "void ", "Write `void` before it", 0)];
    fail(cursor, "expected a name for the procedure, but found `(`", { hint, fixes });
  }
  const nameAt = cursor.position;
  const name = expectName(cursor, "a name for the procedure");
  rejectWordBefore(cursor, before);
  if (at(cursor, "[") || at(cursor, "<")) rejectNamedResult(cursor, name, before);
  if (at(cursor, "=") && peek(cursor, 2).text === "(") rejectEarlyNumber(cursor);
  expect(cursor, "(", "before the arguments");
  const args = parseArguments(cursor);
  rejectReturns(cursor);
  if (at(cursor, "[") || at(cursor, "<")) rejectLengthAfterArguments(cursor, before, nameAt);
  expectEquals(cursor, "and the procedure's number", at(cursor, "=") ? {} : lacksNumber(cursor, name, before));
  if (at(cursor, ";")) rejectEmpty(cursor, "a procedure number", `${freeNumber(cursor.tokens, before)}`);
  const number = parseValue(cursor, "a procedure number");
  const comment = commentOf(cursor, start);
  const annotated = annotatedBy(commentsOf(cursor, start));
  expectSemicolon(cursor, "after the procedure");
  const said = Object.keys(annotated).length === 0 ? {} : { annotated };
  return { name, number, args, result, comment, span: start.span, ...said };
}

/** `int F = 1 (int);` */
function rejectEarlyNumber(cursor: Cursor): never {
  const { tokens, at: equals } = statementAround(cursor.tokens, cursor.position);
  const [number, end] = [tokens.slice(equals, equals + 2), tokens.at(-1)?.text === ";" ? -1 : tokens.length];
  const right = [...tokens.slice(0, equals), ...tokens.slice(equals + 2, end)];
  const place = spanOf([...tokens.slice(0, end)]);
  const text = `${written(right)} ${written(number)}`;
  const fixes = place === undefined ? [] : [replacing(place, text)];
  fail(cursor, "the number comes after the arguments", { hint: `\`${text};\``, fixes });
}

/** `1 int F(int);`, `1: int F(int);` */
function rejectLeadingNumber(cursor: Cursor, isColon: boolean): never {
  const { tokens, at: first } = statementAround(cursor.tokens, cursor.position);
  const number = peek(cursor);
  const procedure = tokens.slice(first + (isColon ? 2 : 1), tokens.at(-1)?.text === ";" ? -1 : tokens.length);
  const [from, last] = [procedure[0], procedure.at(-1)];
  const hint = `\`${written(procedure)} = ${number.text};\``;
  const fixes =
    from === undefined || last === undefined || procedure.some(({ text }) => text === "=")
      ? []
      : [
          {
            title: "Move the number after the procedure",
            edits: [
              { span: { ...number.span, length: from.span.offset - number.span.offset }, text: "" },
              ...inserting(last.span, ` = ${number.text}`, "").edits,
            ],
          },
        ];
  return fail(cursor, "the number comes after the procedure", { hint, fixes });
}

/** Advice for a procedure without `=` and a number. Called only for those, because it reads the whole version. */
function lacksNumber(cursor: Cursor, name: Name, before: number): Advice {
  const [next, second, third] = [peek(cursor), peek(cursor, 1), peek(cursor, 2)];
  const isColon = next.text === ":" && (second.kind === "number" || second.text === "=");
  const written_ = [next, ...(isColon ? [second, third] : [])].find(({ kind }) => kind === "number")?.text;
  const number = written_ ?? `${freeNumber(cursor.tokens, before)}`;
  const procedure = written(cursor.tokens.slice(before, cursor.position));
  const hint = `\`${procedure.length > 60 ? `void ${name.text}(void)` : procedure} = ${number};\``;
  if (isColon && second.text === "=") return { hint, fixes: [removing(next.span, "Remove the `:`")] };
  if (isColon) return { hint, fixes: [replacing(next.span, "=")] };
  if (next.kind === "number") return { hint, fixes: [inserting(next.span, "= ", "Write `=`", 0)] };
  return { hint, fixes: next.text === ";" ? [inserting(next.span, ` = ${number}`, `Write \`= ${number}\``, 0)] : [] };
}

type Argument = ProcedureSyntax["args"][number];

/** `()`, `(void)`, or types with or without names. */
function parseArguments(cursor: Cursor): Argument[] {
  if (accept(cursor, ")")) return [];
  const args: Argument[] = [];
  do {
    const start = cursor.position;
    rejectDirection(cursor);
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
  reportError(cursor.reporter, "syntax", type.span, "the type comes before the name", { hint: `\`${right}\``, fixes });
  throw syntaxFailure;
}

/** `(int a int b)`: reported, and read as if the comma were there. */
function isCommaMissing(cursor: Cursor): boolean {
  if (peek(cursor).kind !== "name" || previous(cursor).kind !== "name") return false;
  const fixes = [inserting(previous(cursor).span, ",", "Write `,`")];
  const hint = "arguments are separated by commas: `int ADD(int a, int b) = 1;`";
  reportSyntax(cursor, `expected \`,\` between the arguments, but found ${tokenText(peek(cursor))}`, { hint, fixes });
  return true;
}

/** Reports `void` beside another argument. */
function isVoidAmongOthers(cursor: Cursor, type: TypeSyntax, start: number): boolean {
  const isAlone = cursor.tokens[start - 1]?.text === "(" && at(cursor, ")");
  if (type.kind !== "primitive" || type.name !== "void" || isAlone || cursor.position > start + 1) return false;
  reportError(cursor.reporter, "invalid-void", type.span, "void must be the only argument", {
    hint: "remove it, or write `(void)` for no argument",
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

/** `T[n] NAME(void)`: a length before the name can only mean an array. */
function parseResultArray(cursor: Cursor, element: TypeSyntax, start: number): TypeSyntax {
  const words = written(cursor.tokens.slice(start, cursor.position));
  if (rejectDirectLengths(cursor, { words, start, role: "a result" })) return element;
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

/** The type of an argument or a result, with a length directly after it. */
function parseUnnamed(cursor: Cursor, role: Role): TypeSyntax {
  const start = cursor.position;
  const type = parseStars(cursor, parseSpecifier(cursor));
  const words = written(cursor.tokens.slice(start, cursor.position));
  const isDirect = role === "a result" && type.kind !== "string" && type.kind !== "opaque";
  // The length of an opaque argument may follow its name.
  if (isDirect || (type.kind === "opaque" && role === "an argument" && peek(cursor).kind === "name")) return type;
  return parseDirectBound(cursor, type, { words, start, role });
}
