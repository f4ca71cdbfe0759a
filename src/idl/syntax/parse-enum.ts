// Enums (RFC 4506 section 4.3).

import { replacing } from "../findings/fixes.js";
import type { EnumBody, MemberSyntax, Name, Value } from "./ast.js";
import {
  accept,
  acceptSecondEquals,
  at,
  type Cursor,
  expect,
  expectName,
  peek,
  reportExpected,
  reportSyntax,
  skipListItem,
} from "./cursor.js";
import { skipAttributes } from "./hints.js";
import { commentOf, isLastSemicolon, parseMembers, titleOf } from "./parse-members.js";
import { parseValue } from "./parse-value.js";
import type { Token } from "./tokens.js";

export function parseEnum(cursor: Cursor, word: Token, name: Name | undefined, isDefinition: boolean): EnumBody {
  const members: MemberSyntax[] = [];
  const hint = "an enum needs a member: `{ NONE = 0 }`";
  const place = {
    owner: titleOf("enum", name),
    opened: word.span,
    hint,
    sample: "NONE = 0",
    isDefinition,
    skip: skipListItem,
  };
  parseMembers(cursor, place, () => {
    members.push(parseMember(cursor));
    const fixes = [replacing(peek(cursor).span, " =")];
    const details = at(cursor, ":") ? { hint: "the value of a member comes after `=`: `RED = 0`", fixes } : {};
    if (at(cursor, "}") || isLastSemicolon(cursor)) return;
    if (at(cursor, ";")) acceptSemicolon(cursor);
    else expect(cursor, ",", "or `}` after the member", details);
  });
  return { kind: "enum", name, members, span: (name ?? word).span };
}

/** `enum colour { RED; GREEN };`: reported, and taken as a comma. */
function acceptSemicolon(cursor: Cursor): void {
  const fixes = [replacing(peek(cursor).span, ",")];
  reportSyntax(cursor, "expected `,` or `}` after the member, but found `;`", {
    hint: "members are separated by commas: `RED = 0, GREEN = 1`",
    fixes,
  });
  cursor.position++;
}

/** A member without a value is kept, so that its name is known. */
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
