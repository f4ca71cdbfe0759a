// The parts that all bodies in braces share.

import { reportError } from "../findings/diagnostics.js";
import { replacing } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import { spanAcross } from "../source.js";
import type { Name } from "./ast.js";
import {
  advance,
  at,
  type Cursor,
  peek,
  previous,
  recover,
  reportSyntax,
  skipMember,
  startsDefinition,
  syntaxFailure,
  tokenText,
} from "./cursor.js";
import type { Token } from "./tokens.js";

/** The comment above a construct's first token, otherwise the one beside its last token or the following separator. */
export function commentOf(cursor: Cursor, first: Token): string | undefined {
  const beside = besideOf(cursor);
  return first.above ?? (beside === "" ? undefined : beside);
}

/** Both comments of a declaration: the one above it, and the one that follows on its line. */
export function commentsOf(cursor: Cursor, first: Token): string {
  return [first.above, besideOf(cursor)].filter((one) => one !== undefined).join("\n");
}

function besideOf(cursor: Cursor): string | undefined {
  const separated = at(cursor, ";") || at(cursor, ",");
  return (separated ? peek(cursor) : previous(cursor)).beside;
}

/** The delimiters of a body's members. */
export interface BodyPlace {
  /** Its name in messages: `struct s`. */
  readonly owner: string;
  /** Its first word. */
  readonly opened: Span;
  /** The hint for a body without members. */
  readonly hint: string;
  /** A first member for an empty body; absent if only a person can choose one. */
  readonly sample?: string;
  /** True if only another definition can follow the body. Then an unclosed body ends at the next definition. */
  readonly isDefinition?: boolean;
  /** Where to continue after an invalid member; default: after the next `;`. */
  readonly skip?: (cursor: Cursor) => void;
}

/** Calls `parseMember` until the closing brace, and continues after errors. */
export function parseMembers(cursor: Cursor, place: BodyPlace, parseMember: () => void): void {
  const { owner, opened, hint, skip = skipMember, isDefinition = false } = place;
  const open = openBody(cursor, owner);
  if (at(cursor, "}")) {
    const span = spanAcross(open.span, peek(cursor).span);
    const fixes =
      place.sample === undefined ? [] : [replacing(span, `{ ${place.sample} }`, `Write \`${place.sample}\``)];
    reportError(cursor.reporter, "empty-definition", span, `${owner} is empty`, { hint, fixes });
  }
  while (!at(cursor, "}")) {
    if (cursor.reporter.full) return;
    if (peek(cursor).kind === "end" || startsDefinition(cursor) || isLastSemicolon(cursor)) {
      const related = [{ span: opened, message: `${owner} begins here` }];
      reportSyntax(cursor, `expected \`}\` to close ${owner}, but found ${tokenText(peek(cursor))}`, { related });
      if (isDefinition) return;
      throw syntaxFailure;
    }
    recover(cursor, parseMember, skip);
  }
  advance(cursor);
}

/** Reads the `{`. Reports other tokens before it on its line. If it is missing at the end of a line, it is assumed. */
function openBody(cursor: Cursor, owner: string): Token {
  if (at(cursor, "{")) return advance(cursor);
  const before = previous(cursor);
  const found = peek(cursor);
  const isNextLine = found.kind === "name" && found.span.line > before.span.line && !startsDefinition(cursor);
  let ahead = 0;
  const inLine = (): Token => peek(cursor, ahead);
  while (inLine().kind !== "end" && inLine().span.line === before.span.line && !/^[{;}]$/.test(inLine().text)) ahead++;
  const opensLater = inLine().text === "{" && inLine().span.line === before.span.line;
  reportSyntax(cursor, `expected \`{\` to open ${owner}, but found ${tokenText(found)}`);
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

/** Whether the cursor is at a `;` after the last member of a body whose `}` is missing, before the next definition. */
export function isLastSemicolon(cursor: Cursor): boolean {
  if (!at(cursor, ";")) return false;
  cursor.position++;
  const isLast = peek(cursor).kind === "end" || startsDefinition(cursor);
  cursor.position--;
  return isLast;
}

export function titleOf(word: string, name: Name | undefined): string {
  return name === undefined ? `the ${word}` : `${word} ${name.text}`;
}
