// Words for other compilers within a declaration. They have no effect on the wire.

import { reportNote } from "../findings/diagnostics.js";
import { removing } from "../findings/fixes.js";
import { spanAcross } from "../source.js";
import { accept, advance, at, type Cursor, peek, previous } from "./cursor.js";

/** Words of ocamlrpcgen: `_int64 hyper size`, `struct entry _prefix "en_" { ... }`. */
const HINTS = new Set([
  "_abstract",
  "_capitalize",
  "_equals",
  "_exn",
  "_int",
  "_int32",
  "_int64",
  "_lowercase",
  "_managed",
  "_prefix",
  "_tuple",
  "_unboxed",
  "_uppercase",
]);

/** Tokens that may follow a hint: types of the language, bodies, other hints and their strings. */
const BEHIND = new Set(["{", "switch", "unsigned", "int", "hyper", "long", "short", "char", "string", "opaque"]);

/** Skips words like `_int64`, if the following tokens show that they are not names. */
export function skipHints(cursor: Cursor): void {
  for (let token = peek(cursor); token.kind === "name" && HINTS.has(token.text); token = peek(cursor)) {
    const next = peek(cursor, 1);
    if (next.kind !== "string" && !BEHIND.has(next.text) && !HINTS.has(next.text)) return;
    reportNote(
      cursor.reporter,
      "ignored",
      token.span,
      `\`${token.text}\` is for other compilers and has no effect here`,
      {
        fixes: [
          removing(next.kind === "string" ? spanAcross(token.span, next.span) : token.span, `Remove \`${token.text}\``),
        ],
      },
    );
    advance(cursor);
    if (next.kind === "string") advance(cursor);
  }
}

/** Skips `[doc("...")]` before a definition, a type or a member. */
export function skipAttributes(cursor: Cursor): void {
  while (at(cursor, "[")) {
    const { span } = peek(cursor);
    let depth = 0;
    do {
      if (at(cursor, "[")) depth++;
      if (at(cursor, "]")) depth--;
      if (peek(cursor).kind === "end") return;
      advance(cursor);
    } while (depth > 0);
    accept(cursor, ";");
    reportNote(cursor.reporter, "ignored", span, "attributes are for other compilers and have no effect here", {
      fixes: [removing(spanAcross(span, previous(cursor).span), "Remove them")],
    });
  }
}
