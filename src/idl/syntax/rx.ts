// The language of rxgen, the compiler of AFS: structs as in XDR, but calls of Rx, another protocol. One error says so.

import { accept, at, type Cursor, peek, reportSyntax, skipDefinition } from "./cursor.js";

const DIRECTIONS = new Set(["IN", "OUT", "INOUT"]);
const WORDS = new Set(["prefix", "statindex"]);

/** Skips a statement of rxgen; the first one of a file is reported. Returns whether there was one. */
export function skipRx(cursor: Cursor): boolean {
  const { isRx, position } = cursor;
  if (!startsWords(cursor) && !startsCall(cursor)) return false;
  if (!isRx) {
    reportSyntax(cursor, `\`${peek(cursor).text}\` is a statement of rxgen (AFS), whose protocol Rx is not ONC RPC`, {
      hint: "only the types of such a file can be compiled: remove package, prefix, statindex and the procedures",
    });
  }
  cursor.isRx = true;
  if (startsWords(cursor)) cursor.position = position + 2;
  else skipDefinition(cursor);
  accept(cursor, ";");
  return true;
}

/** `prefix S`, `statindex 7` and `package RXAFS_`, which end without a semicolon. */
function startsWords(cursor: Cursor): boolean {
  const [word, value, next] = [peek(cursor), peek(cursor, 1), peek(cursor, 2)];
  if (value.kind !== "name" && value.kind !== "number") return false;
  if (next.text === ";" || next.text === "." || next.text === "=") return false;
  if (WORDS.has(word.text)) return next.span.line !== word.span.line;
  return word.text === "package" && (cursor.isRx === true || WORDS.has(next.text));
}

/** `FetchData(IN AFSFid *Fid, ...) split = 130;`; in a file of rxgen, any procedure without a result. */
function startsCall(cursor: Cursor): boolean {
  const ahead = at(cursor, "proc") && peek(cursor, 1).kind === "name" ? 1 : 0;
  if (peek(cursor, ahead).kind !== "name" || peek(cursor, ahead + 1).text !== "(") return false;
  return ahead === 1 || cursor.isRx === true || DIRECTIONS.has(peek(cursor, ahead + 2).text);
}
