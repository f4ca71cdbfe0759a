// Programs and their versions (RFC 5531 section 12.2).

import { inserting } from "../findings/fixes.js";
import type { DefinitionSyntax, Name, ProcedureSyntax, Value, VersionSyntax } from "./ast.js";
import {
  accept,
  acceptMisspelt,
  advance,
  at,
  type Cursor,
  expectEquals,
  expectName,
  expectSemicolon,
  fail,
  peek,
  previous,
  reportSyntax,
  tokenText,
} from "./cursor.js";
import { parseMembers } from "./parse-members.js";
import { parseProcedure } from "./parse-procedure.js";
import { parseValue, rejectEmpty } from "./parse-value.js";
import { movedBefore, numberBehindBody, swappedNumber, versionAround, versionName } from "./restructure.js";
import { written } from "./rewrite.js";
import type { Token } from "./tokens.js";
import { DEFINITION_WORDS } from "./type-words.js";

/** Reads a definition of any kind that is inside a program by mistake. */
type ParseDefinition = (cursor: Cursor) => DefinitionSyntax[];

/** The program, and types that were defined in it by mistake. */
export function parseProgram(cursor: Cursor, parseDefinition: ParseDefinition): DefinitionSyntax[] {
  const word = advance(cursor);
  const first = parseLeadingNumber(cursor, word);
  if (peek(cursor).kind === "number" && first === undefined) rejectNumberForName(cursor, word);
  const name = expectName(cursor, "a name for the program");
  const versions: VersionSyntax[] = [];
  const hint = "a program needs a version: `version NAME { ... } = 1;`";
  const sample = `version ${versionName(name.text)} { void NULL(void) = 0; } = 1;`;
  const place = { owner: `program ${name.text}`, opened: word.span, hint, sample };
  const early = parseEarlyNumber(cursor, word, name, "a program number") ?? first;
  const misplaced: DefinitionSyntax[] = [];
  parseMembers(cursor, place, () => {
    if (isMisplaced(cursor)) misplaced.push(...parseMisplaced(cursor, parseDefinition));
    else versions.push(parseVersion(cursor));
  });
  const number = early ?? parseNumberBehind(cursor, word, name, "0x20000000");
  endNumbered(cursor, "after the program", early !== undefined);
  return [{ kind: "program", name, number, versions, comment: word.above }, ...misplaced];
}

/** Reads `= 1` after a body. */
function parseNumberBehind(cursor: Cursor, word: Token, name: Name, number: string): Value {
  const brace = previous(cursor);
  const semicolon = at(cursor, ";") ? "" : ";";
  const isWhole = brace.text === "}" && (at(cursor, ";") || at(cursor, "}") || peek(cursor).kind === "end");
  const fixes = isWhole ? [inserting(brace.span, ` = ${number}${semicolon}`, `Write \`= ${number}${semicolon}\``)] : [];
  const hint = `\`${word.text} ${name.text} { ... } = ${number};\``;
  expectEquals(cursor, `and the ${word.text}'s number`, { hint, fixes });
  if (at(cursor, ";")) rejectEmpty(cursor, `a ${word.text} number`, number);
  return parseValue(cursor, `a ${word.text} number`);
}

/** @param isReported the number was found at another place and reported: do not also report a missing `;`. */
function endNumbered(cursor: Cursor, where: string, isReported: boolean): void {
  if (!accept(cursor, ";") && !isReported) expectSemicolon(cursor, where);
}

/** `program P = 1 { ... };`, `version V 1 { ... };`, `version V(1) { ... };` */
function parseEarlyNumber(cursor: Cursor, word: Token, name: Name, what: string): Value | undefined {
  const isBare = peek(cursor).kind === "number" && peek(cursor, 1).text === "{";
  const isSigned = /^[=(:]$/.test(peek(cursor).text) && peek(cursor, 1).kind === "number";
  if (!at(cursor, "=") && !isBare && !isSigned) return undefined;
  const start = cursor.position + (isBare ? 0 : 1);
  let end = start;
  while (cursor.tokens[end]?.kind !== "end" && !/^[{;)]$/.test(cursor.tokens[end]?.text ?? "{")) end++;
  const number = written(cursor.tokens.slice(start, end));
  reportEarly(cursor, word, name.text, number);
  const isClosed = at(cursor, "(");
  if (!isBare) advance(cursor);
  const value = parseValue(cursor, what);
  if (isClosed) accept(cursor, ")");
  return value;
}

/** `program 1 P { ... };` */
function parseLeadingNumber(cursor: Cursor, word: Token): Value | undefined {
  const name = peek(cursor, 1);
  if (peek(cursor).kind !== "number" || name.kind !== "name") return undefined;
  reportEarly(cursor, word, name.text, peek(cursor).text);
  return parseValue(cursor, "a number");
}

function reportEarly(cursor: Cursor, word: Token, name: string, number: string): void {
  const hint = `\`${word.text} ${name} { ... } = ${number === "" ? "1" : number};\``;
  const fixes = numberBehindBody(cursor, cursor.position);
  reportSyntax(cursor, "the number comes after the braces", { hint, fixes });
}

/** `version 1 { ... } = V;`, `program 0x20000001 { ... };` */
function rejectNumberForName(cursor: Cursor, { text: word }: Token): never {
  const { text } = peek(cursor);
  const { name = "NAME", fixes } = swappedNumber(cursor, cursor.position);
  const hint = `the number comes after the braces: \`${word} ${name} { ... } = ${text};\``;
  return fail(cursor, `expected a name for the ${word}, but found \`${text}\``, { hint, fixes });
}

function isMisplaced(cursor: Cursor): boolean {
  const { kind, text } = peek(cursor);
  return kind === "name" && text !== "program" && DEFINITION_WORDS.includes(text) && peek(cursor, 1).kind === "name";
}

/** A definition inside a program is reported but read, so that its names are known. */
function parseMisplaced(cursor: Cursor, parseDefinition: ParseDefinition): DefinitionSyntax[] {
  const hint = "define types and constants before the program, outside its braces";
  const fixes = movedBefore(cursor, cursor.position);
  reportSyntax(cursor, `expected \`version\`, but found ${tokenText(peek(cursor))}`, { hint, fixes });
  return parseDefinition(cursor);
}

function parseVersion(cursor: Cursor): VersionSyntax {
  const isVersion = at(cursor, "version") || at(cursor, "VERSION");
  if (!isVersion && !(peek(cursor, 1).kind === "name" && acceptMisspelt(cursor, ["version"], "expected `version`"))) {
    fail(cursor, `expected \`version\`, but found ${tokenText(peek(cursor))}`, {
      hint: "a program holds versions: `version NAME { ... } = 1;`",
      fixes: versionAround(cursor, cursor.position),
    });
  }
  const word = advance(cursor);
  const first = parseLeadingNumber(cursor, word);
  if (peek(cursor).kind === "number" && first === undefined) rejectNumberForName(cursor, word);
  const name = expectName(cursor, "a name for the version");
  const procedures: ProcedureSyntax[] = [];
  const hint = "a version needs a procedure: `void NULL(void) = 0;`";
  const place = { owner: `version ${name.text}`, opened: word.span, hint, sample: "void NULL(void) = 0;" };
  const early = parseEarlyNumber(cursor, word, name, "a version number") ?? first;
  parseMembers(cursor, place, () => procedures.push(parseProcedure(cursor)));
  const number = early ?? parseNumberBehind(cursor, word, name, "1");
  endNumbered(cursor, "after the version", early !== undefined);
  return { name, number, procedures, comment: word.above };
}
